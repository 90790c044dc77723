from seep.core.masks.classes import SeepClass, default_classes
from seep.ui.finetune.verdict import class_rows, split_rows
from seep.workflow.evaluation.verdict import SplitResult


def result(low: float | None, high: float | None) -> SplitResult:
    return SplitResult.of(
        "validation",
        {
            "tiles": 170,
            "scenes": 3,
            "old": {"figures": {"binary_iou": 0.4}},
            "new": {"figures": {"binary_iou": 0.45}},
            "difference": {"difference": 0.05, "low": low, "high": high},
        },
    )


def test_each_number_has_its_basis_and_interval() -> None:
    assert split_rows([result(0.01, 0.09)]) == [
        {
            "measured on": "3 validation scenes, 170 tiles",
            "IoU before": "0.400",
            "IoU now": "0.450",
            "difference": "+0.050",
            "95 % interval": "+0.010 to +0.090",
        }
    ]


def test_too_few_scenes_give_no_interval() -> None:
    assert split_rows([result(None, None)])[0]["95 % interval"] == "fewer than 3 scenes with seep"


def test_an_absent_class_is_told_from_one_that_is_never_found() -> None:
    rows = class_rows([0.9, 0.5, None, 0.1], [0.9, 0.6, None, 0.0], default_classes(4))
    assert [row["difference"] for row in rows] == ["+0.100", "–", "−0.100"]
    assert (rows[1]["before"], rows[1]["now"]) == ("absent", "absent")
    assert (rows[2]["before"], rows[2]["now"]) == ("0.100", "0, none found")
    (row,) = class_rows([0.9, 0.0], [0.9, None], default_classes(2), [500, 0])
    assert (row["before"], row["now"]) == ("0, false alarms", "absent")


def test_a_first_class_that_is_no_background_is_compared_too() -> None:
    streets = (SeepClass(0, "Sky", "#808080", "0"), SeepClass(1, "Road", "#804080", "1"))
    assert [row["difference"] for row in class_rows([0.9, 0.5], [0.95, 0.6], streets)] == ["+0.050", "+0.100"]


def test_a_class_that_was_added_later_has_no_iou() -> None:
    assert class_rows([0.9, 0.5], [0.9], default_classes(2))[0]["now"] == "–"
