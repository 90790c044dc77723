"""Every change of the disk that an action makes, broken in turn: full disk, I/O error, short write, kill.

python -m benchmarks.faulting.writes ACTION      (in SEEP_WORKSPACE, with the library of disk.c)
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.faulting.disk import KINDS, break_change, build, changes_passed, preloaded, set_root
from benchmarks.faulting.step import LOST, Batch, Task
from seep_testing.killing import crashes
from seep_testing.killing.crashes import crash_workspace
from seep_testing.killing.processes import ROOT
from seep_testing.killing.soundness import faults, fingerprint

ACTIONS = (*crashes.CRASHES, "upload", "export")
TOKEN = "0" * 32
REFUSED, FAILED, NOT_BROKEN = 10, 11, 12
"""Exit status of an action: refused with a sentence, another error, no change left to break."""


def break_writes(task: Task) -> Batch:
    """Break each change of one action in each way; the batches take the actions in turn."""
    library, action = build(task.folder), ACTIONS[task.batch % len(ACTIONS)]
    root = crash_workspace(task.folder / "crash")
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.faulting.writes", action],
        cwd=ROOT, env=preloaded(library, root), capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode != 0:
        raise RuntimeError(f"{action}: {done.stderr[-500:]}")
    return Batch(**json.loads(done.stdout.splitlines()[-1]))


def break_action(action: str, root: Path) -> Batch:
    """Do an action on copies of a workspace, with its first, second, ... change broken.

    Called in a process of its own with one thread, because it forks.
    """
    batch = Batch()
    with tempfile.TemporaryDirectory(dir=root.parent) as name:
        folder = Path(name)
        before, after = state(root), _undisturbed(action, root, folder)
        for kind in KINDS:
            number = 0
            while True:
                number += 1
                copy = _copy(root, folder / "copy")
                status = _fork(action, copy, number, kind)
                if status == NOT_BROKEN:
                    break
                batch.cases += 1
                where = f"{action}, {kind} at change {number}"
                _look(batch, where, status, (before, after), copy)
                if status == REFUSED and _fork(action, copy, 0, kind) != 0:
                    batch.add("again failed", where)
    return batch


def _look(
    batch: Batch, where: str, status: int, expected: tuple[dict[str, Any], dict[str, Any]], copy: Path
) -> None:
    """Note what is wrong with the workspace that a broken action left."""
    (before, after), left = expected, state(copy)
    names = {0: "done", REFUSED: "refused", -9: "killed"}
    batch.counts[names.get(status, "other")] += 1
    if status not in names:
        batch.add("untyped", f"{where}: exit {status}")
    if left["rows"] not in (before["rows"], after["rows"]):
        batch.add("half done", f"{where}: {left['rows']['counts']}")
    elif status == 0 and left != after:
        batch.add(LOST, f"{where}: acknowledged, but not there")
    for name, digest in before["files"].items():
        if left["files"].get(name) != digest:
            batch.add("damaged", f"{where}: {name} was there before")
    for name, digest in left["files"].items():
        if digest != after["files"].get(name):
            batch.add("half done", f"{where}: {name} is another file than without the fault")
    batch.add_unsound(faults(copy), where)


def state(root: Path) -> dict[str, Any]:
    """Return the rows, and the files that people see: uploads and exports, without temporary ones."""
    files = {}
    for folder in ("uploads", "exports"):
        for path in (root / folder).rglob("*"):
            parts = path.relative_to(root).parts
            temporary = path.suffix == ".part" or any(part.startswith(".") for part in parts)
            if path.is_file() and not temporary:
                files["/".join(parts)] = hashlib.sha256(path.read_bytes()).hexdigest()
    return {"rows": json.loads(json.dumps(fingerprint(root))), "files": files}


def _copy(root: Path, target: Path) -> Path:
    """Copy a workspace; weights are not written to, so they are linked."""
    shutil.rmtree(target, ignore_errors=True)

    def copy(source: str, to: str) -> None:
        (os.link if source.endswith(".safetensors") else shutil.copyfile)(source, to)

    return Path(shutil.copytree(root, target, copy_function=copy))


def _undisturbed(action: str, root: Path, folder: Path) -> dict[str, Any]:
    """Do the action once in this process, which loads what each child needs; return the state after it."""
    copy = _copy(root, folder / "copy")
    workspace = _open(copy)
    _actions(workspace)[action]()
    workspace.store.close()
    return state(copy)


def _open(root: Path) -> Any:
    from seep.settings import read_settings
    from seep.workflow.workspace import open_workspace

    return open_workspace(read_settings(os.environ | {"SEEP_WORKSPACE": str(root)}))


def _fork(action: str, copy: Path, number: int, kind: str) -> int:
    """Do the action in a child; return its exit status, or minus its signal."""
    child = os.fork()
    if child == 0:
        os._exit(_act(action, copy, number, kind))
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _act(action: str, copy: Path, number: int, kind: str) -> int:
    """Do the action with its `number`-th change broken, or with none for 0; return the exit status."""
    from seep.errors import SeepError

    try:
        workspace = _open(copy)
        do = _actions(workspace)[action]
        set_root(copy)
        break_change(number, kind)
        try:
            do()
        except SeepError as error:
            return REFUSED if str(error).strip().endswith((".", ")")) else FAILED
        return 0 if changes_passed() >= number else NOT_BROKEN
    except BaseException as error:
        print(f"{action}, {kind} at {number}: {type(error).__name__}: {error}", file=sys.stderr, flush=True)
        return FAILED


def _actions(workspace: Any) -> dict[str, Callable[[], Any]]:
    from seep.workflow.actor import Actor
    from seep.workflow.exports.exporter import TileSelection, export
    from seep.workflow.uploads import UploadWriter, add_uploaded, upload_target

    ana = Actor("ana", "admin")

    def upload() -> None:
        target = upload_target("a.000001.tif", "images")
        data = next((workspace.store.root / "more" / "images").glob("*.tif")).read_bytes()
        with UploadWriter(workspace, TOKEN, target, len(data), ana) as writer:
            writer.write(data)
            path = writer.finish()
        add_uploaded(workspace, TOKEN, target, path)

    def write_masks() -> None:
        export(
            workspace,
            workspace.store.root / "exports" / "masks",
            "mask-tiff",
            TileSelection(states=None),
            actor=ana,
        )

    return crashes.actions(workspace) | {"upload": upload, "export": write_masks}


if __name__ == "__main__":
    print(json.dumps(vars(break_action(sys.argv[1], Path(os.environ["SEEP_WORKSPACE"])))))
