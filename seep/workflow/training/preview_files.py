"""Where the epoch previews of runs are stored.

In a workspace with a folder of stored files, they lie in the previews folder of the run: `EPOCH/TILE.png`, a mask of
class ids, and `EPOCH/index.json`, written last. Where the stored files are in a bucket, the masks are stored files and
a value of the workspace names them, so that every app server shows what a worker of another machine predicted.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from seep.core.files import write_atomic
from seep.core.masks.mask import Mask, decode_mask, encode_mask
from seep.errors import MaskError, MissingError, StorageError
from seep.store import key_value
from seep.workflow.training.run_files import previews_folder
from seep.workflow.workspace import MASK_SUFFIX, Workspace

Row = dict[str, Any]
_INDEX, _HASH = "index.json", "mask_sha256"


def write_epoch(
    workspace: Workspace, run_id: int, epoch: int, masks: Mapping[int, Mask], rows: Sequence[Row]
) -> None:
    """Write the previews of one epoch; they are seen when all are written.

    Args:
        epoch: 0 for the base.
        masks: class ids by tile id.
        rows: JSON values of each tile, with its id as `tile_id`.

    Raises:
        StorageError: they cannot be stored.
    """
    if not workspace.store.files.is_remote:
        folder = previews_folder(workspace, run_id) / str(epoch)
        for row in rows:
            write_atomic(folder / f"{row['tile_id']}{MASK_SUFFIX}", encode_mask(masks[row["tile_id"]]))
        write_atomic(folder / _INDEX, json.dumps(list(rows), allow_nan=False).encode())
        return
    put = workspace.store.files.put
    named = [{**row, _HASH: put(encode_mask(masks[row["tile_id"]]), MASK_SUFFIX)} for row in rows]
    with workspace.store.transaction() as session:
        shared = dict(key_value.get_value(session, _key(run_id)) or {})
        key_value.set_value(session, _key(run_id), {**shared, str(epoch): named})


def read_epochs(workspace: Workspace, run_id: int) -> dict[int, list[Row]]:
    """Return the rows of each epoch whose previews are complete, oldest epoch first."""
    folder = previews_folder(workspace, run_id)
    found = {int(path.parent.name): json.loads(path.read_bytes()) for path in folder.glob(f"*/{_INDEX}")}
    for epoch, rows in _shared(workspace, run_id).items():
        found[int(epoch)] = [{name: row[name] for name in row if name != _HASH} for row in rows]
    return dict(sorted(found.items()))


def read_mask(workspace: Workspace, run_id: int, epoch: int, tile_id: int) -> bytes:
    """Return the mask of class ids of a tile after an epoch, as PNG.

    Raises:
        MissingError: the run has no such mask.
        StorageError: it cannot be read.
    """
    for row in _shared(workspace, run_id).get(str(epoch), ()):
        if row["tile_id"] == tile_id:
            return workspace.store.files.read(row[_HASH], MASK_SUFFIX)
    try:
        return (previews_folder(workspace, run_id) / str(epoch) / f"{tile_id}{MASK_SUFFIX}").read_bytes()
    except FileNotFoundError as error:
        raise MissingError(
            f"Run {run_id} has no prediction of tile {tile_id} after epoch {epoch}. Reload the page."
        ) from error
    except OSError as error:
        raise StorageError(f"A preview of run {run_id} could not be read: {error.strerror}.") from error


def read_base(workspace: Workspace, run_id: int) -> dict[int, Mask]:
    """Return the predictions of the base by tile id; none if they are missing or damaged."""
    try:
        rows = read_epochs(workspace, run_id).get(0, [])
        numbers = [row["tile_id"] for row in rows]
        return {number: decode_mask(read_mask(workspace, run_id, 0, number)) for number in numbers}
    except (OSError, ValueError, MaskError, MissingError, StorageError):
        return {}


def _key(run_id: int) -> str:
    return f"run {run_id} previews"


def _shared(workspace: Workspace, run_id: int) -> dict[str, list[Row]]:
    if not workspace.store.files.is_remote:
        return {}
    with workspace.store.reading() as session:
        return dict(key_value.get_value(session, _key(run_id)) or {})
