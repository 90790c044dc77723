"""A running Seep for tests: the real app in a process of its own, on a workspace of its own."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from seep.settings import read_settings
from seep.store.access import people
from seep.web.identity import PLAIN_COOKIE
from seep.workflow.access import accounts
from seep.workflow.actor import Actor, Role
from seep.workflow.workspace import open_workspace
from seep_testing.patience import COMMAND_S, PATIENCE_S

ROOT = Path(__file__).resolve().parent.parent
TESTER = Actor("tester", "admin")


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


class LiveApp:
    """Starts, stops and kills the app of a checkout; runs the command line on the same workspace."""

    def __init__(
        self,
        folder: Path,
        *,
        worker: bool = True,
        environment: dict[str, str] | None = None,
        root: Path = ROOT,
    ) -> None:
        self.root = root
        self.workspace = folder / "workspace"
        self.log = folder / "app.log"
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = {
            **os.environ,
            "SEEP_WORKSPACE": str(self.workspace),
            "SEEP_WORKER": "1" if worker else "0",
            "SEEP_IMPORT_ROOTS": str(folder),
            "SEEP_USER": "tester",
            "OMP_NUM_THREADS": "2",
            **(environment or {}),
        }
        self.process: subprocess.Popen[bytes] | None = None

    def sign_in(self, name: str, role: Role = "admin") -> dict[str, str]:
        """Start a session of a person, added if unknown; return its cookie for a browser. For SEEP_AUTH=local."""
        workspace = open_workspace(read_settings(self.environment))
        with workspace.store.reading() as session:
            known = {one.name: one.id for one in people.list_people(session)}
        person = known.get(name) or accounts.add_local(workspace, name, role, "correct horse", TESTER).id
        secret = accounts.start_session(workspace, person, "test")
        return {"name": PLAIN_COOKIE, "value": secret, "url": self.url}

    def start(self) -> None:
        """Start the server and wait until it answers."""
        command = [
            *(self._python(), "-m", "streamlit", "run", "app.py", "--server.headless", "true"),
            *("--server.address", "127.0.0.1", "--server.port", str(self.port)),
        ]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command, cwd=self.root, env=self.environment, stdout=log, stderr=log, start_new_session=True
            )
        self._wait()

    def _python(self) -> str:
        """The interpreter of another checkout is the one in its .venv."""
        own = self.root / ".venv" / "bin" / "python"
        return str(own) if self.root != ROOT and own.exists() else sys.executable

    def _wait(self) -> None:
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            assert self.process is not None
            if self.process.poll() is not None:
                break
            try:
                with urllib.request.urlopen(f"{self.url}/_stcore/health", timeout=2) as answer:
                    if answer.status == 200:
                        return
            except (urllib.error.URLError, TimeoutError, ConnectionError):
                time.sleep(0.2)
        raise AssertionError(f"the app did not start:\n{self.log.read_text()[-4000:]}")

    def stop(self) -> None:
        """End the server as a service manager would, and whatever it leaves behind."""
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL the server and its worker: no chance to tidy up."""
        self._signal(signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> None:
        if self.process is None:
            return
        group = self.process.pid
        with contextlib.suppress(ProcessLookupError):
            os.killpg(group, number)
        try:
            self.process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            os.killpg(group, signal.SIGKILL)
            self.process.wait(timeout=60)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(group, signal.SIGKILL)
        self.process = None

    def cli(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run `python -m seep ...` on this workspace; fail the test when it fails, unless told otherwise."""
        done = subprocess.run(
            [self._python(), "-m", "seep", *arguments],
            cwd=self.root, env=self.environment, capture_output=True, text=True, timeout=COMMAND_S, check=False,
        )  # fmt: skip
        assert not check or done.returncode == 0, f"{arguments}: {done.stdout}\n{done.stderr}"
        return done
