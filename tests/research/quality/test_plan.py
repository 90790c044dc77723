"""What a training of the cross-validation costs."""

import pytest

from research.quality.plan import VARIANTS, budget_of, network_of, stages_of
from seep.engine.presets import preset


@pytest.mark.parametrize(
    ("name", "width", "narrowed"),
    [("unet-binary", 8, 8), ("unet-rgb", 8, 8), ("seep", 8, 16), ("seep", None, 16)],
)
def test_a_narrowed_network_trains_for_the_same_number_of_steps(
    name: str, width: int | None, narrowed: int
) -> None:
    variant = VARIANTS[name]
    budget = budget_of(variant, 1, 8, 500, width=width, least_rate=2e-3)
    network = network_of(variant, preset(variant.preset), budget, 1, 8)
    (stage,) = stages_of(variant, network, budget, 0)
    assert network.width == narrowed
    assert stage.steps_per_epoch == 500
    assert stage.learning_rate == max(2e-3, preset(variant.preset).stages[0].learning_rate)


def test_the_stages_of_a_variant_share_its_steps() -> None:
    variant = VARIANTS["unet-focal-tversky"]
    budget = budget_of(variant, 1, 8, 500, width=8)
    network = network_of(variant, preset(variant.preset), budget, 1, 8)
    assert [stage.steps_per_epoch for stage in stages_of(variant, network, budget, 0)] == [250, 250]
