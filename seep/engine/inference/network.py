"""A network prepared for prediction on one device.

On a CPU, OpenVINO runs it; without OpenVINO (or with `SEEP_OPENVINO=0`) torch does, with each batch norm fused
into its convolution and in channels-last memory. On CUDA it computes in bfloat16, and `torch.compile` takes over
for shapes that come often. The two CPU backends agree within 1e-4.
"""

from __future__ import annotations

import copy
import logging
from collections import Counter
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from seep.engine.blocks import ConvBlock
from seep.engine.device import CompiledFunction
from seep.engine.inference.openvino import CompiledNetwork, NotCompiledError
from seep.engine.unet import UNet, class_probabilities
from seep.settings import settings

logger = logging.getLogger(__name__)

BACKENDS = ("openvino", "torch", "cuda")
COMPILE_AFTER = 200
"""A shape is compiled after this many calls: compiling takes as long as some thousand calls save."""
MAX_COMPILED_SHAPES = 4
"""Maximum number of compiled shapes; each keeps the memory of its feature maps."""


class Network:
    """A network prepared for one device; maps a batch of images to class probabilities.

    Attributes:
        config: the shape of the network.
        device: where it computes.
        backend: "openvino", "torch" or "cuda"; becomes "torch" if OpenVINO cannot compile the network.
    """

    def __init__(
        self,
        model: UNet,
        device: torch.device,
        backend: str | None = None,
        compile_after: int = COMPILE_AFTER,
    ) -> None:
        """Prepare a network.

        Args:
            model: the network; it is not changed.
            backend: one of `BACKENDS` that the device supports ("cuda" also runs on a CPU, slowly); None for
                the fastest that is installed.
            compile_after: calls with one shape after which `torch.compile` takes over on a CUDA device.
        """
        self.config, self.device = model.config, device
        self.backend = backend or _fastest(device)
        self._half = self.backend == "cuda"
        self._model = fused(model).to(device)
        if self._half:
            self._model = self._model.to(torch.bfloat16)
        self._model = self._model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        # Not a bound method: a reference cycle would keep the memory until the garbage collector runs.
        self._eager = partial(_forward, self._model, self._half)
        self._compiled: CompiledFunction[Tensor] | None = None
        self._compile_after, self._calls = compile_after, Counter[tuple[int, ...]]()
        self._openvino: CompiledNetwork | None = None

    @torch.inference_mode()
    def __call__(self, batch: Tensor) -> Tensor:
        """Return class probabilities.

        Args:
            batch: float32 (N, bands + 1, H, W) on the device, sides multiples of `config.multiple`.

        Returns:
            float32 (N, classes, H, W) on the device, summing to 1 over the classes.
        """
        if self.backend == "openvino":
            try:
                return torch.from_numpy(self._by_openvino(batch))
            except NotCompiledError:
                self.backend = "torch"
        if not self._is_compiled(batch):
            return self._eager(batch)
        if self._compiled is None:
            self._compiled = CompiledFunction(self._eager, logger.warning)
        # The next replay of the CUDA graph overwrites its output.
        return self._compiled(batch).clone()

    def _is_compiled(self, batch: Tensor) -> bool:
        """Return whether the shape of a batch is compiled, which is so for the first shapes with enough calls."""
        if not batch.is_cuda:
            return False
        shape = tuple(batch.shape)
        if shape in self._calls or len(self._calls) < MAX_COMPILED_SHAPES:
            self._calls[shape] += 1
        return self._calls[shape] > self._compile_after

    @torch.inference_mode()
    def image_probabilities(self, batch: Tensor) -> Tensor:
        """Return the probability of seep in each image, (N,); only the encoder runs.

        Raises:
            ValueError: the network has no image head.
        """
        return torch.sigmoid(self._model.image_logits(_channels_last(batch, self._half)).float())

    def _by_openvino(self, batch: Tensor) -> NDArray[np.float32]:
        if self._openvino is None:  # compiled at the first use, because many networks never predict
            self._openvino = CompiledNetwork(
                _Probabilities(self._model, self.config.heads), self.config.bands + 1
            )
        return self._openvino(batch.numpy())


class _Probabilities(nn.Module):
    """A network that returns class probabilities instead of logits."""

    def __init__(self, model: nn.Module, heads: str) -> None:
        super().__init__()
        self.model, self.heads = model, heads

    def forward(self, x: Tensor) -> Tensor:
        """(N, channels, H, W) -> (N, classes, H, W)."""
        return class_probabilities(self.model(x), self.heads)


def _forward(model: UNet, half: bool, batch: Tensor) -> Tensor:
    return class_probabilities(model(_channels_last(batch, half)).float(), model.config.heads)


def _channels_last(batch: Tensor, half: bool) -> Tensor:
    batch = batch.to(torch.bfloat16) if half else batch
    return batch.contiguous(memory_format=torch.channels_last)


def fused(model: UNet) -> UNet:
    """Return a copy for prediction, with each batch norm fused into the preceding convolution."""
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
        import openvino  # noqa: F401 - checks whether it is installed
    except ImportError:
        return "torch"
    return "openvino"
