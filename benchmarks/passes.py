"""Places with many passes: time to the first picture of Sites, after a save, of a contact sheet, the queue and Review.

    python -m benchmarks.passes                                   # 50 passes of 100 slicks
    python -m benchmarks.passes --passes 8 --slicks 20            # a small one
    python -m benchmarks.passes --browser                         # with frames of the Sites map in Chromium

Imports the passes of one place as reviewed tiles into a temporary workspace. Every slick begins near one of the
vents, which keep their positions, and follows the drift of its pass. Times are the server's own: the document of the
Sites page as JSON, without HTTP and drawing. `first_picture_s` is with files kept and nothing in memory, as after a
restart; `first_detection_s` is the first one after the import, when every slick is measured. `strip_s` lists the
passes over a tile with their outlines, `strip_after_save_s` the same after a save in another pass, and `blink_s` is the
picture of one other pass, which Review loads ahead. With `--browser` Chromium adds frames of the Sites map, blink and
accept-and-next, see `benchmarks/passes_page.py`. Times that end in `_cpu_s` are processor time, which other programs
on the machine change less. Prints each figure when it is known, and JSON in the last line.
"""

import argparse
import json
import math
import multiprocessing
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import chain
from pathlib import Path

import cv2
import numpy as np
import tifffile

from seep.core.import_options import ImportOptions
from seep.core.masks.mask import Mask
from seep.settings import read_settings
from seep.workflow.actor import Actor
from seep.workflow.imports.importer import import_folder
from seep.workflow.places.detection import place_sites, refresh_sites
from seep.workflow.places.document import place_document
from seep.workflow.places.pass_pictures import Square, pass_jpeg, tile_at
from seep.workflow.places.places import create_place
from seep.workflow.places.tile_passes import tile_pass_picture, tile_passes
from seep.workflow.review.queue import queue
from seep.workflow.review.revisions import get_tile, save_mask
from seep.workflow.workspace import Workspace, open_workspace

