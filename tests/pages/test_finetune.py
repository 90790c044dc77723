import uuid
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update
from streamlit.testing.v1 import AppTest

from seep.core.acquisition import OrderValues
from seep.core.metrics.intervals import MIN_SCENES
from seep.core.records import NewPrediction, TileFilter
from seep.store import checkpoints, jobs, predictions, revisions, runs, scenes
from seep.store.schema import Job, Revision, stamp
from seep.ui.finetune.training_curves import NO_VALIDATION
from seep.ui.formatting import SPLITS
from seep.workflow import tile_data
from seep.workflow.jobs import list_jobs
from seep.workflow.review import revisions as review_revisions
from seep.workflow.review.queue import queue
from seep.workflow.review.tile_document import tile_document
from seep.workflow.training.presets import ASKED, FINETUNE, HYPERPARAMETERS
from seep.workflow.training.run_files import state_path
from seep.workflow.training.selection import CHOICES
from seep.workflow.workspace import MASK_SUFFIX, Workspace
from tests.actors import ADA
from tests.pages.conftest import Open, texts


def accept(workspace: Workspace, number: int = 2) -> None:
    """Accept the imported masks of some training tiles."""
    for item in queue(workspace, TileFilter(split="train"), "name")[:number]:
        head = tile_document(workspace, item.id, ADA)["head"]
        mask = tile_data.revision_mask(workspace, head["id"])
        review_revisions.save_mask(
            workspace,
            item.id,
            mask,
            "accept",
            actor=ADA,
            base_revision_id=head["id"],
            request_id=uuid.uuid4().hex,
        )


def figures(iou: float) -> dict[str, Any]:
    return {"figures": {"binary_iou": iou, "iou_per_class": [0.9, iou, None]}}


def finish(
    workspace: Workspace,
    verdict: str = "better",
    name: str = "tiny-2",
    error: str | None = None,
    interval: tuple[float | None, float | None] = (0.02, 0.2),
    **params: Any,
) -> int:
    """A run that has ended with a candidate, or failed and left one; returns the candidate's id."""
    low, high = interval
    difference = {"difference": 0.1, "low": low, "high": high, "scenes": 3, "verdict": verdict}
    split = {"tiles": 3, "scenes": 3, "old": figures(0.4), "new": figures(0.5), "difference": difference}
    none = {"tiles": 0, "scenes": 0, "old": None, "new": None, "difference": None}
    outcome = {
        "splits": {"validation": none, "test": split},
        "verdict": verdict,
        "basis": "test",
        "sentence": "IoU 0.400 before, 0.500 now, difference -0.010 to +0.200. 1 tile left out.",
        "against": {"id": 1, "name": "base"},
        "changed": [],
    }
    with workspace.store.transaction() as session:
        job = jobs.enqueue(session, "finetune", params, "ada")
        run = runs.add_run(session, job.id, base_checkpoint_id=1, config={}, revision_ids=[], author="ada")
        made = checkpoints.add_checkpoint(
            session, name=name, parent_id=1, run_id=run.id, weights_sha256="1" * 64, card={}, author="ada"
        )
        runs.add_metrics(session, run.id, 1, {"loss": 1.0, "binary_iou": 0.3})
        jobs.add_events(session, job.id, [{"kind": "log", "text": "reads <b>tiles</b>"}])
        state = "failed" if error else "done"
        runs.finish_run(session, run.id, state, outcome, made.id)
        jobs.finish(session, job.id, state, error)
    return made.id


def test_no_run_can_start_before_a_tile_is_reviewed(filled: Workspace, open_page: Open) -> None:
    app = open_page("finetune")
    assert "Accept or correct tiles first" in texts(app).replace("\\", "")
    assert app.button(key="start-0").disabled


def test_it_shows_what_will_be_trained_on(filled: Workspace, open_page: Open) -> None:
    accept(filled)
    said = texts(open_page("finetune"))
    assert "2 tiles" in said
    assert "Seep class 1" in said
    assert "ada 2" in said


def open_hyperparameters(open_page: Open) -> AppTest:
    app = open_page("finetune")
    app.session_state["advanced"] = True
    return app.run()


def test_hyperparameters_are_drawn_when_they_are_opened_and_kept_when_they_are_closed(
    filled: Workspace, open_page: Open
) -> None:
    accept(filled)
    app = open_page("finetune")
    assert not app.number_input
    app = open_hyperparameters(open_page)
    app.number_input(key="epochs-quick").set_value(3).run()
    app.session_state["advanced"] = False
    app.run()
    assert app.number_input(key="epochs-quick").value == 3
    app.button(key="start-0").click().run()
    assert list_jobs(filled)[0].params["epochs"] == 3


