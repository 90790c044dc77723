"""A network made ready to predict on one device, as fast as that device allows.

On a CPU it goes through OpenVINO; where that is not installed or is switched off (`SEEP_OPENVINO=0`), through
torch with each batch norm folded into the convolution before it and channels last. On CUDA it computes in
bfloat16, its kernels recorded as graphs. Both ways on the CPU agree within 1e-4.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from seep.engine.blocks import ConvBlock
from seep.engine.graphs import Graphs
from seep.engine.inference.openvino import CompiledNetwork, NotCompiledError
from seep.engine.unet import UNet, class_probabilities
from seep.settings import settings

WAYS = ("openvino", "torch", "cuda")


class Network:
    """A network made ready on one device; maps a batch to the probabilities of all classes.

    Attributes:
        config: the network's shape.
        device: where it computes.
        way: "openvino", "torch" or "cuda"; torch takes over where OpenVINO turns out not to know the network.
    """

    def __init__(self, model: UNet, device: torch.device, way: str | None = None) -> None:
        """Make a network ready.

        Args:
            model: any; it is not changed.
            device: where to compute.
            way: one of `WAYS`, which the device has to allow ("cuda" computes on a CPU too, slowly); None for
                the fastest that is there.
        """
        self.config, self.device = model.config, device
        self.way = way or _fastest(device)
        self._half = self.way == "cuda"
        self._model = folded(model).to(device)
        if self._half:
            self._model = self._model.to(torch.bfloat16)
        self._model = self._model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        # No method of its own: holding itself, a network that is done with would wait for the collector of
        # cycles, which does not see the hundred megabytes behind it.
        run = partial(_computed, self._model, self._half)
        self._run: Callable[[Tensor], Tensor] = Graphs(run) if self._half else run
        self._compiled: CompiledNetwork | None = None

    @torch.inference_mode()
    def __call__(self, batch: Tensor) -> Tensor:
        """Class probabilities.

        Args:
            batch: float32 (N, bands + 1, H, W) on the device, sides multiples of `config.multiple`.

        Returns:
            float32 (N, classes, H, W) on the device, summing to 1 over the classes.
        """
        if self.way == "openvino":
            try:
                return torch.from_numpy(self._by_openvino(batch))
            except NotCompiledError:
                self.way = "torch"
        return self._run(batch)

    @torch.inference_mode()
    def image_probabilities(self, batch: Tensor) -> Tensor:
        """Probability of anything but background in each image, (N,); only the way down is computed.

        Raises:
            ValueError: the network has no image head.
        """
        return torch.sigmoid(self._model.image_logits(_laid_out(batch, self._half)).float())

    def _by_openvino(self, batch: Tensor) -> NDArray[np.float32]:
        if self._compiled is None:  # at its first use: much is made ready that never predicts
            self._compiled = CompiledNetwork(
                _Probabilities(self._model, self.config.heads), self.config.bands + 1
            )
        return self._compiled(batch.numpy())


class _Probabilities(nn.Module):
    """A network with its class probabilities in place of logits."""

    def __init__(self, model: nn.Module, heads: str) -> None:
        super().__init__()
        self.model, self.heads = model, heads

    def forward(self, x: Tensor) -> Tensor:
        """(N, channels, H, W) -> (N, classes, H, W)."""
        return class_probabilities(self.model(x), self.heads)


def _computed(model: UNet, half: bool, batch: Tensor) -> Tensor:
    return class_probabilities(model(_laid_out(batch, half)).float(), model.config.heads)


def _laid_out(batch: Tensor, half: bool) -> Tensor:
    batch = batch.to(torch.bfloat16) if half else batch
    return batch.contiguous(memory_format=torch.channels_last)


def folded(model: UNet) -> UNet:
    """A copy for prediction, each batch norm folded into the convolution before it."""
    twin = copy.deepcopy(model).eval().requires_grad_(False)
    for module in twin.modules():
        if isinstance(module, ConvBlock):
            for conv, norm in (("conv1", "norm1"), ("conv2", "norm2")):
                if isinstance(getattr(module, norm), nn.BatchNorm2d):
                    setattr(module, conv, fuse_conv_bn_eval(getattr(module, conv), getattr(module, norm)))
                    setattr(module, norm, nn.Identity())
    return twin


def _fastest(device: torch.device) -> str:
    if device.type == "cuda":
        return "cuda"
    if not settings().openvino:
        return "torch"
    try:
        import openvino  # noqa: F401 - only whether it is there
    except ImportError:
        return "torch"
    return "openvino"
