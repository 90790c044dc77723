"""A whole simulation: the folder is read once, then one curve after the other."""

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from research.simulation.curves import summary
from research.simulation.dataset import Dataset, read_dataset
from research.simulation.options import SimulationOptions, check_options, split_scenes
from research.simulation.rounds import Loop
from research.simulation.start_checkpoint import train_preset
from seep.errors import SettingsError

if TYPE_CHECKING:
    from seep.engine.checkpoint import Checkpoint

Event = dict[str, Any]


def simulate(
    images: Path,
    masks: Path,
    options: SimulationOptions,
    on_event: Callable[[Event], None] = lambda _: None,
) -> dict[str, Any]:
    """Let the true masks play the annotator: correct tiles in queue order, fine-tune, measure, and again.

    Every fine-tuning starts from the checkpoint that the one before it left, whatever the verdict; tiles
    that were corrected in earlier rounds are replayed beside those of the start. The pool is ranked anew
    before each round. Nothing is written but the checkpoint of the start, where it is not there yet.

    Args:
        masks: folder of masks of the same names; images without one are left out.
        options: see `SimulationOptions`.
        on_event: called with the events of `seep.engine.training.train` while the start is trained ("stage" is
            "start"), with {"kind": "curve", "number", "count", "order", "replay", "seed"} before each
            curve, with the events of `seep.engine.training.train` and the same names, and with each point ("point").

    Returns:
        {"checkpoint", "request", "scenes": names by part, "tiles": numbers by part, "curves": [{"order",
        "replay", "seed", "points"}], "summary": see `research.simulation.curves.summary`}. A point is
        {"tiles": corrected so far, "test" and "validation": {"binary_iou", "binary_dice",
        "mean_iou_seep", "by_scene"} (None without such scenes), "uncorrected": {"binary_iou",
        "start_binary_iou": of the first checkpoint} on the tiles of the pool that are left (None without
        any), "seconds": by part of the round}; after the first also "names" of the tiles of the round,
        "changed_px": what the annotator changed in them, "steps", "epochs", "alpha": share of the new
        weights, and "against_before": by split, `seep.core.metrics.intervals.paired_difference` of this checkpoint
        and the one before.

    Raises:
        ImportRefusedError, ImageError, SettingsError: the folders or the options cannot be used.
        CheckpointError, DeviceError, TrainingError: as they say.
    """
    check_options(options)
    return simulate_on(read_dataset(images, masks, options), options, on_event)


def simulate_on(
    dataset: Dataset, options: SimulationOptions, on_event: Callable[[Event], None] = lambda _: None
) -> dict[str, Any]:
    """Simulate on a dataset that was read already; as `simulate`."""
    from seep.engine.checkpoint import load_checkpoint

    check_options(options)
    if not options.checkpoint.exists():
        planned = split_scenes(dataset.scenes.keys(), options, None)
        train_preset(dataset, planned, options, lambda event: on_event(event | {"stage": "start"}))
    start = load_checkpoint(options.checkpoint)
    _check_fit(start, dataset)
    parts = split_scenes(dataset.scenes.keys(), options, start.card)
    curves = []
    for number, curve in enumerate(options.curves, 1):
        named = curve._asdict()
        on_event({"kind": "curve", "number": number, "count": len(options.curves), **named})
        curves.append(named | {"points": Loop(dataset, parts, start, options, curve, on_event).go()})
    return {
        "checkpoint": start.card["name"],
        "request": asdict(options.request),
        "scenes": parts,
        "tiles": {part: len(dataset.of(names)) for part, names in parts.items()},
        "curves": curves,
        "summary": summary(curves),
    }


def _check_fit(start: "Checkpoint", dataset: Dataset) -> None:
    network = start.model.config
    if (network.bands, network.classes) != (dataset.bands, max(dataset.classes, network.classes)):
        raise SettingsError(
            f"The images have {dataset.bands} band(s) and the masks {dataset.classes} classes, the checkpoint "
            f"{start.card['name']} reads {network.bands} and knows {network.classes}; choose another one."
        )
