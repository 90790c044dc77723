import contextlib
import io
from collections.abc import Iterator
from itertools import combinations

import numpy as np
import pytest
from pycocotools import mask as runs
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval
from scipy.ndimage import label
from sklearn.metrics import average_precision_score

from seep.core.masks.mask import UNSURE
from seep.core.metrics.average_precision import ANY_CLASS, THRESHOLDS, Matches, average_precision, match_tile


def squares(*boxes: tuple[int, int, int, int]) -> np.ndarray:
    """Squares of (class, row, column, side) on an empty mask."""
    mask = np.zeros((40, 40), np.uint8)
    for class_id, row, column, side in boxes:
        mask[row : row + side, column : column + side] = class_id
    return mask


def figures(truth, prediction, probability=None, valid=None, class_count=4):
    return average_precision(match_tile(truth, prediction, probability, valid), class_count)


def test_thresholds_are_a_quarter_then_cocos():
    assert THRESHOLDS == (0.25, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95)


def test_a_perfect_prediction_has_average_precision_one():
    mask = squares((1, 2, 2, 5), (1, 20, 20, 5), (3, 2, 30, 4))
    found = figures(mask, mask)
    assert found["any_class"] == {"ap25": 1, "ap50": 1, "ap50_95": 1}
    assert found["mean"] == {"ap25": 1, "ap50": 1, "ap50_95": 1}
    assert found["per_class"][1] == {"ap25": None, "ap50": None, "ap50_95": None}
    assert found["true_count"] == [2, 0, 1]


def test_iou_decides_from_which_threshold_on_an_object_is_missed():
    # 10 x 10 against its upper 10 x 6: IoU 0.6, so hit at .5, .55 and .6 of ten thresholds.
    truth, prediction = squares((1, 5, 5, 10)), squares((1, 5, 5, 10))
    prediction[11:] = 0
    found = figures(truth, prediction)["any_class"]
    assert (found["ap25"], found["ap50"]) == (1, 1)
    assert found["ap50_95"] == pytest.approx(0.3)


def test_the_right_place_with_the_wrong_class_counts_only_regardless_of_class():
    found = figures(squares((1, 5, 5, 6)), squares((2, 5, 5, 6)))
    assert found["any_class"]["ap50"] == 1
    assert found["per_class"][0]["ap50"] == 0
    assert found["per_class"][1]["ap50"] is None  # no true object of class 2


def test_a_false_alarm_costs_only_when_it_scores_above_a_hit():
    truth = squares((1, 2, 2, 5))
    prediction = squares((1, 2, 2, 5), (1, 20, 20, 5))
    probability = np.where(truth > 0, 0.9, 0.4)
    assert figures(truth, prediction, probability)["any_class"]["ap50"] == 1
    assert figures(truth, prediction, 1 - probability)["any_class"]["ap50"] == 0.5


def test_two_predictions_cannot_claim_one_object():
    truth = squares((1, 10, 10, 10))
    prediction = truth.copy()
    prediction[14:16] = 0  # cut in two parts of 40 of 100 pixels
    (agnostic,) = [one for one in match_tile(truth, prediction, None) if one.class_id == ANY_CLASS]
    assert agnostic.hits[0].sum() == 1
    assert agnostic.hits[1].sum() == 0


def test_unsure_and_invalid_parts_of_either_mask_are_left_out():
    truth, prediction = squares((1, 2, 2, 5)), squares((1, 2, 2, 5), (1, 20, 20, 5), (1, 30, 2, 5))
    truth[18:27, 18:27] = UNSURE
    valid = np.ones(truth.shape, bool)
    valid[28:] = False
    (one, agnostic) = match_tile(truth, prediction, None, valid)
    assert one.scores.size == agnostic.scores.size == 1
    assert agnostic.hits.all()


def test_empty_tiles_match_nothing():
    empty = squares()
    assert match_tile(empty, empty, None) == []
    assert figures(squares((1, 2, 2, 5)), empty)["any_class"]["ap50"] == 0
    assert figures(empty, squares((1, 2, 2, 5)))["any_class"]["ap50"] is None


def test_average_precision_worked_out_by_hand():
    # Hit, miss, hit, of 4: precision 1 up to recall 1/4, then 2/3 up to 2/4.
    hits = np.tile([True, False, True], (len(THRESHOLDS), 1))
    matches = [Matches(ANY_CLASS, 4, np.array([0.9, 0.5, 0.3]), hits)]
    assert average_precision(matches, 2)["any_class"]["ap50"] == pytest.approx((1 + 2 / 3) / 4)


