import pytest
from streamlit.testing.v1 import AppTest


def test_figures_of_different_scenes_are_not_weighed_against_each_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    by_card = "seep.ui.models.registry.figures_of_two"
    monkeypatch.setattr(by_card, lambda _workspace, old, new: (old["figures"], new["figures"]))
    seen = AppTest.from_function(compare_strangers).run()
    assert not seen.exception
    said = " ".join(one.value for one in seen.markdown)
    assert "Not known to be measured on the same locked scenes" in said
    assert "Inconclusive" not in said


def compare_strangers() -> None:
    from typing import Any

    from seep.core.masks.classes import default_classes
    from seep.ui.models.registry import pair

    def one(name: str, scene: str) -> dict[str, object]:
        matrix = [[90, 5], [2, 40]]
        figures = {"binary_iou": 0.85, "iou_per_class": [0.9, 0.85]}
        per_scene = {scene: {"tiles": 1, "matrix": matrix, "figures": figures}}
        locked = {"tiles": 1, "scenes": 1, "figures": figures, "per_scene": per_scene, "matrix": matrix}
        return {"name": name, "figures": {"locked": locked}}

    workspace: Any = None
    pair(workspace, one("old", "north"), one("new", "south"), default_classes(2))
