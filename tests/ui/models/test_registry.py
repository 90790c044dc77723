import pytest
from streamlit.testing.v1 import AppTest

from seep_testing.patience import PATIENCE_S


def test_metrics_of_different_scenes_are_not_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "seep.ui.models.registry.metrics_of_two", lambda _workspace, old, new: (old.metrics, new.metrics)
    )
    app = AppTest.from_function(compare_different_scenes, default_timeout=PATIENCE_S).run()
    assert not app.exception
    assert app.metric[2].value == "–"
    assert not any("badge" in one.value for one in app.markdown)


def compare_different_scenes() -> None:
    from typing import Any

    from seep.core.masks.classes import default_classes
    from seep.ui.models.registry import show_pair
    from seep.workflow.models.registry import ModelVersion

    def version(name: str, scene: str) -> ModelVersion:
        matrix = [[90, 5], [2, 40]]
        figures = {"binary_iou": 0.85, "iou_per_class": [0.9, 0.85]}
        per_scene = {scene: {"tiles": 1, "matrix": matrix, "figures": figures}}
        in_test = {"tiles": 1, "scenes": 1, "figures": figures, "per_scene": per_scene, "matrix": matrix}
        return ModelVersion(
            id=1,
            name=name,
            parent_id=None,
            parent=None,
            depth=0,
            state="candidate",
            active=False,
            created_at="2026-01-01T00:00:00+00:00",
            run_id=None,
            author=None,
            class_count=2,
            threshold=0.5,
            outcome=None,
            card={"figures": {"test": in_test}},
            size_bytes=None,
        )

    workspace: Any = None
    show_pair(workspace, version("old", "north"), version("new", "south"), default_classes(2))
