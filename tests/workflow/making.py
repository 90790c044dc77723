"""What tests make: tiles with slicks, checkpoints of a few weights, workspaces."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import tifffile

from seep.settings import Settings, read_settings
from seep.workflow.importing import ImportOptions, import_folder
from seep.workflow.workspace import Workspace, open_workspace

SIDE_PX = 64


def make_tile(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """A speckled sea with one dark slick and a nodata corner, and its mask."""
    random = np.random.default_rng(seed)
    image = random.gamma(4, 2000, (SIDE_PX, SIDE_PX)) + 4000
    mask = np.zeros((SIDE_PX, SIDE_PX), np.uint8)
    top, left = random.integers(8, 40, 2)
    mask[top : top + 8, left : left + 20] = 1 + seed % 3
    image[mask > 0] *= 0.3
    image[:6, :6] = 0
    return np.clip(image, 0, 65535).astype(np.uint16), mask


def write_tiles(
    folder: Path, scenes: Sequence[str] = ("a", "b", "c", "d"), each: int = 3, first: int = 0
) -> tuple[Path, Path]:
    images, masks = folder / "images", folder / "masks"
    images.mkdir(parents=True, exist_ok=True)
    masks.mkdir(exist_ok=True)
    for number, scene in enumerate(scenes):
        for tile in range(first, first + each):
            image, mask = make_tile(100 * number + tile)
            tifffile.imwrite(images / f"{scene}.{tile:06d}.tif", image)
            tifffile.imwrite(masks / f"{scene}.{tile:06d}.tif", mask)
    return images, masks


def make_checkpoint(path: Path, classes: int = 8, seed: int = 0, name: str = "tiny") -> Path:
    from seep.engine.checkpoint import new_checkpoint, save_checkpoint
    from seep.engine.unet import UNetConfig

    config = UNetConfig(bands=1, classes=classes, levels=2, width=4)
    save_checkpoint(path, new_checkpoint(config, seed=seed, name=name))
    return path


def make_settings(root: Path, **variables: str) -> Settings:
    return read_settings(
        {"SEEP_WORKSPACE": str(root), "SEEP_USER": "ada", "SEEP_DEVICE": "cpu", **variables}
    )


def make_workspace(root: Path) -> Workspace:
    return open_workspace(make_settings(root))


def fill(workspace: Workspace, images: Path, masks: Path | None = None, **options: Any) -> list[int]:
    """Import a folder; returns the ids of all tiles by name."""
    from seep.store import scenes

    report = import_folder(workspace, images, masks, ImportOptions(**options), "ada")
    assert not report.refused
    with workspace.store.reading() as session:
        return [tile.id for tile in scenes.list_tiles(session, order="name", limit=None)]
