"""Training from scratch: a folder of images and masks, a preset, and out comes a checkpoint file."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from seep.core.geo.grid import DEFAULT_PATTERN, assign_splits
from seep.core.masks.classes import SeepClass
from seep.core.masks.mask import UNSURE
from seep.errors import LossError, SettingsError
from seep.workflow.inference.folder_dataset import FolderDataset, FolderTile, folder_options, scan_folder
from seep.workflow.training.mosaics import bands_of, training_tiles

if TYPE_CHECKING:
    from seep.engine.checkpoint import Checkpoint
    from seep.engine.presets import Preset
    from seep.engine.training.dataset import TrainingTile
    from seep.engine.training.schedule import TrainConfig
    from seep.engine.unet import UNetConfig

SYNTHETIC_PX = 768
SYNTHETIC_SEED = 1000
CLEAN_EVERY = 3
"""One synthetic scene of so many is clean sea with look-alikes: real tiles hold next to none."""

AFTER_LOSS = "the same options would fail there again: look at the tiles, or choose another --seed"

Event = dict[str, Any]


@dataclass(frozen=True)
class ScratchOptions:
    """What a training from scratch may be told besides its preset.

    Attributes:
        preset: name of the recipe, see `seep.engine.presets`.
        epochs: of each stage; None for the preset's.
        steps_per_epoch: batches an epoch; None for the preset's.
        batch_size: crops a step (and process); None for the preset's.
        patience: epochs without a better score on the validation scenes before a stage ends; 0 for never.
        classes: with background; None for as many as `class_list` has, else the highest class id of the masks
            and 1.
        class_list: names and colors by which masks in colors and annotations are understood.
        validation: names of the scenes that choose epoch and threshold; None draws them.
        locked: names of the scenes that stay out of it altogether; None draws them.
        synthetic: scenes of synthetic sea to train on beside the real ones.
        synthetic_classes: synthetic scenes teach the class of a slick too, and not only what is seep; their
            classes are arbitrary, so this fits only sets whose classes look like those.
        pretrain_epochs: epochs on synthetic sea alone before the first stage.
        stitched: put neighboring tiles together, so that crops cross their borders.
        seed: of splits, weights and crops.
        device: cpu, cuda, cuda:N; None picks.
        pattern: how file names give scene and tile.
        nodata: a number, None, or "auto".
        skip_bad: leave out what cannot be read instead of refusing the whole folder.
    """

    preset: str = "seep"
    epochs: int | None = None
    steps_per_epoch: int | None = None
    batch_size: int | None = None
    patience: int = 0
    classes: int | None = None
    class_list: Sequence[SeepClass] = ()
    validation: Sequence[str] | None = None
    locked: Sequence[str] | None = None
    synthetic: int = 0
    synthetic_classes: bool = False
    pretrain_epochs: int = 0
    stitched: bool = True
    seed: int = 0
    device: str | None = None
    pattern: str = DEFAULT_PATTERN
    nodata: float | str | None = "auto"
    skip_bad: bool = False


def train_folder(
    images: Path,
    masks: Path,
    out: Path,
    options: ScratchOptions,
    on_event: Callable[[Event], None] = lambda _: None,
) -> dict[str, Any]:
    """Train a preset on a folder of images and masks; write the checkpoint, with its card inside.

    A killed training goes on from the state files beside `out` when it is started again the same way.
    Started by `torchrun`, one process a GPU, the first one alone writes and calls `on_event`.

    Args:
        images: folder of images.
        masks: folder of masks of the same names; images without one are left out.
        out: the file to write.
        options: see `ScratchOptions`.
        on_event: called with the events of `seep.engine.training.train`, each with "stage", from 1.

    Returns:
        {"name", "preset", "splits", "tiles", "figures", "classes", "bands", "written"}; the last is False in
        the processes beside the first one.

    Raises:
        ImportRefusedError, ImageError, SettingsError: the folders or the options cannot be used.
        LossError: the loss was not finite; the best network of before is written, if an epoch was finished.
        TrainingError, DeviceError, CheckpointError: as they say.
    """
    from seep.engine.checkpoint import save_checkpoint
    from seep.engine.distributed import is_main_process
    from seep.engine.presets import preset

    recipe = preset(options.preset)
    dataset = _read_dataset(images, masks, options)
    tiles, statistics = dataset.tiles, dataset.statistics
    splits = split_scenes({tile.scene for tile in tiles}, options)
    network = recipe.network_for(bands_of(tiles), _classes(tiles, options))

    def of(split: str, stitched: bool) -> "list[TrainingTile]":
        chosen = [tile for tile in tiles if tile.scene in splits[split]]
        return training_tiles(chosen, statistics, binary=recipe.binary, stitched=stitched)

    held, learned = of("validation", False), of("train", options.stitched)
    learned += synthetic_tiles(options.synthetic, network, options.seed, typed=options.synthetic_classes)
    checkpoint, broken = _train_stages(recipe, network, learned, held, out, options, on_event)
    data = {"images": images.resolve().name, "tiles": len(tiles), "synthetic_scenes": options.synthetic}
    if is_main_process():
        save_checkpoint(out, _named(checkpoint, out.stem, recipe.name, {"data": data, "splits": splits}))
    if broken:
        raise LossError(f"{broken}. {out} holds the best network of before; {AFTER_LOSS}.")
    if is_main_process():
        _forget_states(out, len(recipe.stages))
    return {
        "name": out.stem,
        "preset": recipe.name,
        "splits": splits,
        "tiles": len(tiles),
        "figures": checkpoint.card["figures"],
        "classes": network.classes,
        "bands": network.bands,
        "written": is_main_process(),
    }


def _read_dataset(images: Path, masks: Path, options: ScratchOptions) -> FolderDataset:
    """Read the images that have a mask, and the statistics of their scenes."""
    how = folder_options(options.pattern, options.nodata, classes=options.class_list)
    dataset = scan_folder(images, masks, how)
    dataset.check_refused(skip_bad=options.skip_bad)
    return dataset.with_masks(images, masks)


def _named(checkpoint: "Checkpoint", name: str, recipe: str, facts: dict[str, Any]) -> "Checkpoint":
    """The checkpoint with a card that says what it is and what it was made of."""
    card = checkpoint.card | facts
    card |= {"name": name, "created": datetime.now(UTC).isoformat(timespec="seconds")}
    return replace(checkpoint, card=card | {"training": card["training"] | {"preset": recipe}})


def split_scenes(names: set[str], options: ScratchOptions) -> dict[str, list[str]]:
    """Say which scenes train, which choose, and which stay out; what the options name comes first.

    Raises:
        SettingsError: a scene that is named is not there or named twice, or none is left to train on.
    """
    named = {"validation": options.validation, "locked": options.locked}
    told = [name for some in named.values() for name in some or ()]
    odd = sorted(({*told} - names) | {name for name in told if told.count(name) > 1})
    if odd:
        raise SettingsError(f"Scene {odd[0]} is not in the folder or named twice; check the names.")
    drawn = assign_splits(sorted(names))
    splits = {
        split: sorted(some if some is not None else {n for n in names if drawn[n] == split and n not in told})
        for split, some in named.items()
    }
    splits["train"] = sorted(names - {name for some in splits.values() for name in some})
    if not splits["train"]:
        raise SettingsError("No scene is left to train on; name fewer for validation and locked.")
    return splits


def synthetic_tiles(
    count: int, network: "UNetConfig", seed: int, *, typed: bool = False
) -> "list[TrainingTile]":
    """Synthetic sea for a network; replayed beside what is real, at the preset's share.

    Its classes are arbitrary: unless `typed`, it teaches what is seep and not of which class.

    Raises:
        SettingsError: the network reads several bands, synthetic scenes have one.
    """
    from seep.core.image.normalize import statistics_of
    from seep.core.synthesis import synthesize_scene
    from seep.engine.training.dataset import TrainingTile

    if count and network.bands != 1:
        raise SettingsError(f"Synthetic scenes have 1 band, these images {network.bands}; leave them out.")
    found = []
    for number in range(count):
        share = 0.0 if number % CLEAN_EVERY == 0 else None
        drawn = SYNTHETIC_SEED + seed + number
        scene = synthesize_scene(drawn, SYNTHETIC_PX, SYNTHETIC_PX, 0, seep_share=share)
        mask = np.where(scene.mask == UNSURE, UNSURE, np.minimum(scene.mask, network.classes - 1))
        statistics = statistics_of([scene.image], 0)
        name, mask = f"synthetic.{number}", mask.astype(np.uint8)
        found.append(TrainingTile(name, scene.image, mask, statistics, 0, corrected=False, typed=typed))
    return found


def _train_stages(  # noqa: PLR0917 - one caller, every value named there
    recipe: "Preset",
    network: "UNetConfig",
    tiles: "list[TrainingTile]",
    validation: "list[TrainingTile]",
    out: Path,
    options: ScratchOptions,
    on_event: Callable[[Event], None],
) -> "tuple[Checkpoint, str | None]":
    """Train all stages; with what was wrong with the loss, where that ended it after an epoch or more."""
    from seep.engine.training.train import train
    from seep.engine.unet import UNetConfig

    base: UNetConfig | Checkpoint = network
    for number, stage in enumerate(_stages(recipe, options, tiles), 1):
        alone = number == 1 and options.pretrain_epochs
        go = partial(
            train,
            base,
            [tile for tile in tiles if not tile.corrected] if alone else tiles,
            [] if alone else validation,
            stage,
            state_path=_state_path(out, number),
            device=options.device,
        )
        try:
            tell = partial(_tell_stage, on_event, number)
            base = go(on_event=tell, should_stop=lambda: False).checkpoint
        except LossError as error:
            best = go(on_event=lambda _: None, should_stop=lambda: True)
            if best.epochs_done:
                return best.checkpoint, str(error)
            if isinstance(base, UNetConfig):
                raise
            return base, str(error)
    assert not isinstance(base, UNetConfig)  # a preset has at least one stage
    return base, None


def _tell_stage(on_event: Callable[[Event], None], stage: int, event: Event) -> None:
    on_event(event | {"stage": stage})


def _stages(recipe: "Preset", options: ScratchOptions, tiles: "list[TrainingTile]") -> "list[TrainConfig]":
    """The preset's trainings with what the options change, after pretraining if that is asked for."""
    if options.pretrain_epochs and not any(not tile.corrected for tile in tiles):
        raise SettingsError("Pretraining needs synthetic scenes; say how many, such as --synthetic 24.")
    changes: dict[str, Any] = {"seed": options.seed, "patience": options.patience}
    told = {name: getattr(options, name) for name in ("epochs", "steps_per_epoch", "batch_size")}
    changes |= {name: value for name, value in told.items() if value is not None}
    stages = [replace(stage, **changes) for stage in recipe.stages]
    if options.pretrain_epochs:
        stages.insert(0, replace(stages[0], epochs=options.pretrain_epochs))
    return stages


def _state_path(out: Path, number: int) -> Path:
    return out.with_name(f"{out.stem}.stage{number}.state")


def _forget_states(out: Path, stages: int) -> None:
    for number in range(1, stages + 2):
        _state_path(out, number).unlink(missing_ok=True)


def _classes(tiles: Sequence[FolderTile], options: ScratchOptions) -> int:
    """Say how many classes there are, with background: as told, else as the masks say."""
    told = options.classes or len(options.class_list)
    if told:
        return told
    highest = max(int(np.max(tile.mask, where=tile.mask != UNSURE, initial=0)) for tile in tiles)
    return max(2, highest + 1)
