"""Imports that run in the app's own process, one at a time; the Data page shows and cancels them.

They do not use the job queue, where an import would wait for a running fine-tuning. All rows are written in
one transaction at the end, so a server that stops in the middle of an import changes nothing.
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from seep.core.import_options import ImportOptions
from seep.core.records import TileFilter
from seep.errors import ImportRefusedError, SeepError
from seep.store import tile_queries
from seep.workflow import uploads
from seep.workflow.actor import Actor, Requirement, requires
from seep.workflow.classes import name_classes
from seep.workflow.imports.buckets import BUCKETS, import_bucket
from seep.workflow.imports.importer import ImportReport, import_folder
from seep.workflow.inference.tiles import enqueue_predict
from seep.workflow.workspace import Workspace

LOGGER = logging.getLogger("seep.workflow")
SERVER_FOLDERS = Requirement("admin", "read server folders")


@dataclass(frozen=True)
class ImportRequest:
    """What to import.

    Attributes:
        images: folder of images, or the address of a prefix of a bucket as text.
        masks: folder of masks, or such an address; None for none.
        options: how to read them.
        class_names: what the classes of the masks mean, by id; they are named before the files are read.
        predict: predict the new tiles with the active model afterward.
        token: upload that the folders belong to, which is deleted after the import; "" for none.
    """

    images: Path | str
    masks: Path | str | None
    options: ImportOptions
    predict: bool = False
    token: str = ""
    class_names: Mapping[int, str] = field(default_factory=dict)


@dataclass
class ImportRun:
    """State of one import; any thread may read it, only this module changes it.

    Attributes:
        request: what is imported.
        actor: who started it.
        started_at: seconds since the epoch.
        done: number of files read.
        total: number of files; 0 until it is known.
        current_file: name of the file that was read last.
        report: result; None while it runs and after a failure.
        error: why there is no report, or what failed after the import; "" for nothing.
        running: whether it is still running.
        canceled: set to stop it.
    """

    request: ImportRequest
    actor: Actor
    started_at: float = field(default_factory=time.time)
    done: int = 0
    total: int = 0
    current_file: str = ""
    report: ImportReport | None = None
    error: str = ""
    running: bool = True
    canceled: threading.Event = field(default_factory=threading.Event)

    @property
    def fraction(self) -> float:
        """Progress from 0 to 1; 0 until the number of files is known."""
        return min(1.0, self.done / self.total) if self.total else 0.0


class _CanceledError(Exception):
    """The import was canceled; not a SeepError, which would only refuse the current file."""


_runs: dict[Path, ImportRun] = {}
_lock = threading.Lock()


def last_run(workspace: Workspace) -> ImportRun | None:
    """Return the running import, or the last one since the app started, or None."""
    return _runs.get(workspace.settings.workspace)


@requires("lead", "import tiles")
def start(workspace: Workspace, request: ImportRequest, actor: Actor) -> ImportRun:
    """Start an import and return at once.

    Raises:
        ImportRefusedError: another import is running.
        SettingsError: a name of a class is empty or there twice; nothing changed.
        DeniedError: the files are in server folders or buckets, and the actor is not an admin.
    """
    land = Path(request.options.land) if request.options.land else None
    given = [one for one in (request.images, request.masks, land) if one]
    folders = [one for one in given if isinstance(one, Path)]
    if len(folders) < len(given):
        BUCKETS.check(actor)
    if not request.token or not all(
        path.is_relative_to(uploads.upload_folder(workspace, request.token)) for path in folders
    ):
        SERVER_FOLDERS.check(actor)
    run = ImportRun(request, actor)
    with _lock:
        other = last_run(workspace)
        if other and other.running:
            raise ImportRefusedError(
                f"An import by {other.actor.name} is running. Wait until it ends, or cancel it."
            )
        if request.class_names:
            name_classes(workspace, request.class_names, actor)
        _runs[workspace.settings.workspace] = run
    threading.Thread(target=_run_import, args=(workspace, run), name="import", daemon=True).start()
    return run


@requires("lead", "import tiles")
def cancel(workspace: Workspace, actor: Actor) -> None:
    """Stop the running import before its next file; large images that are complete stay imported."""
    run = last_run(workspace)
    if run:
        run.canceled.set()


def _read(
    workspace: Workspace, request: ImportRequest, actor: Actor, on_progress: Callable[[int, int, str], None]
) -> ImportReport:
    images, masks, options = request.images, request.masks, request.options
    if isinstance(images, str):
        return import_bucket(workspace, images, masks, options, actor, on_progress=on_progress)
    folder = Path(masks) if masks else None
    return import_folder(workspace, images, folder, options, actor, on_progress=on_progress)


def _run_import(workspace: Workspace, run: ImportRun) -> None:
    request, tiles_before = run.request, 0

    def on_progress(done: int, total: int, name: str) -> None:
        if run.canceled.is_set():
            raise _CanceledError
        run.done, run.total, run.current_file = done, total, name

    try:
        tiles_before = _count_tiles(workspace)
        run.report = _read(workspace, request, run.actor, on_progress)
        if request.predict and run.report.imported:
            enqueue_predict(workspace, run.actor)
    except _CanceledError:
        kept = _count_tiles(workspace) - tiles_before
        run.error = f"Import canceled. {kept} tiles were imported before." if kept else "Import canceled."
    except SeepError as error:  # after the report: imported, but there is no model for the prediction
        run.error = str(error)
    except Exception:  # a bug: the page must not wait forever
        LOGGER.exception("An import failed")
        lost = "The new tiles were not predicted." if run.report else "Nothing was imported."
        run.error = f"The import failed because of an internal error. {lost} See the server log."
    finally:
        if request.token and run.report is not None:
            uploads.delete_upload(workspace, request.token, run.actor)
        run.running = False


def _count_tiles(workspace: Workspace) -> int:
    with workspace.store.reading() as session:
        return tile_queries.count_tiles(session, TileFilter())
