import pytest
import torch

from seep.engine.unet import UNet, UNetConfig, class_probabilities, log_probabilities


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


def parameters(config: UNetConfig) -> int:
    with torch.device("meta"):
        return sum(parameter.numel() for parameter in UNet(config).parameters())


@pytest.mark.parametrize(
    "config",
    [
        UNetConfig(levels=2, width=4, block=block, norm=norm, doubling=doubling, heads=heads, attention=True)
        for block in ("plain", "residual")
        for norm in ("batch", "group", "none")
        for doubling, heads in (
            ("reduced", "two"),
            ("bilinear", "softmax"),
            ("transposed", "two"),
            ("convolved", "softmax"),
        )
    ],
    ids=lambda config: f"{config.block}-{config.norm}-{config.doubling}",
)
def test_every_member_of_the_family_gives_logits_and_learns(config):
    network = UNet(config)
    image = torch.randn(2, config.bands + 1, 16, 24)
    logits = network(image)
    assert logits.shape == (2, config.classes, 16, 24)
    logits.square().mean().backward()
    assert all(parameter.grad is not None for parameter in network.parameters())


def test_deep_supervision_gives_logits_at_every_coarser_level():
    network = UNet(UNetConfig(levels=3, width=4, deep_supervision=True, image_head=True)).eval()
    image = torch.randn(2, 2, 32, 48)
    found = network.outputs(image)
    assert [tuple(one.shape[2:]) for one in found.deeper] == [(16, 24), (8, 12)]
    torch.testing.assert_close(found.logits, network(image))
    assert found.image is not None
    assert found.image.shape == (2,)
    torch.testing.assert_close(found.image, network.image_logits(image))


def test_a_network_without_image_head_says_so():
    with pytest.raises(ValueError, match="image head"):
        UNet(UNetConfig(levels=1, width=4)).image_logits(torch.zeros(1, 2, 8, 8))


def test_parameters_are_those_of_the_published_networks():
    # Ronneberger 2015 has 31.0 million with one channel and two classes; the count by hand of the second
    # is 34.5 million: 3x3 convolutions in place of the 2x2 ones on the way up.
    assert parameters(UNetConfig(width=64, norm="none", classes=2, doubling="transposed")) == pytest.approx(
        31.03e6, rel=0.001
    )
    rgb = UNetConfig(bands=3, classes=12, width=64, doubling="convolved", heads="softmax")
    assert parameters(rgb) == pytest.approx(34.5e6, rel=0.002)


@pytest.mark.parametrize("heads", ["two", "softmax"])
def test_log_probabilities_are_the_logarithms_of_the_probabilities(heads):
    logits = torch.randn(2, 4, 3, 3, dtype=torch.float64)
    found = class_probabilities(logits, heads)
    torch.testing.assert_close(log_probabilities(logits, heads).exp(), found)
    torch.testing.assert_close(found.sum(dim=1), torch.ones(2, 3, 3, dtype=torch.float64))


def test_log_probabilities_stay_finite_where_probabilities_vanish():
    logits = torch.tensor([500.0, 0.0, -500.0]).reshape(1, 3, 1, 1)
    assert torch.isfinite(log_probabilities(logits)).all()


@pytest.mark.parametrize(
    ("name", "value"), [("block", "dense"), ("norm", 1), ("attention", 1), ("heads", "one")]
)
def test_unknown_pieces_are_refused(name, value):
    with pytest.raises(ValueError, match=name):
        UNetConfig(**{name: value})


def test_cards_of_the_first_networks_still_say_the_same_network():
    old = {"bands": 1, "classes": 8, "levels": 4, "width": 24, "stride": 2}
    assert UNetConfig.from_dict(old) == UNetConfig(width=24, stride=2)
