"""The Python side of the epoch previews."""

from typing import Any

import pytest

from seep.core.masks.classes import default_classes
from seep.ui.components.epoch_previews.mount import epoch_previews

TILE = {"tile_id": 4, "name": "<b>", "changed_px": 12, "iou": 0.4, "mask": "/seep/runs/1/strip/0/4.png"}
EPOCHS = [{"epoch": 0, "tiles": [TILE]}]


@pytest.fixture
def mounted(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Stand in for the browser: keeps what it is given, and answers with what the test puts in."""
    seen: dict[str, Any] = {"answer": {}}

    def mount(**arguments: Any) -> dict[str, Any]:
        seen.update(arguments)
        return dict(seen["answer"])

    monkeypatch.setattr("seep.ui.components.epoch_previews.mount.component", lambda *_: mount)
    return seen


def test_epochs_and_the_colors_of_seep_classes_reach_the_browser(mounted: dict[str, Any]) -> None:
    classes = default_classes(3)
    assert epoch_previews(epochs=EPOCHS, classes=classes, base_url="/oil", key="previews-7") is None
    assert mounted["data"] == {
        "name": "previews-7",
        "epochs": EPOCHS,
        "colors": {"1": classes[1].color, "2": classes[2].color},
        "base_url": "/oil",
    }


def test_only_a_tile_that_is_shown_can_be_opened(mounted: dict[str, Any]) -> None:
    mounted["answer"] = {"open": 4}
    assert epoch_previews(epochs=EPOCHS, classes=()) == 4
    mounted["answer"] = {"open": 5}
    assert epoch_previews(epochs=EPOCHS, classes=()) is None
