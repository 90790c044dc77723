import pytest
import torch

from seep.engine.training.losses.lovasz import lovasz
from seep.engine.training.losses.targets import LabeledPixels
from tests.engine.training.losses.making import asked


def test_lovasz_by_hand():
    # Seep: errors 0.4 (true, p 0.6), 0.3 (false, p 0.3), 0.1 (true, p 0.9). In that order 1 - IoU of the
    # worst one, two, three pixels is 1/2, 2/3, 1, so 0.4/2 + 0.3/6 + 0.1/3. Background, whose one pixel has
    # the error 0.3: 1 - IoU is 1/2 after the 0.4 (a false one), 1 after the 0.3, 1 after the 0.1.
    pixels = asked([[0.4, 0.7, 0.1], [0.6, 0.3, 0.9]], [1, 0, 1])
    seep, background = 0.4 / 2 + 0.3 / 6 + 0.1 / 3, 0.4 / 2 + 0.3 / 2
    assert float(lovasz(pixels)) == pytest.approx((seep + background) / 2)


def test_hard_predictions_cost_one_minus_iou():
    generator = torch.Generator().manual_seed(0)
    truth = torch.randint(2, (50,), generator=generator)
    guess = torch.randint(2, (50,), generator=generator)
    log_p = torch.where(guess == torch.arange(2)[:, None], 0.0, -60.0).double()
    by_class = [((guess == k) & (truth == k)).sum() / ((guess == k) | (truth == k)).sum() for k in (0, 1)]
    assert float(lovasz(LabeledPixels(log_p, truth))) == pytest.approx(1 - float(sum(by_class)) / 2, abs=1e-6)
