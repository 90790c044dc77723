"""Measurements of the slicks of a mosaic, made once per state of the masks and kept in the workspace."""

import hashlib
import json
from dataclasses import asdict, astuple, dataclass
from typing import Any

import numpy as np

from seep.core.files import write_atomic
from seep.core.geo.grid import Window
from seep.core.geo.polygons import component_at
from seep.core.image.arrays import BoolImage
from seep.core.image.units import to_db
from seep.core.masks.slick_shape import SlickShape, measure_shape
from seep.core.masks.slick_surroundings import MARGIN_PX, SlickSurroundings, measure_surroundings
from seep.core.masks.tiled_components import TiledSlick
from seep.workflow.places.survey import pass_folder
from seep.workflow.scenes.mosaics import MosaicReader

MAX_COMPARED_PIXELS = 2**24
"""A slick with more pixels in its box and surroundings is not compared with them, to limit memory."""

_VERSION = 1


@dataclass(frozen=True)
class SlickMeasures:
    """Shape and surroundings of a slick; positions are pixels of the mosaic."""

    shape: SlickShape
    surroundings: SlickSurroundings


class KeptMeasures:
    """Measures the slicks of a mosaic, and keeps the results until a mask around the slick changes."""

    def __init__(self, reader: MosaicReader) -> None:
        self._reader = reader
        name = hashlib.sha256(reader.mosaic.name.encode()).hexdigest()[:16]
        self._path = pass_folder(reader.workspace, reader.mosaic.scene.id) / f"measures-{name}.json"
        try:
            kept: Any = json.loads(self._path.read_bytes())
        except (OSError, ValueError):
            kept = {}
        self._kept: dict[str, Any] = kept if isinstance(kept, dict) else {}
        self._used: dict[str, Any] = {}

    def of(self, slick: TiledSlick) -> tuple[BoolImage, SlickMeasures]:
        """Return the pixels of a slick within its box, and its measures.

        The measures are read again if the mask was the same within the box and `MARGIN_PX` around it.
        """
        box, around = slick.box, self._around(slick.box)
        mask = self._reader.mask(around)
        rows, columns = slice(box.y - around.y, None), slice(box.x - around.x, None)
        own = mask[rows, columns][: box.height, : box.width]
        pixels = component_at(np.ascontiguousarray(own), slick.seed[0] - box.x, slick.seed[1] - box.y)
        state = hashlib.sha256(
            json.dumps([_VERSION, self._reader.mosaic.scene.unit, *astuple(around)]).encode()
        )
        state.update(np.packbits(pixels).tobytes() + mask.tobytes())
        key = state.hexdigest()
        measures = _read(self._kept.get(key))
        if measures is None:
            measures = self._measure(pixels, box, around, mask == 0)
        if not self._reader.unreadable:
            self._used[key] = {
                "shape": asdict(measures.shape) | {"line": measures.shape.line.tolist()},
                "surroundings": asdict(measures.surroundings),
            }
        return pixels, measures

    def keep(self) -> None:
        """Write the measures of the slicks that were asked for; those of other masks are dropped."""
        if self._used.keys() != self._kept.keys():
            self._path.parent.mkdir(parents=True, exist_ok=True)
            write_atomic(self._path, json.dumps(self._used, separators=(",", ":")).encode())

    def _around(self, box: Window) -> Window:
        mosaic = self._reader.mosaic
        left, top = max(0, box.x - MARGIN_PX), max(0, box.y - MARGIN_PX)
        right = min(mosaic.width, box.x + box.width + MARGIN_PX)
        bottom = min(mosaic.height, box.y + box.height + MARGIN_PX)
        return Window(left, top, right - left, bottom - top)

    def _measure(self, pixels: BoolImage, box: Window, around: Window, sea: BoolImage) -> SlickMeasures:
        shape = measure_shape(pixels)
        surroundings = SlickSurroundings()
        y, x = box.y - around.y, box.x - around.x
        if around.width * around.height <= MAX_COMPARED_PIXELS:
            slick = np.zeros((around.height, around.width), bool)
            slick[y : y + box.height, x : x + box.width] = pixels
            image, measured = self._reader.pixels(around)
            power = 10.0 ** (to_db(image, self._reader.mosaic.scene.unit).astype(np.float64) / 10)
            surroundings = measure_surroundings(
                power, slick, measured, measured & sea, shape.line + np.array([x, y])
            )
        return SlickMeasures(shape.moved(box.x, box.y), surroundings)


def _read(kept: Any) -> SlickMeasures | None:
    try:
        shape = dict(kept["shape"])
        first, second = shape["ends"]
        shape |= {
            "line": np.array(shape["line"], np.float64).reshape(-1, 2),
            "ends": (tuple(first), tuple(second)),
            "widths_px": tuple(shape["widths_px"]),
        }
        return SlickMeasures(SlickShape(**shape), SlickSurroundings(**kept["surroundings"]))
    except (TypeError, ValueError, KeyError):
        return None
