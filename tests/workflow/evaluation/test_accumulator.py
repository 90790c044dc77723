import numpy as np

from seep.workflow.evaluation.accumulator import MIN_UNION_PX, WORST_TILES, Accumulator, EvaluatedTile


def tile(name: str, truth: np.ndarray, prediction: np.ndarray) -> EvaluatedTile:
    image = np.full(truth.shape, 100, np.uint16)
    probabilities = np.stack((prediction == 0, prediction == 1)).astype(np.float16)
    return EvaluatedTile(name, image, 0, truth, prediction, probabilities, image > 0)


def band(first_row: int) -> np.ndarray:
    mask = np.zeros((64, 64), np.uint8)
    mask[first_row : first_row + 10] = 1
    return mask


def test_worst_tiles_are_listed_lowest_iou_first() -> None:
    accumulator = Accumulator(2)
    for number in range(WORST_TILES + 8):
        accumulator.add(tile(f"tile {number}", band(0), band(number % 10)))
    worst = accumulator.worst()
    ious = [one.binary_iou for one in worst]
    assert len(worst) == WORST_TILES
    assert ious == sorted(ious)
    assert (worst[0].name, ious[0]) == ("tile 9", 1 / 19)
    assert list(worst[0].pictures) == ["image", "mask", "prediction"]
    assert all(one.startswith("data:image/jpeg;base64,") for one in worst[0].pictures.values())


def test_tiles_with_few_seep_pixels_are_not_ranked() -> None:
    accumulator, truth = Accumulator(2), np.zeros((64, 64), np.uint8)
    truth[0, : MIN_UNION_PX - 1] = 1
    accumulator.add(tile("few", truth, np.zeros_like(truth)))
    assert accumulator.worst() == []
    assert accumulator.to_json()["slicks"] == {"true": [1], "found": [0]}
