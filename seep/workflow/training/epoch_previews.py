"""The strip of a run: what it and its base predict for a few tiles that do not train, epoch by epoch.

Files under the run's folder: `strip/<epoch>/<tile>.png`, a mask of class ids, and `index.json`, written last.
Epoch 0 is the base. The tiles are those that the first epoch changed most, and stay the same ones.
"""

import json
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from seep.core.image.arrays import valid_pixels
from seep.core.masks.mask import Mask, decode_mask, encode_mask
from seep.core.metrics.confusion import counted_pixels
from seep.errors import ImageError, MaskError, MissingError, StorageError
from seep.io.files import write_atomic
from seep.workflow.inference.runner import BatchReader, make_predictor, predict_inputs
from seep.workflow.tile_data import read_pixels
from seep.workflow.training.dataset import LabeledTile, read_label
from seep.workflow.training.run_files import strip_folder
from seep.workflow.workspace import Workspace

if TYPE_CHECKING:
    from seep.engine.checkpoint import Checkpoint
    from seep.engine.unet import UNet

TILES = 12
"""Shown of each epoch."""
CANDIDATES = 24
"""Tiles among which those that change most are looked for, once."""
BATCH = 4

Masks = dict[int, Mask]


class Strip:
    """Paints the strip of one run as its epochs end."""

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
            workspace: where.
            run_id: whose strip.
            base: the checkpoint that the run starts from.
            tiles: that do not train, with truth.
            should_stop: asked before each batch of tiles; True leaves the epoch out.
        """
        self.workspace, self.base, self.should_stop = workspace, base, should_stop
        self.folder = strip_folder(workspace, run_id)
        every = max(1, -(-len(tiles) // CANDIDATES))
        self.tiles = list(tiles)[::every]
        self.before = self._earlier()

    def paint(self, model: "UNet", epoch: int) -> None:
        """Keep what the network predicts after an epoch, from 1.

        Raises:
            SeepError: an image cannot be read, or a file not written.
        """
        if not self.tiles:
            return
        now = self._predict(model)
        if now is not None and not self.before:
            now = self._choose(now)
        if now is not None and self.before:
            self._keep(epoch, now)

    def _choose(self, now: Masks) -> Masks | None:
        """Settle which tiles are shown, and keep what the base predicts for them as epoch 0."""
        before = self._predict(self.base.model)
        if before is None:
            return None
        changed = {number: np.count_nonzero(now[number] != before[number]) for number in now}
        shown = sorted(changed, key=lambda number: (-changed[number], number))[:TILES]
        self.tiles = [one for one in self.tiles if one.tile.id in shown]
        self.before = {number: before[number] for number in shown}
        self._keep(0, self.before)
        return {number: now[number] for number in shown}

    def _predict(self, model: "UNet") -> Masks | None:
        """Predict without flips, at a quarter of the cost; None when stopped."""
        from seep.engine.checkpoint import Checkpoint

        predictor = make_predictor(self.workspace, Checkpoint(model, {**self.base.card, "flips": False}))
        reader, found = BatchReader(self.workspace), Masks()
        for at in range(0, len(self.tiles), BATCH):
            if self.should_stop():
                return None
            batch = reader.read([one.tile for one in self.tiles[at : at + BATCH]])
            if batch.unreadable:
                raise ImageError(batch.unreadable[0].reason)
            predicted = predict_inputs(predictor, batch.inputs)
            found |= {tile.id: one.mask for tile, one in zip(batch.tiles, predicted, strict=True)}
        return found

    def _keep(self, epoch: int, masks: Masks) -> None:
        folder = self.folder / str(epoch)
        rows = []
        for one in self.tiles:
            number = one.tile.id
            write_atomic(folder / f"{number}.png", encode_mask(masks[number]))
            rows.append(self._row(one, masks[number]))
        write_atomic(folder / "index.json", json.dumps(rows, allow_nan=False).encode())

    def _row(self, one: LabeledTile, mask: Mask) -> dict[str, Any]:
        counted = counted_pixels(
            read_label(self.workspace, one), valid_pixels(read_pixels(one.tile), one.tile.nodata)
        )
        truth, found = (part[counted] > 0 for part in (read_label(self.workspace, one), mask))
        union = int(np.count_nonzero(truth | found))
        return {
            "tile_id": one.tile.id,
            "name": one.tile.name,
            "changed_px": int(np.count_nonzero(mask != self.before[one.tile.id])),
            "iou": round(np.count_nonzero(truth & found) / union, 4) if union else None,
        }

    def _earlier(self) -> Masks:
        """What the base predicted, if the run was interrupted after its first epoch; its tiles stay."""
        try:
            rows = json.loads((self.folder / "0" / "index.json").read_bytes())
            kept = {
                row["tile_id"]: decode_mask((self.folder / "0" / f"{row['tile_id']}.png").read_bytes())
                for row in rows
            }
        except (OSError, ValueError, MaskError):  # not there, or damaged: chosen anew
            return {}
        self.tiles = [one for one in self.tiles if one.tile.id in kept]
        return kept


def strip_mask(workspace: Workspace, run_id: int, epoch: int, tile_id: int) -> bytes:
    """Return the mask of class ids that a run predicted for a tile after an epoch, as PNG.

    Raises:
        MissingError: the run kept no such mask.
        StorageError: it cannot be read.
    """
    try:
        return (strip_folder(workspace, run_id) / str(epoch) / f"{tile_id}.png").read_bytes()
    except FileNotFoundError as error:
        raise MissingError(
            f"Run {run_id} kept no prediction of tile {tile_id} after epoch {epoch}; reload the page."
        ) from error
    except OSError as error:
        raise StorageError(f"A picture of run {run_id} could not be read: {error.strerror}.") from error
