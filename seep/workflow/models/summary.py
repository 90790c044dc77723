"""What networks are and cost, of a checkpoint file or of presets."""

from pathlib import Path
from typing import Any


def describe_file(path: Path, size_px: int) -> dict[str, Any]:
    """Describe the network of a checkpoint file.

    Args:
        path: a file that Seep wrote.
        size_px: side of the image that costs are told for.

    Returns:
        "name", "says", "network" (its shape), "pieces" (parameters of each block), and the counts of
        `seep.engine.info.model_info`.

    Raises:
        CheckpointError: the file is missing, damaged or foreign.
        ValueError: the size does not fit the network.
    """
    from seep.engine.checkpoint import load_checkpoint

    checkpoint = load_checkpoint(path)
    return _row(str(checkpoint.card["name"]), f"checkpoint {path.name}", checkpoint.model.config, size_px)


def describe_presets(name: str | None, bands: int, classes: int, size_px: int) -> list[dict[str, Any]]:
    """Describe the network of a preset, or of all of them; see `describe_file`.

    Raises:
        SettingsError: there is no such preset.
        ValueError: bands, classes or size cannot be.
    """
    from seep.engine.presets import PRESETS, preset

    chosen = [preset(name)] if name else [*PRESETS.values()]
    return [_row(one.name, one.says, one.network_for(bands, classes), size_px) for one in chosen]


def _row(name: str, says: str, config: Any, size_px: int) -> dict[str, Any]:
    from seep.engine.info import model_info, pieces

    return {
        "name": name,
        "says": says,
        "network": config.to_dict(),
        "pieces": [{"name": piece, "parameters": count} for piece, count in pieces(config)],
        **model_info(config, size_px),
    }
