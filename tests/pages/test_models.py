import numpy as np
import pytest

from seep.core.acquisition import OrderValues
from seep.core.masks.mask import encode_mask
from seep.core.records import NewPrediction, TileFilter
from seep.store import checkpoints, predictions, runs, tile_queries
from seep.workflow.classes import get_classes
from seep.workflow.jobs import list_jobs
from seep.workflow.models.promotion import show_active
from seep.workflow.workspace import MASK_SUFFIX, Workspace
from tests.pages.conftest import Open, texts


def add_child(workspace: Workspace, *, promoted: bool) -> int:
    with workspace.store.transaction() as session:
        made = checkpoints.add_checkpoint(
            session, name="child", parent_id=1, run_id=None, weights_sha256="1" * 64, card={}, author="ada"
        )
        if promoted:
            checkpoints.promote(session, made.id, "ada")
    return made.id


def active(workspace: Workspace) -> str:
    with workspace.store.reading() as session:
        found = checkpoints.active_checkpoint(session)
    return found.name if found else ""


def test_active_model_shows_its_card(filled: Workspace, open_page: Open) -> None:
    app = open_page("models")
    assert "0.40" in texts(app)
    assert "Knows one sea only." not in texts(app)  # a closed expander takes no time
    app.session_state["card-1"] = True
    assert "Knows one sea only." in texts(app.run())
    assert [one.key for one in app.button if one.key == "evaluate"]


@pytest.mark.parametrize("page", ["models", "browse", "overview"])
def test_a_promotion_in_groups_says_how_many_tiles_are_left(
    filled: Workspace, open_page: Open, monkeypatch: pytest.MonkeyPatch, page: str
) -> None:
    monkeypatch.setattr(predictions, "AT_ONCE", 2)
    monkeypatch.setattr(predictions, "SHOWN_AT_ONCE", 11)
    add_child(filled, promoted=True)
    app = open_page(page)
    assert "child continues: 12 tiles still show the predictions of the version before." in texts(app)
    with filled.store.transaction() as session:
        assert predictions.show_more(session)
    assert "child continues: 1 tile still shows the predictions" in texts(app.run())
    show_active(filled, lambda: False)
    assert "continues" not in texts(app.run())
    assert not app.exception


