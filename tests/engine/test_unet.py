import pytest
import torch

from seep.engine.unet import UNet, UNetConfig, class_probabilities


@pytest.mark.parametrize(
    "config",
    [
        UNetConfig(levels=2, width=4),
        UNetConfig(bands=3, classes=2, levels=1, width=4),
        UNetConfig(levels=2, width=4, stride=2),
    ],
)
def test_logits_have_the_size_of_the_image(config):
    image = torch.randn(2, config.bands + 1, 24, 40)
    assert UNet(config)(image).shape == (2, config.classes, 24, 40)


def test_the_default_network_reads_sides_of_16():
    assert UNetConfig().multiple == 16
    assert UNetConfig(levels=4, stride=2).multiple == 32


def test_probabilities_sum_to_one_and_follow_the_two_heads():
    logits = torch.tensor([0.0, 1.0, 1.0, -50.0]).reshape(1, 4, 1, 1)
    found = class_probabilities(logits).flatten()
    torch.testing.assert_close(found, torch.tensor([0.5, 0.25, 0.25, 0.0]))


def test_two_classes_are_plain_binary():
    logits = torch.randn(2, 2, 4, 4)
    found = class_probabilities(logits)
    torch.testing.assert_close(found[:, 1], torch.sigmoid(logits[:, 0]))


def test_an_untrained_network_expects_little_seep():
    network = UNet(UNetConfig(levels=1, width=4)).eval()
    with torch.no_grad():
        seep = torch.sigmoid(network(torch.zeros(1, 2, 8, 8))[:, 0])
    assert float(seep.mean()) < 0.2


@pytest.mark.parametrize(
    ("name", "value"),
    [("bands", 0), ("classes", 1), ("levels", 9), ("width", 100_000), ("width", 2.5), ("stride", 3)],
)
def test_absurd_shapes_are_refused(name, value):
    with pytest.raises(ValueError, match=name):
        UNetConfig(**{name: value})


def test_the_shape_survives_a_dictionary():
    config = UNetConfig(2, 5, 3, 8, 2)
    assert UNetConfig.from_dict(config.to_dict()) == config
    with pytest.raises(ValueError, match="depth"):
        UNetConfig.from_dict({"depth": 3})
