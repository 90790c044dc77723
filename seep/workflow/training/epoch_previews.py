"""Epoch previews: what a run and its base predict for a few held-out tiles after each epoch.

Epoch 0 is the base. The tiles are those that the first epoch changed most; they stay the same.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from seep.core.image.arrays import valid_pixels
from seep.core.masks.mask import Mask
from seep.core.metrics.confusion import counted_pixels
from seep.errors import ImageError
from seep.workflow.inference.runner import make_predictor, predict_inputs, workspace_reader
from seep.workflow.labels import LabeledTile, read_label
from seep.workflow.tile_data import read_pixels
from seep.workflow.training import preview_files
from seep.workflow.workspace import Workspace

if TYPE_CHECKING:
    from seep.engine.checkpoint import Checkpoint
    from seep.engine.unet import UNet

TILES = 12
"""Shown of each epoch."""
CANDIDATES = 24
"""Tiles from which those that change most are chosen, once."""
BATCH = 4

Masks = dict[int, Mask]


@dataclass(frozen=True)
class PreviewTile:
    """One held-out tile after an epoch.

    Attributes:
        tile_id: of the tile.
        name: of the tile.
        changed_px: pixels that differ from the prediction of the base.
        iou: IoU of seep with the tile's mask, 0 to 1; None where neither has seep.
        mask: URL path of the predicted mask, without the app's base path.
    """

    tile_id: int
    name: str
    changed_px: int
    iou: float | None
    mask: str


@dataclass(frozen=True)
class EpochPreview:
    """The tiles of one epoch; epoch 0 is the base."""

    epoch: int
    tiles: tuple[PreviewTile, ...]


def list_previews(workspace: Workspace, run_id: int) -> list[EpochPreview]:
    """List the epochs of a run whose previews are complete, oldest first."""
    return [
        EpochPreview(
            epoch,
            tuple(
                PreviewTile(**row, mask=f"/seep/runs/{run_id}/previews/{epoch}/{row['tile_id']}.png")
                for row in rows
            ),
        )
        for epoch, rows in preview_files.read_epochs(workspace, run_id).items()
    ]


class PreviewWriter:
    """Writes the previews of one run as its epochs end."""

    def __init__(
        self,
        workspace: Workspace,
        run_id: int,
        base: "Checkpoint",
        tiles: Sequence[LabeledTile],
        should_stop: Callable[[], bool],
    ) -> None:
        """Prepare; nothing is predicted yet.

        Args:
            base: the checkpoint that the run starts from.
            should_stop: called before each batch of tiles; True skips the epoch.
        """
        self.workspace, self.base, self.should_stop = workspace, base, should_stop
        self.run_id = run_id
        every = max(1, -(-len(tiles) // CANDIDATES))
        self.tiles = list(tiles)[::every]
        self.before = self._load_base()

    def write(self, model: "UNet", epoch: int) -> None:
        """Write what the network predicts after an epoch, from 1.

        Raises:
            SeepError: an image cannot be read, or a file not written.
        """
        if not self.tiles:
            return
        masks = self._predict(model)
        if masks is not None and not self.before:
            masks = self._choose_tiles(masks)
        if masks is not None and self.before:
            self._write_epoch(epoch, masks)

    def _choose_tiles(self, masks: Masks) -> Masks | None:
        """Choose the tiles that are shown, and write what the base predicts for them as epoch 0."""
        before = self._predict(self.base.model)
        if before is None:
            return None
        changed = {number: np.count_nonzero(masks[number] != before[number]) for number in masks}
        shown = sorted(changed, key=lambda number: (-changed[number], number))[:TILES]
        self.tiles = [tile for tile in self.tiles if tile.tile.id in shown]
        self.before = {number: before[number] for number in shown}
        self._write_epoch(0, self.before)
        return {number: masks[number] for number in shown}

    def _predict(self, model: "UNet") -> Masks | None:
        """Predict without flips, at a quarter of the cost; None when stopped."""
        predictor = make_predictor(
            self.workspace, replace(self.base, model=model, card={**self.base.card, "flips": False})
        )
        reader, masks = workspace_reader(self.workspace), Masks()
        for at in range(0, len(self.tiles), BATCH):
            if self.should_stop():
                return None
            batch = reader.read([one.tile for one in self.tiles[at : at + BATCH]])
            if batch.unreadable:
                raise ImageError(batch.unreadable[0].reason)
            predicted = predict_inputs(predictor, batch.inputs)
            masks |= {tile.id: one.mask for tile, one in zip(batch.tiles, predicted, strict=True)}
        return masks

    def _write_epoch(self, epoch: int, masks: Masks) -> None:
        rows = [self._row(tile, masks[tile.tile.id]) for tile in self.tiles]
        preview_files.write_epoch(self.workspace, self.run_id, epoch, masks, rows)

    def _row(self, one: LabeledTile, mask: Mask) -> dict[str, Any]:
        label = read_label(self.workspace, one)
        counted = counted_pixels(label, valid_pixels(read_pixels(self.workspace, one.tile), one.tile.nodata))
        labeled, predicted = (part[counted] > 0 for part in (label, mask))
        union = int(np.count_nonzero(labeled | predicted))
        return {
            "tile_id": one.tile.id,
            "name": one.tile.name,
            "changed_px": int(np.count_nonzero(mask != self.before[one.tile.id])),
            "iou": round(np.count_nonzero(labeled & predicted) / union, 4) if union else None,
        }

    def _load_base(self) -> Masks:
        """Read the predictions of the base if the run was interrupted; its tiles stay the same."""
        masks = preview_files.read_base(self.workspace, self.run_id)
        if masks:
            self.tiles = [tile for tile in self.tiles if tile.tile.id in masks]
        return masks
