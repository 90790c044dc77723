"""Training from scratch: a checkpoint file from a preset and a folder of images and masks."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from seep.core.geo.grid import DEFAULT_PATTERN, assign_splits
from seep.core.masks.classes import SeepClass
from seep.core.masks.mask import UNSURE
from seep.core.masks.wide_slicks import MOST_IGNORED
from seep.errors import LossError, SettingsError
from seep.io.gray_sets import gray_note
from seep.workflow.conversion import temporary_conversion
from seep.workflow.inference.folder_dataset import FolderDataset, FolderTile, folder_options, scan_folder
from seep.workflow.training.lookalikes import lookalike_tiles
from seep.workflow.training.mosaics import bands_of, training_tiles

if TYPE_CHECKING:
    from seep.engine.checkpoint import Checkpoint
    from seep.engine.presets import Preset
    from seep.engine.training.dataset import TrainingTile
    from seep.engine.training.schedule import TrainConfig
    from seep.engine.unet import UNetConfig

MIN_SPLIT_SCENES = 3
"""Fewer scenes cannot be split into training, validation and test scenes."""
SYNTHETIC_PX = 768
SYNTHETIC_SEED = 1000
CLEAN_EVERY = 3
"""One synthetic scene in three has no seep, only look-alikes, which are rare in real tiles."""

STAGE_OPTIONS = ("epochs", "steps_per_epoch", "batch_size", "ignore_above_radius_px")
"""Options that replace a setting of every stage, unless they are None."""

BY_TILE = (
    "The file names contain fewer than three scenes, so the images are split at random. Parts of one scene may be in "
    "several splits, which makes the metrics too high. Name files SCENE.TILE, or set --pattern, to split by scene."
)
AFTER_LOSS = "The same options would fail again. Check the tiles, or use another --seed"

Event = dict[str, Any]


@dataclass(frozen=True)
class ScratchOptions:
    """Options of a training from scratch.

    Attributes:
        preset: name, see `seep.engine.presets`.
        epochs: per stage; None for the preset's.
        steps_per_epoch: batches per epoch; None for the preset's.
        batch_size: crops per step and process; None for the preset's.
        patience: epochs without validation improvement before a stage stops; 0 for never.
        ignore_above_radius_px: ignore true slicks with a larger inscribed radius; 0 for none. None for the preset's,
            or for none if that ignores more than half of the seep pixels.
        classes: number of classes, background included; None for the length of `class_list`, else the highest
            class id in the masks plus 1.
        class_list: names and colors of the classes, for masks in colors and annotations.
        validation: names of the validation scenes; None assigns them.
        test: names of the test scenes; None assigns them.
        synthetic: number of synthetic scenes to train on in addition to the real ones.
        lookalikes: number of windows of training scenes to add with a look-alike in each.
        synthetic_classes: learn classes from synthetic scenes too, not only seep. Their classes are arbitrary,
            so this fits only datasets with similar classes.
        pretrain_epochs: epochs on synthetic scenes alone before the first stage.
        stitched: stitch adjacent tiles, so that crops can cross their borders.
        seed: of splits, weights and crops.
        device: "cpu", "cuda" or "cuda:N"; None for CUDA if available.
        pattern: of file names, with scene and tile.
        nodata: a number, None, or "auto".
        skip_bad: skip unreadable files instead of refusing the whole folder.
    """

    preset: str = "seep"
    epochs: int | None = None
    steps_per_epoch: int | None = None
    batch_size: int | None = None
    patience: int = 0
    ignore_above_radius_px: float | None = None
    classes: int | None = None
    class_list: Sequence[SeepClass] = ()
    validation: Sequence[str] | None = None
    test: Sequence[str] | None = None
    synthetic: int = 0
    lookalikes: int = 0
    synthetic_classes: bool = False
    pretrain_epochs: int = 0
    stitched: bool = True
    seed: int = 0
    device: str | None = None
    pattern: str = DEFAULT_PATTERN
    nodata: float | str | None = "auto"
    skip_bad: bool = False


@dataclass(frozen=True)
class TrainingReport:
    """A network that was trained from scratch.

    Attributes:
        name: of the checkpoint.
        preset: name.
        splits: names of the scenes by split: train, validation, test; names of images if `by_tile`.
        by_tile: whether images were split, because there are fewer than three scenes.
        tiles: number of tiles.
        metrics: of the card, by split.
        classes: number of classes, background included.
        bands: of the images.
        written: whether this process wrote the checkpoint.
    """

    name: str
    preset: str
    splits: Mapping[str, list[str]]
    by_tile: bool
    tiles: int
    metrics: Mapping[str, Any]
    classes: int
    bands: int
    written: bool

    def __repr__(self) -> str:
        return f"TrainingReport(name={self.name!r}, preset={self.preset!r}, tiles={self.tiles})"


def train_folder(
    images: Path,
    masks: Path,
    out: Path,
    options: ScratchOptions,
    on_event: Callable[[Event], None] = lambda _: None,
) -> TrainingReport:
    """Train a preset on a folder of images and masks; write the checkpoint with its card.

    A killed training resumes from the state files next to `out` when it is started with the same options.
    With `torchrun` (one process per GPU), only the first process writes and calls `on_event`.

    Args:
        masks: folder of masks with the same names; images without a mask are left out.
        options: see `ScratchOptions`.
        on_event: called with the events of `seep.engine.training.train`, each with "stage", from 1;
            logs before the first stage have none.

    Returns:
        What was trained; `written` is True in the first process only.

    Raises:
        ImportRefusedError, ImageError, SettingsError: the folders or the options cannot be used.
        LossError: the loss was not finite; after the first epoch, the best network is written.
        TrainingError, DeviceError, CheckpointError: as they say.
    """
    from seep.engine.presets import preset

    preset(options.preset)  # an unknown name is refused before anything is read
    with temporary_conversion(images) as convert:
        dataset = _read_dataset(images, masks, options, convert)
        return _train_dataset(dataset, images, out, options, on_event)


def _train_dataset(
    dataset: FolderDataset,
    images: Path,
    out: Path,
    options: ScratchOptions,
    on_event: Callable[[Event], None],
) -> TrainingReport:
    from seep.engine.checkpoint import save_checkpoint
    from seep.engine.distributed import is_main_process
    from seep.engine.presets import preset

    selected = preset(options.preset)
    tiles, statistics = dataset.tiles, dataset.statistics
    by_tile = _splits_by_tile(tiles, options)
    splits = split_scenes({_group(tile, by_tile) for tile in tiles}, options)
    if is_main_process():
        for text in ([BY_TILE] if by_tile else []) + [*gray_note(sum(tile.gray for tile in tiles))]:
            on_event({"kind": "log", "text": text})
    network = selected.network_for(bands_of(tiles), _classes(tiles, options))

    def of(split: str, stitched: bool) -> "list[TrainingTile]":
        some = [tile for tile in tiles if _group(tile, by_tile) in splits[split]]
        return training_tiles(some, statistics, binary=selected.binary, stitched=stitched)

    held, learned = of("validation", False), of("train", options.stitched)
    options = _checked_radius(selected, options, learned, on_event if is_main_process() else lambda _: None)
    learned += lookalike_tiles(learned, options.lookalikes, options.seed)
    synthetic = synthetic_tiles(
        options.synthetic, network, options.seed, classes_known=options.synthetic_classes
    )
    checkpoint, loss_error = _train_stages(
        selected,
        network,
        learned,
        synthetic=synthetic,
        validation=held,
        out=out,
        options=options,
        on_event=on_event,
    )
    data = {"images": images.resolve().name, "tiles": len(tiles), "synthetic_scenes": options.synthetic}
    data |= {"split_by": "tile"} if by_tile else {}
    data |= {"lookalikes": options.lookalikes} if options.lookalikes else {}
    if is_main_process():
        save_checkpoint(
            out, _with_card(checkpoint, out.stem, selected.name, {"data": data, "splits": splits})
        )
    if loss_error:
        raise LossError(f"{loss_error}. {out} contains the best network before that. {AFTER_LOSS}.")
    if is_main_process():
        _forget_states(out, len(selected.stages))
    return TrainingReport(
        name=out.stem,
        preset=selected.name,
        splits=splits,
        by_tile=by_tile,
        tiles=len(tiles),
        metrics=checkpoint.card["figures"],
        classes=network.classes,
        bands=network.bands,
        written=is_main_process(),
    )


def _read_dataset(
    images: Path, masks: Path, options: ScratchOptions, convert: Callable[[Path], Path]
) -> FolderDataset:
    """Read the images that have a mask, and the statistics of their scenes."""
    how = folder_options(options.pattern, options.nodata, classes=options.class_list)
    dataset = scan_folder(images, masks, how, convert=convert)
    dataset.check_refused(skip_bad=options.skip_bad)
    return dataset.with_masks(images, masks)


def _with_card(
    checkpoint: "Checkpoint", name: str, preset_name: str, facts: Mapping[str, Any]
) -> "Checkpoint":
    """Return the checkpoint with its name, preset, data and splits in the card."""
    card = checkpoint.card | dict(facts)
    card |= {"name": name, "created": datetime.now(UTC).isoformat(timespec="seconds")}
    return replace(checkpoint, card=card | {"training": card["training"] | {"preset": preset_name}})


def _splits_by_tile(tiles: Sequence[FolderTile], options: ScratchOptions) -> bool:
    """Return whether images are split instead of scenes, because no split is named and there are too few scenes."""
    scenes = {tile.scene for tile in tiles}
    return options.validation is None and options.test is None and len(scenes) < MIN_SPLIT_SCENES


def _group(tile: FolderTile, by_tile: bool) -> str:
    return tile.path.stem if by_tile else tile.scene


def _checked_radius(
    selected: "Preset",
    options: ScratchOptions,
    tiles: "list[TrainingTile]",
    on_event: Callable[[Event], None],
) -> ScratchOptions:
    """Return options that do not ignore most of the truth as wide slicks.

    Raises:
        SettingsError: a radius was given that does.
    """
    from seep.engine.training.dataset import ignore_wide_slicks, ignored_share

    given = options.ignore_above_radius_px
    radius_px = max(stage.ignore_above_radius_px for stage in selected.stages) if given is None else given
    share = ignored_share(tiles, ignore_wide_slicks(tiles, radius_px))
    if share <= MOST_IGNORED:
        return options
    wide = f"{share:.1%} of the seep pixels of the training tiles are in slicks above {radius_px:g} px radius"
    if given is not None:
        raise SettingsError(
            f"{wide}, which --ignore-above-radius {given:g} ignores. Use 0 to train on them, or a larger radius."
        )
    on_event({"kind": "log", "text": f"{wide}, more than half, so no slick is ignored."})
    return replace(options, ignore_above_radius_px=0.0)


def split_scenes(names: set[str], options: ScratchOptions) -> dict[str, list[str]]:
    """Return the scenes by split; scenes without a named split are assigned.

    Raises:
        SettingsError: a named scene does not exist or is named twice, or no scene is left for training, or for
            validation if none was named.
    """
    named = {"validation": options.validation, "test": options.test}
    listed = [name for some in named.values() for name in some or ()]
    invalid = sorted(({*listed} - names) | {name for name in listed if listed.count(name) > 1})
    if invalid:
        raise SettingsError(
            f"Scene {invalid[0]} is not in the folder or named twice. Check --validation and --test."
        )
    drawn = assign_splits(sorted(names))
    splits = {
        split: sorted(
            some if some is not None else {n for n in names if drawn[n] == split and n not in listed}
        )
        for split, some in named.items()
    }
    splits["train"] = sorted(names - {name for some in splits.values() for name in some})
    if not splits["train"]:
        raise SettingsError("No training scene is left. Name fewer scenes in --validation and --test.")
    if options.validation is None and not splits["validation"]:
        raise SettingsError(
            "No validation scene or image is left, so the training could not be measured. Add images, or name "
            "scenes with --validation."
        )
    return splits


def synthetic_tiles(
    count: int, network: "UNetConfig", seed: int, *, classes_known: bool = False
) -> "list[TrainingTile]":
    """Return synthetic scenes as replay tiles.

    Their classes are arbitrary: unless `classes_known`, the network learns only seep from them, not its class.

    Raises:
        SettingsError: the network reads more than one band; synthetic scenes have one.
    """
    from seep.core.image.normalize import statistics_of
    from seep.core.synthesis.scene import synthesize_scene
    from seep.engine.training.dataset import TrainingTile

    if count and network.bands != 1:
        raise SettingsError(
            f"Synthetic scenes have 1 band, these images {network.bands}. Remove --synthetic."
        )
    found = []
    for number in range(count):
        share = 0.0 if number % CLEAN_EVERY == 0 else None
        drawn = SYNTHETIC_SEED + seed + number
        scene = synthesize_scene(drawn, SYNTHETIC_PX, SYNTHETIC_PX, 0, seep_share=share)
        mask = np.where(scene.mask == UNSURE, UNSURE, np.minimum(scene.mask, network.classes - 1))
        statistics = statistics_of([scene.image], 0)
        name, mask = f"synthetic.{number}", mask.astype(np.uint8)
        found.append(
            TrainingTile(name, scene.image, mask, statistics, 0, corrected=False, classes_known=classes_known)
        )
    return found


def _train_stages(
    selected: "Preset",
    network: "UNetConfig",
    tiles: "list[TrainingTile]",
    *,
    synthetic: "list[TrainingTile]",
    validation: "list[TrainingTile]",
    out: Path,
    options: ScratchOptions,
    on_event: Callable[[Event], None],
) -> "tuple[Checkpoint, str | None]":
    """Train all stages; return the checkpoint, and the message of a loss that was not finite."""
    from seep.engine.training.train import train
    from seep.engine.unet import UNetConfig

    base: UNetConfig | Checkpoint = network
    for number, stage in enumerate(_stages(selected, options), 1):
        alone = number == 1 and options.pretrain_epochs
        run = partial(
            train,
            base,
            synthetic if alone else tiles + synthetic,
            [] if alone else validation,
            stage,
            state_path=_state_path(out, number),
            device=options.device,
        )
        try:
            report = partial(_report_stage, on_event, number)
            base = run(on_event=report, should_stop=lambda: False).checkpoint
        except LossError as error:
            best = run(on_event=lambda _: None, should_stop=lambda: True)
            if best.epochs_done:
                return best.checkpoint, str(error)
            if isinstance(base, UNetConfig):
                raise
            return base, str(error)
    assert not isinstance(base, UNetConfig)  # a preset has at least one stage
    return base, None


def _report_stage(on_event: Callable[[Event], None], stage: int, event: Event) -> None:
    on_event(event | {"stage": stage})


def _stages(selected: "Preset", options: ScratchOptions) -> "list[TrainConfig]":
    """Return the stages of the preset with the options applied, after pretraining if requested."""
    if options.pretrain_epochs and not options.synthetic:
        raise SettingsError("Pretraining needs synthetic scenes. Add them, for example with --synthetic 24.")
    changes: dict[str, Any] = {"seed": options.seed, "patience": options.patience}
    values = {name: getattr(options, name) for name in STAGE_OPTIONS}
    changes |= {name: value for name, value in values.items() if value is not None}
    stages = [replace(stage, **changes) for stage in selected.stages]
    if options.pretrain_epochs:
        stages.insert(0, replace(stages[0], epochs=options.pretrain_epochs))
    return stages


def _state_path(out: Path, number: int) -> Path:
    return out.with_name(f"{out.stem}.stage{number}.state")


def _forget_states(out: Path, stages: int) -> None:
    for number in range(1, stages + 2):
        _state_path(out, number).unlink(missing_ok=True)


def _classes(tiles: Sequence[FolderTile], options: ScratchOptions) -> int:
    """Return the number of classes: of the options, else of the masks."""
    count = options.classes or len(options.class_list)
    if count:
        return count
    highest = max(int(np.max(tile.mask, where=tile.mask != UNSURE, initial=0)) for tile in tiles)
    return max(2, highest + 1)