def test_a_run_with_closed_hyperparameters_takes_those_of_its_preset(
    filled: Workspace, open_page: Open
) -> None:
    accept(filled)
    app = open_page("finetune")
    app.segmented_control(key="preset").set_value("thorough").run()
    app.button(key="start-0").click().run()
    found = list_jobs(filled)[0].params
    assert {name: found[name] for name in HYPERPARAMETERS} == {
        name: getattr(FINETUNE["thorough"], name) for name in HYPERPARAMETERS
    } | {"ignore_above_radius_px": 12}  # chosen from the masks, which have no wide slick


def test_start_queues_one_job_with_the_request(filled: Workspace, open_page: Open) -> None:
    accept(filled)
    app = open_hyperparameters(open_page)
    app.number_input(key="epochs-quick").set_value(3).run()
    app.toggle(key="interpolate-quick").set_value(False).run()
    app.button(key="start-0").click().run()
    assert not app.exception
    found = list_jobs(filled)
    assert [job.kind for job in found] == ["finetune"]
    assert found[0].params["epochs"] == 3
    assert found[0].params["interpolate"] is False
    assert len(found[0].params["revision_ids"]) == 2
    assert "Queued" in texts(app)


def test_presets_set_all_hyperparameters_and_each_has_a_help_text(filled: Workspace, open_page: Open) -> None:
    accept(filled)
    app = open_hyperparameters(open_page)
    assert app.number_input(key="epochs-quick").value == FINETUNE["quick"].epochs
    app.segmented_control(key="preset").set_value("thorough").run()
    assert app.number_input(key="epochs-thorough").value == FINETUNE["thorough"].epochs
    assert app.toggle(key="around_changes-thorough").value is FINETUNE["thorough"].around_changes
    widgets = [*app.number_input, *app.toggle, *app.select_slider]
    assert len(widgets) == len(ASKED)
    assert all("Default:" in one.help for one in widgets)


def test_a_slick_head_has_no_hyperparameters(filled: Workspace, open_page: Open) -> None:
    accept(filled)
    app = open_page("finetune")
    app.segmented_control(key="preset").set_value("slick-head").run()
    assert "removes predicted look-alikes" in texts(app)
    assert not [one for one in app.expander if one.label == "Hyperparameters"]
    (about,) = [one.value for one in app.caption if one.value.startswith("About ")]
    assert "steps" not in about
    assert "hold-out" not in about
    app.button(key="start-0").click().run()
    assert not app.exception
    (job,) = list_jobs(filled)
    assert job.params["slick_head"] is True
    assert len(job.params["revision_ids"]) == 2
    shown = [one.value for one in app.run().caption]
    assert any("A slick head has no curves" in one for one in shown)


def test_a_finished_slick_head_shows_its_log_and_no_curves(filled: Workspace, open_page: Open) -> None:
    finish(filled, slick_head=True)
    app = open_page("finetune")
    labels = [one.label for one in app.expander]
    assert "Curves" not in labels
    assert any(label.startswith("Log (1 line") for label in labels)
    assert any("Queued by ada" in one.value for one in app.caption)
    assert app.button(key="promote")


def test_a_waiting_run_can_be_canceled(filled: Workspace, open_page: Open) -> None:
    accept(filled)
    app = open_page("finetune")
    app.button(key="start-0").click().run()
    app.button(key="cancel-job").click().run()
    assert list_jobs(filled)[0].state == "canceled"
    app.run()
    assert "Canceled" in next(one.value for one in app.header if "badge" in one.value)


def test_another_run_is_queued_behind_and_can_be_taken_out(filled: Workspace, open_page: Open) -> None:
    accept(filled)
    app = open_page("finetune")
    app.button(key="start-0").click().run()
    assert app.button(key="start-1").label == "Queue another run"
    app.button(key="start-1").click().run()
    second, first = list_jobs(filled)
    said = texts(app)
    assert "1. Fine-tune" in said
    assert "2. Fine-tune" in said
    app.button(key=f"cancel-{second.id}").click().run()
    assert [job.state for job in list_jobs(filled)] == ["canceled", "queued"]
    assert first.state == "queued"