def test_objects_of_many_tiles_are_ranked_together_as_scikit_learn_does():
    # Scikit-learn does not make precision falling, so in this order of hits it falls by itself.
    scores = np.linspace(1, 0.1, 10)
    hits = np.array([1, 1, 1, 0, 1, 0, 0, 0, 0, 0], bool)
    matches = [
        Matches(ANY_CLASS, 2, scores[half], np.tile(hits[half], (len(THRESHOLDS), 1)))
        for half in (slice(0, None, 2), slice(1, None, 2))
    ]
    found = average_precision(matches, 2)["any_class"]["ap50"]
    assert found == pytest.approx(average_precision_score(hits, scores))


def seas(count: int) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Truth, prediction, probability: slicks of three classes, some shifted, lost or made up."""
    random = np.random.default_rng(11)
    for _ in range(count):
        truth, prediction = np.zeros((96, 96), np.uint8), np.zeros((96, 96), np.uint8)
        for place in random.permutation(9)[:6]:
            corner = np.array([4 + 30 * (place // 3), 4 + 30 * (place % 3)])
            class_id, height, width = random.integers(1, 4), *random.integers(6, 20, 2)
            if random.random() < 0.8:
                truth[corner[0] : corner[0] + height, corner[1] : corner[1] + width] = class_id
            if random.random() < 0.8:
                top, left = np.maximum(0, corner + random.integers(-2, 3, 2))
                wrong = random.random() < 0.2
                prediction[top : top + height, left : left + width] = class_id % 3 + 1 if wrong else class_id
        yield truth, prediction, random.random(truth.shape)


def objects(mask: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
    for class_id in np.unique(mask[mask > 0]):
        labels, count = label(mask == class_id, np.ones((3, 3)))
        for number in range(1, count + 1):
            yield int(class_id), labels == number


def coco_precision(tiles: list[tuple[np.ndarray, np.ndarray, np.ndarray]]) -> np.ndarray:
    """Precision of pycocotools, (thresholds, 101 recalls, classes)."""

    def record(number: int, image: int, class_id: int, shape: np.ndarray) -> dict[str, object]:
        encoded = runs.encode(np.asfortranarray(shape.astype(np.uint8)))
        area = int(shape.sum())
        found = {"id": number, "image_id": image, "category_id": class_id, "segmentation": encoded}
        return found | {"area": area, "iscrowd": 0, "bbox": [0, 0, 1, 1]}

    true: list[dict[str, object]] = []
    found: list[dict[str, object]] = []
    for image, (truth, prediction, probability) in enumerate(tiles, 1):
        true += [record(len(true) + n, image, *one) for n, one in enumerate(objects(truth), 1)]
        for n, (class_id, shape) in enumerate(objects(prediction), len(found) + 1):
            found.append(record(n, image, class_id, shape) | {"score": float(probability[shape].mean())})
    with contextlib.redirect_stdout(io.StringIO()):
        sets = []
        for part in (true, found):
            one = COCO()
            images = [{"id": n, "height": 96, "width": 96} for n in range(1, len(tiles) + 1)]
            one.dataset = {"images": images, "annotations": part}
            one.dataset["categories"] = [{"id": class_id} for class_id in (1, 2, 3)]
            one.createIndex()
            sets.append(one)
        judge = COCOeval(*sets, "segm")
        judge.params.iouThrs = np.array(THRESHOLDS)
        judge.params.maxDets = [1000]
        judge.params.areaRng, judge.params.areaRngLbl = [[0, 1e9]], ["all"]
        judge.evaluate()
        judge.accumulate()
    return np.asarray(judge.eval["precision"])[..., 0, 0]


def test_average_precision_agrees_with_pycocotools():
    tiles = list(seas(12))
    matches = [one for tile in tiles for one in match_tile(*tile)]
    found = average_precision(matches, 4)
    precision = coco_precision(tiles).mean(axis=1)  # it samples the curve at 101 recalls, ours is exact
    for place, own in enumerate(found["per_class"]):
        expected = {"ap25": precision[0], "ap50": precision[1], "ap50_95": precision[1:].mean(axis=0)}
        for name, values in expected.items():
            assert own[name] == pytest.approx(values[place], abs=0.012)
    means = [one["ap50"] for one in found["per_class"]]
    assert min(means) > 0.2
    assert max(means) < 0.95
    assert all(abs(a - b) > 0.01 for a, b in combinations(means, 2))  # three tests and not one