TILE_PX = 320
LENGTH_PX = 60
CARD_PX = 160
REPEATS = 5
ACTOR = Actor("bench", "admin")
Figures = dict[str, float]
AIMS = {
    "first_picture_s": 2.0,
    "first_picture_cpu_s": 2.0,
    "after_save_s": 3.0,
    "contact_sheet_s": 2.0,
    "queue_s": 1.0,
    "strip_s": 0.2,
    "blink_s": 0.1,
    "pan_frame_p50_ms": 17.0,
    "zoom_frame_p50_ms": 17.0,
    "blink_page_ms": 100.0,
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.passes")
    parser.add_argument("--passes", type=int, default=50)
    parser.add_argument("--slicks", type=int, default=100, help="slicks of each pass (100)")
    parser.add_argument("--columns", type=int, default=6, help="tiles per row and column of a pass (6)")
    parser.add_argument("--repeats", type=int, default=REPEATS, help="saves and warm documents (5)")
    parser.add_argument("--browser", action="store_true", help="measure in Chromium, too")
    chosen = parser.parse_args(arguments)
    report: Figures = {}
    print(f"{'measured':<24}{'value':>12}{'aim':>12}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        measured = [measure(folder, chosen.passes, chosen.slicks, chosen.columns, chosen.repeats)]
        if chosen.browser:
            measured.append(in_browser(folder, chosen.passes, chosen.columns))
        try:
            for figures in chain.from_iterable(measured):
                for figure, value in figures.items():
                    print(row(figure, value), flush=True)
                report |= figures
        finally:  # what failed late leaves the figures before it
            print(json.dumps(report))


def row(name: str, value: float) -> str:
    """A line of the table."""
    aim = f"{AIMS[name]:.1f}" if name in AIMS else ""
    return f"{name:<24}{value:>12.3f}{aim:>12}" if isinstance(value, float) else f"{name:<24}{value:>12}"


def measure(folder: Path, passes: int, slicks: int, columns: int, repeats: int) -> Iterator[Figures]:
    """Make the place and measure; seconds, and counts of what was found."""
    began = time.perf_counter()
    workspace, place_id = make_place(folder, passes, slicks, columns)
    yield {"import_s": time.perf_counter() - began}
    for path in (workspace.store.root / "passes").glob("*/*"):
        path.unlink()
    for name in ("first_detection", "first_picture"):
        wall, processor = in_new_process(workspace.store.root, place_id)
        yield {f"{name}_s": wall, f"{name}_cpu_s": processor}
    document(workspace, place_id)
    warm = [seconds(lambda: document(workspace, place_id)) for _ in range(repeats)]
    yield {"again_s": float(np.median(warm))}
    yield after_saves(workspace, place_id, repeats)
    yield {"contact_sheet_s": contact_sheet(workspace, place_id)}
    yield {"contact_sheet_again_s": contact_sheet(workspace, place_id)}
    yield review_strip(workspace, place_id, repeats)
    known = place_sites(workspace, place_id)
    yield {
        "passes": len(known.data.passes),
        "slicks": sum(len(one.slicks) for one in known.data.passes),
        "sites": len(known.sites),
        "document_mb": len(document(workspace, place_id)) / 1e6,
    }


def make_place(
    folder: Path, passes: int, slicks: int, columns: int, *, reviewed: bool = True
) -> tuple[Workspace, int]:
    """Import the passes into a workspace; returns it with the id of their place."""
    workspace = open_workspace(read_settings({"SEEP_WORKSPACE": str(folder / "workspace")}))
    names = write_passes(folder, passes, slicks, columns)
    options = ImportOptions(columns=columns, reviewed=reviewed)
    report = import_folder(workspace, folder / "images", folder / "masks", options, ACTOR)
    if report.refused:
        sys.exit(f"{len(report.refused)} tiles were refused.")
    return workspace, create_place(workspace, "Bench", names, ACTOR).place.id


def in_browser(folder: Path, passes: int, columns: int) -> Iterator[Figures]:
    """Milliseconds of `passes_page`: the large place, and a place of a row of tiles that nobody reviewed."""
    from benchmarks.passes_page import measure_next, measure_page

    workspace = open_workspace(read_settings({"SEEP_WORKSPACE": str(folder / "workspace")}))
    scene = place_sites(workspace, 1).data.passes[passes // 2].scene.id
    tile = tile_at(workspace, scene, 1.5 * TILE_PX, 1.5 * TILE_PX)
    assert tile is not None
    yield from measure_page(folder, tile.id)
    (folder / "open").mkdir()
    make_place(folder / "open", passes, 4, 1, reviewed=False)
    yield measure_next(folder / "open", min(20, passes - 2))


def write_passes(folder: Path, passes: int, slicks: int, columns: int) -> list[str]:
    """Write images and masks of all passes; return the scene names."""
    images, masks = folder / "images", folder / "masks"
    for one in (images, masks):
        one.mkdir()
    side = columns * TILE_PX
    rng = np.random.default_rng(0)
    across = math.ceil(math.sqrt(slicks))
    step = (side - 2 * LENGTH_PX) / across
    cells = np.array([(column, row) for row in range(across) for column in range(across)][:slicks])
    vents = LENGTH_PX + (cells + 0.5) * step + rng.uniform(-0.2, 0.2, cells.shape) * step
    names = []
    for number in range(passes):
        names.append(f"p{number:03d}")
        heading = rng.uniform(0, 2 * np.pi)
        mask = np.zeros((side, side), np.uint8)
        for vent in vents:
            draw_slick(mask, vent + rng.normal(0, 2, 2), heading + rng.normal(0, 0.2), 0.8 * step, rng)
        image = rng.integers(4000, 9000, mask.shape, dtype=np.uint16)
        image[mask > 0] //= 3
        for tile in range(columns * columns):
            row, column = divmod(tile, columns)
            part = np.s_[row * TILE_PX : (row + 1) * TILE_PX, column * TILE_PX : (column + 1) * TILE_PX]
            tifffile.imwrite(images / f"{names[-1]}.{tile:06d}.tif", np.ascontiguousarray(image[part]))
            tifffile.imwrite(masks / f"{names[-1]}.{tile:06d}.tif", np.ascontiguousarray(mask[part]))
    return names


def draw_slick(
    mask: Mask, start: np.ndarray, heading: float, longest: float, rng: np.random.Generator
) -> None:
    """Draw a bent slick of about `LENGTH_PX`."""
    along = np.linspace(0, min(LENGTH_PX, longest), 12)
    bend = rng.normal(0, 0.006) * along**2
    line = start + np.column_stack(
        [
            along * np.cos(heading) - bend * np.sin(heading),
            along * np.sin(heading) + bend * np.cos(heading),
        ]
    )
    cv2.polylines(mask, [np.round(line).astype(np.int32)], False, int(rng.integers(1, 4)), 3)


def document(workspace: Workspace, place_id: int) -> bytes:
    """Return what the Sites page loads."""
    return json.dumps(place_document(workspace, place_id, ACTOR)).encode()


def after_saves(workspace: Workspace, place_id: int, repeats: int) -> dict[str, float]:
    """Median seconds from a saved mask to the new document, and to the refreshed queue by sites after another one."""
    documents, queues, ordered = [], [], []
    for at in range(repeats):
        save(workspace, place_id, 2 * at)
        documents.append(seconds(lambda: document(workspace, place_id)))
        save(workspace, place_id, 2 * at + 1)
        queues.append(
            seconds(lambda: (refresh_sites(workspace, place_id), queue(workspace, order="expected_here")))
        )
        ordered.append(seconds(lambda: queue(workspace, order="expected_here")))
    return {
        "after_save_s": float(np.median(documents)),
        "queue_after_save_s": float(np.median(queues)),
        "queue_s": float(np.median(ordered)),
    }


def save(workspace: Workspace, place_id: int, number: int) -> None:
    """Erase the slicks of a tile of one pass, as a reviewer would."""
    passes = place_sites(workspace, place_id).data.passes
    tile = tile_at(workspace, passes[number % len(passes)].scene.id, 1.5 * TILE_PX, 1.5 * TILE_PX)
    assert tile is not None
    head = get_tile(workspace, tile.id).head_revision_id
    mask = np.zeros((tile.height, tile.width), np.uint8)
    save_mask(
        workspace, tile.id, mask, "accept", actor=ACTOR, base_revision_id=head, request_id=f"bench-{number}"
    )


def review_strip(workspace: Workspace, place_id: int, repeats: int) -> dict[str, float]:
    """Median seconds of what Review loads for a tile: the passes over it, the same after a save, and one picture."""
    strips, saved, pictures = [], [], []
    passes = place_sites(workspace, place_id).data.passes
    for at in range(repeats):
        tile = tile_at(workspace, passes[at % len(passes)].scene.id, 0.5 * TILE_PX, 1.5 * TILE_PX)
        assert tile is not None
        other = passes[(at + 1) % len(passes)].scene.id
        tile_passes(workspace, tile.id, ACTOR)
        strips.append(seconds(partial(tile_passes, workspace, tile.id, ACTOR)))
        pictures.append(seconds(partial(tile_pass_picture, workspace, tile.id, other, ACTOR)))
        save(workspace, place_id, 2 * repeats + at)
        saved.append(seconds(partial(tile_passes, workspace, tile.id, ACTOR)))
    return {
        "strip_s": float(np.median(strips)),
        "strip_after_save_s": float(np.median(saved)),
        "blink_s": float(np.median(pictures)),
    }


def contact_sheet(workspace: Workspace, place_id: int) -> float:
    """Seconds for the pictures of the site with the most passes, all covering passes one after another."""
    found = place_sites(workspace, place_id)
    if not found.sites:
        return 0.0
    site = max(found.sites, key=lambda one: one.n)
    side = max(120.0, 3 * found.data.radius_px)
    square = Square(site.x - side / 2, site.y - side / 2, side)
    return seconds(lambda: [pass_jpeg(workspace, scene, square, CARD_PX) for scene in site.covering])


def in_new_process(root: Path, place_id: int) -> tuple[float, float]:
    """Seconds, and seconds of processor time, for the document in a process without the place in memory."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_first, (root, place_id))


def _first(root: Path, place_id: int) -> tuple[float, float]:
    workspace = open_workspace(read_settings({"SEEP_WORKSPACE": str(root)}))
    before = time.process_time()
    return seconds(lambda: document(workspace, place_id)), time.process_time() - before


def seconds(run: Callable[[], object]) -> float:
    """How long a call takes."""
    began = time.perf_counter()
    run()
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
