from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from seep.core.records import MetricRecord
from seep.errors import MissingError, SettingsError
from seep.store import checkpoints, jobs, revisions, runs, scenes
from seep.store.store import Store
from tests.store.conftest import add_checkpoint, sha

AddTiles = Callable[..., list[int]]


def accept(session: Session, tile_id: int, base: int | None = None) -> int:
    return revisions.save_revision(
        session,
        tile_id,
        base_revision_id=base,
        mask_sha256=sha(tile_id),
        kind="accept",
        author="ana",
        request_id=f"{tile_id} {base}",
        correction_px=1,
        classes={1: 1},
    ).id


def test_a_run_knows_its_config_its_revisions_and_its_end(store: Store, add_tiles: AddTiles) -> None:
    ids = add_tiles(2)
    with store.transaction() as session:
        taken = [accept(session, tile_id) for tile_id in ids]
        base, made = add_checkpoint(session, "base"), add_checkpoint(session, "made")
        job = jobs.enqueue(session, "finetune", {}, "ana")
        run = runs.add_run(
            session,
            job.id,
            base_checkpoint_id=base.id,
            config={"epochs": 2},
            revision_ids=[*taken, taken[0]],
            author="ana",
        )
        assert (run.state, run.config, run.base_checkpoint_id) == ("running", {"epochs": 2}, base.id)
        assert runs.run_revisions(session, run.id) == taken
        ended = runs.finish_run(session, run.id, "done", {"verdict": "better"}, made.id)
    with store.reading() as session:
        assert runs.get_run(session, run.id) == ended
        assert runs.list_runs(session) == [ended]
        assert runs.run_of_job(session, job.id) == ended
    assert (ended.state, ended.outcome, ended.checkpoint_id) == ("done", {"verdict": "better"}, made.id)
    assert ended.finished_at is not None


def test_a_verdict_stored_by_an_earlier_version_is_read_as_inconclusive(store: Store) -> None:
    stored = {
        "verdict": "cannot tell",
        "sentence": "Cannot tell: IoU 0.4 before.",
        "splits": {"test": {"difference": {"low": None, "verdict": "cannot tell"}}, "validation": {}},
    }
    with store.transaction() as session:
        run = runs.add_run(session, None, base_checkpoint_id=None, config={}, revision_ids=[], author="ana")
        runs.finish_run(session, run.id, "done", stored)
    with store.reading() as session:
        outcome = runs.get_run(session, run.id).outcome or {}
    assert (outcome["verdict"], outcome["sentence"]) == ("inconclusive", "Inconclusive: IoU 0.4 before.")
    assert outcome["splits"]["test"]["difference"]["verdict"] == "inconclusive"


def test_a_job_that_is_taken_over_gets_its_run_back(store: Store) -> None:
    with store.transaction() as session:
        job = jobs.enqueue(session, "finetune", {}, "ana")
        first = runs.add_run(
            session, job.id, base_checkpoint_id=None, config={"seed": 1}, revision_ids=[], author="ana"
        )
        assert (
            runs.add_run(
                session, job.id, base_checkpoint_id=None, config={"seed": 2}, revision_ids=[], author="ana"
            )
            == first
        )
        other = runs.add_run(session, None, base_checkpoint_id=None, config={}, revision_ids=[], author="ana")
        assert (
            runs.add_run(session, None, base_checkpoint_id=None, config={}, revision_ids=[], author="ana").id
            != other.id
        )


def test_figures_of_a_step_done_again_replace_the_first(store: Store) -> None:
    with store.transaction() as session:
        run = runs.add_run(session, None, base_checkpoint_id=None, config={}, revision_ids=[], author="ana")
        runs.add_metrics(session, run.id, 2, {"loss": 0.5, "iou": 0.1})
        runs.add_metrics(session, run.id, 1, {"loss": 0.9})
        runs.add_metrics(session, run.id, 2, {"loss": 0.4})
        runs.add_metrics(session, run.id, 3, {"loss": float("nan"), "iou": None})
        assert runs.metrics(session, run.id) == [
            MetricRecord(1, "loss", 0.9),
            MetricRecord(2, "iou", 0.1),
            MetricRecord(2, "loss", 0.4),
        ]


def test_what_a_fine_tuning_should_learn_next(store: Store, add_tiles: AddTiles) -> None:
    first, second, flagged, untouched = add_tiles(4, "north", "train")
    (in_test,) = add_tiles(1, "south", "test")
    with store.transaction() as session:
        heads = {tile_id: accept(session, tile_id) for tile_id in (first, second, flagged, in_test)}
        revisions.decide(session, flagged, "flagged", "ana")
        assert runs.revisions_since_last_run(session) == [heads[first], heads[second]]
        run = runs.add_run(
            session, None, base_checkpoint_id=None, config={}, revision_ids=[heads[first]], author="ana"
        )
        assert runs.revisions_since_last_run(session) == [heads[first], heads[second]]
        assert runs.untried_revisions(session, [heads[first], heads[second]]) == [heads[first], heads[second]]
        runs.finish_run(session, run.id, "done")
        assert runs.revisions_since_last_run(session) == [heads[second]]
        assert runs.untried_revisions(session, [heads[first], heads[second]]) == [heads[second]]
        again = accept(session, first, heads[first])
        assert runs.revisions_since_last_run(session) == [heads[second], again]
        failed = runs.add_run(
            session, None, base_checkpoint_id=None, config={}, revision_ids=[again], author="ana"
        )
        runs.finish_run(session, failed.id, "failed")
        assert again in runs.revisions_since_last_run(session)
        assert runs.reviewed_revisions(session) == [heads[second], again]
        assert runs.reviewed_revisions(session, "2000-01-01") == [heads[second], again]
        assert runs.reviewed_revisions(session, "9999-01-01") == []
        assert scenes.get_tile(session, untouched).head_revision_id is None


def test_what_nobody_kept_was_not_learned(store: Store, add_tiles: AddTiles) -> None:
    first, second = add_tiles(2, "north", "train")
    with store.transaction() as session:
        heads = [accept(session, tile_id) for tile_id in (first, second)]
        made = checkpoints.add_checkpoint(
            session, name="new", parent_id=None, run_id=None, weights_sha256="1" * 64, card={}, author="ana"
        )
        run = runs.add_run(
            session, None, base_checkpoint_id=None, config={}, revision_ids=heads[:1], author="ana"
        )
        runs.finish_run(session, run.id, "done", {"alpha": 0.5}, made.id)
        assert runs.revisions_since_last_run(session) == heads[1:]
        checkpoints.drop(session, made.id, "ana")
        assert runs.revisions_since_last_run(session) == heads
        kept_old = runs.add_run(
            session, None, base_checkpoint_id=None, config={}, revision_ids=heads[1:], author="ana"
        )
        runs.finish_run(session, kept_old.id, "done", {"alpha": 0.0})
        assert runs.revisions_since_last_run(session) == heads


def test_what_is_not_there_or_no_end_is_refused(store: Store) -> None:
    with store.transaction() as session:
        for call in (
            lambda: runs.get_run(session, 3),
            lambda: runs.finish_run(session, 3, "done"),
            lambda: runs.add_metrics(session, 3, 1, {"loss": 1.0}),
        ):
            with pytest.raises(MissingError, match="no run 3"):
                call()
        assert runs.run_of_job(session, 3) is None
        run = runs.add_run(session, None, base_checkpoint_id=None, config={}, revision_ids=[], author="ana")
        with pytest.raises(SettingsError, match="cannot end as 'running'"):
            runs.finish_run(session, run.id, "running")
