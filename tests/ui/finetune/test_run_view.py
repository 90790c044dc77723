from seep.ui.finetune.run_view import notes
from seep.ui.finetune.training_curves import line


def test_events_read_as_sentences() -> None:
    mixed = {"kind": "alpha", "scores": {"0": 0.41, "1": 0.4}, "chosen": 0.0}
    assert line(mixed) == "share of the new weights 0; score by share 0: 0.410, 1: 0.400"
    assert line({"kind": "epoch", "epoch": 2, "train_loss": 0.5, "binary_iou": 0.3}).startswith(
        "epoch 2: loss"
    )
    assert line({"kind": "log", "text": "reads <b>"}) == "reads <b>"
    base = {"kind": "base", "binary_iou": 0.31, "mean_iou": None}
    assert line(base) == "base, before the first step: validation IoU 0.310"
    assert line({"kind": "start", "steps": 3}) == "kind start, steps 3"


def test_a_want_of_memory_and_a_run_that_learned_nothing_are_told() -> None:
    halved = {"data": {"kind": "memory", "halved_to": 8}}
    again = {"data": {"kind": "memory", "halved_to": 4}}
    assert [sentence for _, sentence in notes([halved, again])] == [
        "Memory was short: batches are cut to 4 crops."
    ]
    assert (
        "like the old weights clearly better"
        in notes([{"data": {"kind": "alpha", "scores": {}, "chosen": 0.0}}])[0][1]
    )
    assert notes([{"data": {"kind": "alpha", "scores": {}, "chosen": 0.5}}, {"data": {}}]) == []
