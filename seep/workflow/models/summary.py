"""Size and cost of networks: of a checkpoint file, or of presets."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from seep.engine.unet import UNetConfig


@dataclass(frozen=True)
class NetworkSummary:
    """Size and cost of a network.

    Attributes:
        name: of the checkpoint or preset.
        description: a phrase.
        network: its configuration, by name.
        blocks: number of parameters by block, in the order of the forward pass.
        parameters: in all.
        weights_bytes: size of the weights as float32.
        size_px: side of the image that the costs are for.
        flops_forward: floating point operations of a forward pass; a multiplication and an addition are two.
        memory_forward_bytes: weights and the two largest feature maps.
        memory_training_bytes: weights, gradients, optimizer state, averaged weights and feature maps.
    """

    name: str
    description: str
    network: Mapping[str, object]
    blocks: Mapping[str, int]
    parameters: int
    weights_bytes: int
    size_px: int
    flops_forward: int
    memory_forward_bytes: int
    memory_training_bytes: int


def describe_file(path: Path, size_px: int) -> NetworkSummary:
    """Describe the network of a checkpoint file.

    Args:
        path: a file that Seep wrote.
        size_px: side of the image that the costs are for.

    Raises:
        CheckpointError: the file is missing, damaged or foreign.
        ValueError: the size does not fit the network.
    """
    from seep.engine.checkpoint import load_checkpoint

    checkpoint = load_checkpoint(path)
    name = str(checkpoint.card["name"])
    return _summary(name, f"checkpoint {path.name}", checkpoint.model.config, size_px)


def describe_presets(name: str | None, bands: int, classes: int, size_px: int) -> list[NetworkSummary]:
    """Describe the network of a preset, or of all presets.

    Raises:
        SettingsError: there is no such preset.
        ValueError: bands, classes or size do not fit.
    """
    from seep.engine.presets import PRESETS, preset

    presets = [preset(name)] if name else [*PRESETS.values()]
    return [_summary(one.name, one.says, one.network_for(bands, classes), size_px) for one in presets]


def _summary(name: str, description: str, config: "UNetConfig", size_px: int) -> NetworkSummary:
    from seep.engine.info import model_info, parameters_by_block

    costs = model_info(config, size_px)
    return NetworkSummary(name, description, config.to_dict(), dict(parameters_by_block(config)), **costs)
