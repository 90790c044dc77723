"""The review record as columns: of the slicks of a mosaic, of the items of a catalog, and of the tiles of a report."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from cachetools import LRUCache

from seep.core.geo.grid import Window
from seep.core.image.arrays import BoolImage
from seep.core.masks.components import Labels, slicks
from seep.io.exporting.review_record import record_row
from seep.io.exporting.slick_record import SlickReview, Value
from seep.workflow.exports.review_record import by_size
from seep.workflow.scenes.mosaics import PlacedTile
from seep.workflow.tile_data import read_mask
from seep.workflow.workspace import Workspace

_JOINED = ("role", "second_annotator", "adjudication", "comments")
_CACHED_TILES = 16


class ReviewColumns:
    """Columns of exported slicks and images from the records of their tiles.

    Args:
        tiles: records as `seep.workflow.exports.review_record.tile_records` returns them.
    """

    def __init__(self, workspace: Workspace, tiles: Sequence[Mapping[str, Any]]) -> None:
        self._workspace = workspace
        self._tiles = {tile["name"]: tile for tile in tiles}
        self._labels: LRUCache[str, tuple[Labels, list[int]]] = LRUCache(_CACHED_TILES)

    def rows(self, placed: Iterable[PlacedTile]) -> list[dict[str, Value]]:
        """Return the row of each tile, as in `review_record.csv`."""
        return [record_row(self._tiles[one.tile.name]) for one in placed]

    def image(self, placed: Iterable[PlacedTile]) -> dict[str, Value]:
        """Return the columns of an image, joined over its tiles."""
        rows = self.rows(placed)
        kept = {row["prediction"] for row in rows if row["prediction"]}
        return {"prediction": None if not kept else _joined_change(kept), **_joined(rows)}

    def slick(self, placed: Sequence[PlacedTile], pixels: BoolImage, box: Window) -> SlickReview:
        """Return the columns of a slick.

        Args:
            placed: tiles that hold some of it.
            pixels: (box.height, box.width) bool, the pixels of the slick.
            box: in the mosaic.
        """
        parts = [part for one in placed for part in self._parts(one, pixels, box)]
        seen = {part["in_second_mask"] for part in parts} - {None}
        joined: dict[str, Any] = _joined(self.rows(placed))
        return SlickReview(
            prediction=_joined_change({part["prediction"] for part in parts}),
            in_second_mask=None if not seen else "yes" if True in seen else "no",
            **joined,
        )

    def _parts(self, one: PlacedTile, pixels: BoolImage, box: Window) -> list[Mapping[str, Any]]:
        """List the recorded slicks of a tile that a slick of the mosaic consists of."""
        if one.mask_sha256 is None:
            return []
        if one.tile.name not in self._labels:
            labels, found = slicks(read_mask(self._workspace, one.mask_sha256))
            self._labels[one.tile.name] = labels, [slick.label for slick in by_size(found)]
        labels, order = self._labels[one.tile.name]
        left, top = max(one.x, box.x), max(one.y, box.y)
        right = min(one.x + one.tile.width, box.x + box.width)
        bottom = min(one.y + one.tile.height, box.y + box.height)
        inside = pixels[top - box.y : bottom - box.y, left - box.x : right - box.x]
        here = labels[top - one.y : bottom - one.y, left - one.x : right - one.x]
        found_here = {int(label) for label in np.unique(here[inside]) if label}
        recorded = self._tiles[one.tile.name]["slicks"]
        return [recorded[index] for index, label in enumerate(order) if label in found_here]


def _joined_change(changes: set[Any]) -> str:
    """Return the change of a whole from those of its parts."""
    return str(changes.pop()) if len(changes) == 1 else "changed" if changes else "none"


def _joined(rows: Sequence[Mapping[str, Value]]) -> dict[str, Value]:
    texts = {name: [str(row[name]) for row in rows if row[name]] for name in _JOINED}
    seconds = [float(row[name] or 0) for row in rows for name in _PHASES if row[name] is not None]
    agreed = [float(row["f1"]) for row in rows if row["f1"] is not None]
    return {
        "revisions": sum(int(row["revisions"] or 0) for row in rows),
        "active_s": round(sum(seconds), 1) if seconds else None,
        "f1": min(agreed, default=None),
        **{name: "; ".join(dict.fromkeys(found)) or None for name, found in texts.items()},
    }


_PHASES = ("looking_s", "drawing_s", "deciding_s")