def test_a_run_says_where_it_runs_and_what_it_does_of_its_own_accord(
    filled: Workspace, open_page: Open
) -> None:
    with filled.store.transaction() as session:
        job = jobs.enqueue(session, "finetune", {}, "bo")
        jobs.claim_next(session, "worker")
        run = runs.add_run(session, job.id, base_checkpoint_id=1, config={}, revision_ids=[], author="bo")
        halved = {"kind": "memory", "halved_to": 8, "text": "GPU memory was short: batches of 8 crops now."}
        jobs.add_events(session, job.id, [{"kind": "start", "steps": 40, "device": "cuda:0"}, halved])
        runs.add_metrics(session, run.id, 3, {"loss": 1.0, "memory_bytes": 3 * 2.0**30})
        jobs.heartbeat(session, job.id, 0.1, "Epoch 1 of 6, step 3 of 40, 20 s left")
    app = open_page("finetune")
    said = texts(app)
    for words in ("Device: cuda:0", "Memory: 3.0 GB", "Base: base", "Queued by bo", "parts of 8 crops"):
        assert words in said
    assert app.button(key="cancel-job").label == "Cancel"


@pytest.mark.parametrize("validation", [[], [1]])
def test_a_run_without_validation_tiles_says_why_there_is_no_curve_of_iou(
    filled: Workspace, open_page: Open, validation: list[int]
) -> None:
    with filled.store.transaction() as session:
        job = jobs.enqueue(session, "finetune", {}, "bo")
        jobs.claim_next(session, "worker")
        run = runs.add_run(
            session,
            job.id,
            base_checkpoint_id=1,
            config={"validation_revision_ids": validation},
            revision_ids=[],
            author="bo",
        )
        runs.add_metrics(session, run.id, 3, {"loss": 1.0})
    app = open_page("finetune")
    shown = [one.value for one in app.caption if one.value == NO_VALIDATION]
    assert bool(shown) is (not validation)
    assert not app.exception


def primary(app: AppTest) -> list[str]:
    return [one.key for one in app.button if one.proto.type == "primary"]


def stop(workspace: Workspace, *, state_kept: bool) -> int:
    """A run that was canceled; returns its number."""
    request = asdict(FINETUNE["thorough"])
    with workspace.store.transaction() as session:
        job = jobs.enqueue(session, "finetune", {**request, "revision_ids": []}, "ada")
        jobs.claim_next(session, "worker")
        run = runs.add_run(
            session,
            job.id,
            base_checkpoint_id=1,
            config={**request, "crop_px": 96},
            revision_ids=[],
            author="ada",
        )
        jobs.finish(session, job.id, "canceled")
    if state_kept:
        path = state_path(workspace, run.id)
        path.parent.mkdir(parents=True)
        path.write_bytes(b"state")
    return run.id


def test_a_canceled_run_is_resumed_from_its_state(filled: Workspace, open_page: Open) -> None:
    stop(filled, state_kept=True)
    accept(filled)
    app = open_page("finetune")
    assert "kept for 7 days" in texts(app)
    assert primary(app) == ["resume"]
    app.button(key="clone-run").click().run()
    assert primary(app) == ["start-0"]
    app.button(key="leave-clone").click().run()
    app.button(key="resume").click().run()
    assert not app.exception
    assert [job.state for job in list_jobs(filled)] == ["queued"]


def test_a_run_without_state_offers_no_resume(filled: Workspace, open_page: Open) -> None:
    stop(filled, state_kept=False)
    app = open_page("finetune")
    assert not [one for one in app.button if one.key == "resume"]
    assert primary(app) == ["start-0"]
    assert "kept for" not in texts(app)


def test_a_clone_starts_from_the_runs_settings_and_says_what_is_changed(
    filled: Workspace, open_page: Open
) -> None:
    run = stop(filled, state_kept=False)
    app = open_page("finetune")
    app.button(key="clone-run").click().run()
    assert f"Clone of run {run}" in texts(app)
    assert "No changes" in texts(app)
    assert app.select_slider(key=f"crop_px-run-{run}").value == 96
    app.number_input(key=f"epochs-run-{run}").set_value(4).run()
    assert "epochs 20 → 4" in texts(app)
    app.button(key="leave-clone").click().run()
    assert "Clone of run" not in texts(app)


def test_a_clone_is_queued_with_its_changes(filled: Workspace, open_page: Open) -> None:
    accept(filled)
    finish(filled)
    with filled.store.transaction() as session:
        first = runs.list_runs(session)[0]
        ids = runs.revisions_since_last_run(session)
        again = runs.add_run(
            session,
            None,
            base_checkpoint_id=first.base_checkpoint_id,
            config={"epochs": 9},
            revision_ids=ids,
            author="ada",
        )
        runs.finish_run(session, again.id, "canceled")
    app = open_page("finetune", clone=str(again.id))
    app.number_input(key=f"patience-run-{again.id}").set_value(2).run()
    app.button(key="start-0").click().run()
    assert not app.exception
    params = list_jobs(filled)[0].params
    assert (params["epochs"], params["patience"], params["revision_ids"]) == (9, 2, ids)


