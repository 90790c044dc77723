import pytest
import torch

from seep.engine.training.losses.combined import (
    DEFAULT_LOSS_WEIGHTS,
    TERMS,
    check_loss_weights,
    head_class_weights,
    image_loss,
    total_loss,
)
from seep.engine.training.losses.targets import IGNORE_INDEX, UNKNOWN_CLASS
from seep.engine.training.losses.two_heads import seep_loss, type_loss
from seep.engine.unet import Outputs, UNet, UNetConfig

ANY_HEADS = sorted(set(TERMS) - {"seep", "type"})


def batch(classes: int = 3) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(1)
    logits = torch.randn(2, classes, 16, 16, generator=generator)
    masks = torch.randint(0, classes, (2, 16, 16), generator=generator).to(torch.uint8)
    return logits, masks


@pytest.mark.parametrize("heads", ["two", "softmax"])
@pytest.mark.parametrize("name", ANY_HEADS)
def test_every_loss_is_finite_has_a_slope_and_ignores_what_is_unsure(name, heads):
    logits, masks = batch()
    masks[:, :, 10:] = IGNORE_INDEX
    logits.requires_grad_(True)
    weights = torch.tensor([1.0, 2.0, 3.0])
    loss = total_loss(Outputs(logits, [], None), masks, weights, {name: 1.0}, heads=heads)
    loss.backward()
    assert torch.isfinite(loss)
    assert logits.grad is not None
    assert float(logits.grad[..., :10].abs().sum()) > 0
    assert float(logits.grad[..., 10:].abs().sum()) == 0


@pytest.mark.parametrize("name", [*TERMS])
def test_a_batch_of_nothing_is_finite(name):
    logits, masks = batch()
    logits.requires_grad_(True)
    nothing = torch.full_like(masks, IGNORE_INDEX)
    loss = total_loss(Outputs(logits, [], None), nothing, torch.ones(3), {name: 1.0})
    loss.backward()
    assert torch.isfinite(loss)
    assert logits.grad is not None
    assert bool((logits.grad == 0).all())


@pytest.mark.parametrize("name", [*TERMS])
def test_untyped_seep_is_learned_as_seep(name):
    logits, masks = torch.zeros(1, 3, 16, 16), torch.zeros(1, 16, 16, dtype=torch.uint8)
    masks[:, 4:9, 2:14] = UNKNOWN_CLASS
    logits.requires_grad_(True)
    loss = total_loss(Outputs(logits, [], None), masks, torch.tensor([1.0, 2.0, 3.0]), {name: 1.0})
    loss.backward()
    assert torch.isfinite(loss)
    assert logits.grad is not None
    slope = logits.grad[:, 0][masks == UNKNOWN_CLASS]
    assert float(slope.abs().sum()) == 0 if name == "type" else float(slope.sum()) < 0


@pytest.mark.parametrize("name", ["type", "seep", "cross_entropy", "binary_cross_entropy", "focal", "cldice"])
def test_untyped_seep_says_nothing_of_the_class(name):
    logits, masks = batch()
    untyped = torch.where(masks > 0, torch.full_like(masks, UNKNOWN_CLASS), masks)
    logits.requires_grad_(True)
    total_loss(Outputs(logits, [], None), untyped, torch.tensor([1.0, 2.0, 3.0]), {name: 1.0}).backward()
    assert logits.grad is not None
    assert float(logits.grad[:, 1:].abs().max()) < 1e-7


def test_a_sum_is_the_weighted_sum_of_its_terms():
    logits, masks = batch()
    outputs, weights = Outputs(logits, [], None), torch.ones(3)
    one, other = (float(total_loss(outputs, masks, weights, {name: 1.0})) for name in ("dice", "focal"))
    both = float(total_loss(outputs, masks, weights, {"dice": 2.0, "focal": 0.5}))
    assert both == pytest.approx(2 * one + 0.5 * other)


def test_the_default_asks_each_head_its_question():
    logits, masks = batch()
    found = total_loss(Outputs(logits, [], None), masks, torch.tensor([1.0, 1.0, 2.0]), DEFAULT_LOSS_WEIGHTS)
    by_hand = seep_loss(logits, masks) + 0.1 * type_loss(logits, masks, torch.tensor([1.0, 2.0]))
    torch.testing.assert_close(found, by_hand)


def test_deeper_levels_count_half_and_the_image_head_adds_its_own():
    network = UNet(UNetConfig(classes=3, levels=2, width=4, deep_supervision=True, image_head=True))
    outputs = network.outputs(torch.randn(2, 2, 16, 16))
    masks = batch()[1]
    weights, terms = torch.ones(3), {"cross_entropy": 1.0}

    def alone(logits: torch.Tensor, of: torch.Tensor) -> torch.Tensor:
        return total_loss(Outputs(logits, [], None), of, weights, terms)

    assert outputs.image is not None
    by_hand = (
        alone(outputs.logits, masks)
        + 0.5 * alone(outputs.deeper[0], masks[:, ::2, ::2])
        + image_loss(outputs.image, masks)
    )
    torch.testing.assert_close(total_loss(outputs, masks, weights, terms), by_hand)


def test_the_image_loss_leaves_out_images_without_a_pixel_that_counts():
    masks = torch.zeros(3, 4, 4, dtype=torch.uint8)
    masks[1, 2, 2] = 1
    masks[2] = IGNORE_INDEX
    found = image_loss(torch.tensor([0.0, 0.0, 99.0]), masks)
    assert float(found) == pytest.approx(0.693147, rel=1e-5)


def test_weights_leave_the_background_of_two_heads_alone():
    torch.testing.assert_close(
        head_class_weights([10**6, 100, 25], "inverse_root", "two"), torch.tensor([1.0, 1.0, 2.0])
    )
    assert head_class_weights([100, 25], "inverse_root", "softmax").tolist() == [1.0, 2.0]


@pytest.mark.parametrize(
    ("terms", "heads", "named"),
    [
        ({}, "two", "no"),
        ({"iou": 1.0}, "two", "iou"),
        ({"seep": 1.0}, "softmax", "two heads"),
        ({"dice": -1.0}, "two", "-1"),
    ],
)
def test_sums_that_cannot_be_are_refused(terms, heads, named):
    with pytest.raises(ValueError, match=named):
        check_loss_weights(terms, heads)


def test_pixels_can_be_asked_about_only_where_an_image_holds_something():
    logits, masks = batch()
    masks[1] = 0
    weights, terms = torch.ones(3), {"cross_entropy": 1.0}
    found = total_loss(Outputs(logits, [], torch.zeros(2)), masks, weights, terms, only_images_with_seep=True)
    first = total_loss(Outputs(logits[:1], [], None), masks[:1], weights, terms)
    torch.testing.assert_close(found, first + image_loss(torch.zeros(2), masks))
