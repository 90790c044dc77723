"""Every backend gives the numbers of the plain network."""

import gc
import weakref
from dataclasses import replace
from typing import Any

import pytest
import torch

from seep.engine.inference import network as networks
from seep.engine.inference.network import Network, fused
from seep.engine.inference.openvino import NotCompiledError
from seep.engine.unet import UNet, UNetConfig, class_probabilities
from seep.settings import read_settings

CPU = torch.device("cpu")
SMALL = UNetConfig(classes=3, levels=2, width=4)
FAMILY = [
    SMALL,
    replace(SMALL, stride=2, classes=8, levels=3),
    replace(SMALL, heads="softmax", bands=3, doubling="convolved"),
    replace(SMALL, norm="group", attention=True, block="residual", doubling="transposed"),
    replace(SMALL, norm="none", doubling="bilinear", stride=2, deep_supervision=True, image_head=True),
]


def random_network(config: UNetConfig) -> UNet:
    """A network with large logits and its own statistics in every batch norm."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        model = UNet(config)
        with torch.no_grad():
            model.seep_head.weight.mul_(10)
            for _ in range(2):
                model.train()(2 + 3 * torch.randn(4, config.bands + 1, 32, 32))
    return model.eval()


def images(config: UNetConfig, count: int, height: int, width: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(count)
    return torch.randn((count, config.bands + 1, height, width), generator=generator)


@pytest.mark.parametrize("config", FAMILY, ids=lambda config: f"{config.block}-{config.norm}-{config.heads}")
@pytest.mark.parametrize(("backend", "tolerance"), [("openvino", 1e-4), ("torch", 1e-4), ("cuda", 0.05)])
def test_every_backend_matches_the_plain_network(config: UNetConfig, backend: str, tolerance: float) -> None:
    model = random_network(config)
    ready = Network(model, CPU, backend)
    # One alone, many abreast, and another size: none of them is compiled for.
    for shape in ((1, 48, 32), (5, 32, 64), (2, 64, 64)):
        batch = images(config, *shape)
        with torch.inference_mode():
            wanted = class_probabilities(model(batch), config.heads)
        assert wanted.std() > 0.05
        torch.testing.assert_close(ready(batch), wanted, atol=tolerance, rtol=0)
    assert ready.backend == backend


@pytest.mark.parametrize("backend", networks.BACKENDS)
def test_a_deleted_network_is_freed_at_once(backend: str) -> None:
    """What is compiled takes a hundred megabytes, and the collector of cycles comes by only now and then."""
    gc.disable()
    try:
        ready = Network(random_network(SMALL), CPU, backend)
        ready(images(SMALL, 2, 32, 32))
        # The small rest, the weights, OpenVINO's reading of the trace keeps in a cycle of its own.
        heavy = ready._openvino if backend == "openvino" else ready._model
        seen: list[weakref.ref[Any]] = [weakref.ref(ready), weakref.ref(heavy)]
        del ready, heavy
        assert [one() for one in seen] == [None, None]
    finally:
        gc.enable()


def test_fusing_leaves_the_network_unchanged() -> None:
    model = random_network(SMALL)
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    twin = fused(model)
    assert not any("running_mean" in name for name in twin.state_dict())
    for name, tensor in model.state_dict().items():
        torch.testing.assert_close(tensor, before[name], atol=0, rtol=0)


def test_torch_replaces_openvino_if_that_cannot_compile_the_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise NotCompiledError("an operation that is not known")

    monkeypatch.setattr(networks, "CompiledNetwork", refuse)
    model = random_network(SMALL)
    ready = Network(model, CPU, "openvino")
    batch = images(SMALL, 2, 32, 32)
    with torch.inference_mode():
        torch.testing.assert_close(ready(batch), class_probabilities(model(batch)), atol=1e-5, rtol=0)
    assert ready.backend == "torch"


@pytest.mark.parametrize(("setting", "backend"), [("1", "openvino"), ("0", "torch")])
def test_a_setting_switches_openvino_off(monkeypatch: pytest.MonkeyPatch, setting: str, backend: str) -> None:
    chosen = read_settings({"SEEP_OPENVINO": setting})
    monkeypatch.setattr(networks, "settings", lambda: chosen)
    assert Network(random_network(SMALL), CPU).backend == backend


def test_the_image_head_runs_alone() -> None:
    config = FAMILY[-1]
    model = random_network(config)
    batch = images(config, 3, 32, 32)
    with torch.inference_mode():
        wanted = torch.sigmoid(model.image_logits(batch))
    torch.testing.assert_close(Network(model, CPU).image_probabilities(batch), wanted, atol=1e-5, rtol=0)
    with pytest.raises(ValueError, match="no image head"):
        Network(random_network(SMALL), CPU).image_probabilities(images(SMALL, 1, 32, 32))


class CudaBatch(torch.Tensor):
    """A CPU tensor that claims to be on a CUDA device."""

    is_cuda = True


def test_a_shape_is_compiled_after_enough_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    compiled: list[tuple[int, ...]] = []

    def compile_function(function, **_):
        def run(batch: torch.Tensor) -> torch.Tensor:
            compiled.append(tuple(batch.shape))
            return function(batch)

        return run

    monkeypatch.setattr(torch, "compile", compile_function)
    network = Network(random_network(SMALL), CPU, "torch", compile_after=2)
    for size in (32, 48, 64, 80, 96):
        for _ in range(4):
            network(images(SMALL, 1, size, size).as_subclass(CudaBatch))
    shapes = [(1, SMALL.bands + 1, size, size) for size in (32, 48, 64, 80)]
    assert compiled == [shape for shape in shapes for _ in range(2)]