def test_an_address_of_a_run_that_is_not_there_says_so(filled: Workspace, open_page: Open) -> None:
    app = open_page("finetune", clone="99")
    assert "There is no run 99" in texts(app)
    assert app.button(key="start-0").disabled
    app = open_page("finetune", clone="9" * 30)  # more than a database knows: taken for none
    assert not app.exception


def test_all_runs_stand_beside_each_other(filled: Workspace, open_page: Open) -> None:
    finish(filled)
    stop(filled, state_kept=False)
    app = open_page("finetune")
    app.segmented_control(key="view").set_value("All runs").run()
    assert not app.exception
    table = app.dataframe[0].value
    assert list(table["Run"]) == [2, 1]
    assert list(table["Result"]) == ["Canceled", "Better"]
    assert list(table["Version"]) == ["–", "tiny-2, candidate"]


def test_without_runs_there_is_nothing_to_compare(filled: Workspace, open_page: Open) -> None:
    app = open_page("finetune")
    app.segmented_control(key="view").set_value("All runs").run()
    assert not app.dataframe
    assert "No runs yet" in texts(app)


def test_a_difference_without_an_interval_is_no_large_figure(filled: Workspace, open_page: Open) -> None:
    finish(filled, "inconclusive", interval=(None, None))
    app = open_page("finetune")
    assert not app.metric
    assert "IoU 0.400 before, 0.500 now" in texts(app)


@pytest.mark.parametrize(
    ("verdict", "word"), [("better", "Better"), ("worse", "Worse"), ("inconclusive", "Inconclusive")]
)
def test_the_verdict_comes_with_its_evidence(
    filled: Workspace, open_page: Open, verdict: str, word: str
) -> None:
    finish(filled, verdict)
    app = open_page("finetune")
    assert (app.button(key="promote").proto.type == "primary") == (verdict == "better")
    assert (app.button(key="drop").proto.type == "primary") == (verdict == "worse")
    figures = {one.label: one.value for one in app.metric}
    assert figures == {"IoU difference": "+0.100", "95 % interval": "+0.020 to +0.200"}
    said = texts(app)
    assert word in said
    assert "difference −0.010" not in said, "the large figures and the table say it"
    assert "1 tile left out." in said
    assert f"3 {SPLITS['test'].lower()} scenes, 3 tiles" in said
    assert "Seep class 1" in said
    app.button(key="promote").click().run()
    warned = "The verdict is" in texts(app)
    assert warned == (verdict != "better")


def test_a_verdict_against_what_is_active_no_longer_says_so(filled: Workspace, open_page: Open) -> None:
    finish(filled, "better")
    with filled.store.transaction() as session:
        other = checkpoints.add_checkpoint(
            session, name="theirs", parent_id=1, run_id=None, weights_sha256="2" * 64, card={}, author="bo"
        )
        checkpoints.promote(session, other.id, "bo")
    app = open_page("finetune")
    said = texts(app)
    assert "theirs is active now" in said
    assert app.button(key="promote").proto.type == "secondary"


def test_tiles_that_were_learned_can_be_chosen_again(filled: Workspace, open_page: Open) -> None:
    accept(filled)
    with filled.store.transaction() as session:
        ids = runs.revisions_since_last_run(session)
        run = runs.add_run(session, None, base_checkpoint_id=1, config={}, revision_ids=ids, author="ada")
        runs.finish_run(session, run.id, "done")
    app = open_page("finetune")
    assert app.button(key="start-0").disabled
    next(one for one in app.segmented_control if one.key == "finetune-tiles").set_value("all").run()
    assert not app.exception
    assert CHOICES["all"] in texts(app)
    app.button(key="start-0").click().run()
    assert list_jobs(filled)[0].params["revision_ids"] == ids


def test_a_mask_that_is_lost_is_named_and_the_page_goes_on(filled: Workspace, open_page: Open) -> None:
    accept(filled)
    with filled.store.reading() as session:
        first = revisions.existing_revisions(session, runs.revisions_since_last_run(session))[0]
    filled.store.files.local(first.mask_sha256, MASK_SUFFIX).unlink()
    app = open_page("finetune")
    assert "left out because the masks are missing or damaged" in texts(app)
    assert app.button(key="start-0")


def test_a_run_that_failed_shows_why_and_what_it_left(filled: Workspace, open_page: Open) -> None:
    finish(filled, "worse", error="the loss is nan at step 5")
    app = open_page("finetune")
    said = texts(app)
    assert "The loss is nan at step 5" in said
    assert app.metric[0].value == "+0.100"
    assert {"promote", "drop"} <= {one.key for one in app.button}
    assert [one.key for one in app.button].count("clone-run") == 1


