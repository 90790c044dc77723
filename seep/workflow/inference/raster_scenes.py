"""Prediction of a whole raster scene: one stream over the file, cut into the predictions of its windows."""

from collections import defaultdict
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from seep.core.acquisition import confidence, likely_wrong, usefulness
from seep.core.geo.grid import Window
from seep.core.image.arrays import BoolImage
from seep.core.image.normalize import Statistics
from seep.core.masks.class_vote import vote
from seep.core.masks.mask import Mask, encode_mask, encode_probability
from seep.errors import ImageError
from seep.io.rasters import Raster, open_raster
from seep.store import predictions, scenes
from seep.store.records import NewPrediction, SceneRecord, TileRecord
from seep.workflow.tile_data import class_areas, read_mask
from seep.workflow.workspace import MASK_SUFFIX, Workspace

if TYPE_CHECKING:
    from seep.engine.inference.decision import Decision
    from seep.engine.inference.predict import Predictor
    from seep.engine.inference.streaming import Strip

LOOK_AHEAD_PX = 512
"""Rows below a row of windows that take part in the vote about a slick's class."""

Report = Callable[[float, str, list[dict[str, Any]]], None]
ShouldStop = Callable[[], bool]


@dataclass(frozen=True, eq=False)
class Decided:
    """Rows of a scene that were decided: their first row, (h, W) class ids, and (h, W) where they hold."""

    top: int
    mask: Mask
    known: BoolImage

    def below(self, y: int) -> tuple[Mask, BoolImage] | tuple[None, None]:
        """Return the rows from y on; Nones where there are none."""
        if not self.top <= y < self.top + len(self.mask):
            return None, None
        return self.mask[y - self.top :], self.known[y - self.top :]


@dataclass(frozen=True)
class Swept:
    """What a sweep did: windows predicted, and whether it was stopped."""

    done: int
    stopped: bool


class Rolling:
    """The rows of a stream that are still needed: those of the present windows, and some below."""

    def __init__(self, strips: "Iterator[Strip]", height: int, width: int) -> None:
        self._strips, self._height = strips, height
        self.top = 0
        self.best: Mask = np.zeros((0, width), np.uint8)
        self.probability: Mask = np.zeros((0, width), np.uint8)

    def reach(self, top: int, bottom: int) -> bool:
        """Let go of rows above `top`, take in rows to `bottom`; False when the stream ended before."""
        while self.top + len(self.best) < min(bottom, self._height):
            strip = next(self._strips, None)
            if strip is None:
                return False
            if not len(self.best):
                self.top = strip.top
            self.best = np.concatenate((self.best, strip.best))
            self.probability = np.concatenate((self.probability, strip.probability))
            self._let_go(top)
        self._let_go(top)
        return True

    def _let_go(self, top: int) -> None:
        gone = min(max(0, top - self.top), len(self.best))
        self.best, self.probability = self.best[gone:], self.probability[gone:]
        self.top += gone


