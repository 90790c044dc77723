from typing import Any

from seep.workflow.evaluation.verdict import ChangedTile, RunVerdict

FIGURES = {"figures": {"binary_iou": 0.5, "iou_per_class": [0.9, 0.5], "support_px": [90, 10]}}
EMPTY = {"tiles": 0, "scenes": 0, "old": None, "new": None, "difference": None}


def outcome(**changes: Any) -> dict[str, Any]:
    difference = {"difference": 0.1, "low": 0.02, "high": 0.2}
    split = {"tiles": 9, "scenes": 3, "old": FIGURES, "new": FIGURES, "difference": difference}
    return {
        "verdict": "better",
        "basis": "test",
        "sentence": "Better: IoU 0.400 before.",
        "against": {"id": 1, "name": "base"},
        "splits": {"validation": EMPTY, "test": split},
        "changed": [{"tile_id": 7, "name": "a.7", "scene": "a", "split": "test", "changed_px": 12}],
    } | changes


def test_a_verdict_is_read_from_a_stored_outcome() -> None:
    verdict = RunVerdict.from_outcome(outcome())
    assert verdict is not None
    assert (verdict.word, verdict.against_id, verdict.against_name) == ("better", 1, "base")
    assert [one.split for one in verdict.results] == ["test"]
    basis = verdict.basis
    assert basis is not None
    assert (basis.iou_now, basis.difference, basis.low, basis.high) == (0.5, 0.1, 0.02, 0.2)
    assert (basis.class_iou_now, basis.class_px) == ([0.9, 0.5], [90, 10])
    assert verdict.changed == [ChangedTile(7, "a.7", "test", 12)]


def test_a_verdict_without_labeled_tiles_has_no_basis() -> None:
    verdict = RunVerdict.from_outcome(outcome(basis=None, splits={"validation": EMPTY, "test": EMPTY}))
    assert verdict is not None
    assert (verdict.basis, verdict.results) == (None, [])


def test_a_run_that_failed_has_no_verdict() -> None:
    assert RunVerdict.from_outcome(None) is None
    assert RunVerdict.from_outcome({"error": "the loss is nan"}) is None


def lower(split: str) -> dict[str, Any]:
    change = {"difference": -0.1, "low": -0.2, "high": -0.01, "scenes": 3, "verdict": "worse"}
    return {
        **outcome()["splits"]["test"],
        "difference": change,
        "scene_names": ["a"],
        "left_out": [],
        "own": 0,
    }


def test_a_version_that_is_lower_on_both_splits_says_so() -> None:
    splits = {split: lower(split) for split in ("validation", "test")}
    verdict = RunVerdict.from_outcome(
        outcome(verdict="worse", sentence="", trained=[], splits=splits, alpha=0)
    )
    assert verdict is not None
    assert verdict.lower_everywhere
    assert verdict.reasons == [
        "The new version has a lower IoU on the test scenes and on the validation scenes.",
        "The base weights scored higher on the validation and hold-out tiles, so they were kept.",
    ]
    assert verdict.sentence.startswith("Worse: IoU 0.500 before, 0.500 now, difference -0.100")
    assert verdict.sentence.endswith(" ".join(verdict.reasons))


def test_the_sentence_of_an_earlier_version_is_shown_as_it_was_stored() -> None:
    verdict = RunVerdict.from_outcome(outcome(sentence="Better: IoU 0.4 before. 1 tile left out."))
    assert verdict is not None
    assert (verdict.sentence, verdict.reasons) == (verdict.stored, ["1 tile left out."])
    assert not verdict.lower_everywhere
