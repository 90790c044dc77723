import json

import numpy as np
import pytest

from seep.core.evaluation import evaluate
from seep.core.mask import UNSURE
from seep.core.metrics import confusion, scores
from seep.errors import MaskError


def tile(seed: int) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    truth = np.zeros((48, 48), np.uint8)
    row, column = generator.integers(4, 20, size=2)
    truth[row : row + 16, column : column + 6] = 1 + seed % 3
    return truth, np.roll(truth, 1, axis=1)


def pairs(count: int = 8, scenes: int = 4):
    for seed in range(count):
        truth, prediction = tile(seed)
        yield f"t{seed}", f"s{seed % scenes}", truth, prediction, (prediction > 0) * 0.8, None


def test_all_figures_come_out_ready_for_json():
    found = evaluate(pairs(), 4)
    assert json.loads(json.dumps(found)) == found
    assert (found["tiles"], found["scenes"]) == (8, 4)
    figures = found["figures"]
    assert figures["binary_iou"] == pytest.approx(5 / 7)
    assert figures["tolerance"] == {"radius_px": 2, "precision": 1, "recall": 1, "f1": 1}
    assert figures["cldice"] == 1
    assert figures["instances"]["any_class"]["ap50"] == 1
    assert found["intervals"]["binary_iou"] == pytest.approx([5 / 7, 5 / 7])


def test_scenes_add_up_to_the_whole():
    found = evaluate(pairs(), 4)
    total = sum(np.array(scene["matrix"]) for scene in found["per_scene"].values())
    assert total.tolist() == found["matrix"]
    assert found["figures"].items() >= scores(total).items()
    assert {scene["tiles"] for scene in found["per_scene"].values()} == {2}


def test_unsure_and_invalid_pixels_count_nowhere():
    truth, prediction = tile(0)
    alarm = prediction.copy()
    alarm[40:46, 40:46] = 2
    unsure = truth.copy()
    unsure[38:, 38:] = UNSURE
    valid = np.ones(truth.shape, bool)
    valid[38:, 38:] = False
    plain = evaluate([("t", "s", truth, prediction, None, None)], 4)["figures"]
    for masked in [(unsure, alarm, None, None), (truth, alarm, None, valid)]:
        figures = evaluate([("t", "s", *masked)], 4)["figures"]
        for name in ("binary_iou", "tolerance", "cldice", "instances"):
            assert figures[name] == plain[name]


def test_no_tiles_have_no_figures():
    found = evaluate([], 3)
    assert (found["tiles"], found["scenes"], found["per_scene"]) == (0, 0, {})
    assert found["figures"]["binary_iou"] is None
    assert found["intervals"]["binary_iou"] is None


def test_masks_that_do_not_fit_are_named():
    truth, prediction = tile(0)
    with pytest.raises(MaskError, match="t7"):
        evaluate([("t7", "s", truth, prediction[:-1], None, None)], 4)
    with pytest.raises(MaskError, match="The prediction of t7 has class ids out of range: 9"):
        evaluate([("t7", "s", truth, prediction + 9, None, None)], 4)


def test_the_matrix_is_that_of_the_tile():
    truth, prediction = tile(2)
    found = evaluate([("t", "s", truth, prediction, None, None)], 4)
    assert found["matrix"] == confusion(truth, prediction, 4).tolist()
