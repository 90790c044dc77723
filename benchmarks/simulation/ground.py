"""The ground of a simulation: all tiles of a folder with their true masks, scene by scene, in memory."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.simulation.planning import SimulationOptions
from seep.core.masks.classes import MAX_CLASSES
from seep.errors import ImportRefusedError
from seep.workflow.inference.context import Seen, around_files
from seep.workflow.inference.folders import folder_options, look_at_folder, refuse_bad
from seep.workflow.training.mosaics import bands_of, training_tiles

if TYPE_CHECKING:
    from seep.engine.inference.predict import Predictor, TilePrediction
    from seep.engine.training.dataset import TrainingTile

BATCH_TILES = 16


@dataclass(frozen=True, eq=False)
class GroundTile:
    """A tile with its truth.

    Attributes:
        id: its number in the folder, by name.
        scene: its scene's name.
        tile: image, true mask and statistics of the scene, as the engine takes them.
        seen: the image with what lies around it in its scene.
    """

    id: int
    scene: str
    tile: "TrainingTile"
    seen: Seen


@dataclass(frozen=True, eq=False)
class Ground:
    """All tiles by scene.

    Attributes:
        scenes: tiles by the name of their scene.
        bands: of the images.
        classes: of the masks, background included; 2 at least.
    """

    scenes: Mapping[str, Sequence[GroundTile]]
    bands: int
    classes: int

    def of(self, names: Sequence[str]) -> list[GroundTile]:
        """Return the tiles of some scenes."""
        return [one for name in names for one in self.scenes[name]]


def read_ground(images: Path, masks: Path, options: SimulationOptions) -> Ground:
    """Read every image that has a mask, some 0.3 MB for a tile of 256 px and 16 bits.

    Raises:
        ImportRefusedError, ImageError, SettingsError: the folders cannot be used.
    """
    how = folder_options(options.pattern, options.nodata)
    tiles, statistics, refused = look_at_folder(images, masks, how)
    refuse_bad(refused, len(tiles), options.skip_bad)
    see = around_files(tiles)
    tiles = [tile for tile in tiles if tile.mask is not None]
    if not tiles:
        raise ImportRefusedError(
            f"No image of {images} has a mask of its name in {masks}; check the folders."
        )
    scenes: dict[str, list[GroundTile]] = {}
    number = 0
    for name in sorted({tile.scene for tile in tiles}):
        own = [tile for tile in tiles if tile.scene == name]
        read = training_tiles(own, statistics, binary=False, stitched=False)
        scenes[name] = [
            GroundTile(at, name, replace(one, image=seen.own), seen)
            for at, (one, seen) in enumerate(zip(read, map(see, own), strict=True), number)
        ]
        number += len(own)
    return Ground(scenes, bands_of(tiles), _classes(scenes))


def predicted(
    predictor: "Predictor", tiles: Sequence[GroundTile]
) -> "Iterator[tuple[GroundTile, TilePrediction]]":
    """Predict tiles as the app does, with what lies around them, but keep none of their probabilities.

    Some at a time, so that these never lie in memory all at once.
    """
    from seep.workflow.inference.runner import predict_mixed

    for first in range(0, len(tiles), BATCH_TILES):
        batch = tiles[first : first + BATCH_TILES]
        found = predict_mixed(
            predictor,
            [one.seen.image for one in batch],
            [one.tile.statistics for one in batch],
            [one.tile.nodata for one in batch],
            [one.seen.margin_px for one in batch],
            names=[one.tile.name for one in batch],
        )
        yield from zip(batch, found, strict=True)


def _classes(scenes: Mapping[str, Sequence[GroundTile]]) -> int:
    from seep.engine.training.dataset import pixel_counts

    counts = pixel_counts([one.tile for tiles in scenes.values() for one in tiles], MAX_CLASSES)
    return max([2, *(number + 1 for number, count in enumerate(counts) if count)])
