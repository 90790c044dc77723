import pytest

from seep.engine.info import model_info, parameters_by_block
from seep.engine.unet import UNetConfig


def test_the_counts_of_a_small_network_by_hand():
    # One level down from 2 channels (1 band, valid) at 4 channels: every convolution counted by hand.
    config = UNetConfig(levels=1, width=4, classes=2, norm="none")
    blocks = {
        "down.0": (2 * 9 * 4 + 4) + (4 * 9 * 4 + 4),
        "down.1": (4 * 9 * 8 + 8) + (8 * 9 * 8 + 8),
        "up.0": (8 * 4 + 4) + (8 * 9 * 4 + 4) + (4 * 9 * 4 + 4),
        "seep_head": 4 + 1,
        "type_head": 4 + 1,
    }
    assert dict(parameters_by_block(config)) == blocks
    found = model_info(config, 32)
    assert found["parameters"] == sum(blocks.values())
    assert found["weights_bytes"] == 4 * sum(blocks.values())
    full, half = 32 * 32, 16 * 16
    multiplications = full * (2 * 9 * 4 + 4 * 9 * 4 + 8 * 9 * 4 + 4 * 9 * 4 + 4 + 4)
    multiplications += half * (4 * 9 * 8 + 8 * 9 * 8 + 8 * 4)
    assert found["flops_forward"] == 2 * multiplications


def test_memory_grows_with_the_image_and_weights_do_not():
    config = UNetConfig(width=8)
    small, large = model_info(config, 64), model_info(config, 128)
    assert large["weights_bytes"] == small["weights_bytes"]
    assert large["flops_forward"] == 4 * small["flops_forward"]
    assert large["memory_training_bytes"] > small["memory_training_bytes"]


def test_a_size_that_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="multiple of 16"):
        model_info(UNetConfig(), 250)
