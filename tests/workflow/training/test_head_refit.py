from dataclasses import replace

import pytest

from seep.store import checkpoints, jobs, runs, tile_queries
from seep.workflow.review.revisions import decide
from seep.workflow.training import head_refit
from seep.workflow.training.head_refit import refit_offer
from seep.workflow.training.presets import FINETUNE, check_request
from seep.workflow.training.requests import enqueue_finetune
from seep.workflow.workspace import Workspace
from tests.actors import ADA
from tests.workflow.making import accept, split_of


@pytest.fixture
def trained(workspace: Workspace, tiles: list[int], monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Tiles of training scenes, in a workspace whose active version has a slick head."""
    monkeypatch.setattr(head_refit, "REFIT_TILES", 3)
    version(workspace, "headed", 1)
    return [tile for tile in tiles if split_of(workspace, tile) == "train"]


def version(
    workspace: Workspace, name: str, parent: int, *, head: bool = True, run: int | None = None
) -> int:
    """Add a version and promote it."""
    with workspace.store.transaction() as session:
        made = checkpoints.add_checkpoint(
            session,
            name=name,
            parent_id=parent,
            run_id=run,
            weights_sha256=name.ljust(64, "0"),
            card={"slick_head": {"threshold": 0.4, "features": []}} if head else {},
            author="ada",
        )
        checkpoints.promote(session, made.id, "ada")
    return made.id


def review(workspace: Workspace, tiles: list[int]) -> list[int]:
    return [int(accept(workspace, tile, stripe=1)["revision"]["id"]) for tile in tiles]


def refit(workspace: Workspace, state: str, base: int) -> int:
    """A refit that has ended; returns its version, which is active."""
    offer = refit_offer(workspace)
    assert offer is not None
    job_id = enqueue_finetune(workspace, offer[1], ADA)
    with workspace.store.transaction() as session:
        run = runs.add_run(
            session,
            job_id,
            base_checkpoint_id=base,
            config={"slick_head": True},
            revision_ids=offer[1].revision_ids or (),
            author="ada",
        )
    made = version(workspace, f"refit-{run.id}", base, run=run.id)
    with workspace.store.transaction() as session:
        runs.finish_run(session, run.id, state, {}, made)
        jobs.finish(session, job_id, state)
    return made


def test_a_refit_is_offered_after_enough_reviewed_tiles_of_training_scenes(
    workspace: Workspace, tiles: list[int], trained: list[int]
) -> None:
    review(workspace, [tile for tile in tiles if tile not in trained])
    ids = review(workspace, trained[:2])
    assert refit_offer(workspace) is None
    ids += review(workspace, trained[2:3])
    offer = refit_offer(workspace)
    assert offer is not None
    count, request = offer
    assert count == 3
    assert request.revision_ids == tuple(ids)
    assert request.slick_head
    check_request(request)
    decide(workspace, trained[0], "flag", ADA)
    assert refit_offer(workspace) is None


@pytest.mark.parametrize("state", ["done", "failed"])
def test_a_refit_is_not_offered_again_for_the_same_tiles(
    workspace: Workspace, trained: list[int], state: str
) -> None:
    review(workspace, trained[:3])
    refit(workspace, state, 2)
    assert refit_offer(workspace) is None
    later = review(workspace, trained[3:6])
    offer = refit_offer(workspace)
    assert offer is not None
    # The head of the active version knows the tiles of its own refit.
    assert offer[1].revision_ids == tuple(later)


def test_the_tiles_of_a_version_that_is_not_active_are_trained_on_again(
    workspace: Workspace, trained: list[int]
) -> None:
    first = review(workspace, trained[:3])
    refit(workspace, "done", 2)
    version(workspace, "other", 2)
    later = review(workspace, trained[3:6])
    offer = refit_offer(workspace)
    assert offer is not None
    assert offer[0] == 3
    assert offer[1].revision_ids == (*first, *later)


def test_tiles_that_the_network_knows_are_not_offered(workspace: Workspace, trained: list[int]) -> None:
    ids = review(workspace, trained[:4])
    job_id = enqueue_finetune(workspace, replace(FINETUNE["quick"], revision_ids=tuple(ids[:3])), ADA)
    with workspace.store.transaction() as session:
        run = runs.add_run(
            session,
            job_id,
            base_checkpoint_id=2,
            config={"holdout_revision_ids": [ids[2]], "replay_revision_ids": [ids[3]]},
            revision_ids=ids[:3],
            author="ada",
        )
    made = version(workspace, "tuned", 2, run=run.id)
    with workspace.store.transaction() as session:
        runs.finish_run(session, run.id, "done", {}, made)
        jobs.finish(session, job_id, "done")
    again = review(workspace, trained[:1])  # a new mask of a tile that the network knows
    assert again != ids[:1]
    later = review(workspace, trained[4:6])
    offer = refit_offer(workspace)
    assert offer is not None
    assert offer[0] == 3
    assert offer[1].revision_ids == (ids[2], *later)
    version(workspace, "other", 2)  # its network does not know them
    offer = refit_offer(workspace)
    assert offer is not None
    assert offer[1].revision_ids == (*ids[1:], *again, *later)


def test_tiles_of_scenes_that_an_imported_network_knows_are_not_offered(
    workspace: Workspace, trained: list[int]
) -> None:
    with workspace.store.reading() as session:
        scene = tile_queries.tiles_by_id(session, trained[:1])[0].scene
    with workspace.store.transaction() as session:
        made = checkpoints.add_checkpoint(
            session,
            name="imported",
            parent_id=None,
            run_id=None,
            weights_sha256="imported".ljust(64, "0"),
            card={"slick_head": {"threshold": 0.4, "features": []}, "splits": {"train": [scene]}},
            author="ada",
        )
    review(workspace, trained)
    assert refit_offer(workspace) is not None
    with workspace.store.transaction() as session:
        checkpoints.promote(session, made.id, "ada")
        others = [one for one in tile_queries.tiles_by_id(session, trained) if one.scene != scene]
    offer = refit_offer(workspace)
    assert (offer[0] if offer else 0) == (len(others) if len(others) >= 3 else 0)


def test_nothing_is_offered_while_a_fine_tuning_waits_or_runs(
    workspace: Workspace, trained: list[int]
) -> None:
    review(workspace, trained[:3])
    assert refit_offer(workspace) is not None
    job_id = enqueue_finetune(workspace, FINETUNE["quick"], ADA)
    assert refit_offer(workspace) is None
    with workspace.store.transaction() as session:
        jobs.claim_next(session, "w")
        assert jobs.get_job(session, job_id).state == "running"
    assert refit_offer(workspace) is None


def test_nothing_is_offered_for_a_version_without_a_slick_head(
    workspace: Workspace, trained: list[int]
) -> None:
    review(workspace, trained[:3])
    version(workspace, "plain", 1, head=False)
    assert refit_offer(workspace) is None


def test_a_refit_takes_the_newest_tiles(
    workspace: Workspace, trained: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(head_refit, "MAX_REFIT_TILES", 2)
    ids = review(workspace, trained[:4])
    offer = refit_offer(workspace)
    assert offer is not None
    assert (offer[0], offer[1].revision_ids) == (4, tuple(ids[2:]))
