import pytest
import torch

from seep.engine.training.losses.targets import IGNORE_INDEX, UNKNOWN_CLASS
from seep.engine.training.losses.two_heads import seep_loss, type_loss


def logits_for(masks: torch.Tensor, classes: int, certainty: float = 20.0) -> torch.Tensor:
    """Logits that say exactly what the mask says."""
    seep = torch.where(masks > 0, certainty, -certainty)[:, None]
    types = [torch.where(masks == k, certainty, -certainty)[:, None] for k in range(1, classes)]
    return torch.cat([seep, *types], dim=1)


def total_loss(logits, masks, weights):
    return seep_loss(logits, masks) + type_loss(logits, masks, weights)


@pytest.fixture
def masks():
    masks = torch.zeros(2, 8, 8, dtype=torch.uint8)
    masks[0, 2:4] = 1
    masks[1, 5:6] = 2
    return masks


def test_the_truth_costs_nothing(masks):
    assert float(total_loss(logits_for(masks, 3), masks, torch.ones(2))) == pytest.approx(0, abs=1e-4)


def test_missing_every_slick_costs_much(masks):
    assert float(seep_loss(logits_for(masks * 0, 3), masks)) > 2


def test_ignored_pixels_change_nothing(masks):
    logits = torch.randn(2, 3, 8, 8)
    asked = masks.clone()
    asked[:, :, 6:] = IGNORE_INDEX
    changed = logits.clone()
    changed[..., 6:] = 37.0
    weights = torch.tensor([1.0, 3.0])
    assert float(total_loss(logits, asked, weights)) == float(total_loss(changed, asked, weights))


def test_a_batch_of_nothing_costs_nothing():
    masks = torch.full((1, 4, 4), IGNORE_INDEX, dtype=torch.uint8)
    assert float(total_loss(torch.randn(1, 3, 4, 4), masks, torch.ones(2))) == pytest.approx(0, abs=1e-6)


def test_clean_sea_asks_no_type():
    masks = torch.zeros(1, 4, 4, dtype=torch.uint8)
    assert float(type_loss(torch.randn(1, 3, 4, 4), masks, torch.ones(2))) == 0


def test_two_classes_have_no_type_loss(masks):
    assert float(type_loss(torch.randn(2, 2, 8, 8), masks.clamp(max=1), torch.ones(1))) == 0


def test_untyped_seep_is_seep_of_no_class(masks):
    logits, weights = torch.randn(2, 3, 8, 8), torch.tensor([1.0, 3.0])
    untyped = torch.where(masks > 0, torch.full_like(masks, UNKNOWN_CLASS), masks)
    assert torch.equal(seep_loss(logits, untyped), seep_loss(logits, masks))
    assert float(type_loss(logits, untyped, weights)) == 0
    half = torch.where(masks == 2, torch.full_like(masks, UNKNOWN_CLASS), masks)
    only = torch.where(masks == 2, torch.full_like(masks, IGNORE_INDEX), masks)
    assert torch.equal(type_loss(logits, half, weights), type_loss(logits, only, weights))


def test_a_wrong_type_of_a_rare_class_costs_more(masks):
    weights = torch.tensor([1.0, 4.0])
    all_first = logits_for((masks > 0).to(torch.uint8), 3)
    all_second = logits_for((masks > 0).to(torch.uint8) * 2, 3)
    only_second = torch.where(masks == 2, masks, torch.full_like(masks, IGNORE_INDEX))
    assert float(type_loss(all_first, only_second, weights)) > float(
        type_loss(all_second, only_second, weights)
    )
    # 8 pixels of weight 4 against 16 of weight 1
    assert float(type_loss(all_first, masks, weights)) > float(type_loss(all_second, masks, weights))
