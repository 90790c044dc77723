"""A place of tile files: four passes over three vents, with equal wedges of nodata."""

from pathlib import Path

import cv2
import numpy as np
import tifffile

from seep.core.import_options import ImportOptions
from seep.workflow.imports.importer import import_folder
from seep.workflow.workspace import Workspace
from tests.actors import ADA

SIDE, COLUMNS, ROWS = 64, 4, 3
VENTS = ((60, 50), (190, 60), (120, 140))
HEADINGS = (20, 110, 200, 290)
MISSED = {(3, 1)}
"""(pass, vent) without a slick."""


def write_pass(
    folder: Path, name: str, number: int, *, wedge: int = 40, vents: tuple[tuple[int, int], ...] = VENTS
) -> None:
    """Write the tiles of one pass with their masks; slicks of 40 px leave the vents in the pass's direction."""
    images, masks = folder / "images", folder / "masks"
    for one in (images, masks):
        one.mkdir(parents=True, exist_ok=True)
    height, width = ROWS * SIDE, COLUMNS * SIDE
    mask = np.zeros((height, width), np.uint8)
    heading = np.radians(HEADINGS[number % 4])
    for vent, (x, y) in enumerate(vents):
        if (number, vent) in MISSED:
            continue
        to = (round(x + 40 * np.cos(heading)), round(y + 40 * np.sin(heading)))
        cv2.line(mask, (x, y), to, vent + 1, 3)
    rows, columns = np.mgrid[:height, :width]
    nodata = columns + rows < wedge
    random = np.random.default_rng(number)
    image = random.integers(4000, 9000, mask.shape)
    image[mask > 0] //= 3
    image[nodata] = 0
    mask[nodata] = 0
    for tile in range(ROWS * COLUMNS):
        row, column = divmod(tile, COLUMNS)
        part = np.s_[row * SIDE : (row + 1) * SIDE, column * SIDE : (column + 1) * SIDE]
        tifffile.imwrite(images / f"{name}.{tile:06d}.tif", image[part].astype(np.uint16))
        tifffile.imwrite(masks / f"{name}.{tile:06d}.tif", mask[part])


def import_passes(
    workspace: Workspace, folder: Path, names: tuple[str, ...] = ("p1", "p2", "p3", "p4")
) -> None:
    """Import passes with reviewed masks."""
    for number, name in enumerate(names):
        write_pass(folder, name, number)
    options = ImportOptions(columns=COLUMNS, reviewed=True)
    report = import_folder(workspace, folder / "images", folder / "masks", options, ADA)
    assert not report.refused
