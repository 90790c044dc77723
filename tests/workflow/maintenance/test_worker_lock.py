"""The app that runs the worker is named to other apps, and to the doctor."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from seep.cli.main import main
from seep.workflow.maintenance.worker_lock import other_app, take_worker_lock, worker_app
from seep.workflow.workspace import Workspace
from seep_testing.live import ROOT
from seep_testing.patience import PATIENCE_S

HOLD = """
import sys
from pathlib import Path
from seep.workflow.maintenance.worker_lock import take_worker_lock
lock = take_worker_lock(Path(sys.argv[1]))
print("held" if lock else "refused", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def other(workspace: Workspace) -> Iterator["subprocess.Popen[str]"]:
    """Another process that holds the lock as an app does."""
    command = [sys.executable, "-c", HOLD, str(workspace.store.root)]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_the_own_app_is_no_other_one(workspace: Workspace) -> None:
    root = workspace.store.root
    assert worker_app(root) is None
    lock = take_worker_lock(root)
    assert lock is not None
    found = worker_app(root)
    assert found is not None
    assert other_app(root) is None
    lock.close()
    assert worker_app(root) is None


def test_another_app_is_named_until_it_ends(
    workspace: Workspace, other: "subprocess.Popen[str]", capsys: pytest.CaptureFixture[str]
) -> None:
    root = workspace.store.root
    assert take_worker_lock(root) is None
    found = other_app(root)
    assert found is not None
    assert found.pid == other.pid
    assert main(["doctor", "--workspace", str(root)]) == 0
    assert f"An app runs the jobs of this workspace: process {other.pid} on " in capsys.readouterr().out
    other.kill()
    other.wait()
    assert other_app(root) is None
    lock = take_worker_lock(root)
    assert lock is not None
    lock.close()


def test_a_lock_of_an_earlier_version_names_nobody(workspace: Workspace) -> None:
    lock = take_worker_lock(workspace.store.root)
    assert lock is not None
    lock.truncate(0)
    assert worker_app(workspace.store.root) is None
    lock.close()


@pytest.mark.sqlite  # several apps are normal on PostgreSQL
@pytest.mark.usefixtures("other")
def test_a_lead_is_told_on_every_page(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEEP_WORKSPACE", str(workspace.store.root))
    page = AppTest.from_file(str(Path(ROOT) / "app.py"), default_timeout=PATIENCE_S).run()
    assert not page.exception
    captions = [caption.value for caption in page.sidebar.caption]
    assert any("Another app on this workspace" in text for text in captions)
