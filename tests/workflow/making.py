"""What tests make: tiles with slicks, checkpoints of a few weights, workspaces."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import tifffile

from seep.core.import_options import ImportOptions
from seep.settings import Settings, read_settings
from seep.workflow.actor import Actor
from seep.workflow.imports.importer import import_folder
from seep.workflow.workspace import Workspace, open_workspace
from tests.actors import ADA
from tests.databases import url_of

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


def make_checkpoint(
    path: Path,
    classes: int = 8,
    seed: int = 0,
    name: str = "tiny",
    *,
    image_head: bool = False,
    width: int = 4,
    bands: int = 1,
) -> Path:
    import torch

    from seep.engine.checkpoint import new_checkpoint, save_checkpoint
    from seep.engine.unet import UNetConfig

    config = UNetConfig(bands=bands, classes=classes, levels=2, width=width, image_head=image_head)
    checkpoint = new_checkpoint(config, seed=seed, name=name)
    with torch.no_grad():  # an untrained network says the same of every pixel: make this one say something
        checkpoint.model.seep_head.weight.mul_(10)
        checkpoint.model.seep_head.bias.zero_()
        if checkpoint.model.image_head is not None:
            checkpoint.model.image_head.weight.mul_(100)
    save_checkpoint(path, checkpoint)
    return path


def make_settings(root: Path, **variables: str) -> Settings:
    """Settings of a workspace on the database under test."""
    given = {"SEEP_WORKSPACE": str(root), "SEEP_USER": "ada", "SEEP_DEVICE": "cpu", **variables}
    url = url_of(root) if root.is_dir() or not root.exists() else None
    return read_settings(given if url is None else {"SEEP_DATABASE_URL": url, **given})


def make_workspace(root: Path) -> Workspace:
    return open_workspace(make_settings(root))


def fill(workspace: Workspace, images: Path, masks: Path | None = None, **options: Any) -> list[int]:
    """Import a folder; returns the ids of all tiles by name."""
    report = import_folder(workspace, images, masks, ImportOptions(**options), ADA)
    assert not report.refused
    return tile_ids(workspace)


def tile_ids(workspace: Workspace) -> list[int]:
    """The ids of all tiles by name."""
    from seep.store import tile_queries

    with workspace.store.reading() as session:
        return [tile.id for tile in tile_queries.list_tiles(session, order="name", limit=None)]


def quiet(*_: object) -> None:
    """A report that nobody reads."""


def never() -> bool:
    return False


def accept(workspace: Workspace, tile_id: int, actor: Actor = ADA, stripe: int = 0) -> dict[str, Any]:
    """Accept a tile with its shown mask, changed by a stripe of class `stripe` if that is not 0."""
    from seep.workflow import tile_data
    from seep.workflow.review import revisions
    from seep.workflow.review.tile_document import tile_document

    document = tile_document(workspace, tile_id, actor)
    head, prediction = document["head"], document["prediction"]
    if head:
        mask = tile_data.revision_mask(workspace, head["id"]).copy()
    elif prediction:
        mask = tile_data.prediction_mask(workspace, prediction["id"]).copy()
    else:
        mask = np.zeros((document["height"], document["width"]), np.uint8)
    if stripe:
        mask[30:33] = stripe
    base = head["id"] if head else None
    return dict(
        revisions.save_mask(
            workspace,
            tile_id,
            mask,
            "accept",
            actor=actor,
            base_revision_id=base,
            request_id=f"{tile_id} {actor.name} {base}",
            confirmed=True,
        )
    )


def split_of(workspace: Workspace, tile_id: int) -> str:
    from seep.workflow.review import revisions

    return revisions.get_tile(workspace, tile_id).split
