"""Clicks and accuracy of the tracer, by a scripted annotator, compared with the brush.

    python -m benchmarks.tracing --tiles IMAGES --masks MASKS [--count 10] [--more 100] [--seed 0]

A slick counts when the center line of its mask (the longest way on the skeleton of an 8-connected component inside
one tile) is 150 px long or more. Scenes are divided into two halves by the seed: the tracer's constants were tuned
on slicks of one half, `--count` and then `--more` slicks are drawn from the other.

The annotator starts from an empty mask. It clicks the first end of the center line, then its last end; while the
line of the preview leaves the true slick by more than 5 px, it puts a node on the center line, in the middle of
the first stretch that was missed. Nodes are clicks; Enter ends. The tracer's own modules run in Node, as in the
browser. The brush is one stroke without errors: along the center line, simplified to within 2 px, as wide as the
median of the slick. Its effort is the number of points of that line, and its length in px of the image.

F1 with a tolerance of 2 px (seep.core.metrics.centerline) is that of the one slick: the truth is the component,
the prediction is all that was painted in the tile. Prints two tables, and as its last line JSON.
"""

import argparse
import base64
import json
import random
import statistics
import subprocess
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import tifffile

from seep.core.masks.components import slicks
from seep.core.masks.mask import Mask
from seep.core.metrics.centerline import tolerance_counts

LEAST_LENGTH_PX = 150
LEAVES_PX = 5
SIMPLIFIED_PX = 2
NODATA = 0
ANNOTATOR = Path(__file__).with_name("annotator.mjs")
TARGET_CLICKS = 4
TARGET_F1 = 0.85

Points = list[tuple[int, int]]


