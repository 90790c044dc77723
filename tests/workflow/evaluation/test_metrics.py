from seep.core.metrics.evaluate import evaluate
from seep.ui.models.metrics import headline, measured
from tests.ui.making import pairs

FLAT = {
    "binary_iou": 0.35,
    "precision": 0.6,
    "recall": 0.4,
    "f1_within_2_px": 0.65,
    "binary_iou_interval": [0.24, 0.41],
    "binary_iou_per_scene": {"a": 0.4, "b": 0.3, "c": 0.2},
    "iou_per_class": [0.9, 0.3, None],
    "tiles": 173,
}


def test_a_shipped_card_is_read() -> None:
    found = measured({"locked": FLAT}, "locked")
    assert found is not None
    assert (found.iou, found.low, found.high, found.scenes, found.tiles) == (0.35, 0.24, 0.41, 3, 173)
    assert found.near_f1 == 0.65
    assert found.by_class == (0.9, 0.3, None)


def test_a_card_of_an_evaluation_is_read() -> None:
    found = measured({"validation": evaluate(pairs(), 3)}, "validation")
    assert found is not None
    assert found.iou == 1.0
    assert found.scenes == 3
    assert set(found.matrices) == {"a", "b", "c"}
    assert found.near_f1 == 1.0


def test_locked_scenes_stand_before_validation() -> None:
    best = headline({"validation": FLAT | {"binary_iou": 0.9}, "locked": FLAT})
    assert best is not None
    assert (best.split, best.iou) == ("locked", 0.35)


def test_nothing_measured_is_none() -> None:
    assert headline({}) is None
    assert measured({"locked": None}, "locked") is None