def sweep(  # noqa: PLR0917 - one call site, every value named there
    workspace: Workspace,
    scene: SceneRecord,
    tiles: Sequence[TileRecord],
    checkpoint_id: int,
    predictor: "Predictor",
    report: Report,
    should_stop: ShouldStop,
) -> Swept:
    """Predict windows of a raster scene; each row of windows is kept as soon as it is done.

    Neighbors agree where they overlap: all are cut from one stream, and the class of a slick that was
    decided for one row of windows holds in the next. What a kill leaves undone is done by the next call.

    Args:
        workspace: where.
        scene: with a path.
        tiles: windows of the scene, none predicted by this checkpoint yet.
        checkpoint_id: by which checkpoint.
        predictor: that checkpoint, made ready.
        report: called with progress 0..1, a message and no events.
        should_stop: asked after each block of some 1000 px.

    Returns:
        How many were predicted, and whether it was stopped.

    Raises:
        ImageError: the file is gone or damaged.
        StorageError: the disk is full or fails; what was kept stays.
    """
    rows = _rows(tiles)
    done, stopped = 0, False

    def on_block(count: int, total: int) -> bool:
        nonlocal stopped
        report(count / total, f"{scene.name}: {round(100 * count / total)} %", [])
        stopped = should_stop()
        return stopped

    with open_raster(Path(scene.path or "")) as raster:
        strips = _strips(raster, scene, tiles, predictor, on_block)
        with closing(strips):
            rolling = Rolling(strips, raster.height, raster.width)
            decided = _decided_above(workspace, scene, min(rows), checkpoint_id)
            for y, row in rows.items():
                bottom = y + row[0].height
                if not rolling.reach(y, bottom + LOOK_AHEAD_PX):
                    return Swept(done, stopped)
                best = rolling.best
                mask = (vote(best, *decided.below(y)) if predictor.votes else best)[: bottom - y]
                _keep(workspace, checkpoint_id, row, mask, rolling.probability, decision=predictor.decision)
                done += len(row)
                decided = Decided(y, mask, _covered(row, y, mask.shape))
    return Swept(done, stopped)


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
            "when it was imported; put the old file back."
        )
    return Streamer(predictor).strips(
        raster.read,
        (raster.height, raster.width),
        Statistics.from_dict(scene.statistics),
        scene.nodata,
        first_row=min(tile.y for tile in tiles),
        wanted=lambda span: any(_near(tile, span) for tile in tiles),
        on_block=on_block,
    )


def _rows(tiles: Sequence[TileRecord]) -> dict[int, list[TileRecord]]:
    """Gather windows by their upper edge, the highest first."""
    rows: dict[int, list[TileRecord]] = defaultdict(list)
    for tile in sorted(tiles, key=lambda one: one.y):
        rows[tile.y].append(tile)
    return rows


def _near(tile: TileRecord, span: Window) -> bool:
    """Say whether a block shows a window, or what lies below it and takes part in its vote."""
    return (
        tile.x < span.x + span.width
        and tile.x + tile.width > span.x
        and tile.y < span.y + span.height
        and tile.y + tile.height + LOOK_AHEAD_PX > span.y
    )


def _keep(
    workspace: Workspace,
    checkpoint_id: int,
    tiles: Sequence[TileRecord],
    mask: Mask,
    probability: Mask,
    *,
    decision: "Decision",
) -> None:
    """Cut a row of windows out of what was predicted and keep it, all at once."""
    from seep.engine.inference.predict import near_masks

    files, made = workspace.store.files, []
    for tile in tiles:
        spot = (slice(0, tile.height), slice(tile.x, tile.x + tile.width))
        own, seep = mask[spot], probability[spot]
        share = seep.astype(np.float32) / np.float32(255)
        made.append(
            NewPrediction(
                tile_id=tile.id,
                mask_sha256=files.put(encode_mask(own), MASK_SUFFIX),
                probability_sha256=files.put(encode_probability(seep), MASK_SUFFIX),
                likely_wrong=likely_wrong(near_masks(share, decision), share, own, decision.cut),
                useful=usefulness(share, np.ones(share.shape, bool)),
                confident=confidence(share, own),
                classes=class_areas(own),
            )
        )
    with workspace.store.transaction() as session:
        predictions.add_predictions(session, checkpoint_id, made)


def _covered(tiles: Sequence[TileRecord], top: int, shape: tuple[int, ...]) -> BoolImage:
    """Say which pixels of some rows lie in these windows."""
    known = np.zeros(shape, bool)
    for tile in tiles:
        known[max(0, tile.y - top) : tile.y + tile.height - top, tile.x : tile.x + tile.width] = True
    return known


def _decided_above(workspace: Workspace, scene: SceneRecord, y: int, checkpoint_id: int) -> Decided:
    """Put together what an earlier call predicted of the windows that reach over a row from above."""
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
    return Decided(y, mask, _covered([tile for tile, _ in above], y, mask.shape))