@dataclass(frozen=True)
class LongSlick:
    """One slick to trace: the tile's name, its pixels (H, W) bool, its center line from end to end."""

    tile: str
    pixels: npt.NDArray[np.bool_]
    line: Points
    length_px: float

    @property
    def scene(self) -> str:
        """The part of the tile's name before its number."""
        return self.tile.rsplit(".", 1)[0]


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the arguments, find slicks, trace, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tiles", type=Path, required=True, help="folder of images, *.tif")
    parser.add_argument("--masks", type=Path, required=True, help="folder of masks of the same names")
    parser.add_argument("--count", type=int, default=10)
    parser.add_argument("--more", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args(arguments)
    found = [one for path in sorted(chosen.masks.glob("*.tif")) for one in long_slicks(path)]
    if not found:
        raise SystemExit(f"no slick of {LEAST_LENGTH_PX} px or more in {chosen.masks}: check --masks")
    drawn, scenes = draw(found, chosen.seed, max(chosen.count, chosen.more))
    print(f"{len(found)} slicks of {LEAST_LENGTH_PX} px or more; reporting on scenes {', '.join(scenes)}")
    rows = measure(drawn, chosen.tiles)
    figures = {}
    for count in (chosen.count, chosen.more):
        figures[str(count)] = report(rows[:count], detailed=count == chosen.count)
    first = figures[str(chosen.count)]
    met = first["tracer_clicks_median"] <= TARGET_CLICKS and first["tracer_f1_median"] >= TARGET_F1
    print(f"target: median clicks <= {TARGET_CLICKS}, median F1 >= {TARGET_F1}: {'met' if met else 'MISSED'}")
    print(json.dumps({"slicks": len(found), "scenes": scenes, "figures": figures, "met": met}))


def long_slicks(path: Path) -> list[LongSlick]:
    """Slicks of one mask whose center line is long enough."""
    mask: Mask = tifffile.imread(path)
    labels, listed = slicks(mask)
    result = []
    for one in listed:
        if (
            np.hypot(one.width, one.height) < LEAST_LENGTH_PX / 2
        ):  # cannot be long enough, unless it winds a lot
            continue
        pixels = labels == one.label
        line, length = center_line(pixels)
        if length >= LEAST_LENGTH_PX:
            result.append(LongSlick(path.stem, pixels, line, length))
    return result


def center_line(pixels: npt.NDArray[np.bool_]) -> tuple[Points, float]:
    """Longest of the shortest ways between two pixels of the skeleton: points (x, y), length in px."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import dijkstra
    from skimage.morphology import skeletonize

    skeleton = skeletonize(pixels)  # type: ignore[no-untyped-call]
    rows, columns = np.nonzero(skeleton)
    numbers = np.full(
        (skeleton.shape[0] + 1, skeleton.shape[1] + 2), -1
    )  # a rim of nothing: right, left, below
    numbers[rows, columns + 1] = np.arange(rows.size)
    starts, ends, lengths = [], [], []
    for down, right in ((0, 1), (1, 0), (1, 1), (1, -1)):
        other = numbers[rows + down, columns + 1 + right]
        starts.append(np.flatnonzero(other >= 0))
        ends.append(other[other >= 0])
        lengths.append(np.full(ends[-1].size, np.hypot(down, right)))
    edges = (np.concatenate(lengths), (np.concatenate(starts), np.concatenate(ends)))
    graph = coo_matrix(edges, (rows.size, rows.size)).tocsr()
    # The farthest from anywhere is an end of the longest way, as in a tree; skeletons are nearly trees.
    reached = dijkstra(graph, directed=False, indices=0)
    first = int(np.argmax(np.where(np.isfinite(reached), reached, -1)))
    reached, before = dijkstra(graph, directed=False, indices=first, return_predecessors=True)
    way = [int(np.argmax(np.where(np.isfinite(reached), reached, -1)))]
    length = float(reached[way[0]])
    while way[-1] != first:
        way.append(int(before[way[-1]]))
    return [(int(columns[i]), int(rows[i])) for i in reversed(way)], length


def draw(found: list[LongSlick], seed: int, count: int) -> tuple[list[LongSlick], list[str]]:
    """Draw slicks of the half of the scenes that nothing was tuned on; without order, but by the seed."""
    generator = random.Random(seed)
    scenes = sorted({one.scene for one in found})
    generator.shuffle(scenes)
    reported = sorted(scenes[: max(len(scenes) // 2, 1)])
    eligible = [one for one in found if one.scene in reported]
    return generator.sample(eligible, min(count, len(eligible))), reported


def measure(drawn: list[LongSlick], tiles: Path) -> list[dict[str, Any]]:
    """Let the annotator trace and brush every slick; one row a slick, in the order given."""
    by_tile: dict[str, list[LongSlick]] = defaultdict(list)
    for one in drawn:
        by_tile[one.tile].append(one)
    asked = [question(tifffile.imread(tiles / f"{name}.tif"), own) for name, own in by_tile.items()]
    run = subprocess.run(
        ["node", str(ANNOTATOR)], input=json.dumps(asked), capture_output=True, text=True, check=False
    )
    if run.returncode:
        raise SystemExit(f"the annotator failed: {run.stderr.strip()}")
    rows = {}
    for own, answers in zip(by_tile.values(), json.loads(run.stdout), strict=True):
        for slick, answer in zip(own, answers, strict=True):
            rows[id(slick)] = judged(slick, answer)
    return [rows[id(slick)] for slick in drawn]


def question(image: npt.NDArray[Any], own: list[LongSlick]) -> dict[str, Any]:
    """What the annotator must know of a tile and its slicks."""
    height, width = image.shape
    asked = []
    for one in own:
        away = cv2.distanceTransform((~one.pixels).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
        far = base64.b64encode((away > LEAVES_PX).tobytes()).decode()
        asked.append({"line": one.line, "far": far, "brush": brush(one)})
    pixels = base64.b64encode(np.ascontiguousarray(image).tobytes()).decode()
    return {"width": width, "height": height, "nodata": NODATA, "dtype": str(image.dtype), "pixels": pixels,
            "slicks": asked}  # fmt: skip


def brush(slick: LongSlick) -> dict[str, Any]:
    """The stroke that a careful hand makes: points to steer through, and the brush's diameter in px."""
    points = cv2.approxPolyDP(np.array(slick.line, np.int32)[:, None], SIMPLIFIED_PX, False)[:, 0]
    inside = cv2.distanceTransform(slick.pixels.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    radius = statistics.median(float(inside[y, x]) for x, y in slick.line)
    return {"points": points.tolist(), "size": max(round(2 * radius), 1)}


def judged(slick: LongSlick, answer: dict[str, Any]) -> dict[str, Any]:
    """Clicks and figures of one slick."""
    rect = answer["rect"]
    traced = np.zeros(slick.pixels.shape, np.uint8)
    bits = np.frombuffer(base64.b64decode(answer["bits"]), np.uint8).reshape(rect["height"], rect["width"])
    traced[rect["y"] : rect["y"] + rect["height"], rect["x"] : rect["x"] + rect["width"]] = bits
    brushed = np.frombuffer(base64.b64decode(answer["brush"]), np.uint8).reshape(slick.pixels.shape)
    truth = slick.pixels.astype(np.uint8)
    stroke = np.array(brush(slick)["points"], float)
    return {
        "tile": slick.tile,
        "length_px": round(slick.length_px),
        "clicks": answer["clicks"],
        "f1": tolerance_counts(truth, traced).f1 or 0.0,
        "brush_points": len(stroke),
        "brush_way_px": round(float(np.hypot(*np.diff(stroke, axis=0).T).sum())),
        "brush_f1": tolerance_counts(truth, brushed).f1 or 0.0,
        "waits_ms": answer["waits_ms"],
    }


def report(rows: list[dict[str, Any]], *, detailed: bool) -> dict[str, float]:
    """Print the table of some slicks; return its summary."""
    print(f"\n{len(rows)} slicks    tracer: clicks, F1      brush: points in 1 stroke, way px, F1")
    for row in rows if detailed else []:
        print(
            f"  {row['tile']:16} {row['length_px']:4} px   {row['clicks']:3}  {row['f1']:.3f}"
            f"        {row['brush_points']:3}  {row['brush_way_px']:4}  {row['brush_f1']:.3f}"
        )
    clicks = [row["clicks"] for row in rows]
    figures = {
        "slicks": len(rows),
        "tracer_clicks_median": statistics.median(clicks),
        "tracer_clicks_mean": round(statistics.mean(clicks), 2),
        "tracer_clicks_most": max(clicks),
        "tracer_f1_median": round(statistics.median(row["f1"] for row in rows), 4),
        "tracer_f1_mean": round(statistics.mean(row["f1"] for row in rows), 4),
        "share_f1_085": round(sum(row["f1"] >= TARGET_F1 for row in rows) / len(rows), 3),
        "brush_points_median": statistics.median(row["brush_points"] for row in rows),
        "brush_way_px_median": statistics.median(row["brush_way_px"] for row in rows),
        "brush_f1_median": round(statistics.median(row["brush_f1"] for row in rows), 4),
    }
    for name, value in figures.items():
        print(f"  {name:22} {value}")
    return figures


if __name__ == "__main__":
    main()