def test_roll_back_asks_for_confirmation(
    filled: Workspace, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_child(filled, promoted=True)
    monkeypatch.setattr(type(filled.store.files), "check", lambda *_: None)  # the rows have no weights
    app = open_page("models")
    assert active(filled) == "child"
    app.button(key="roll-back").click()
    app.run()
    assert app.button(key="roll-back-confirm")
    assert active(filled) == "child"
    app.button(key="roll-back-confirm").click().run()
    assert not app.exception
    assert active(filled) == "base"
    assert "active: base, rolled back to by ada" in texts(app)


def test_failed_roll_back_shows_an_error(filled: Workspace, open_page: Open) -> None:
    add_child(filled, promoted=True)
    app = open_page("models")
    app.button(key="roll-back").click()
    app.run()
    app.button(key="roll-back-confirm").click().run()
    assert not app.exception
    assert "seep" not in app.session_state["roll-back-refused"]
    assert active(filled) == "child"


def test_roll_back_is_disabled_without_previous_version(filled: Workspace, open_page: Open) -> None:
    app = open_page("models")
    assert app.button(key="roll-back").disabled


def test_workspace_without_model_offers_import(empty: Workspace, open_page: Open) -> None:
    app = open_page("models")
    assert not app.button
    assert "models/" in app.markdown[-1].value or "models/" in texts(app)


def predict(workspace: Workspace, checkpoint: int, class_id: int, split: str = "test") -> None:
    """A square of one class on every tile of a split."""
    mask = np.zeros((64, 64), np.uint8)
    mask[10:18, 12:30] = class_id
    sha = workspace.store.files.put(encode_mask(mask), MASK_SUFFIX)
    with workspace.store.transaction() as session:
        tiles = tile_queries.list_tiles(session, TileFilter(split=split), limit=None)
        values = OrderValues(0.5, 0.5, 0.5)
        rows = [NewPrediction(tile.id, sha, None, values, {class_id: 144}) for tile in tiles]
        predictions.add_predictions(session, checkpoint, rows)


def test_two_versions_show_their_changed_slicks(filled: Workspace, open_page: Open) -> None:
    child = add_child(filled, promoted=False)
    predict(filled, 1, 1)
    predict(filled, child, 2)
    app = open_page("models", versions=f"1,{child}")
    assert [one.value for one in app.header] == ["base and child"]
    assert "3 slicks differ on 3 tiles: 3 changed" in texts(app)
    (legend,) = [one.proto.body for one in app.get("html") if "&#9632;" in one.proto.body]
    shown = [one for one in get_classes(filled)[1:] if one.color in legend and one.name in legend]
    assert len(shown) == len(get_classes(filled)) - 1


def test_changed_slicks_open_on_the_first_split_with_changes(filled: Workspace, open_page: Open) -> None:
    child = add_child(filled, promoted=False)
    predict(filled, 1, 1)
    predict(filled, 1, 1, "validation")
    predict(filled, child, 1)
    predict(filled, child, 2, "validation")
    app = open_page("models", versions=f"1,{child}")
    assert app.segmented_control(key=f"changes-split-1-{child}").value == "validation"
    assert "3 slicks differ on 3 tiles" in texts(app)


def test_tiles_missing_from_the_comparison_are_counted(filled: Workspace, open_page: Open) -> None:
    child = add_child(filled, promoted=False)
    predict(filled, 1, 1)
    said = texts(open_page("models", versions=f"1,{child}"))
    assert "3 tiles of test scenes are missing" in said
    assert "No tile of these test scenes was predicted by both versions" in said


def test_evaluation_is_queued_once_and_can_be_canceled(filled: Workspace, open_page: Open) -> None:
    app = open_page("models", versions="1")
    app.button(key="evaluate").click().run()
    assert not app.exception
    jobs = list_jobs(filled)
    assert [(job.kind, job.state, job.author) for job in jobs] == [("evaluate", "queued", "ada")]
    assert not [one for one in app.button if one.key == "evaluate"]
    app.button(key="cancel-evaluation").click().run()
    assert list_jobs(filled)[0].state == "canceled"


def test_activity_log_names_the_previous_version(filled: Workspace, open_page: Open) -> None:
    add_child(filled, promoted=True)
    app = open_page("models")
    app.segmented_control(key="view-3").set_value("Activity log").run()
    said = texts(app)
    assert "promoted" in said
    assert "before: base" in said


def test_unknown_versions_in_the_url_are_named(filled: Workspace, open_page: Open) -> None:
    for versions, unknown in (("99", "99"), ("1,77,88,1", "77, 88")):
        app = open_page("models", versions=versions)
        assert [one.value for one in app.header] == ["base"]
        assert app.warning[0].value == f"Ignored unknown versions in the URL: {unknown}."


def test_values_that_are_no_ids_show_the_active_version(filled: Workspace, open_page: Open) -> None:
    for odd in ("x", "-1"):
        assert [one.value for one in open_page("models", versions=odd).header] == ["base"]


def finish_run(workspace: Workspace, word: str) -> int:
    """Add the version of a run with a verdict against the active version; return its id."""
    figures = {"binary_iou": 0.31}
    scene = {"tiles": 1, "matrix": [[1, 1], [1, 1]], "figures": figures}
    side = {"tiles": 2, "scenes": 2, "figures": figures, "per_scene": {"a": scene, "b": scene}}
    split = {"tiles": 2, "scenes": 2, "old": side, "new": side, "difference": {"difference": 0.0}}
    outcome = {
        "verdict": word,
        "sentence": "Compared.",
        "basis": "test",
        "splits": {"test": split},
        "against": {"id": 1, "name": "base"},
    }
    with workspace.store.transaction() as session:
        run = runs.add_run(session, None, base_checkpoint_id=1, config={}, revision_ids=[], author="ada")
        made = checkpoints.add_checkpoint(
            session, name="tuned", parent_id=1, run_id=run.id, weights_sha256="2" * 64, card={}, author="ada"
        )
        runs.finish_run(session, run.id, "done", outcome, made.id)
    return made.id


@pytest.mark.parametrize(("word", "kind"), [("better", "primary"), ("inconclusive", "secondary")])
def test_promote_is_primary_only_for_a_better_version(
    filled: Workspace, open_page: Open, word: str, kind: str
) -> None:
    made = finish_run(filled, word)
    button = open_page("models", versions=str(made)).button(key="promote")
    assert (button.label, button.proto.type) == ("Promote tuned", kind)


def test_card_and_evaluation_show_the_same_scenes(filled: Workspace, open_page: Open) -> None:
    finish_run(filled, "inconclusive")
    captions = [one.value for one in open_page("models", versions="1").caption]
    assert (
        "From a run in this workspace, on 2 test scenes, 2 tiles; a 95 % interval needs 3 scenes with seep"
        in captions
    )
    assert "On 2 test scenes, 2 tiles" in captions
