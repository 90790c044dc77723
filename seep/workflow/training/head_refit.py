"""The offer to train the slick head again once analysts have reviewed enough tiles since it was trained last."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from sqlalchemy.orm import Session

from seep.core.records import JOB_ENDS, CheckpointRecord, RunRecord
from seep.store import checkpoints, jobs, revisions, runs, tile_queries
from seep.workflow.commit_cache import cached_until_commit
from seep.workflow.training.dataset import FrozenDataset
from seep.workflow.training.presets import FINETUNE, FinetuneRequest, changed_request
from seep.workflow.workspace import Workspace

REFIT_TILES = 20
"""Reviewed tiles after which a refit is offered. They hold some hundred predicted slicks beside the thousands that the
head keeps; with fewer, it would hardly change."""
MAX_REFIT_TILES = 200
"""A refit takes the newest tiles, at most this many: each is predicted, which takes a tenth of a second."""
_TRIED = ("done", "failed")


@cached_until_commit
def refit_offer(workspace: Workspace) -> tuple[int, FinetuneRequest] | None:
    """Return how many tiles were reviewed since the slick head was trained, and the request of a refit.

    Tiles count from the start of the last refit on, whatever came of it: a refit is not offered again for the same
    tiles. The request has the tiles on which neither the slick head nor the network of the active version was trained:
    a network makes fewer errors on tiles that it knows, and the head would learn to trust it too much.

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
        ended = [run for run in runs.list_runs(session) if run.state in _TRIED]
        since = max((one.created_at for one in ended if one.config.get("slick_head")), default=None)
        late = runs.reviewed_revisions(session, since)
        if len(late) < REFIT_TILES:
            return None
        versions = _lineage(
            active, {checkpoint.id: checkpoint for checkpoint in checkpoints.list_checkpoints(session)}
        )
        made = {version.id for version in versions}
        learned = _learned(session, [one for one in ended if one.checkpoint_id in made])
        every = revisions.existing_revisions(session, runs.reviewed_revisions(session))
        given = tile_queries.tiles_by_id(session, [one.tile_id for one in every])
    scenes = _scenes(versions)
    trained = learned.tiles | {one.id for one in given if one.scene in scenes}
    new = [one.id for one in every if one.id not in learned.revisions and one.tile_id not in trained]
    count = len({*late} & {*new})
    if count < REFIT_TILES:
        return None
    chosen = new[-MAX_REFIT_TILES:]
    values = {"revision_ids": tuple(chosen), "base_checkpoint_id": active.id}
    return count, changed_request(FINETUNE["slick-head"], values)


class _Learned(NamedTuple):
    """Revisions that slick heads were trained on, and tiles that networks were trained on."""

    revisions: set[int]
    tiles: set[int]


def _learned(session: Session, trained: Sequence[RunRecord]) -> _Learned:
    heads, networks = set[int](), set[int]()
    for one in trained:
        own = {*runs.run_revisions(session, one.id)}
        if one.config.get("slick_head"):
            heads |= own
        else:
            frozen = FrozenDataset.of(one.config)
            networks |= own - {*(frozen.holdout_revision_ids or ())} | {*(frozen.replay_revision_ids or ())}
    return _Learned(
        heads, {revision.tile_id for revision in revisions.existing_revisions(session, sorted(networks))}
    )


def _lineage(version: CheckpointRecord, known: Mapping[int, CheckpointRecord]) -> list[CheckpointRecord]:
    """Return a version and those that it was trained from."""
    lineage = dict[int, CheckpointRecord]()
    at: CheckpointRecord | None = version
    while at is not None and at.id not in lineage:
        lineage[at.id] = at
        at = known.get(at.parent_id or 0)
    return list(lineage.values())


def _scenes(versions: Sequence[CheckpointRecord]) -> set[str]:
    """Return the scenes that versions without a run were trained on as a whole, by their cards."""
    splits = [version.card.get("splits") for version in versions if version.run_id is None]
    listed = [split.get("train") for split in splits if isinstance(split, Mapping)]
    return {str(name) for names in listed if isinstance(names, list) for name in names}
