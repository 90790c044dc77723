import re
from dataclasses import replace
from pathlib import Path

import pytest

from seep.core.acquisition import OrderValues
from seep.core.masks.classes import default_classes
from seep.core.records import NewPrediction
from seep.errors import SettingsError
from seep.store import checkpoints, predictions
from seep.workflow import trash
from seep.workflow.classes import RESERVED_KEYS, classes_not_predicted, get_classes, people, set_classes
from seep.workflow.workspace import Workspace
from tests.actors import ADA, BO
from tests.workflow.making import accept


def test_classes_can_be_renamed_and_taken_away_while_unused(workspace: Workspace, tiles: list[int]) -> None:
    assert set_classes(workspace, default_classes(4), ADA) == default_classes(4)
    assert get_classes(workspace) == default_classes(4)


def test_a_class_that_masks_use_stays(workspace: Workspace, tiles: list[int]) -> None:
    accept(workspace, 1, stripe=6)
    with pytest.raises(SettingsError, match="Class 6 is used"):
        set_classes(workspace, default_classes(6), ADA)
    assert len(get_classes(workspace)) == 8


def test_a_class_of_deleted_tiles_stays_until_they_are_gone_for_good(
    workspace: Workspace, tiles: list[int]
) -> None:
    entry = trash.delete_tiles(workspace, tiles, ADA)
    two = get_classes(workspace)[:2]
    with pytest.raises(SettingsError, match="Class 2 is used in masks of the trash"):
        set_classes(workspace, two, ADA)
    trash.delete_permanently(workspace, [entry.id], ADA)
    assert set_classes(workspace, two, ADA) == two


def test_classes_that_the_active_version_never_predicts_are_named(
    workspace: Workspace, tiles: list[int]
) -> None:
    assert classes_not_predicted(workspace) == {}
    with workspace.store.transaction() as session:
        active = checkpoints.add_checkpoint(
            session, name="v2", parent_id=None, run_id=None, weights_sha256="0" * 64, card={}, author="ada"
        )
        checkpoints.promote(session, active.id, "ada")
    assert classes_not_predicted(workspace) == {}
    with workspace.store.transaction() as session:
        new = [
            NewPrediction(
                tile, "1" * 64, None, OrderValues(0.5), {3: 75, 5: 1} if tile == tiles[0] else {3: 9}
            )
            for tile in tiles
        ]
        predictions.add_predictions(session, active.id, new)
    found = classes_not_predicted(workspace)
    assert list(found) == [1, 2, 4, 6, 7]
    assert found[1] == f"v2 predicts it on none of {len(tiles)} tiles."


def test_people_are_those_who_did_something(workspace: Workspace, tiles: list[int]) -> None:
    accept(workspace, 1, BO)
    assert {"ada", "bo"} <= set(people(workspace))
    assert "import" not in people(workspace)


def test_a_class_key_that_is_a_shortcut_of_the_canvas_is_refused(workspace: Workspace) -> None:
    zero, one, *others = get_classes(workspace)
    with pytest.raises(SettingsError, match="'b'"):
        set_classes(workspace, (zero, replace(one, key="b"), *others), ADA)
    set_classes(workspace, (zero, replace(one, key="r"), *others), ADA)
    assert get_classes(workspace)[1].key == "r"
    with pytest.raises(
        SettingsError, match="digits, the letter r, or Shift and a letter other than C, D, F, K, P, R, U, Z"
    ):
        set_classes(workspace, (zero, replace(one, key="P"), *others), ADA)  # Shift+P shows the probability
    set_classes(workspace, (zero, replace(one, key="B"), *others), ADA)
    assert get_classes(workspace)[1].key == "B"


def test_the_reserved_keys_are_the_default_shortcuts_of_the_canvas() -> None:
    keys = Path(__file__).resolve().parents[2] / "seep/ui/components/canvas/frontend/keys.js"
    defaults = re.search(r"DEFAULT_KEYS = .*?\}\);", keys.read_text(), re.DOTALL)
    assert defaults
    shifted = {letter.upper() for letter in re.findall(r'"shift\+(.)"', defaults[0])}
    assert {*re.findall(r'"(.)"', defaults[0]), *shifted} == RESERVED_KEYS
