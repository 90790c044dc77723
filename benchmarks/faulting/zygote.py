"""The app, started in a moment: one process imports everything, then forks a server for each start.

    python -m benchmarks.faulting.zygote      (in SEEP_WORKSPACE)

Reads a port from the standard input for each start, and prints the id of the server's process.
"""

import contextlib
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from importlib import import_module
from pathlib import Path

from seep_testing.killing.processes import ROOT, environment
from seep_testing.live import free_port

START_S = 60
PRELOADED = (
    *(
        "pandas",
        "plotly.graph_objects",
        "seep.ui.app_shell",
        "seep.web.routes",
        "seep.web.streamlit_patches.entry_page",
    ),
    *("seep.jobs.supervisor", "seep.workflow.maintenance.log_files", "seep.store.migrate"),
    *("uvicorn", "uvicorn.lifespan.on", "uvicorn.protocols.http.h11_impl", "anyio._backends._asyncio"),
    *("streamlit.components.v2.manifest_scanner", "streamlit.web.server.starlette", "packaging.tags"),
)


class Zygote:
    """Starts and kills the app on one workspace, while a `with` lasts."""

    def __init__(self, root: Path, log: Path) -> None:
        self._root, self._log = root, log
        self.port = self.server = 0

    def __enter__(self) -> "Zygote":
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "benchmarks.faulting.zygote"],
                cwd=ROOT, env=environment(self._root) | {"SEEP_WORKER": "0"}, text=True,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log,
            )  # fmt: skip
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        self._process.kill()
        self._process.communicate()

    def start(self) -> None:
        """Start a server and wait until it answers.

        Raises:
            RuntimeError: it does not answer.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self.port = free_port()
        self._process.stdin.write(f"{self.port}\n")
        self._process.stdin.flush()
        self.server = int(self._process.stdout.readline())
        until = time.monotonic() + START_S
        while time.monotonic() < until:
            with (
                contextlib.suppress(OSError),
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}/_stcore/health", timeout=5) as answer,
            ):
                if answer.status == 200:
                    return
            time.sleep(0.01)
        raise RuntimeError(f"the app did not start:\n{self._log.read_text()[-2000:]}")

    def kill(self) -> None:
        """SIGKILL the server and wait until it is gone."""
        if self.server:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.server, signal.SIGKILL)
                while True:
                    os.kill(self.server, 0)
                    time.sleep(0.001)
            self.server = 0


def serve() -> None:
    """Fork a server for each port on the standard input."""
    from streamlit.components.v2 import manifest_scanner
    from streamlit.web import cli

    for name in PRELOADED:
        import_module(name)
    scanned = manifest_scanner.scan_component_manifests()  # reads the metadata of every installed package
    manifest_scanner.scan_component_manifests = lambda *_, **__: scanned
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # killed servers leave no zombies
    for port in sys.stdin:
        child = os.fork()
        if child == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
            sys.argv = ["streamlit", "run", "app.py", "--server.headless", "true"]
            sys.argv += ["--server.address", "127.0.0.1", "--server.port", port.strip()]
            sys.exit(cli.main())
        print(child, flush=True)


if __name__ == "__main__":
    serve()
