"""Prediction of a whole raster scene: the file is streamed once and cut into its windows' predictions."""

from collections import defaultdict
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from seep.core.acquisition import order_values
from seep.core.geo.grid import Window
from seep.core.image.arrays import BoolImage
from seep.core.image.normalize import Statistics
from seep.core.masks.majority_class import majority_class
from seep.core.masks.mask import Mask, encode_mask, encode_probability
from seep.core.records import NewPrediction, SceneRecord, TileRecord
from seep.errors import ImageError
from seep.io.rasters import Raster, open_raster
from seep.store import predictions, scenes
from seep.workflow.locators import local_path
from seep.workflow.tile_data import class_areas, normalized_pixels, read_mask
from seep.workflow.workspace import MASK_SUFFIX, Workspace

if TYPE_CHECKING:
    from seep.engine.inference.predict import Predictor
    from seep.engine.inference.streaming import Strip

LOOK_AHEAD_PX = 512
"""Rows below a row of windows that count in the vote on a slick's class."""

Report = Callable[[float, str, list[dict[str, Any]]], None]
ShouldStop = Callable[[], bool]


@dataclass(frozen=True, eq=False)
class DecidedRows:
    """Rows of a scene whose classes are final.

    Attributes:
        top: the first row.
        mask: (h, W) uint8 class ids.
        known: (h, W) bool, where `mask` is valid.
    """

    top: int
    mask: Mask
    known: BoolImage

    def below(self, y: int) -> tuple[Mask, BoolImage] | tuple[None, None]:
        """Return mask and known from row y on; Nones where there are no such rows."""
        if not self.top <= y < self.top + len(self.mask):
            return None, None
        return self.mask[y - self.top :], self.known[y - self.top :]


@dataclass(frozen=True)
class RasterSummary:
    """How many windows were predicted, and whether the prediction was stopped."""

    done: int
    stopped: bool


@dataclass(frozen=True)
class RasterJob:
    """Windows of one raster scene that a checkpoint shall predict.

    Attributes:
        scene: with a path.
        tiles: windows of the scene, none predicted by this checkpoint yet.
        checkpoint_id: of the checkpoint.
        predictor: made from that checkpoint.
    """

    scene: SceneRecord
    tiles: Sequence[TileRecord]
    checkpoint_id: int
    predictor: "Predictor"


class RowBuffer:
    """The rows of a stream that are still needed: those of the present windows, and some below."""

    def __init__(self, strips: "Iterator[Strip]", height: int, width: int) -> None:
        self._strips, self._height = strips, height
        self.top = 0
        self.best: Mask = np.zeros((0, width), np.uint8)
        self.probability: Mask = np.zeros((0, width), np.uint8)

    def advance(self, top: int, bottom: int) -> bool:
        """Drop rows above `top` and read rows to `bottom`; False when the stream ended before."""
        while self.top + len(self.best) < min(bottom, self._height):
            strip = next(self._strips, None)
            if strip is None:
                return False
            if not len(self.best):
                self.top = strip.top
            self.best = np.concatenate((self.best, strip.best))
            self.probability = np.concatenate((self.probability, strip.probability))
            self._drop_above(top)
        self._drop_above(top)
        return True

    def _drop_above(self, top: int) -> None:
        count = min(max(0, top - self.top), len(self.best))
        self.best, self.probability = self.best[count:], self.probability[count:]
        self.top += count


def predict_raster_scene(
    workspace: Workspace, job: RasterJob, report: Report, should_stop: ShouldStop
) -> RasterSummary:
    """Predict windows of a raster scene; each row of windows is stored as soon as it is done.

    Windows agree where they overlap: all are cut from one stream, and the class decided for a slick in one row
    of windows holds in the next. What a kill leaves undone is done by the next call.

    Args:
        report: called with progress 0..1, a message and no events.
        should_stop: called after each block of about 1000 px.

    Raises:
        ImageError: the file is missing or damaged.
        StorageError: the disk is full or fails; stored rows stay.
    """
    scene, tiles, predictor = job.scene, job.tiles, job.predictor
    rows = _rows(tiles)
    done, stopped = 0, False

    def on_block(count: int, total: int) -> bool:
        nonlocal stopped
        report(count / total, f"{scene.name}: {round(100 * count / total)} %", [])
        stopped = should_stop()
        return stopped

    with open_raster(local_path(workspace.store, scene.path or "")) as raster:
        strips = _strips(raster, scene, tiles, predictor, on_block)
        with closing(strips):
            buffer = RowBuffer(strips, raster.height, raster.width)
            decided = _decided_above(workspace, scene, min(rows), job.checkpoint_id)
            for y, row in rows.items():
                bottom = y + row[0].height
                if not buffer.advance(y, bottom + LOOK_AHEAD_PX):
                    return RasterSummary(done, stopped)
                best = buffer.best
                mask = (majority_class(best, *decided.below(y)) if predictor.class_per_slick else best)[
                    : bottom - y
                ]
                found = _predictions_of_row(workspace, job, row, mask, buffer.probability)
                with workspace.store.transaction() as session:
                    predictions.add_predictions(session, job.checkpoint_id, found)
                done += len(row)
                decided = DecidedRows(y, mask, _covered(row, y, mask.shape))
    return RasterSummary(done, stopped)


