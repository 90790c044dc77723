"""Wide dark areas of a predicted tile: the question whether they are oil sheets or areas of low wind.

They are not stored: prediction counts their pixels, and Review and map compute them again for the tiles that have any.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from seep.core.image.normalize import Statistics
from seep.core.masks.dark_areas import WideArea, wide_areas, wide_pixels
from seep.core.masks.mask import Mask
from seep.core.masks.wide_slicks import WIDE_RADIUS_PX
from seep.core.records import SceneRecord, TileRecord
from seep.errors import ImageError, StorageError
from seep.workflow.tile_data import normalized_pixels, read_mask
from seep.workflow.workspace import Workspace


@dataclass(frozen=True)
class WideAreaLimits:
    """What counts as a wide dark area.

    Attributes:
        radius_px: slicks and dark areas with a larger inscribed radius are wide.
        depth: see `seep.core.masks.dark_areas`; 0 for predicted slicks only.
    """

    radius_px: float
    depth: float

    @classmethod
    def from_card(cls, card: Mapping[str, Any]) -> "WideAreaLimits":
        """Read the card of the checkpoint that made the prediction."""
        radius_px, depth = card.get("wide_radius_px"), card.get("dark_area_depth")
        return cls(float(WIDE_RADIUS_PX if radius_px is None else radius_px), float(depth or 0))


@dataclass(frozen=True)
class PredictedTile:
    """A tile with a prediction.

    Attributes:
        scene: of the tile.
        tile: which tile.
        mask_sha256: of its predicted mask.
        limits: of the checkpoint that predicted it.
    """

    scene: SceneRecord
    tile: TileRecord
    mask_sha256: str
    limits: WideAreaLimits


def tile_wide_areas(workspace: Workspace, predicted: PredictedTile) -> list[WideArea]:
    """List the wide dark areas of a tile, largest first; without its image, those of the predicted mask.

    Raises:
        StorageError: the file of the mask is gone or damaged.
    """
    limits = predicted.limits
    return wide_areas(*_mask_and_image(workspace, predicted), limits.radius_px, limits.depth)


def tile_wide_pixels(workspace: Workspace, predicted: PredictedTile) -> npt.NDArray[np.bool_]:
    """Return the pixels of the areas of `tile_wide_areas`, (H, W); errors as there."""
    limits = predicted.limits
    return wide_pixels(*_mask_and_image(workspace, predicted), limits.radius_px, limits.depth)


def _mask_and_image(
    workspace: Workspace, predicted: PredictedTile
) -> tuple[Mask, npt.NDArray[np.float32] | None]:
    """Read what the areas are computed from; the image is None if it is unreadable or not needed."""
    mask = read_mask(workspace, predicted.mask_sha256)
    if not predicted.limits.depth:
        return mask, None
    statistics = Statistics.from_dict(predicted.scene.statistics)
    try:
        return mask, normalized_pixels(workspace, predicted.tile, statistics)
    except (ImageError, StorageError):  # what shows the image says so
        return mask, None
