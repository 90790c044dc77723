"""The checkpoint that a simulation starts from: trained from scratch on few scenes, and kept."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from research.simulation.dataset import Dataset
from research.simulation.options import SimulationOptions

if TYPE_CHECKING:
    from seep.engine.training.schedule import TrainConfig
    from seep.engine.unet import UNetConfig

Event = dict[str, Any]
START_PRESET = "seep"


def train_preset(
    dataset: Dataset,
    parts: Mapping[str, Sequence[str]],
    options: SimulationOptions,
    on_event: Callable[[Event], None] = lambda _: None,
) -> None:
    """Train the preset "seep" on the scenes of the start and write it where the options say.

    Args:
        dataset: see `read_dataset`.
        parts: names of the scenes, see `split_scenes`.
        options: see `SimulationOptions`.
        on_event: called with the events of `seep.engine.training.train`.

    Raises:
        TrainingError, DeviceError, CheckpointError: as they say.
    """
    from seep.engine.presets import preset

    recipe = preset(START_PRESET)
    asked = {"epochs": options.epochs, "steps_per_epoch": options.steps_per_epoch}
    changes: dict[str, Any] = {name: value for name, value in asked.items() if value is not None}
    train_start(
        dataset,
        parts["start"],
        parts["validation"],
        recipe.network,
        replace(recipe.stages[0], **changes),
        options.checkpoint,
        options.device,
        on_event,
    )


def train_start(  # noqa: PLR0917 - all are needed, each named where it is called
    dataset: Dataset,
    train_on: Sequence[str],
    validation: Sequence[str],
    network: "UNetConfig",
    config: "TrainConfig",
    out: Path,
    device: str | None = None,
    on_event: Callable[[Event], None] = lambda _: None,
) -> None:
    """Train a network on some scenes and write it, its card naming them; goes on after a kill.

    Args:
        dataset: see `read_dataset`.
        train_on: names of the scenes to train on.
        validation: names of the scenes that choose the epoch and the threshold; may be empty.
        network: its shape; bands and classes are the dataset's.
        device: cpu, cuda, cuda:N; None picks.
        on_event: called with the events of `seep.engine.training.train`.

    Raises:
        TrainingError, DeviceError, CheckpointError: as they say.
    """
    from seep.engine.checkpoint import Checkpoint, save_checkpoint
    from seep.engine.training.train import train

    state = out.with_suffix(".state")
    result = train(
        replace(network, bands=dataset.bands, classes=dataset.classes),
        [one.tile for one in dataset.of(train_on)],
        [one.tile for one in dataset.of(validation)],
        config,
        state_path=state,
        on_event=on_event,
        should_stop=lambda: False,
        device=device,
    )
    splits = {"train": [*train_on], "validation": [*validation]}
    card = result.checkpoint.card | {"name": out.stem, "splits": splits}
    save_checkpoint(out, Checkpoint(result.checkpoint.model, card))
    state.unlink(missing_ok=True)