def _strips(
    raster: Raster,
    scene: SceneRecord,
    tiles: Sequence[TileRecord],
    predictor: "Predictor",
    on_block: Callable[[int, int], bool],
) -> "Generator[Strip]":
    """Stream the part of a raster that windows need."""
    from seep.engine.inference.streaming import Streamer

    if (raster.height, raster.width) != (scene.height, scene.width):
        raise ImageError(
            f"{scene.path} is {raster.height} x {raster.width} px, but was {scene.height} x {scene.width} "
            "when it was imported. Restore the old file."
        )
    return Streamer(predictor).strips(
        raster.read,
        (raster.height, raster.width),
        Statistics.from_dict(scene.statistics),
        scene.nodata,
        first_row=min(tile.y for tile in tiles),
        is_needed=lambda span: any(_near(tile, span) for tile in tiles),
        on_block=on_block,
    )


def _rows(tiles: Sequence[TileRecord]) -> dict[int, list[TileRecord]]:
    """Group windows by their upper edge, top row first."""
    rows: dict[int, list[TileRecord]] = defaultdict(list)
    for tile in sorted(tiles, key=lambda one: one.y):
        rows[tile.y].append(tile)
    return rows


def _near(tile: TileRecord, span: Window) -> bool:
    """Return whether a block overlaps a window or the rows below it that count in its vote."""
    return (
        tile.x < span.x + span.width
        and tile.x + tile.width > span.x
        and tile.y < span.y + span.height
        and tile.y + tile.height + LOOK_AHEAD_PX > span.y
    )


def _predictions_of_row(
    workspace: Workspace, job: RasterJob, tiles: Sequence[TileRecord], mask: Mask, probability: Mask
) -> list[NewPrediction]:
    """Cut a row of windows out of its mask and probability (uint8), and write their files."""
    from seep.engine.inference.predict import threshold_masks

    files, decision = workspace.store.files, job.predictor.decision
    statistics = Statistics.from_dict(job.scene.statistics)
    rows = []
    for tile in tiles:
        # The window is read again: dark areas refer to its median, and a strip of the stream keeps no pixels.
        image = normalized_pixels(workspace, tile, statistics) if decision.dark_area_depth else None
        window = (slice(0, tile.height), slice(tile.x, tile.x + tile.width))
        own, seep = mask[window], probability[window]
        share = seep.astype(np.float32) / np.float32(255)
        rows.append(
            NewPrediction(
                tile_id=tile.id,
                mask_sha256=files.put(encode_mask(own), MASK_SUFFIX),
                probability_sha256=files.put(encode_probability(seep), MASK_SUFFIX),
                values=order_values(
                    threshold_masks(share, decision),
                    share,
                    own,
                    np.ones(share.shape, bool),
                    decision.seep_threshold,
                    wide_area_px=decision.wide_area_px(own, image),
                ),
                classes=class_areas(own),
            )
        )
    return rows


def _covered(tiles: Sequence[TileRecord], top: int, shape: tuple[int, ...]) -> BoolImage:
    """Return a bool image of the pixels of some rows that lie in these windows."""
    known = np.zeros(shape, bool)
    for tile in tiles:
        known[max(0, tile.y - top) : tile.y + tile.height - top, tile.x : tile.x + tile.width] = True
    return known


def _decided_above(workspace: Workspace, scene: SceneRecord, y: int, checkpoint_id: int) -> DecidedRows:
    """Return what an earlier call predicted in the windows above that overlap row y."""
    with workspace.store.reading() as session:
        above = [
            (tile, found)
            for tile in scenes.tiles_of_scene(session, scene.id)
            if tile.y < y < tile.y + tile.height
            and (found := predictions.find_prediction(session, tile.id, checkpoint_id)) is not None
        ]
    rows = max((tile.y + tile.height - y for tile, _ in above), default=0)
    mask = np.zeros((rows, scene.width or 0), np.uint8)
    for tile, found in above:
        part = read_mask(workspace, found.mask_sha256)[y - tile.y :]
        mask[: len(part), tile.x : tile.x + tile.width] = part
    return DecidedRows(y, mask, _covered([tile for tile, _ in above], y, mask.shape))
