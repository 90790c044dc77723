from typing import Any

from seep.workflow.training.verdict import ChangedTile, RunVerdict

FIGURES = {"figures": {"binary_iou": 0.5, "iou_per_class": [0.9, 0.5], "support_px": [90, 10]}}
EMPTY = {"tiles": 0, "scenes": 0, "old": None, "new": None, "difference": None}


def outcome(**changes: Any) -> dict[str, Any]:
    difference = {"difference": 0.1, "low": 0.02, "high": 0.2}
    split = {"tiles": 9, "scenes": 3, "old": FIGURES, "new": FIGURES, "difference": difference}
    return {
        "verdict": "better",
        "basis": "locked",
        "sentence": "Better: IoU 0.400 before.",
        "against": {"id": 1, "name": "base"},
        "splits": {"validation": EMPTY, "locked": split},
        "changed": [{"tile_id": 7, "name": "a.7", "scene": "a", "split": "locked", "changed_px": 12}],
    } | changes


def test_a_verdict_is_read_from_a_stored_outcome() -> None:
    verdict = RunVerdict.from_outcome(outcome())
    assert verdict is not None
    assert (verdict.word, verdict.against_id, verdict.against_name) == ("better", 1, "base")
    assert [one.split for one in verdict.results] == ["locked"]
    basis = verdict.basis
    assert basis is not None
    assert (basis.iou_now, basis.difference, basis.low, basis.high) == (0.5, 0.1, 0.02, 0.2)
    assert (basis.class_iou_now, basis.class_px) == ([0.9, 0.5], [90, 10])
    assert verdict.changed == [ChangedTile(7, "a.7", "locked", 12)]


def test_a_verdict_without_labeled_tiles_has_no_basis() -> None:
    verdict = RunVerdict.from_outcome(outcome(basis=None, splits={"validation": EMPTY, "locked": EMPTY}))
    assert verdict is not None
    assert (verdict.basis, verdict.results) == (None, [])


def test_a_run_that_failed_has_no_verdict() -> None:
    assert RunVerdict.from_outcome(None) is None
    assert RunVerdict.from_outcome({"error": "the loss is nan"}) is None
