"""Measure an import, from an empty workspace to committed rows, and the same folder a second time.

    python -m benchmarks.importing IMAGES [MASKS] [--repeats 3]
    python -m benchmarks.importing --tiles 654        # tiles made here, for those who have none

Prints a table (median of the repeats, each in a fresh temporary workspace) and, as the last line, JSON.
The target is 654 tiles with masks in 10 s on 2 cores; pin cores with `taskset -c 0,1`.
"""

import argparse
import json
import os
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np
import tifffile

from seep.core.import_options import ImportOptions
from seep.io.folder_reader import find_candidates, read_candidate
from seep.settings import read_settings
from seep.workflow.actor import Actor
from seep.workflow.imports.importer import import_folder
from seep.workflow.workspace import open_workspace

TILES_PER_SCENE = 50
SIDE_PX = 256


def main() -> None:
    """Read the arguments, measure, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("images", type=Path, nargs="?")
    parser.add_argument("masks", type=Path, nargs="?")
    parser.add_argument("--tiles", type=int, default=654, help="tiles to make when no folder is given")
    parser.add_argument("--repeats", type=int, default=3)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        images, masks = arguments.images, arguments.masks
        if images is None:
            images, masks = make_tiles(Path(scratch) / "tiles", arguments.tiles)
        rounds = [measure(images, masks, Path(scratch) / f"round{n}") for n in range(arguments.repeats)]
    report({name: statistics.median(one[name] for one in rounds) for name in rounds[0]})


def make_tiles(folder: Path, count: int) -> tuple[Path, Path]:
    """Write tiles of speckle with a slick each, and their masks."""
    images, masks = folder / "images", folder / "masks"
    images.mkdir(parents=True)
    masks.mkdir()
    generator = np.random.default_rng(0)
    for number in range(count):
        image = (generator.gamma(3, 5000, size=(SIDE_PX, SIDE_PX)) + 1).clip(1, 65535).astype(np.uint16)
        mask = np.zeros((SIDE_PX, SIDE_PX), np.uint8)
        mask[100:110, 20:200] = 1 + number % 7
        name = f"{number // TILES_PER_SCENE:06d}.{number % TILES_PER_SCENE}.tif"
        tifffile.imwrite(images / name, image, photometric="minisblack")
        tifffile.imwrite(masks / name, mask, photometric="minisblack")
    return images, masks


def measure(images: Path, masks: Path | None, root: Path) -> dict[str, float]:
    """Import twice into a new workspace; seconds of each step, and how many tiles."""
    options = ImportOptions()
    began = time.perf_counter()
    candidates = find_candidates(images, masks, options)
    for candidate in candidates:
        read_candidate(candidate, options)
    read_s = time.perf_counter() - began
    settings = read_settings({**os.environ, "SEEP_WORKSPACE": str(root), "SEEP_DATABASE_URL": ""})
    began = time.perf_counter()
    workspace = open_workspace(settings)
    open_s = time.perf_counter() - began
    first = import_folder(workspace, images, masks, options, Actor("benchmark", "admin"))
    again = import_folder(workspace, images, masks, options, Actor("benchmark", "admin"))
    if first.refused or again.imported or again.skipped != first.imported:
        raise SystemExit(f"not a clean import: {first.refused[:3]}, then {again.imported} imported again")
    return {
        "tiles": first.imported,
        "read_and_check_s": read_s,
        "open_new_workspace_s": open_s,
        "import_s": first.elapsed_s,
        "import_again_s": again.elapsed_s,
    }


def report(figures: dict[str, float]) -> None:
    """Print a table, and JSON as the last line."""
    rows = {
        "read_and_check_s": "read and check every file, one thread",
        "open_new_workspace_s": "open a new workspace",
        "import_s": "import: all of it",
        "import_again_s": "import again: nothing new",
    }
    cores = len(os.sched_getaffinity(0))
    print(f"{int(figures['tiles'])} tiles, {cores} cores")
    for name, words in rows.items():
        rate = "" if name == "open_new_workspace_s" else f"{figures['tiles'] / figures[name]:9.0f} tiles/s"
        print(f"{words:42s} {figures[name]:7.2f} s {rate}")
    print(json.dumps({name: round(value, 3) for name, value in figures.items()} | {"cores": cores}))


if __name__ == "__main__":
    main()
