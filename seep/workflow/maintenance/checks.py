"""Checks of a workspace: every row, every stored file, every image, and what the next start needs."""

import hashlib
import os
import shutil
import stat
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import URL, Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from seep.core.masks.classes import check_classes
from seep.core.model_card import card_problem
from seep.core.text import number
from seep.errors import ImageError, SeepError, StorageError, WorkspaceError
from seep.io.readers.view import SUFFIX as VIEW_SUFFIX
from seep.io.readers.view import is_view, read_view
from seep.settings import VERSION, Settings
from seep.store import inspection, key_value
from seep.store.classes import list_classes
from seep.store.database import DRIVER_ERRORS, make_engine, opening_error_text
from seep.store.files.blobs import Blobs, open_blobs
from seep.store.files.bucket import Bucket
from seep.store.files.bucket_images import BucketImages
from seep.store.files.cache import NodeCache
from seep.store.key_value import VERSION_KEY
from seep.store.schema import stamp
from seep.store.store import open_store
from seep.workflow.actor import Actor, requires
from seep.workflow.locators import is_remote, split_blob
from seep.workflow.maintenance.unused_files import remove_files, unused_files

MIN_FREE_BYTES = 2**30
LEFTOVER_AGE_S = 3600
FUTURE = timedelta(minutes=5)

OnProgress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Finding:
    """Something that a check found.

    Attributes:
        check: name of the check.
        level: "error" for lost or damaged data, "warning" for what needs attention.
        message: one or two sentences: what is wrong, then the remedy.
        repairable: whether `repair` mends it without losing anything.
    """

    check: str
    level: str
    message: str
    repairable: bool = False


def check_workspace(settings: Settings, on_progress: OnProgress | None = None) -> list[Finding]:
    """Check the workspace of the settings; nothing is changed.

    Args:
        settings: with the workspace and the address of its database.
        on_progress: called with (done, total, name) for each hashed file.
    """
    root = settings.workspace
    if not root.is_dir():
        return [
            Finding(
                "folder", "error", f"There is no workspace {root}. Set SEEP_WORKSPACE or restore a backup."
            )
        ]
    found = [*_folder(root), *_leftovers(root)]
    database = root / "seep.db"
    if settings.database_url is None and not database.is_file():
        return [*found, Finding("database", "error", f"{database} is missing. Restore it from a backup.")]
    try:
        engine = make_engine(settings.database_url or URL.create("sqlite", database=str(database)))
    except WorkspaceError as error:
        return [*found, Finding("database", "error", str(error))]
    try:
        cache = NodeCache(root / "cache", settings.cache_mb << 20)
        files = open_blobs(root, settings.files_url, cache, readonly=True)
        return [*found, *_database(engine, files, BucketImages(cache, Bucket), on_progress)]
    except (StorageError, WorkspaceError) as error:
        return [*found, Finding("files", "error", str(error))]
    except (SQLAlchemyError, *DRIVER_ERRORS) as error:
        return [*found, Finding("database", "error", opening_error_text(error))]
    finally:
        engine.dispose()


def version_line(settings: Settings) -> str:
    """Return which version of Seep this is, and which one opened the workspace last, where that can be read."""
    database, line = settings.workspace / "seep.db", f"Seep {VERSION}."
    if settings.database_url is None and not database.is_file():
        return line
    try:
        engine = make_engine(settings.database_url or URL.create("sqlite", database=str(database)))
        with Session(engine) as session:
            opened_by = key_value.get_value(session, VERSION_KEY)
    except (WorkspaceError, SQLAlchemyError, *DRIVER_ERRORS):
        return line  # the checks report it
    engine.dispose()
    return f"{line} The workspace was last opened by Seep {opened_by or 'before 0.2.0'}."


@requires("admin", "repair a workspace")
def repair(settings: Settings, actor: Actor) -> list[str]:
    """Mend what is safe to mend: permissions, leftovers, files that no row names, pointers to lost predictions.

    Returns:
        What was done, one sentence each.

    Raises:
        WorkspaceError: the workspace cannot be opened.
        StorageError: a backup is running, or a file cannot be deleted.
    """
    done = []
    root = settings.workspace
    if root.stat().st_mode & 0o077:
        root.chmod(0o700)
        done.append(f"Only the owner can read {root} now.")
    leftovers = list(_leftover_paths(root))
    for path in leftovers:
        shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
    if leftovers:
        done.append(f"{len(leftovers)} leftovers of interrupted writes were deleted.")
    store = open_store(root, settings.database_url, settings.files_url, settings.cache_mb)
    try:
        gone = remove_files(store)
        if gone:
            done.append(
                f"{len(gone)} unused files were deleted ({number(sum(one.size_bytes for one in gone))} bytes)."
            )
        with store.transaction() as session:
            cleared = inspection.clear_lost_predictions(session)
        if cleared:
            done.append(f"{cleared} tiles lost the pointer to a missing prediction. Predict them again.")
    finally:
        store.close()
    return done


def _folder(root: Path) -> Iterator[Finding]:
    status = root.stat()
    if status.st_mode & (stat.S_IRGRP | stat.S_IROTH | stat.S_IXOTH):
        yield Finding(
            "permissions", "warning", f"Other users of this machine can read {root}.", repairable=True
        )
    if not os.access(root, os.W_OK):
        yield Finding("permissions", "error", f"{root} is not writable. Change its owner or its permissions.")
    free = shutil.disk_usage(root).free
    if free < MIN_FREE_BYTES:
        yield Finding(
            "disk", "warning", f"Only {free >> 20} MB are free on the disk of {root}. Free some space."
        )


