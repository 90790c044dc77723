"""Imports that run in the app while people go on: one at a time, watched and canceled from the Data page.

Not a job of the queue: an import would wait there behind a fine-tuning of an hour. Since its rows are written
in one transaction at its end, an import that the server's end breaks off has changed nothing.
"""

import logging
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from seep.errors import ImportRefusedError, SeepError
from seep.workflow.imports import uploads
from seep.workflow.imports.importer import ImportOptions, ImportReport, import_folder
from seep.workflow.inference.tiles import enqueue_predict
from seep.workflow.review.queue import count
from seep.workflow.workspace import Workspace

LOGGER = logging.getLogger("seep.workflow")


@dataclass(frozen=True)
class ImportOrder:
    """What is to be imported.

    Attributes:
        images: folder of images.
        masks: folder of masks; None for none.
        options: how they are read.
        predict: whether the active model predicts the new tiles afterward.
        token: of the stage that the folders belong to, which is removed at the end; "" for none.
    """

    images: Path
    masks: Path | None
    options: ImportOptions
    predict: bool = False
    token: str = ""


@dataclass
class ImportRun:
    """One import as it stands; read it from any thread, change it only here.

    Attributes:
        order: what is imported.
        author: who started it.
        began: seconds since the epoch.
        done: files looked at.
        total: files in all; 0 before that is known.
        name: of the file looked at last.
        report: at its end, if it came to one.
        problem: why it ended without a report, or what went wrong after it; "" for nothing.
        running: whether it is still at work.
    """

    order: ImportOrder
    author: str
    began: float = field(default_factory=time.time)
    done: int = 0
    total: int = 0
    name: str = ""
    report: ImportReport | None = None
    problem: str = ""
    running: bool = True
    canceled: threading.Event = field(default_factory=threading.Event)

    @property
    def share(self) -> float:
        """How much of it is done, 0 to 1; 0 before it is known how much there is."""
        return min(1.0, self.done / self.total) if self.total else 0.0


class _CancelledError(Exception):
    """Somebody pressed Cancel; no SeepError, since that would only refuse the file that is being read."""


_runs: dict[Path, ImportRun] = {}
_lock = threading.Lock()


def last_run(workspace: Workspace) -> ImportRun | None:
    """Return the import that runs, else the last one since the app started, else None."""
    return _runs.get(workspace.settings.workspace)


def start(workspace: Workspace, order: ImportOrder, author: str) -> ImportRun:
    """Start an import and return at once.

    Raises:
        ImportRefusedError: another one is running.
    """
    run = ImportRun(order, author)
    with _lock:
        other = last_run(workspace)
        if other and other.running:
            raise ImportRefusedError(
                f"An import by {other.author} is running; wait for its end, or cancel it, then import."
            )
        _runs[workspace.settings.workspace] = run
    threading.Thread(target=_work, args=(workspace, run), name="import", daemon=True).start()
    return run


def cancel(workspace: Workspace) -> None:
    """End the running import before the next file; large images that were open by then, and files, stay."""
    run = last_run(workspace)
    if run:
        run.canceled.set()


def _work(workspace: Workspace, run: ImportRun) -> None:
    order, before = run.order, 0

    def tell(done: int, total: int, name: str) -> None:
        if run.canceled.is_set():
            raise _CancelledError
        run.done, run.total, run.name = done, total, name

    try:
        before = count(workspace)
        run.report = import_folder(workspace, order.images, order.masks, order.options, run.author, tell)
        if order.predict and run.report.imported:
            enqueue_predict(workspace, run.author)
    except _CancelledError:
        kept = count(workspace) - before
        stays = f"{kept} tiles that had come in before stay" if kept else "nothing was kept"
        run.problem = f"The import was canceled; {stays}."
    except SeepError as error:  # after the report: the import stands, only there is no model to predict
        run.problem = str(error)
    except Exception:  # a bug: the page must not wait for ever
        LOGGER.exception("An import failed")
        lost = "the new tiles are not predicted" if run.report else "nothing was imported"
        run.problem = f"Something went wrong in the app; {lost}. The log has the details."
    finally:
        if order.token and run.report is not None:
            uploads.drop(workspace, order.token)
        run.running = False
