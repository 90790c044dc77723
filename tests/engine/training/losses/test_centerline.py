import pytest
import torch

from seep.engine.training.losses.centerline import cldice, skeleton_recall, soft_skeleton, thick_centerlines
from seep.engine.training.losses.targets import IGNORE_INDEX
from tests.engine.training.losses.making import exact


@pytest.fixture
def line():
    """A slick 3 px wide."""
    masks = torch.zeros(1, 16, 32, dtype=torch.uint8)
    masks[0, 6:9, 4:28] = 1
    return masks


def test_the_soft_skeleton_of_a_straight_slick_is_its_middle_row(line):
    found = soft_skeleton(line.float()[:, None], 5)[0, 0]
    assert found[7, 8:24].tolist() == [1.0] * 16
    assert float(found[[6, 8], 8:24].sum()) == 0


def test_the_truth_costs_nothing(line):
    assert float(cldice(exact(line, 2), line, "softmax")) == pytest.approx(0, abs=1e-5)
    assert float(skeleton_recall(exact(line, 2), line, "softmax")) == pytest.approx(0, abs=1e-5)


def test_a_gap_costs_what_it_takes_of_the_center_line(line):
    cut = line.clone()
    cut[0, :, 14:18] = 0
    held = soft_skeleton(line.float()[:, None], 10)[0, 0]
    share = (float(held[:, :14].sum() + held[:, 18:].sum()) + 1) / (float(held.sum()) + 1)
    by_hand = 1 - 2 * share / (1 + share)  # what is left lies in the truth: precision 1
    assert float(cldice(exact(cut, 2), line, "softmax")) == pytest.approx(by_hand, abs=1e-4)


def test_skeleton_recall_by_hand(line):
    half = line.clone()
    half[0, :, 16:] = 0
    lines = thick_centerlines(line) > 0
    by_hand = 1 - (float(lines[..., :16].sum()) + 1) / (float(lines.sum()) + 1)
    assert float(skeleton_recall(exact(half, 2), line, "softmax")) == pytest.approx(by_hand, abs=1e-4)


def test_tubes_stay_within_the_slick_and_keep_its_class(line):
    line[line == 1] = 3
    line[0, 6, 10] = IGNORE_INDEX
    found = thick_centerlines(line)
    assert set(found.unique().tolist()) == {0, 3}
    assert bool((found[line == 0] == 0).all())
    assert bool((found[0, 7, 8:24] == 3).all())


@pytest.mark.parametrize("loss", [cldice, skeleton_recall])
def test_clean_sea_costs_nothing_where_none_is_predicted(loss):
    clean = torch.zeros(1, 16, 16, dtype=torch.uint8)
    assert float(loss(exact(clean, 2), clean, "softmax")) == pytest.approx(0, abs=1e-5)