def test_promote_asks_first_and_then_promotes(
    filled: Workspace, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = finish(filled)
    monkeypatch.setattr(type(filled.store.files), "check", lambda *_: None)  # the rows have no weights
    app = open_page("finetune")
    app.button(key="promote").click().run()
    assert "predicts the open tiles again" in texts(app)
    app.button(key="promote-confirm").click().run()
    assert not app.exception
    with filled.store.reading() as session:
        assert checkpoints.get_checkpoint(session, made).active
    assert not {"promote", "drop"} & {one.key for one in app.button}
    (said,) = [one.value for one in app.success]
    assert "is active and predicts the open tiles again" in said
    assert "Continue review" in [one.proto.label for one in app.get("page_link")]


def test_drop_asks_first_and_then_drops(filled: Workspace, open_page: Open) -> None:
    made = finish(filled)
    app = open_page("finetune")
    app.button(key="drop").click().run()
    app.button(key="drop-confirm").click().run()
    with filled.store.reading() as session:
        assert checkpoints.get_checkpoint(session, made).state == "dropped"
    assert not {"promote", "drop"} & {one.key for one in app.button}


def test_names_are_shown_letter_for_letter(filled: Workspace, open_page: Open) -> None:
    finish(filled, name=":red[x] **b** <i>")
    app = open_page("finetune")
    shown = next(one.value for one in app.header if " vs. " in one.value)
    assert r"\:red\[x\] \*\*b\*\* \<i\>" in shown


def test_tiles_that_were_accepted_unchanged_are_a_warning_above_the_settings(
    filled: Workspace, open_page: Open
) -> None:
    accept(filled, 1)
    with filled.store.transaction() as session:
        (head,) = revisions.existing_revisions(session, runs.revisions_since_last_run(session))
        session.execute(update(Revision).where(Revision.kind == "import").values(kind="save"))
        row = NewPrediction(head.tile_id, head.mask_sha256, None, OrderValues(0.5), {})
        predictions.add_predictions(session, 1, [row])
    app = open_page("finetune")
    shown = [str(getattr(one, "value", "")) for one in app.main]
    (warning,) = [one.value for one in app.warning]
    assert warning.startswith("1 of 1 tile was accepted unchanged")
    assert shown.index(warning) < shown.index("Settings")


def test_too_few_test_scenes_are_noted_before_the_start(filled: Workspace, open_page: Open) -> None:
    accept(filled)
    with filled.store.reading() as session:
        assert len([one for one in scenes.list_scenes(session) if one.split == "test"]) < MIN_SCENES
    (note,) = open_page("finetune").info
    assert note.value.replace("\\", "").endswith(
        f"needs {MIN_SCENES} test scenes with seep; 1 reviewed test scene contains seep."
    )


def test_test_scenes_that_the_active_version_was_trained_on_do_not_count(
    filled: Workspace, open_page: Open
) -> None:
    accept(filled)
    with filled.store.transaction() as session:
        name = next(one.name for one in scenes.list_scenes(session) if one.split == "test")
        card = {"splits": {"train": [name]}}
        made = checkpoints.add_checkpoint(
            session, name="met", parent_id=1, run_id=None, weights_sha256="2" * 64, card=card, author="ada"
        )
        checkpoints.promote(session, made.id, "ada")
    notes = [one.value.replace("\\", "") for one in open_page("finetune").info]
    ending = f"contain seep. Scenes that the active version was trained on do not count: {name}."
    assert any("; 0 reviewed" in note and note.endswith(ending) for note in notes), notes


def test_the_caption_of_a_preset_names_its_limits_of_epochs_and_steps(
    filled: Workspace, open_page: Open
) -> None:
    accept(filled)
    app = open_page("finetune")
    assert "At most 10 epochs and 160 steps." in texts(app)
    app.segmented_control(key="preset").set_value("thorough").run()
    assert "At most 20 epochs, at least 400 steps." in texts(app)


def test_a_silent_job_is_not_called_running(filled: Workspace, open_page: Open) -> None:
    with filled.store.transaction() as session:
        jobs.enqueue(session, "finetune", {"revision_ids": []}, "ada")
        taken = jobs.claim_next(session, "w1")
        assert taken
        row = session.get(Job, taken.id)
        assert row
        row.heartbeat_at = stamp(datetime.now(UTC) - timedelta(minutes=2))
    said = texts(open_page("finetune"))
    assert "Not responding" in said
    assert "Running" not in said
