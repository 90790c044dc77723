from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from seep.core.import_options import ImportOptions
from seep.store import jobs
from seep.store.schema import Job, stamp
from seep.workflow.imports import background
from seep.workflow.imports.background import ImportRequest, ImportRun
from seep.workflow.imports.importer import import_folder
from seep.workflow.overview import VersionChange
from seep.workflow.review.causes import decide_tile_cause
from seep.workflow.workspace import Workspace
from seep_testing.patience import PATIENCE_S
from tests.actors import ADA, BO
from tests.pages.conftest import Open, texts, write_tiles
from tests.workflow.making import accept, tile_ids


def test_an_empty_workspace_leads_to_import(empty: Workspace, open_page: Open) -> None:
    app = open_page()
    assert app.button(key="next-step").label == "Import tiles"


def test_an_empty_workspace_can_load_the_demo(
    empty: Workspace, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("seep.workflow.demo.PLACES", 1)
    monkeypatch.setattr("seep.workflow.demo.PASSES", 1)
    app = open_page()
    app.button(key="load-demo").click().run()
    assert not app.exception
    assert {one.label: one.value for one in app.metric}["Reviewed"] == "0 of 4 tiles"
    assert "The demo's scenes are synthetic." in texts(app)
    assert not [one for one in app.button if one.key == "load-demo"]


def test_the_checklist_says_how_the_next_step_is_done(filled: Workspace, open_page: Open) -> None:
    app = open_page()
    assert "Paint what the prediction missed, erase what is no seep" in texts(app)
    links = {link.proto.label: link.proto.page for link in app.get("page_link")}
    assert links["Import more scenes (1 of 3 test scenes with seep)"] == "data"


def test_the_state_and_the_next_step_are_shown(filled: Workspace, open_page: Open) -> None:
    app = open_page()
    shown = {one.label: one.value for one in app.metric}
    assert shown["Reviewed"] == "0 of 12 tiles"
    assert shown["Jobs"] == "None"
    assert app.button(key="next-step").label == "Predict open tiles"


def test_the_next_step_opens_its_page(filled: Workspace, open_page: Open) -> None:
    with filled.store.transaction() as session:  # while a prediction is queued, review can go on
        jobs.enqueue(session, "predict", {"checkpoint_id": 1, "tile_ids": None}, "ada")
    app = open_page()
    assert app.button(key="next-step").label == "Start review"
    app.button(key="next-step").click().run()
    assert not app.exception
    assert not app.title  # Review is all canvas


def test_jobs_show_their_state_and_why_they_failed(filled: Workspace, open_page: Open) -> None:
    with filled.store.transaction() as session:
        job = jobs.enqueue(session, "predict", {"checkpoint_id": 1, "tile_ids": None}, "ada")
        jobs.finish(session, job.id, "failed", error="The disk is full; free space.")
    said = texts(open_page())
    assert "Failed" in said
    assert "The disk is full; free space." in said
    assert "Predict with " in said


def test_a_job_without_a_heartbeat_is_said_not_to_respond(filled: Workspace, open_page: Open) -> None:
    with filled.store.transaction() as session:
        jobs.enqueue(session, "predict", {"checkpoint_id": 1, "tile_ids": None}, "ada")
        taken = jobs.claim_next(session, "w1")
        assert taken
        jobs.heartbeat(session, taken.id, 0.91, "11 of 12 tiles", worker="w1")
        row = session.get(Job, taken.id)
        assert row
        row.heartbeat_at = stamp(datetime.now(UTC) - timedelta(minutes=2))
    app = open_page()
    assert {one.label: one.value for one in app.metric}["Jobs"] == "Prediction not responding"
    said = texts(app)
    assert "Running" not in said
    assert "No heartbeat for 2 min" in said


def test_an_import_under_way_is_told_beside_every_page(
    empty: Workspace, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = ImportRun(ImportRequest(Path("images"), None, ImportOptions()), BO, done=3, total=12)
    monkeypatch.setattr(background, "last_run", lambda _workspace: run)
    app = open_page("overview")
    assert app.sidebar.caption[-1].value == ":blue[:material/progress_activity:] Import, 25\u202f%"
    assert "No tiles; import running, 25\u202f%." in texts(app)
    assert app.button(key="next-step").label == "View import"
    run.running = False
    app.run()
    assert "No running jobs" in app.sidebar.caption[-1].value
    assert app.button(key="next-step").label == "Import tiles"


def test_reviewed_tiles_are_never_said_to_be_none(empty: Workspace, open_page: Open, tmp_path: Path) -> None:
    images, masks = write_tiles(tmp_path / "reviewed")
    import_folder(empty, images, masks, ImportOptions(reviewed=True), ADA)
    app = open_page()
    shown = {one.label: one.value for one in app.metric}
    assert shown["Reviewed"] == "12 of 12 tiles"
    (message,) = [one.value for one in app.markdown if "accepted" in one.value]
    assert message.replace("\\", "").endswith("The masks of 12 tiles were imported.")
    assert "nothing is reviewed" not in texts(app).lower()


@pytest.mark.parametrize("conclusive", [True, False])
@pytest.mark.parametrize(("difference", "look"), [(-0.051, ("RED", "DOWN")), (0.051, ("GREEN", "UP"))])
def test_the_change_of_the_active_version_points_its_way(
    filled: Workspace, open_page: Open, *, difference: float, look: tuple[str, str], conclusive: bool
) -> None:
    change = VersionChange("base", difference, "test", 3, conclusive)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("seep.workflow.overview._change", lambda _models: change)
        shown = next(one for one in open_page().metric if one.label == "Active version").proto
    assert shown.MetricColor.Name(shown.color) == (look[0] if conclusive else "GRAY")
    assert shown.MetricDirection.Name(shown.direction) == (look[1] if conclusive else "NONE")
    assert shown.delta == (f"{difference:+.3f}" if conclusive else "inconclusive")


def budget_script() -> None:
    from seep.ui.error_budget import _budget
    from seep.workflow.workspace import open_workspace

    _budget(open_workspace())


def test_the_error_budget_fills_a_bar_for_the_chosen_import_and_target(
    filled: Workspace, open_page: Open
) -> None:
    for tile_id in tile_ids(filled):
        accept(filled, tile_id, ADA)
    assert "Error budget" in [one.label for one in open_page().expander]
    app = AppTest.from_function(budget_script, default_timeout=PATIENCE_S).run()
    assert len(app.selectbox(key="budget-import").options) == 2
    app.selectbox(key="budget-import").select_index(1)
    app.number_input(key="budget-target").set_value(2.5).run()
    assert not app.exception
    assert app.get("progress")[0].proto.value == 100
    assert "all tiles are reviewed" in app.get("progress")[0].proto.text


def test_class_balance_counts_tiles_by_cause(filled: Workspace, open_page: Open) -> None:
    (before,) = [one for one in open_page().header if one.value == "Class balance"]
    assert before.proto.help == ""
    for tile, cause in zip(tile_ids(filled)[:3], ("vessel", "vessel", "seep"), strict=True):
        decide_tile_cause(filled, tile, (3, 3), cause, actor=ADA)
    (after,) = [one for one in open_page().header if one.value == "Class balance"]
    assert after.proto.help == "Tiles by cause: natural seep 1, vessel 2."
