import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seep.core.masks.mask import UNSURE
from seep.core.metrics.confusion import confusion, scores
from seep.core.metrics.evaluate import evaluate
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
    total = np.sum([scene["matrix"] for scene in found["per_scene"].values()], axis=0)
    assert total.tolist() == found["matrix"]
    assert found["figures"].items() >= scores(total).items()
    assert {scene["tiles"] for scene in found["per_scene"].values()} == {2}


def test_groups_are_evaluated_as_if_alone():
    seas = {"s0": "north", "s1": "south", "s2": "north", "s3": "south"}
    found = evaluate(pairs(), 4, seas.get)
    assert evaluate(pairs(), 4) == {name: value for name, value in found.items() if name != "groups"}
    assert list(found["groups"]) == ["north", "south"]
    for sea, group in found["groups"].items():
        alone = evaluate((pair for pair in pairs() if seas[pair[1]] == sea), 4)
        assert (group["tiles"], group["scenes"], group["intervals"]) == (4, 2, alone["intervals"])
        assert alone["figures"].items() >= group["figures"].items()


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


@st.composite
def sets_of_tiles(draw: st.DrawFn) -> list[tuple]:
    """A few small tiles of a few scenes, some empty, some unsure or without data in places."""
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    found = []
    for number in range(draw(st.integers(1, 5))):
        truth, prediction = (
            np.repeat(np.repeat(random.integers(0, 4, (4, 4)), 5, axis=0), 5, axis=1).astype(np.uint8)
            * np.uint8(random.random() < 0.8)
            for _ in range(2)
        )
        truth[random.random(truth.shape) < 0.05] = UNSURE
        # Scores differ, so that no order of tiles decides between equals.
        seep = (random.random(truth.shape) * 0.9 + 0.01 * number).astype(np.float32)
        valid = random.random(truth.shape) < 0.9
        found.append((f"t{number}", f"s{random.integers(3)}", truth, prediction, seep, valid))
    return found


@settings(max_examples=25, deadline=None)
@given(sets_of_tiles(), st.permutations(range(5)))
def test_the_order_of_tiles_changes_nothing(tiles: list[tuple], order: list[int]) -> None:
    shuffled = [tiles[at] for at in order if at < len(tiles)]
    assert evaluate(shuffled, 4) == evaluate(tiles, 4)


@settings(max_examples=25, deadline=None)
@given(sets_of_tiles())
def test_matrices_of_parts_and_of_scenes_add_up(tiles: list[tuple]) -> None:
    whole = evaluate(tiles, 4)
    parts = [evaluate([tile], 4) for tile in tiles]
    assert np.sum([part["matrix"] for part in parts], axis=0).tolist() == whole["matrix"]
    scenes = [np.array(one["matrix"]) for one in whole["per_scene"].values()]
    total = np.sum(scenes, axis=0)
    assert total.tolist() == whole["matrix"]
    merged = scores(total)
    assert {name: whole["figures"][name] for name in merged} == merged


@settings(max_examples=25, deadline=None)
@given(sets_of_tiles())
def test_a_class_that_is_nowhere_changes_no_figure(tiles: list[tuple]) -> None:
    few, more = evaluate(tiles, 4)["figures"], evaluate(tiles, 6)["figures"]
    assert more["iou_per_class"] == [*few["iou_per_class"], None, None]
    assert more["instances"]["per_class"][3:] == [{"ap25": None, "ap50": None, "ap50_95": None}] * 2
    for name in ("binary_iou", "mean_iou_seep", "mean_iou_all", "tolerance", "cldice", "precision"):
        assert more[name] == few[name]
    assert more["instances"]["mean"] == few["instances"]["mean"]


@settings(max_examples=25, deadline=None)
@given(sets_of_tiles(), st.permutations([1, 2, 3]))
def test_names_of_classes_change_no_figure_but_their_own(tiles: list[tuple], order: list[int]) -> None:
    table = np.arange(256, dtype=np.uint8)
    table[1:4] = order
    renamed = [(*one[:2], table[one[2]], table[one[3]], *one[4:]) for one in tiles]
    before, after = evaluate(tiles, 4)["figures"], evaluate(renamed, 4)["figures"]
    assert [after["iou_per_class"][order[number]] for number in range(3)] == before["iou_per_class"][1:]
    for name in ("binary_iou", "tolerance", "cldice"):
        assert after[name] == before[name]
    assert after["mean_iou_seep"] == pytest.approx(before["mean_iou_seep"])
