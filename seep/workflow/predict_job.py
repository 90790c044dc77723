"""The job that predicts tiles of a workspace."""

from seep.core.records import OPEN, REVIEWED, JobRecord
from seep.core.text import counted
from seep.errors import ImageError
from seep.store import checkpoints, predictions
from seep.workflow.compatibility import bands_read
from seep.workflow.inference.tiles import PredictTiles, Report, ShouldStop, predict_tiles
from seep.workflow.review.label_errors import measure
from seep.workflow.workspace import Workspace


def run_predict(
    workspace: Workspace,
    job: JobRecord,
    report: Report,
    should_stop: ShouldStop,
    predict: PredictTiles | None = None,
) -> str | None:
    """Do a prediction job; called by the worker.

    Args:
        job: of kind "predict".
        report: called with progress 0..1, a message and events.
        should_stop: called before each batch.
        predict: predicts the tiles; `predict_tiles` by default.

    Returns:
        One sentence about the result; None when it was stopped.

    Raises:
        SeepError: nothing could be predicted; the message says why.
    """
    checkpoint_id = int(job.params["checkpoint_id"])
    tile_ids, reviewed = job.params.get("tile_ids"), bool(job.params.get("reviewed"))
    if tile_ids is None:
        with workspace.store.reading() as session:
            states = REVIEWED if reviewed else OPEN
            bands = bands_read(checkpoints.get_checkpoint(session, checkpoint_id))
            tile_ids = predictions.tiles_without_prediction(session, checkpoint_id, states, bands=bands)
    found = (predict or predict_tiles)(workspace, tile_ids, checkpoint_id, report, should_stop)
    if found.stopped:
        return None
    if found.unreadable and not found.done + found.known:
        first = found.unreadable[0]
        raise ImageError(
            f"None of {len(found.unreadable)} tiles could be read; the first, {first.name}: {first.reason}"
        )
    looks = f"; {counted(measure(workspace), 'possible label error')}" if reviewed else ""
    unread = f"; {len(found.unreadable)} could not be read" if found.unreadable else ""
    return f"{counted(found.done, 'tile')} predicted{unread}{looks}"
