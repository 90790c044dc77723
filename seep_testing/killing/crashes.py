"""Killed at its first write, at its second, at its third: each action, at each moment that matters.

python -m seep_testing.killing.crashes ACTION     (in the workspace of SEEP_WORKSPACE)
"""

import json
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from seep.workflow.actor import Actor
from seep_testing.killing.processes import run, write_images
from seep_testing.killing.soundness import faults, fingerprint

MEMORY = "/dev/shm"
CRASHES = ("save", "accept", "restore", "draft", "reject", "import")


def crash_points(action: str, root: Path) -> list[str]:
    """Do an action on copies of a workspace, killed at its first, second, ... write; returns what was wrong.

    Called in a process of its own with one thread, because it forks. The last round is not killed and gives
    the state that a finished action leaves; every other must leave that one or the one before.
    """
    states: list[dict[str, Any]] = []
    number = 0
    found: list[str] = []
    # In memory where that is possible: a kill loses nothing that was written, a slow disk only costs time.
    quick = MEMORY if os.access(MEMORY, os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=quick) as folder:
        _warm_up(action, Path(shutil.copytree(root, Path(folder) / "warm")))
        while True:
            number += 1
            copy = Path(folder) / str(number)
            shutil.copytree(root, copy)
            child = os.fork()
            if child == 0:
                _act(action, copy, number)
            _, status = os.waitpid(child, 0)
            found += [f"{action}, killed at {number}: {fault}" for fault in faults(copy)]
            states.append(fingerprint(copy))
            if not os.WIFSIGNALED(status):
                break
            shutil.rmtree(copy)
            print(f"killed at {number}", flush=True)  # a process that prints is alive
    if os.WEXITSTATUS(status):
        return [f"{action} failed by itself: exit {os.WEXITSTATUS(status)}"]
    before = states[0]  # killed ahead of its first write
    if states[-1] == before:
        found.append(f"{action} changed nothing")
    for at, state in enumerate(states, 1):
        if state not in (before, states[-1]):
            found.append(f"{action}, killed at {at}, left half a change: {state['counts']}")
    print(f"{number - 1} kills")
    return found


def _warm_up(action: str, root: Path) -> None:
    """Do the action once before forking: what is loaded and prepared here costs each child no time."""
    from seep.settings import read_settings
    from seep.workflow.workspace import open_workspace

    workspace = open_workspace(read_settings(os.environ | {"SEEP_WORKSPACE": str(root)}))
    actions(workspace)[action]()
    workspace.store.close()


def _act(action: str, root: Path, limit: int) -> None:
    """Open the workspace, then do the action and die at its `limit`-th write; never returns."""
    os.environ["SEEP_WORKSPACE"] = str(root)
    try:
        from seep.settings import read_settings
        from seep.workflow.workspace import open_workspace

        workspace = open_workspace(read_settings(os.environ))
        do = actions(workspace)[action]
        _die_at(limit)
        do()
    except BaseException as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)
        os._exit(1)
    os._exit(0)


def _die_at(limit: int) -> None:
    """SIGKILL this process at its `limit`-th statement, commit, flush or rename."""
    from sqlalchemy import Engine, event

    passed = 0

    def step(*_: Any, **__: Any) -> None:
        nonlocal passed
        passed += 1
        if passed == limit:
            os.kill(os.getpid(), signal.SIGKILL)

    def stepping(function: Callable[..., Any]) -> Callable[..., Any]:
        def stepped(*arguments: Any, **named: Any) -> Any:
            step()
            return function(*arguments, **named)

        return stepped

    event.listen(Engine, "before_cursor_execute", step)
    event.listen(Engine, "commit", step)
    os.fsync, os.write = stepping(os.fsync), stepping(os.write)
    Path.replace = stepping(Path.replace)  # type: ignore[method-assign]


def actions(workspace: Any) -> dict[str, Callable[[], Any]]:
    """The actions by name; each may be done once on a fresh copy of `crash_workspace`."""
    from seep.core.import_options import ImportOptions
    from seep.core.records import TileFilter
    from seep.io import decoding, masks
    from seep.io.annotations import reading
    from seep.io.sandbox import SANDBOX
    from seep.workflow.imports import importer
    from seep.workflow.review import drafts, revisions
    from seep.workflow.review.queue import queue

    # Read here: the processes that read files write nothing, and each fork would start its own.
    setattr(SANDBOX, "decode", decoding.decode)  # noqa: B010 - mypy refuses the assignment of a method
    setattr(SANDBOX, "mask_values", masks.mask_values)  # noqa: B010
    setattr(SANDBOX, "read_shapes", reading.read_shapes)  # noqa: B010

    tile = revisions.get_tile(workspace, queue(workspace, TileFilter(), "name", 1)[0].id)
    head, mask = tile.head_revision_id, np.full((tile.height, tile.width), 3, np.uint8)
    more = workspace.settings.workspace / "more"

    def save(kind: str) -> Callable[[], Any]:
        return lambda: revisions.save_mask(
            workspace,
            tile.id,
            mask,
            kind,
            actor=Actor("ana", "admin"),
            base_revision_id=head,
            request_id="once",
        )

    return {
        "save": save("save"),
        "accept": save("accept"),
        "restore": lambda: revisions.restore(
            workspace,
            tile.id,
            head or 0,
            actor=Actor("ana", "admin"),
            base_revision_id=head,
            request_id="once",
        ),
        "draft": lambda: drafts.save_draft(workspace, tile.id, mask, Actor("ana", "admin"), head),
        "reject": lambda: revisions.decide(workspace, tile.id, "reject", Actor("ana", "admin"), ""),
        "import": lambda: importer.import_folder(
            workspace, more / "images", more / "masks", ImportOptions(), Actor("ana", "admin")
        ),
    }


def crash_workspace(folder: Path) -> Path:
    """Make a workspace for `crash_points`, with a folder of more images inside it."""
    root = folder / "workspace"
    images, masks = write_images(folder / "few", columns=1)
    run(root, "seep", "import", str(images), "--masks", str(masks))
    more, _ = write_images(root / "more", scenes=5, columns=1)
    for path in more.glob("scene[012].*"):
        path.unlink()
    return root


if __name__ == "__main__":
    print(json.dumps(crash_points(sys.argv[1], Path(os.environ["SEEP_WORKSPACE"]))))