def _leftover_paths(root: Path) -> Iterator[Path]:
    oldest = time.time() - LEFTOVER_AGE_S
    for pattern in (
        "files/incoming/*",
        ".import-*",
        "exports/.part-*",
        "uploads/*/.unpacked-*",
        "uploads/*/*/*.part",
    ):
        for path in sorted(root.glob(pattern)):
            if path.lstat().st_mtime < oldest:
                yield path


def _leftovers(root: Path) -> Iterator[Finding]:
    for path in _leftover_paths(root):
        yield Finding(
            "leftovers", "warning", f"{path} is left over from an interrupted write.", repairable=True
        )


def _database(
    engine: Engine, files: Blobs, images_in_buckets: BucketImages, on_progress: OnProgress | None
) -> Iterator[Finding]:
    damaged = inspection.integrity_problems(engine)
    for problem in damaged:
        yield Finding("database", "error", f"The database is damaged: {problem}. Restore it from a backup.")
    if damaged:
        return
    current, newest = inspection.revision_of(engine)
    if current != newest:
        yield Finding(
            "migrations",
            "warning",
            f"The tables have version {current}, this Seep has {newest}. Make a backup and start the app, which "
            "migrates older tables; update Seep for newer ones.",
        )
        return
    with Session(engine) as session:
        yield from _rows(session)
        images, stored = list(inspection.image_files(session)), list(inspection.stored_files(session))
        unused = unused_files(session, files)
    yield from _files(files, images_in_buckets, stored, images, on_progress)
    if unused:
        size = sum(one.size_bytes for one in unused)
        yield Finding(
            "unused files",
            "warning",
            f"No row names {len(unused)} stored files ({number(size)} bytes).",
            repairable=True,
        )


def _rows(session: Session) -> Iterator[Finding]:
    for problem in inspection.dangling_rows(session):
        yield Finding("rows", "error", f"{problem}.", repairable=": prediction " in problem)
    for version, card in inspection.cards(session):
        reason = card_problem(card)
        if reason:
            yield Finding(
                "cards", "error", f"The card of version {version} is damaged ({reason}). Drop the version."
            )
    try:
        check_classes(list_classes(session))
    except SeepError as error:
        yield Finding("classes", "error", str(error))
    newest = inspection.newest_time(session)
    if newest and newest > stamp(datetime.now(UTC) + FUTURE):
        yield Finding(
            "clock", "warning", f"A revision is dated {newest}, in the future. Set the clock of this machine."
        )
    for job_id, heartbeat in inspection.silent_jobs(session):
        yield Finding(
            "worker",
            "warning",
            f"Job {job_id} has had no heartbeat since {heartbeat}. Start the app or a worker.",
        )


def _files(
    files: Blobs,
    images_in_buckets: BucketImages,
    stored: list[inspection.StoredFile],
    images: list[inspection.ImageFile],
    on_progress: OnProgress | None,
) -> Iterator[Finding]:
    subjects: dict[tuple[str, str], list[str]] = {}
    for one in stored:
        subjects.setdefault((one.sha256, one.suffix), []).append(one.subject)
    present = {(one.sha256, one.suffix) for one in files.stored()}
    total, done = len(subjects) + len(images), 0
    for sha256, suffix in sorted(subjects.keys() | present):
        named = subjects.get((sha256, suffix), [])
        done += bool(named)
        if on_progress:
            on_progress(done, total, sha256[:12])
        try:
            files.check(sha256, suffix)
        except SeepError as error:
            used = f" It is the file of {', '.join(named[:3])}." if named else " No row names it."
            yield Finding("files", "error" if named else "warning", f"{error}{used}")
    for image in images:
        done += 1
        if on_progress:
            on_progress(done, total, Path(image.locator).name)
        problem = _image_problem(files, images_in_buckets, image)
        if problem:
            yield Finding(
                "images", "error", f"The image of {image.subject} {problem}: {image.locator}. Restore it."
            )


def _image_problem(files: Blobs, buckets: BucketImages, image: inspection.ImageFile) -> str | None:
    try:
        if is_remote(image.locator):
            return _remote_problem(files, buckets, image.locator)
        path = Path(image.locator)
        path = read_view(path).path if is_view(path) else path
        if not path.exists():
            return "is missing"
        if not image.sha256 or path.is_dir():
            return None
        with path.open("rb") as file:
            same = hashlib.file_digest(file, "sha256").hexdigest() == image.sha256
    except OSError as error:
        return f"cannot be read ({error.strerror})"
    except ImageError as error:
        return f"cannot be read ({error})"
    return None if same else "was changed after its import"


def _remote_problem(files: Blobs, buckets: BucketImages, locator: str) -> str | None:
    """Return what is wrong with an image in a bucket; its bytes are checked as those of a stored file, if it is one."""
    try:
        blob = split_blob(locator)
        if blob is None:
            buckets.check(locator)
            return None
        if files.size(*blob) is None:
            return "is missing"
        return None if blob[1] != VIEW_SUFFIX else _view_problem(files, buckets, blob)
    except SeepError as error:
        return f"cannot be read ({error})"


def _view_problem(files: Blobs, buckets: BucketImages, blob: tuple[str, str]) -> str | None:
    inner = read_view(files.local(*blob)).locator
    return _image_problem(files, buckets, inspection.ImageFile(inner, "", ""))
