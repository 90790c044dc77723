"""A workspace that is moved under a running app: saves are refused until it is back, and nothing is written."""

import json
import shutil
import urllib.error
import urllib.request
import uuid
from pathlib import Path

import numpy as np
import pytest

from seep.core.masks.mask import pack
from seep.workflow import tile_data
from seep.workflow.workspace import Workspace
from seep_testing.live import LiveApp
from seep_testing.patience import wait_for
from tests.workflow.making import SIDE_PX, make_workspace

pytestmark = [pytest.mark.slow, pytest.mark.sqlite]
SENTENCE = "is gone: it was moved, or its disk was unmounted. Nothing was changed."


class Answer:
    """Status, body and headers of an answer of the app."""

    def __init__(
        self, app: LiveApp, method: str, path: str, body: bytes | None = None, **headers: str
    ) -> None:
        fields = {"Origin": app.url, **{name.replace("_", "-"): value for name, value in headers.items()}}
        request = urllib.request.Request(f"{app.url}/seep/{path}", body, fields, method=method)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                self.status, content, self.headers = answer.status, answer.read(), answer.headers
        except urllib.error.HTTPError as error:
            self.status, content, self.headers = error.code, error.read(), error.headers
        self.body = json.loads(content)


def save(app: LiveApp, tile: int, base: int, value: int, request: str) -> Answer:
    body = pack(np.full((SIDE_PX, SIDE_PX), value, np.uint8))
    path = f"tiles/{tile}/revisions?kind=save&confirmed=1"
    name = str(uuid.uuid5(uuid.NAMESPACE_URL, request))
    return Answer(app, "POST", path, body, If_Match=str(base), X_Seep_Request=name)


def draft(app: LiveApp, tile: int, value: int) -> Answer:
    body = pack(np.full((SIDE_PX, SIDE_PX), value, np.uint8))
    return Answer(app, "PUT", f"tiles/{tile}/draft", body, If_Match="0")


@pytest.mark.parametrize("worker", [True, False], ids=["worker", "no worker"])
def test_a_moved_workspace_takes_no_saves_until_it_is_back(
    tmp_path: Path, workspace: Workspace, bare_tiles: list[int], worker: bool
) -> None:
    workspace.store.close()
    here, away = workspace.store.root, tmp_path / "elsewhere"
    app = LiveApp(tmp_path, worker=worker)
    try:
        app.start()
        first = save(app, bare_tiles[0], 0, 3, "before")
        assert first.status == 201, first.body
        assert Answer(app, "GET", "readyz").status == 200
        if worker:
            wait_for("the worker runs", lambda: "waiting for jobs" in log_of(here))

        here.rename(away)
        refused = [
            save(app, bare_tiles[1], 0, 4, "away"),
            draft(app, bare_tiles[2], 5),
            Answer(app, "POST", f"tiles/{bare_tiles[3]}/decision", b'{"decision": "reject"}'),
        ]
        assert [one.status for one in refused] == [503] * 3
        assert all(SENTENCE in one.body["error"] for one in refused), refused[0].body
        assert all(int(one.headers["Retry-After"]) > 0 for one in refused)  # the browser sends them again
        ready = Answer(app, "GET", "readyz")
        assert (ready.status, ready.body["database"], ready.body["disk"]) == (503, False, False)
        assert Answer(app, "GET", "healthz").status == 200
        if worker:
            wait_for("the worker notices", lambda: SENTENCE in log_of(away))
        assert not here.exists()

        shutil.copytree(away, tmp_path / "other")  # a workspace of its own at the old path
        make_other(tmp_path / "other")
        (tmp_path / "other").rename(here)
        before = sorted(path.name for path in (here / "files").rglob("*"))
        other = save(app, bare_tiles[1], 0, 4, "other")
        assert other.status == 503
        assert "Another workspace is" in other.body["error"]
        assert Answer(app, "GET", "readyz").status == 503
        assert sorted(path.name for path in (here / "files").rglob("*")) == before
        here.rename(tmp_path / "other")

        away.rename(here)
        assert Answer(app, "GET", "readyz").status == 200
        again = save(app, bare_tiles[1], 0, 4, "away")
        assert again.status == 201, again.body
    finally:
        app.stop()
    reopened = make_workspace(shutil.copytree(here, tmp_path / "reopened"))
    for answer, value in ((first, 3), (again, 4)):
        assert (tile_data.revision_mask(reopened, answer.body["revision"]["id"]) == value).all()
    reopened.store.close()


def log_of(root: Path) -> str:
    path = root / "worker.log"
    return path.read_text() if path.exists() else ""


def make_other(root: Path) -> None:
    """Let a copied workspace be another one."""
    (root / "seep.db").unlink()
    for name in ("workspace.id", "seep.db-wal", "seep.db-shm"):
        (root / name).unlink(missing_ok=True)
    other = make_workspace(root)
    other.store.close()


def test_a_workspace_that_was_copied_back_from_another_disk_is_opened_again(
    tmp_path: Path, workspace: Workspace, bare_tiles: list[int]
) -> None:
    workspace.store.close()
    here, away = workspace.store.root, tmp_path / "elsewhere"
    app = LiveApp(tmp_path, worker=False)
    try:
        app.start()
        first = save(app, bare_tiles[0], 0, 3, "before")
        assert first.status == 201
        here.rename(away)
        assert save(app, bare_tiles[1], 0, 4, "away").status == 503
        shutil.copytree(away, here)  # other inodes, as after a copy or on a disk that was mounted again
        again = save(app, bare_tiles[1], 0, 4, "again")
        assert again.status == 201, again.body
    finally:
        app.stop()
    with make_workspace(here).store.reading() as session:
        from seep.store import revisions

        kept = [revisions.get_revision(session, one.body["revision"]["id"]) for one in (first, again)]
    assert [one.tile_id for one in kept] == bare_tiles[:2]


def test_a_service_makes_no_workspace_where_its_folder_is_missing(tmp_path: Path) -> None:
    app = LiveApp(tmp_path, environment={"SEEP_WORKSPACE_MUST_EXIST": "1"})
    try:
        app.start()
        assert Answer(app, "GET", "readyz").status == 503
        refused = app.cli("worker", "--once", check=False)
        assert refused.returncode == 1
        assert "There is no workspace" in refused.stderr
        assert not app.workspace.exists()
        app.cli("demo", "--no-predict")
        wait_for("the app opens it", lambda: Answer(app, "GET", "readyz").status == 200)
        wait_for("the worker starts", (app.workspace / "worker.log").exists)
    finally:
        app.stop()
