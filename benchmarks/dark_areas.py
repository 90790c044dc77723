"""Wide dark areas by depth: how many questions they ask, and which true oil sheets they find.

    python -m benchmarks.dark_areas IMAGES MASKS [--depths 0.4 0.5 0.6 0.8] [--radius 20]

No network is involved: `seep.core.masks.dark_areas` finds the areas on the images, and the masks say what they
are. An area is mostly true if more than half of its pixels are seep. A sheet, which is a true slick above the
radius, counts as covered if more than half of it is in areas. Prints a table and, as its last line, all figures as
JSON, with those of each scene.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.quality.fold import read_folder
from seep.core.image.normalize import normalize
from seep.core.masks.dark_areas import dark_areas
from seep.core.masks.mask import UNSURE, Mask
from seep.core.masks.wide_slicks import WIDE_RADIUS_PX, wide_components
from seep.engine.presets import WIDE_RADIUS_PX as IGNORED_RADIUS_PX
from seep.io.images import read_image

DEPTHS = (0.4, 0.5, 0.6, 0.8)
CLASSES = 8
COLUMNS = (
    "depth",
    "areas",
    "mostly true",
    "tiles asked",
    "sheets",
    "sheets covered",
    f"area of slicks above {IGNORED_RADIUS_PX:g} px",
)


@dataclass
class Counts:
    """Counts over tiles.

    Attributes:
        tiles: number of tiles.
        tiles_asked: tiles with an area.
        areas: wide dark areas.
        mostly_true: areas of which more than half is seep.
        sheets: true slicks above the radius.
        sheets_covered: sheets of which more than half lies in areas.
        ignored_px: pixels of the true slicks that training ignores because they are wide.
        ignored_covered_px: those that lie in areas.
    """

    tiles: int = 0
    tiles_asked: int = 0
    areas: int = 0
    mostly_true: int = 0
    sheets: int = 0
    sheets_covered: int = 0
    ignored_px: int = 0
    ignored_covered_px: int = 0

    def __add__(self, other: Counts) -> Counts:
        """Return the sums."""
        return Counts(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(self)))

    @property
    def ignored_share(self) -> float | None:
        """Share of the ignored pixels that lie in areas, 0..1; None without any."""
        return self.ignored_covered_px / self.ignored_px if self.ignored_px else None


def main(arguments: Sequence[str] | None = None) -> None:
    """Find areas at each depth, print the figures."""
    chosen = _parser().parse_args(arguments)
    tiles, statistics = read_folder(chosen.images, chosen.masks, CLASSES)
    results: dict[float, dict[str, Counts]] = {depth: {} for depth in chosen.depths}
    for tile in tiles:
        image = normalize(read_image(tile.path), statistics[tile.scene], tile.nodata)
        for depth, scenes in results.items():
            counts = count(dark_areas(image, depth, chosen.radius), tile.mask, chosen.radius)
            scenes[tile.scene] = scenes.get(tile.scene, Counts()) + counts
    print(table(results))
    figures = {
        f"{depth:g}": _figures(_total(scenes.values()))
        | {"scenes": {name: _figures(one) for name, one in sorted(scenes.items())}}
        for depth, scenes in results.items()
    }
    print(json.dumps({"radius_px": chosen.radius, "depths": figures}))


def count(areas: NDArray[np.int32], mask: Mask, radius_px: float) -> Counts:
    """Compare the areas of a tile with its true mask.

    Args:
        areas: (H, W) labels of `dark_areas`.
        mask: (H, W) true class ids.
        radius_px: true slicks with a larger inscribed radius are sheets.
    """
    seep, found = (mask > 0) & (mask != UNSURE), areas > 0
    sheets, ignored = wide_components(seep, radius_px), wide_components(seep, IGNORED_RADIUS_PX) > 0
    return Counts(
        tiles=1,
        tiles_asked=int(found.any()),
        areas=int(areas.max(initial=0)),
        mostly_true=_mostly(areas, seep),
        sheets=int(sheets.max(initial=0)),
        sheets_covered=_mostly(sheets, found),
        ignored_px=int(np.count_nonzero(ignored)),
        ignored_covered_px=int(np.count_nonzero(ignored & found)),
    )


def table(results: dict[float, dict[str, Counts]]) -> str:
    """Return the figures over all scenes as a Markdown table."""
    lines = [f"| {' | '.join(COLUMNS)} |", f"|{' --- |' * len(COLUMNS)}"]
    for depth, scenes in results.items():
        one = _total(scenes.values())
        share = "-" if one.ignored_share is None else f"{100 * one.ignored_share:.0f} %"
        asked = f"{one.tiles_asked} of {one.tiles}"
        cells = (f"{depth:g}", one.areas, one.mostly_true, asked, one.sheets, one.sheets_covered, share)
        lines.append(f"| {' | '.join(map(str, cells))} |")
    return "\n".join(lines)


def _mostly(labels: NDArray[np.int32], inside: NDArray[np.bool_]) -> int:
    """Count the labels of which more than half of the pixels are inside."""
    sizes, shared = np.bincount(labels.ravel()), np.bincount(labels[inside], minlength=labels.max() + 1)
    return int(np.count_nonzero(2 * shared[1:] > sizes[1:]))


def _total(counts: Iterable[Counts]) -> Counts:
    return sum(counts, Counts())


def _figures(one: Counts) -> dict[str, float | None]:
    return asdict(one) | {"ignored_share": one.ignored_share}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("images", type=Path)
    parser.add_argument("masks", type=Path)
    parser.add_argument(
        "--depths", type=float, nargs="+", default=DEPTHS, help="depths, in standard deviations"
    )
    parser.add_argument(
        "--radius",
        type=float,
        default=WIDE_RADIUS_PX,
        help="inscribed radius from which areas are wide, pixels",
    )
    return parser


if __name__ == "__main__":
    main()
