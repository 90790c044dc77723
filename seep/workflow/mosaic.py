"""The shown masks of a scene's tiles, put together."""

import numpy as np

from seep.core.grid import Window
from seep.core.mask import Mask
from seep.errors import SettingsError
from seep.store import scenes
from seep.workflow.layout import Layout, layout
from seep.workflow.masks import read_mask
from seep.workflow.workspace import Workspace

NOTHING, PREDICTED, REVISED = 0, 1, 2
"""Where a pixel of a stitched mask is from."""
MAX_PIXELS = 1 << 26
"""Pixels that are stitched at once: 8,192 x 8,192."""


def scene_mask(workspace: Workspace, scene_id: int, window: Window | None = None) -> tuple[Mask, Mask]:
    """Stitch the shown masks of a scene: the newest revision of each tile, else its prediction.

    Where windows overlap, a revision counts more than a prediction, and of two revisions the later tile's.

    Args:
        workspace: where from.
        scene_id: which scene.
        window: in pixels of the scene; None for all of it.

    Returns:
        (H, W) uint8 class ids, 0 where no tile lies; and (H, W) uint8, `NOTHING`, `PREDICTED` or `REVISED`.
        Ask for large scenes part by part.

    Raises:
        MissingError: there is no such scene.
        SettingsError: more than `MAX_PIXELS`, or the scene's grid is not known.
        StorageError: a mask is gone or damaged.
    """
    scene = layout(workspace, scene_id)
    if not scene.placed:
        raise SettingsError(
            f"Where the tiles of scene {scene.scene.name} lie is not known; set the columns of its grid."
        )
    chosen = window or Window(0, 0, scene.width, scene.height)
    if chosen.width * chosen.height > MAX_PIXELS:
        raise SettingsError(
            f"A part of {chosen.height} x {chosen.width} pixels is too large to be stitched at once; ask for "
            f"{MAX_PIXELS:,} at most."
        )
    return _stitch(workspace, scene, chosen)


def _stitch(workspace: Workspace, scene: Layout, window: Window) -> tuple[Mask, Mask]:
    mask = np.zeros((window.height, window.width), np.uint8)
    source = np.zeros_like(mask)
    tiles = scene.within(window)
    with workspace.store.reading() as session:
        shown = scenes.shown_masks(session, scene.scene.id, [tile.id for tile in tiles])
    ranks = {"prediction": PREDICTED, "revision": REVISED}
    for tile in sorted(tiles, key=lambda one: (ranks[shown[one.id][0]] if one.id in shown else 0, one.id)):
        if tile.id not in shown:
            continue
        kind, sha256, seep = shown[tile.id]
        x, y = scene.places[tile.id]
        top, left = max(0, y - window.y), max(0, x - window.x)
        bottom = min(window.height, y - window.y + tile.height)
        right = min(window.width, x - window.x + tile.width)
        spot = (slice(top, bottom), slice(left, right))
        source[spot] = ranks[kind]
        if seep or kind == "revision":
            rows = slice(top + window.y - y, bottom + window.y - y)
            columns = slice(left + window.x - x, right + window.x - x)
            mask[spot] = read_mask(workspace, sha256)[rows, columns]
        else:
            mask[spot] = 0
    return mask, source
