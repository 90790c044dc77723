import numpy as np
import pytest

from seep.core.masks.mask import encode_mask
from seep.store import checkpoints, predictions, scenes
from seep.store.key_value import set_value
from seep.store.records import NewPrediction, TileFilter
from seep.workflow.jobs import list_jobs
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


def test_the_active_model_shows_its_card(filled: Workspace, open_page: Open) -> None:
    app = open_page("models")
    said = texts(app)
    assert "Knows one sea only." in said
    assert "0.40" in said
    assert "Not measured yet" in said


def test_roll_back_asks_once_and_says_what_it_will_do(
    filled: Workspace, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_child(filled, promoted=True)
    monkeypatch.setattr(type(filled.store.files), "verify", lambda *_: None)  # the rows have no weights
    app = open_page("models")
    assert active(filled) == "child"
    next(one for one in app.button if one.label == "Roll back").click()
    app.run()
    assert "base becomes the active model again" in texts(app)
    assert active(filled) == "child"
    app.button(key="roll-back-confirm").click().run()
    assert not app.exception
    assert active(filled) == "base"
    assert "active: base, rolled back to by ada" in texts(app)


def test_a_failed_roll_back_is_a_sentence(filled: Workspace, open_page: Open) -> None:
    add_child(filled, promoted=True)
    app = open_page("models")
    next(one for one in app.button if one.label == "Roll back").click()
    app.run()
    app.button(key="roll-back-confirm").click().run()
    assert not app.exception
    assert "seep" not in app.session_state["roll-back-refused"]
    assert active(filled) == "child"


def test_with_nothing_to_go_back_to_the_button_is_off(filled: Workspace, open_page: Open) -> None:
    app = open_page("models")
    assert next(one for one in app.button if one.label == "Roll back").disabled


def test_no_model_is_said(empty: Workspace, open_page: Open) -> None:
    assert "No model yet" in texts(open_page("models"))


def predict(workspace: Workspace, checkpoint: int, class_id: int) -> None:
    """A square of one class on every locked tile."""
    mask = np.zeros((64, 64), np.uint8)
    mask[10:18, 12:30] = class_id
    sha = workspace.store.files.put(encode_mask(mask), MASK_SUFFIX)
    with workspace.store.transaction() as session:
        tiles = scenes.list_tiles(session, TileFilter(split="locked"), limit=None)
        fields = {"mask_sha256": sha, "probability_sha256": None, "classes": {class_id: 144}}
        given = dict.fromkeys(("likely_wrong", "useful", "confident"), 0.5)
        rows = [NewPrediction(tile_id=tile.id, **fields, **given) for tile in tiles]
        predictions.add_predictions(session, checkpoint, rows)


def test_slicks_of_two_versions_are_compared_largest_first(filled: Workspace, open_page: Open) -> None:
    child = add_child(filled, promoted=False)
    predict(filled, 1, 1)
    predict(filled, child, 2)
    said = texts(open_page("models", versions=f"1,{child}"))
    assert "base and child" in said
    assert "3 slicks differ on 3 tiles: 3 changed; by the truth child is right in" in said


def test_what_an_earlier_version_predicted_for_one_of_two_is_said(filled: Workspace, open_page: Open) -> None:
    child = add_child(filled, promoted=False)
    predict(filled, 1, 1)
    with filled.store.transaction() as session:
        set_value(session, "last prediction of earlier versions", 3)
    predict(filled, child, 2)
    said = texts(open_page("models", versions=f"1,{child}"))
    assert "On 3 tiles one of the two was predicted by an earlier version of Seep" in said


def test_what_was_not_predicted_is_said(filled: Workspace, open_page: Open) -> None:
    child = add_child(filled, promoted=False)
    predict(filled, 1, 1)
    said = texts(open_page("models", versions=f"1,{child}"))
    assert "3 tiles of locked scenes were not predicted by both" in said
    assert "have not predicted the same tiles" in said


def test_measuring_is_queued_once_and_shown_as_it_goes(filled: Workspace, open_page: Open) -> None:
    app = open_page("models", versions="1")
    app.button(key="measure").click().run()
    assert not app.exception
    jobs = list_jobs(filled)
    assert [(job.kind, job.state, job.author) for job in jobs] == [("evaluate", "queued", "ada")]
    assert not [one for one in app.button if one.key == "measure"]
    app.button(key="cancel-measure").click().run()
    assert list_jobs(filled)[0].state == "canceled"


def test_the_record_says_who_promoted_what(filled: Workspace, open_page: Open) -> None:
    add_child(filled, promoted=True)
    app = open_page("models")
    app.segmented_control(key="view-3").set_value("Who did what").run()
    said = texts(app)
    assert "promoted" in said
    assert "base was active" in said


def test_an_address_with_odd_versions_shows_the_active_one(filled: Workspace, open_page: Open) -> None:
    for odd in ("99", "x", "1,2,3,1", "-1"):
        assert "Knows one sea only." in texts(open_page("models", versions=odd))
