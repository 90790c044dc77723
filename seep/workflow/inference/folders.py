"""Prediction and evaluation of plain folders of images, without a workspace."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seep.core.geo.grid import DEFAULT_PATTERN
from seep.core.image.normalize import Statistics, statistics_of
from seep.core.masks.classes import MAX_CLASSES, SeepClass
from seep.core.masks.palette import color_table
from seep.errors import ImageError, ImportRefusedError, MaskError, SettingsError
from seep.io.folder_reader import Candidate, ImportOptions, Refused, find_candidates, read_candidate
from seep.settings import SHIPPED_CHECKPOINT
from seep.workflow.inference.context import Seen, around_files
from seep.workflow.inference.runner import predict_mixed

if TYPE_CHECKING:
    from seep.engine.inference.predict import Predictor, TilePrediction

BATCH_TILES = 16
_WHOLE_PX = 2**30  # no image of a folder is cut into windows
READERS = 4

Checkpoints = Path | Sequence[Path]
"""A safetensors file, or several whose probabilities are averaged; the card of the first one decides."""

OnProgress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class FolderReport:
    """What a prediction of a folder did.

    Attributes:
        written: masks written.
        refused: files that could not be used, each with its reason.
        folder: where the masks lie.
    """

    written: int
    refused: list[Refused]
    folder: Path


@dataclass(frozen=True)
class FolderTile:
    """One image of a folder, looked at but not kept in memory."""

    path: Path
    scene: str
    nodata: float | None
    bands: int
    mask: Any = None
    number: int = 0


def predict_folder(  # noqa: PLR0917 - the first four are what scripts pass
    images: Path,
    out: Path,
    checkpoint: Checkpoints = SHIPPED_CHECKPOINT,
    device: str | None = None,
    probabilities: bool = False,
    on_progress: OnProgress | None = None,
    *,
    pattern: str = DEFAULT_PATTERN,
    nodata: float | str | None = "auto",
    skip_bad: bool = False,
) -> FolderReport:
    """Predict all images of a folder: for each a uint8 mask TIFF of the same name.

    Each scene (by the name pattern) is normalized by the statistics of all of its tiles in the folder.

    Args:
        images: folder of TIFFs.
        out: folder for the masks, made when missing; not the images' own.
        checkpoint: a safetensors file that Seep wrote, or several as an ensemble.
        device: cpu, cuda, cuda:N; None picks.
        probabilities: also write NAME.probabilities.npy, float16 (classes, H, W).
        on_progress: called with (done, total, name) after each image.
        pattern: how file names give scene and tile.
        nodata: a number, None, or "auto" for the file's own, else 0 for integers.
        skip_bad: leave out what cannot be read instead of refusing the whole folder.

    Raises:
        ImportRefusedError: the folder is missing or empty, or `out` is the same; nothing is written.
        ImageError: some files cannot be used, named in the message; nothing is written.
        CheckpointError, DeviceError: as they say; nothing is written.
        StorageError: the disk is full or cannot be written.
    """
    from seep.io.exporting import write_prediction

    if out.resolve() == images.resolve():
        raise ImportRefusedError(f"{out} is the folder of the images; choose another one for the masks.")
    with ThreadPoolExecutor(1) as pool:  # torch takes 2 s to import: meanwhile the images are looked at
        loading = pool.submit(load_predictor, checkpoint, device)
        tiles, statistics, refused = look_at_folder(images, None, folder_options(pattern, nodata))
        predictor = loading.result()
    tiles = without_misfits(tiles, refused, predictor)
    refuse_bad(refused, len(tiles), skip_bad)
    done = 0
    for batch, found in predict_batches(predictor, tiles, statistics):
        for tile, one in zip(batch, found, strict=True):
            write_prediction(out, tile.path.stem, one.mask, one.probabilities if probabilities else None)
            done += 1
            if on_progress:
                on_progress(done, len(tiles), tile.path.name)
    return FolderReport(done, refused, out)


def folder_options(
    pattern: str,
    nodata: float | str | None,
    class_count: int = MAX_CLASSES,
    classes: Sequence[SeepClass] = (),
) -> ImportOptions:
    """Say how a folder is read that is not imported.

    Args:
        pattern: how file names give scene and tile.
        nodata: a number, None, or "auto".
        class_count: ids that masks may hold, 0 to class_count - 1.
        classes: names and colors by which masks in colors and annotations are understood, where there are
            such.
    """
    return ImportOptions(
        pattern=pattern,
        nodata=nodata,
        class_count=class_count,
        window_px=_WHOLE_PX,
        colors=color_table(tuple(classes)),
        class_names=tuple(one.name for one in classes),
    )


def look_at_folder(
    images: Path, masks: Path | None, options: ImportOptions, scenes: Sequence[str] | None = None
) -> tuple[list[FolderTile], dict[str, Statistics], list[Refused]]:
    """Read every image of a folder once: which scenes there are and how each is normalized.

    Args:
        images: folder of images.
        masks: folder of masks of the same names; None for none.
        options: how they are read; see `folder_options`.
        scenes: only tiles of these; None for all.

    Returns:
        Tiles in the order of their names (with masks where there are), statistics by scene, and what was
        refused.

    Raises:
        ImportRefusedError: the folder is missing or empty.
        SettingsError: a scene was asked for that is not there, or an option cannot be used.
    """
    candidates = find_candidates(images, masks, options)
    if scenes:
        missing = sorted(set(scenes) - {one.position.scene for one in candidates})
        if missing:
            raise SettingsError(f"{images} has no scene {', '.join(missing)}; check the names.")
        candidates = [one for one in candidates if one.position.scene in scenes]
    tiles, refused = list[FolderTile](), list[Refused]()
    samples: dict[str, list[Any]] = {}
    names = set[str]()
    with ThreadPoolExecutor(READERS) as pool:
        for candidate, found in zip(
            candidates, pool.map(lambda one: _look(one, options), candidates), strict=True
        ):
            if isinstance(found, Exception):
                refused.append(Refused(candidate.path, str(found)))
                continue
            tile, sample = found
            reason = _misfit(tile, tiles, names)
            if reason:
                refused.append(Refused(tile.path, reason))
            else:
                names.add(tile.path.stem)
                tiles.append(tile)
                samples.setdefault(tile.scene, []).append(sample)
    nodata_of = {tile.scene: tile.nodata for tile in tiles}
    try:
        statistics = {scene: statistics_of(some, nodata_of[scene]) for scene, some in samples.items()}
    except ValueError as error:
        raise ImageError(f"Scenes of {images} cannot be normalized: {error}.") from error
    return tiles, statistics, refused


def refuse_bad(refused: list[Refused], usable: int, skip_bad: bool) -> None:
    """Stop before anything is written when files cannot be used, unless they are to be left out.

    Raises:
        ImageError: names the first of them.
    """
    if refused and (not skip_bad or not usable):
        first = refused[0]
        more = f" (and {len(refused) - 1} more)" if len(refused) > 1 else ""
        raise ImageError(
            f"{first.path}: {first.reason}{more} Nothing was written; mend or remove the files, "
            "or leave them out with --skip-bad."
        )


def predict_batches(
    predictor: "Predictor", tiles: Sequence[FolderTile], statistics: dict[str, Statistics]
) -> "Iterator[tuple[Sequence[FolderTile], list[TilePrediction]]]":
    """Predict tiles a batch at a time, reading the next batch meanwhile."""

    see = around_files(tiles)

    def read(batch: Sequence[FolderTile]) -> list[Seen]:
        return [see(tile) for tile in batch]

    batches = [tiles[at : at + BATCH_TILES] for at in range(0, len(tiles), BATCH_TILES)]
    with ThreadPoolExecutor(1) as pool:
        ahead = pool.submit(read, batches[0]) if batches else None
        for at, batch in enumerate(batches):
            assert ahead is not None
            seen = ahead.result()
            if at + 1 < len(batches):
                ahead = pool.submit(read, batches[at + 1])
            yield (
                batch,
                predict_mixed(
                    predictor,
                    [one.image for one in seen],
                    [statistics[tile.scene] for tile in batch],
                    [tile.nodata for tile in batch],
                    [one.margin_px for one in seen],
                    names=[tile.path.name for tile in batch],
                ),
            )


def _look(candidate: Candidate, options: ImportOptions) -> tuple[FolderTile, Any] | Exception:
    try:
        tile = read_candidate(candidate, options)
    except (ImageError, MaskError) as error:
        return error
    if tile.large:  # a product, whose pixels are not read whole
        return ImageError(
            f"{tile.path.name} is a whole product; import it into a workspace, and predict there."
        )
    at = tile.position
    found = FolderTile(tile.path, at.scene, tile.nodata, tile.header.bands, tile.mask, at.number)
    return found, tile.statistics_sample


def _misfit(tile: FolderTile, before: Sequence[FolderTile], names: set[str]) -> str | None:
    """Say why a tile that could be read still cannot be used; None if it can."""
    if tile.path.stem in names:
        return f"{tile.path.name}: another image is called {tile.path.stem} too. Rename one."
    bands = next((one.bands for one in before if one.scene == tile.scene), tile.bands)
    if bands != tile.bands:
        return (
            f"{tile.path.name} has {tile.bands} band(s), other tiles of scene {tile.scene} have {bands}. "
            "Give it another scene's name."
        )
    return None


def without_misfits(
    tiles: Sequence[FolderTile], refused: list[Refused], predictor: "Predictor"
) -> list[FolderTile]:
    """Leave out tiles with another number of bands than the network reads; `refused` gets the reasons."""
    wanted = predictor.config.bands
    refused += [
        Refused(
            tile.path,
            f"{tile.path.name} has {tile.bands} band(s), the checkpoint reads {wanted}. "
            "Choose a checkpoint that was trained on such images.",
        )
        for tile in tiles
        if tile.bands != wanted
    ]
    return [tile for tile in tiles if tile.bands == wanted]


def files_of(checkpoint: Checkpoints) -> list[Path]:
    """The files of a checkpoint or of an ensemble."""
    return [checkpoint] if isinstance(checkpoint, Path) else [*checkpoint]


def load_predictor(checkpoint: Checkpoints, device: str | None) -> "Predictor":
    """Load a checkpoint file, or several as an ensemble, for prediction.

    Raises:
        CheckpointError: one is missing, damaged or foreign, or does not fit the first.
        DeviceError: the device is not there.
    """
    from seep.engine.checkpoint import load_checkpoint
    from seep.engine.inference.predict import Predictor

    first, *members = map(load_checkpoint, files_of(checkpoint))
    return Predictor(first, device, members=members)
