"""Whole scenes: time to the first picture, map tiles, prediction as a stream, and the error at its seams.

    python benchmarks/scenes.py                                   # 25,000 x 16,000: some 20 minutes
    python benchmarks/scenes.py --width 5000 --height 4000        # a small one

Makes a tiled deflate GeoTIFF of synthetic sea with slicks in a temporary folder, opens it as a scene, asks
for map tiles as a person who zooms and pans would, and predicts it in a process of its own, by a network of
width 16 with random weights and by the shipped checkpoint. Latencies are the server's own, without HTTP.
Prints a table, and JSON in the last line.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from seep.workflow.actor import Actor

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np
import rasterio
from rasterio.windows import Window as Span

from seep.core.synthesis.scene import synthesize_scene
from seep.settings import SHIPPED_CHECKPOINT, read_settings
from seep.workflow.imports.rasters import RasterOptions, import_raster
from seep.workflow.scenes import pyramid
from seep.workflow.scenes.layout import layout
from seep.workflow.scenes.map_tiles import MapTileKey, map_tile
from seep.workflow.workspace import Workspace, install_checkpoint, open_workspace

PIECE_PX = 2048
SEAM_PX = 2560
TARGETS = {
    "first_picture_s": ("at most", 2.0),
    "cold_p95_ms": ("at most", 150.0),
    "warm_p95_ms": ("at most", 20.0),
    "peak_mb": ("at most", 2048.0),
    "megapixels_a_second": ("at least", 1.0),
    "seam_iou": ("at least", 0.99),
}


def make_scene(path: Path, height: int, width: int) -> None:
    """Write the GeoTIFF: turned pieces of three synthetic scenes, a nodata wedge at the left."""
    pieces = [synthesize_scene(seed, PIECE_PX, PIECE_PX, wedges=False).image for seed in range(3)]
    random = np.random.default_rng(0)
    profile = {"driver": "GTiff", "count": 1, "dtype": "uint16", "nodata": 0, "compress": "deflate"}
    profile |= {"tiled": True, "blockxsize": 512, "blockysize": 512, "zlevel": 1, "bigtiff": "if_safer"}
    profile |= {"crs": "EPSG:32633", "transform": rasterio.Affine(10, 0, 400_000, 0, -10, 4_400_000)}
    with rasterio.open(path, "w", height=height, width=width, num_threads=4, **profile) as out:
        for top in range(0, height, PIECE_PX):
            row = np.zeros((min(PIECE_PX, height - top), width), np.uint16)
            for left in range(0, width, PIECE_PX):
                piece = np.rot90(pieces[random.integers(3)], int(random.integers(4)))
                row[:, left : left + PIECE_PX] = piece[: row.shape[0], : min(PIECE_PX, width - left)]
            for line in range(row.shape[0]):
                row[line, : max(0, width // 10 - (top + line) // 4)] = 0
            out.write(row, 1, window=Span(0, top, width, row.shape[0]))


def journey(levels: int, columns: list[int], rows: list[int], steps: int) -> Iterator[tuple[int, int, int]]:
    """Name map tiles as they are asked for by someone who zooms in, pans, and zooms out again."""
    random = np.random.default_rng(1)
    for _ in range(steps):
        level = int(random.integers(levels))
        column, row = int(random.integers(columns[level])), int(random.integers(rows[level]))
        for x in range(column, min(column + 3, columns[level])):
            yield level, x, row


def latencies(
    workspace: Workspace, scene_id: int, layer: str, tiles: list[tuple[int, int, int]]
) -> list[float]:
    """Milliseconds of each tile."""
    taken = []
    for level, column, row in tiles:
        began = time.perf_counter()
        map_tile(workspace, scene_id, MapTileKey(level, column, row, layer))
        taken.append(1000 * (time.perf_counter() - began))
    return taken


def measure_map(workspace: Workspace, path: Path, steps: int) -> dict[str, Any]:
    """Open the scene and look at its map."""
    began = time.perf_counter()
    report = import_raster(workspace, path, RasterOptions(), Actor("bench", "admin"))
    scene = layout(workspace, report.scene_id)
    levels = pyramid.level_count(scene)
    map_tile(workspace, report.scene_id, MapTileKey(levels - 1, 0, 0))
    first = time.perf_counter() - began
    pyramid.start(workspace, scene, wait=True)
    ready = time.perf_counter() - began
    counts = [
        [-(-side // (pyramid.TILE_PX << level)) for level in range(levels)]
        for side in (scene.width, scene.height)
    ]
    tiles = list(dict.fromkeys(journey(levels, counts[0], counts[1], steps)))
    cold = latencies(workspace, report.scene_id, "image", tiles)
    cold += latencies(
        workspace, report.scene_id, "minimum", [one for one in tiles if one[0] >= pyramid.KEPT_LEVEL]
    )
    warm = latencies(workspace, report.scene_id, "image", tiles)
    found = {"windows": report.windows, "first_picture_s": first, "all_levels_s": ready, "tiles": len(tiles)}
    for name, taken in (("cold", cold), ("warm", warm)):
        found |= {
            f"{name}_p50_ms": float(np.percentile(taken, 50)),
            f"{name}_p95_ms": float(np.percentile(taken, 95)),
        }
    return found


def predict(root: Path, checkpoint: Path) -> dict[str, Any]:
    """Predict the whole scene in this process; for a process of its own, so that its memory can be told."""
    from seep.store import scenes
    from seep.workflow.inference.tiles import predict_tiles

    workspace = open_workspace(read_settings({"SEEP_WORKSPACE": str(root), "SEEP_DEVICE": "cpu"}))
    chosen = install_checkpoint(workspace, checkpoint, Actor("bench", "admin"))
    with workspace.store.reading() as session:
        (scene,) = scenes.list_scenes(session)
        ids = [tile.id for tile in scenes.tiles_of_scene(session, scene.id)]
    began = time.perf_counter()
    found = predict_tiles(workspace, ids, chosen.id, lambda *_: None, lambda: False)
    elapsed = time.perf_counter() - began
    assert not found.unreadable
    pixels = (scene.height or 0) * (scene.width or 0)
    return {
        "windows": found.done,
        "elapsed_s": elapsed,
        "megapixels_a_second": pixels / elapsed / 1e6,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def seam(path: Path, checkpoint: Path) -> dict[str, Any]:
    """Compare a part as the stream predicts it with the same part as one large window."""
    import torch

    from seep.core.geo.grid import Window
    from seep.core.image.normalize import normalize, statistics_of
    from seep.engine.checkpoint import load_checkpoint
    from seep.engine.inference.predict import Predictor
    from seep.engine.inference.streaming import MARGIN_PX, Streamer

    with rasterio.open(path) as source:
        side = min(SEAM_PX, source.width // 64 * 64, source.height // 64 * 64)
        left = (source.width - side) // 2
        image = source.read(1, window=Span(left, 0, side, side))
    predictor = Predictor(load_checkpoint(checkpoint), "cpu")
    statistics = statistics_of([image], 0)

    def read(window: Window) -> Any:
        return image[window.y : window.y + window.height, window.x : window.x + window.width]

    strips = list(Streamer(predictor).strips(read, image.shape, statistics, 0))
    stitched = np.concatenate([strip.probability for strip in strips])
    found = np.concatenate([strip.best for strip in strips]) > 0
    batch = torch.from_numpy(normalize(image, statistics, 0))[None]
    decision = predictor.decision
    whole = 1 - decision.calibrated(predictor.networks[0](batch))[0, 0].numpy()
    inside = slice(MARGIN_PX, side - MARGIN_PX)  # the part's own edge is no seam
    wanted, there = whole[inside, inside] >= decision.threshold, found[inside, inside]
    # Squeezed into a byte, a stitched probability is off by 0.002 at most.
    difference = np.abs(stitched[inside, inside] / 255 - whole[inside, inside])
    return {
        "seam_iou": float((wanted & there).sum() / max(1, (wanted | there).sum())),
        "seam_probability": float(difference.max()),
        "seam_p999": float(np.percentile(difference, 99.9)),
        "side_px": side,
    }


def random_checkpoint(path: Path, width: int = 16) -> Path:
    """Write a network of full resolution with random weights: speed does not depend on what it has learned."""
    from seep.engine.checkpoint import new_checkpoint, save_checkpoint
    from seep.engine.unet import UNetConfig

    save_checkpoint(path, new_checkpoint(UNetConfig(width=width), seed=0, name=f"width-{width}"))
    return path


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--width", type=int, default=25_000)
    parser.add_argument("--height", type=int, default=16_000)
    parser.add_argument("--steps", type=int, default=100, help="places that are visited on the map")
    parser.add_argument("--skip-predict", action="store_true")
    parser.add_argument("--predict", nargs=2, type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.predict:
        print(json.dumps(predict(*options.predict)))
        return
    with tempfile.TemporaryDirectory() as folder:
        root, path = Path(folder) / "workspace", Path(folder) / "scene.tif"
        make_scene(path, options.height, options.width)
        workspace = open_workspace(read_settings({"SEEP_WORKSPACE": str(root), "SEEP_DEVICE": "cpu"}))
        found: dict[str, Any] = {
            "scene": {"width": options.width, "height": options.height, "bytes": path.stat().st_size}
        }
        found["map"] = measure_map(workspace, path, options.steps)
        if not options.skip_predict:
            plain = random_checkpoint(Path(folder) / "width-16.safetensors")
            for name, checkpoint in (("width 16", plain), ("shipped", SHIPPED_CHECKPOINT)):
                child = [sys.executable, __file__, "--predict", str(root), str(checkpoint)]
                output = subprocess.run(
                    child, check=True, capture_output=True, text=True, env=dict(os.environ)
                ).stdout
                found[name] = json.loads(output.splitlines()[-1])
            found["shipped"] |= seam(path, SHIPPED_CHECKPOINT)
        show(found)


def show(found: dict[str, Any]) -> None:
    """Print the table, then the JSON."""
    for part, figures in found.items():
        for name, value in figures.items():
            word, goal = TARGETS.get(name, ("", 0.0))
            target = f"  ({word} {goal:g})" if word else ""
            print(
                f"{part:>9}  {name:<20} {value:>12,.3f}{target}"
                if isinstance(value, float)
                else f"{part:>9}  {name:<20} {value:>12,}"
            )
    print(json.dumps(found))


if __name__ == "__main__":
    main()
