"""The classes of a slick as the slick head predicts them from its present outline, for Review.

The features of the slick are measured anew, so they fit whatever the analyst drew. The seep probability is that of the
stored prediction, before the slick head changed it.
"""

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

import cv2
import numpy as np

from seep.core.geo.grid import Window
from seep.core.image.grain import grain_of
from seep.core.image.normalize import Statistics, normalize
from seep.core.masks.mask import Mask
from seep.core.masks.slick_features import slick_features
from seep.core.records import CheckpointRecord, TileRecord
from seep.errors import ImageError, MaskError
from seep.io.images import read_window
from seep.store import checkpoints, classes, predictions, scenes
from seep.workflow.actor import Actor, requires
from seep.workflow.review.second_masks import as_seen_by
from seep.workflow.tile_data import image_path, read_mask
from seep.workflow.wide_areas import WideAreaLimits
from seep.workflow.workspace import WEIGHTS_SUFFIX, Workspace

if TYPE_CHECKING:
    from seep.engine.slick_classes import StoredSlickHead

MOST_CLASSES = 3
THIS_SLICK, OTHER_SLICK = 1, 2
"""Values of the pixels that Review sends; 0 is sea."""


class SlickClasses(TypedDict):
    """Pairs of class id and probability, 0 to 1, of a slick: at most `MOST_CLASSES`, the most probable first."""

    classes: list[tuple[int, float]]


@requires("annotator", "ask for the classes of slicks")
def slick_classes(
    workspace: Workspace, tile_id: int, window: Window, slicks: Mask, actor: Actor
) -> SlickClasses:
    """Predict the class of a slick.

    Args:
        window: the part of the tile that is looked at, pixels of the tile. It holds the slick, and the sea within
            96 px, where the tile has it.
        slicks: (window.height, window.width) `THIS_SLICK`, `OTHER_SLICK` or 0.

    Returns:
        No classes if the workspace has two, the tile has no prediction with a probability, or the slick head of its
        checkpoint was not trained on the classes of the workspace: it has other numbers or names of classes, or its
        images had a finer grain. Neither matters for a checkpoint that was fine-tuned in the workspace.

    Raises:
        MissingError: there is no such tile.
        MaskError: no pixel is of the slick.
        ImageError: the image cannot be read.
        StorageError: the probability or the weights are gone or damaged.
        CheckpointError: the weights cannot be read.
    """
    from seep.engine.scale_rule import ScaleRule

    if not (slicks == THIS_SLICK).any():
        raise MaskError(
            f"No pixel of the slick was sent; its pixels have the value {THIS_SLICK}. Select it again."
        )
    with workspace.store.reading() as session:
        tile, _ = as_seen_by(session, scenes.get_tile(session, tile_id), actor.name)
        statistics = Statistics.from_dict(scenes.get_scene(session, tile.scene_id).statistics)
        names = [seep_class.name for seep_class in classes.list_classes(session)]
        found = predictions.get_prediction(session, tile.prediction_id) if tile.prediction_id else None
        record = checkpoints.get_checkpoint(session, found.checkpoint_id) if found else None
    if found is None or record is None or found.probability_sha256 is None:
        return SlickClasses(classes=[])
    count = len(names) - 1
    if count < 2 or (record.card.get("slick_head") or {}).get("classes") != count:
        return SlickClasses(classes=[])
    if record.run_id is None and record.card["classes"]["names"][1:] != names[1:]:
        return SlickClasses(classes=[])
    head = _head_of(workspace, record)
    if head is None:
        return SlickClasses(classes=[])
    rows, columns = slice(window.y, window.y + window.height), slice(window.x, window.x + window.width)
    probability = read_mask(workspace, found.probability_sha256)[rows, columns].astype(
        np.float32
    ) / np.float32(255)
    image = normalize(_pixels(workspace, tile, window), statistics, tile.nodata)
    grain = grain_of(image) if statistics.grain is None else statistics.grain
    if record.run_id is None and len(ScaleRule.from_card(record.card).of(grain)) > 1:
        return SlickClasses(classes=[])
    predicted = slick_features(read_mask(workspace, found.mask_sha256)[rows, columns] > 0, probability, image)
    probability = head.original_probability(
        probability,
        predicted,
        (float(record.card["slick_head"]["threshold"]), float(record.card["threshold"])),
        WideAreaLimits.from_card(record.card).radius_px,
    )
    told = head.class_probabilities(_features(slicks, probability, image))[0]
    first = np.argsort(-told, kind="stable")[:MOST_CLASSES]
    return SlickClasses(classes=[(int(number) + 1, round(float(told[number]), 4)) for number in first])


def _features(slicks: Mask, probability: np.ndarray, image: np.ndarray) -> np.ndarray:
    """Return the features of the slick, (1, features); the pixels that touch it are none of another one."""
    own = (slicks == THIS_SLICK).astype(np.uint8)
    touching = cv2.dilate(own, np.ones((3, 3), np.uint8)) > own
    found = slick_features((slicks > 0) & ~touching, probability, image)
    largest = np.bincount(found.labels[own > 0]).argmax()
    return found.values[largest - 1 : largest]


def _pixels(workspace: Workspace, tile: TileRecord, window: Window) -> np.ndarray:
    try:
        return read_window(
            image_path(workspace, tile),
            Window(tile.x + window.x, tile.y + window.y, window.width, window.height),
        )
    except ImageError as error:
        raise ImageError(f"The pixels of tile {tile.name} cannot be read: {error}") from error


def _head_of(workspace: Workspace, record: CheckpointRecord) -> "StoredSlickHead | None":
    return _read_head(workspace.store.files.local(record.weights_sha256, WEIGHTS_SUFFIX))


@lru_cache(maxsize=4)
def _read_head(path: Path) -> "StoredSlickHead | None":
    """Read it once per file; the name of a stored file is its hash."""
    from seep.engine.slick_classes import read_slick_head

    return read_slick_head(path)
