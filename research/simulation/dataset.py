"""The dataset of a simulation: all tiles of a folder with their true masks, scene by scene, in memory."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from research.simulation.options import SimulationOptions
from seep.core.masks.classes import MAX_CLASSES
from seep.workflow.inference.context import PaddedTile, padded_file_reader
from seep.workflow.inference.folder_dataset import folder_options, scan_folder
from seep.workflow.training.mosaics import bands_of, training_tiles

if TYPE_CHECKING:
    from seep.engine.inference.predict import Predictor, TilePrediction
    from seep.engine.training.dataset import TrainingTile

BATCH_TILES = 16


@dataclass(frozen=True, eq=False)
class DatasetTile:
    """A tile with its truth.

    Attributes:
        id: its number in the folder, by name.
        scene: its scene's name.
        tile: image, true mask and statistics of the scene, as the engine takes them.
        padded: the image with a margin of its neighbors' pixels.
    """

    id: int
    scene: str
    tile: "TrainingTile"
    padded: PaddedTile


@dataclass(frozen=True, eq=False)
class Dataset:
    """All tiles by scene.

    Attributes:
        scenes: tiles by the name of their scene.
        bands: of the images.
        classes: of the masks, background included; 2 at least.
    """

    scenes: Mapping[str, Sequence[DatasetTile]]
    bands: int
    classes: int

    def of(self, names: Sequence[str]) -> list[DatasetTile]:
        """Return the tiles of some scenes."""
        return [one for name in names for one in self.scenes[name]]


def read_dataset(images: Path, masks: Path, options: SimulationOptions) -> Dataset:
    """Read every image that has a mask, some 0.3 MB for a tile of 256 px and 16 bits.

    Raises:
        ImportRefusedError, ImageError, SettingsError: the folders cannot be used.
    """
    how = folder_options(options.pattern, options.nodata)
    dataset = scan_folder(images, masks, how)
    dataset.check_refused(skip_bad=options.skip_bad)
    read_padded = padded_file_reader(dataset.tiles)
    tiles, statistics = dataset.with_masks(images, masks).tiles, dataset.statistics
    scenes: dict[str, list[DatasetTile]] = {}
    number = 0
    for name in sorted({tile.scene for tile in tiles}):
        own = [tile for tile in tiles if tile.scene == name]
        read = training_tiles(own, statistics, binary=False, stitched=False)
        scenes[name] = [
            DatasetTile(at, name, replace(one, image=padded.center), padded)
            for at, (one, padded) in enumerate(zip(read, map(read_padded, own), strict=True), number)
        ]
        number += len(own)
    return Dataset(scenes, bands_of(tiles), _classes(scenes))


def predicted(
    predictor: "Predictor", tiles: Sequence[DatasetTile]
) -> "Iterator[tuple[DatasetTile, TilePrediction]]":
    """Predict tiles as the app does, with what lies around them, but keep none of their probabilities.

    Some at a time, so that these never lie in memory all at once.
    """
    from seep.workflow.inference.runner import TileInput, predict_inputs

    for first in range(0, len(tiles), BATCH_TILES):
        batch = tiles[first : first + BATCH_TILES]
        inputs = [TileInput(one.tile.name, one.padded, one.tile.statistics, one.tile.nodata) for one in batch]
        found = predict_inputs(predictor, inputs)
        yield from zip(batch, found, strict=True)


def _classes(scenes: Mapping[str, Sequence[DatasetTile]]) -> int:
    from seep.engine.training.dataset import pixel_counts

    counts = pixel_counts([one.tile for tiles in scenes.values() for one in tiles], MAX_CLASSES)
    return max([2, *(number + 1 for number, count in enumerate(counts) if count)])
