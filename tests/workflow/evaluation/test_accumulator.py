import numpy as np

from seep.workflow.evaluation.accumulator import LEAST_PX, WORST, Tally


def add(tally: Tally, name: str, wrong_rows: int) -> None:
    truth = np.zeros((64, 64), np.uint8)
    truth[:10, :] = 1
    prediction = np.zeros_like(truth)
    prediction[wrong_rows : wrong_rows + 10, :] = 1
    probabilities = np.stack((prediction == 0, prediction == 1)).astype(np.float16)
    image = np.full((64, 64), 100, np.uint16)
    tally.add(name, image, 0, truth, prediction, probabilities, image > 0)


def test_the_worst_tiles_come_first_and_are_few():
    tally = Tally(2)
    for number in range(WORST + 8):
        add(tally, f"tile {number}", wrong_rows=number % 10)
    worst = tally.worst()
    assert len(worst) == WORST
    ious = [one["binary_iou"] for one in worst]
    assert ious == sorted(ious)
    assert worst[0]["name"] == "tile 9"
    assert ious[0] == 1 / 19
    assert all(len(one["pictures"]) == 3 for one in worst)


def test_a_few_pixels_do_not_rank():
    tally = Tally(2)
    truth = np.zeros((64, 64), np.uint8)
    truth[0, : LEAST_PX - 1] = 1
    nothing = np.zeros_like(truth)
    image = np.full((64, 64), 100, np.uint16)
    tally.add("few", image, 0, truth, nothing, np.stack((nothing + 1, nothing)), image > 0)
    assert tally.worst() == []
    assert tally.to_dict()["slicks"] == {"true": [1], "found": [0]}
