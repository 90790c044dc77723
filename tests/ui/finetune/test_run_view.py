from typing import Any

from seep.core.records import EventRecord
from seep.ui.finetune.run_view import notes
from seep.ui.finetune.training_curves import line


def event(**data: Any) -> EventRecord:
    return EventRecord(1, 1, "2026-01-01T10:00:00+00:00", data)


def test_events_read_as_lines_of_a_log() -> None:
    averaged = {"kind": "alpha", "scores": {"0": 0.41, "1": 0.4}, "chosen": 0.0}
    assert line(averaged) == "Weight averaging: share of new weights 0; score by share 0: 0.410, 1: 0.400"
    epoch = {"kind": "epoch", "epoch": 2, "train_loss": 0.5, "binary_iou": 0.3}
    assert line(epoch) == "Epoch 2: loss 0.5000, network IoU 0.300"
    assert line({"kind": "log", "text": "reads <b>"}) == "reads <b>"
    base = {"kind": "base", "binary_iou": 0.31, "mean_iou": None}
    assert line(base) == "Base, before the first step: network IoU 0.310"
    assert line({"kind": "start", "steps": 3}) == "kind start, steps 3"


def test_only_the_newest_split_of_batches_is_noted() -> None:
    (note,) = notes([event(kind="memory", halved_to=8), event(kind="memory", halved_to=4)])
    assert "parts of 4 crops" in note[1]


def test_a_run_that_kept_the_base_weights_is_noted() -> None:
    (note,) = notes([event(kind="alpha", scores={}, chosen=0.0)])
    assert note[0] == ":material/balance:"
    assert notes([event(kind="alpha", scores={}, chosen=0.5), event()]) == []
