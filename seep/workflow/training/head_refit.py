"""The offer to train the slick head again once analysts have reviewed enough tiles since it was trained last."""

from collections.abc import Mapping

from seep.core.records import JOB_ENDS, CheckpointRecord, RunRecord
from seep.store import checkpoints, jobs, runs
from seep.workflow.training.presets import FINETUNE, FinetuneRequest, changed_request
from seep.workflow.unchanged import unless_changed
from seep.workflow.workspace import Workspace

REFIT_TILES = 20
"""Reviewed tiles after which a refit is offered. They hold some hundred predicted slicks beside the thousands that the
head keeps; with fewer, it would hardly change."""
MAX_REFIT_TILES = 200
"""A refit takes the newest tiles, at most this many: each is predicted, which takes a tenth of a second."""
_TRIED = ("done", "failed")


@unless_changed
def refit_offer(workspace: Workspace) -> tuple[int, FinetuneRequest] | None:
    """Return how many tiles were reviewed since the slick head was trained, and the request of a refit.

    Tiles count from the start of the last refit on, whatever came of it: a refit is not offered again for the same
    tiles. The request has the tiles on which the slick head of the active version was not trained.

    Returns:
        None if there are fewer than `REFIT_TILES`, the active version has no slick head, or a fine-tuning run is
        queued or running.
    """
    with workspace.store.reading() as session:
        active = checkpoints.active_checkpoint(session)
        listed = jobs.list_jobs(session)
        busy = any(job.kind == "finetune" and job.state not in JOB_ENDS for job in listed)
        if active is None or not active.card.get("slick_head") or busy:
            return None
        refits = [
            one for one in runs.list_runs(session) if one.config.get("slick_head") and one.state in _TRIED
        ]
        since = max((one.created_at for one in refits), default=None)
        count = len(runs.reviewed_revisions(session, since))
        if count < REFIT_TILES:
            return None
        known = {one.id: one for one in checkpoints.list_checkpoints(session)}
        learned = {
            number
            for one in _of_version(refits, active, known)
            for number in runs.run_revisions(session, one.id)
        }
        every = runs.reviewed_revisions(session)
    chosen = [number for number in every if number not in learned][-MAX_REFIT_TILES:]
    values = {"revision_ids": tuple(chosen), "base_checkpoint_id": active.id}
    return count, changed_request(FINETUNE["slick-head"], values)


def _of_version(
    refits: list[RunRecord], version: CheckpointRecord, known: Mapping[int, CheckpointRecord]
) -> list[RunRecord]:
    """Return the refits that made a version or one that it was trained from."""
    lineage = set[int]()
    at: CheckpointRecord | None = version
    while at is not None and at.id not in lineage:
        lineage.add(at.id)
        at = known.get(at.parent_id or 0)
    return [one for one in refits if one.checkpoint_id in lineage]
