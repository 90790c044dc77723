"""Size of a network: parameters, floating-point operations and memory, computed without running it on data."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from seep.engine.unet import UNet, UNetConfig

BYTES = 4
"""Bytes per float32."""


def model_info(config: UNetConfig, size_px: int = 256) -> dict[str, Any]:
    """Return parameters, operations and memory of a network for one image of `size_px` x `size_px`.

    Args:
        size_px: side of the image, a multiple of `config.multiple`.

    Returns:
        "parameters"; "weights_bytes"; "flops_forward" (a multiply-add counts as two);
        "memory_forward_bytes" (weights and the largest two feature maps); "memory_training_bytes" (weights,
        gradients, two moments of Adam, the average, and the feature maps that backward needs); "size_px".

    Raises:
        ValueError: the size is not a multiple of `config.multiple`.
    """
    if size_px < 1 or size_px % config.multiple:
        raise ValueError(
            f"size is {size_px} px: use a multiple of {config.multiple}, which this network needs"
        )
    with torch.device("meta"):
        network = UNet(config).eval()
        image = torch.empty(1, config.bands + 1, size_px, size_px)
    maps: list[int] = []
    for module in network.modules():
        if not [*module.children()]:
            module.register_forward_hook(lambda _m, _i, found: _note(maps, found))
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        network.outputs(image)
    parameters = sum(parameter.numel() for parameter in network.parameters())
    weights = sum(tensor.numel() for tensor in network.state_dict().values()) * BYTES
    return {
        "parameters": parameters,
        "weights_bytes": weights,
        "flops_forward": int(counter.get_total_flops()),
        "memory_forward_bytes": weights + sum(sorted(maps)[-2:]),
        "memory_training_bytes": weights + 4 * parameters * BYTES + sum(maps),
        "size_px": size_px,
    }


def parameters_by_block(config: UNetConfig) -> list[tuple[str, int]]:
    """Return the number of parameters of each block, from input to output."""
    with torch.device("meta"):
        network = UNet(config)
    found: list[tuple[str, int]] = []
    for name, module in network.named_children():
        parts = module.named_children() if isinstance(module, nn.ModuleList) else [("", module)]
        found += [(f"{name}.{part}".rstrip("."), _count(one)) for part, one in parts]
    return [(name, count) for name, count in found if count]


def _count(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


def _note(maps: list[int], found: Any) -> None:
    if isinstance(found, Tensor):
        maps.append(found.numel() * BYTES)
