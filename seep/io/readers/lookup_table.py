"""Lookup tables in the annotations of Sentinel-1 products."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree.ElementTree import Element

import numpy as np
import numpy.typing as npt

from seep.core.geo.grid import Window
from seep.errors import ImageError

_MAX_VECTORS = 10_000


@dataclass(frozen=True)
class LookupTable:
    """Values at some pixels of some lines of a measurement."""

    lines: npt.NDArray[np.float64]
    pixels: tuple[npt.NDArray[np.float64], ...]
    values: tuple[npt.NDArray[np.float64], ...]

    def at(self, window: Window) -> npt.NDArray[np.float32]:
        """Interpolate over a window: (height, width) float32."""
        columns = np.arange(window.x, window.x + window.width)
        rows = np.arange(window.y, window.y + window.height)
        after = np.clip(np.searchsorted(self.lines, rows, side="right"), 1, max(len(self.lines) - 1, 1))
        before = after - 1
        after = np.minimum(after, len(self.lines) - 1)
        needed = np.unique(np.concatenate([before, after]))
        curves = {int(n): np.interp(columns, self.pixels[n], self.values[n]) for n in needed}
        span = self.lines[after] - self.lines[before]
        share = np.clip((rows - self.lines[before]) / np.where(span > 0, span, 1), 0, 1)[:, np.newaxis]
        low = np.stack([curves[int(n)] for n in before])
        high = np.stack([curves[int(n)] for n in after])
        return np.asarray(low * (1 - share) + high * share, np.float32)


def annotation_file(measurement: Path, kind: str, missing: str, remedy: str) -> tuple[Path, int]:
    """Return an annotation beside the calibration of a measurement, and when it changed, in ns.

    Args:
        measurement: the image file in the product.
        kind: first word of the name of the annotation, such as "noise".
        missing: what the product lacks without it, for the error.
        remedy: last sentence of the error.

    Raises:
        ImageError: the annotation is missing.
    """
    path = measurement.parent.parent / "annotation" / "calibration" / f"{kind}-{measurement.stem}.xml"
    try:
        return path, path.stat().st_mtime_ns
    except OSError as error:
        raise ImageError(f"The {missing} of {measurement.name} is missing ({path.name}). {remedy}") from error


def read_table(vectors: Sequence[Element], name: str, *, may_be_zero: bool = False) -> LookupTable:
    """Read the vectors of an annotation.

    Args:
        vectors: elements with `line`, `pixel` and the values.
        name: of the element with the values.
        may_be_zero: allow values of 0.

    Raises:
        ValueError: no vectors, or vectors that are not a table of such values.
    """
    if not 1 <= len(vectors) <= _MAX_VECTORS:
        raise ValueError(f"{len(vectors)} vectors")
    lines = np.array([float(vector.findtext("line", "")) for vector in vectors])
    pixels = tuple(numbers(vector.findtext("pixel", "")) for vector in vectors)
    values = tuple(numbers(vector.findtext(name, "")) for vector in vectors)
    if (np.diff(lines) <= 0).any() or any(
        len(at) != len(value)
        or len(at) == 0
        or (np.diff(at) <= 0).any()
        or value.min() < 0
        or (value.min() == 0 and not may_be_zero)
        for at, value in zip(pixels, values, strict=True)
    ):
        raise ValueError("vectors out of order, of different lengths, or not above 0")
    return LookupTable(lines, pixels, values)


def numbers(text: str) -> npt.NDArray[np.float64]:
    """Return the numbers of a text.

    Raises:
        ValueError: a word is not a finite number.
    """
    found = np.array(text.split(), np.float64)
    if not np.isfinite(found).all():
        raise ValueError("a value is not finite")
    return found
