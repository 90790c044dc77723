"""A Ray cluster of several nodes on this machine, for benchmarks and tests.

    python -m seep_testing.cluster --nodes 2

Prints the address when all nodes are there, and ends with its standard input. The line "kill 1" on it ends node 1 at
once, as if its machine had lost power; "end 1 NAME" ends its processes with NAME in their names. Each node has an
address of its own on the loopback interface, one processor and no dashboard, and sends no statistics.
"""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

ROOT = Path(__file__).resolve().parent.parent
OBJECT_STORE_BYTES = 80 << 20
ENVIRONMENT = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_DISABLE_IMPORT_WARNING": "1",
    "RAY_worker_niceness": "0",  # else its processes wait for all others of this machine
    "RAY_health_check_period_ms": "1000",
    "RAY_health_check_failure_threshold": "5",
    "RAY_TMPDIR": "",
}


class LocalCluster:
    """A cluster in a process of its own; a context manager.

    Attributes:
        address: for SEEP_RAY_ADDRESS.
    """

    def __init__(self, nodes: int, log: IO[str] | None = None) -> None:
        self.address = ""
        self._nodes, self._log = nodes, log
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        """Start it; returns when all nodes are there."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "seep_testing.cluster", "--nodes", str(self._nodes)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log or subprocess.DEVNULL,
            text=True,
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
        )
        self.address = self._line().removeprefix("address ")
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        """End all of its processes."""
        assert self._process is not None
        self._process.communicate(timeout=60)

    def kill(self, node: int) -> None:
        """End a node at once; 0 is the head."""
        self._ask(f"kill {node}")

    def end(self, node: int, name: str) -> None:
        """End the processes of a node whose name contains a word, such as the name of an actor's class."""
        self._ask(f"end {node} {name}")

    def _ask(self, line: str) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        print(line, file=self._process.stdin, flush=True)
        self._line()

    def _line(self) -> str:
        assert self._process is not None
        assert self._process.stdout is not None
        line = self._process.stdout.readline().strip()
        if not line:
            raise SystemExit(
                "The Ray cluster did not start. Install Ray: pip install -r requirements-cluster.txt. With Ray, try "
                "again when the machine is less busy: a node has 30 s to start."
            )
        return line


def _add(cluster: Any) -> Any:
    number = len(cluster.list_all_nodes()) + 2
    return cluster.add_node(
        num_cpus=1,
        num_gpus=0,
        object_store_memory=OBJECT_STORE_BYTES,
        node_ip_address=f"127.0.0.{number}",
        include_dashboard=False,
    )


def _processes_of(node: Any, name: str) -> list[int]:
    """Return the processes that the scheduler of a node started and whose name contains a word."""
    scheduler = node.all_processes["raylet"][0].process.pid
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            words = (folder / "cmdline").read_bytes().decode(errors="replace")
        except OSError:  # it has ended
            continue
        if parent == scheduler and name in words:
            found.append(int(folder.name))
    return found


def serve(nodes: int) -> None:
    """Run a cluster until the standard input ends."""
    folder = tempfile.mkdtemp(prefix="seep-ray-")
    os.environ.update({**ENVIRONMENT, "RAY_TMPDIR": folder})
    from ray.cluster_utils import Cluster

    cluster: Any = Cluster()
    try:
        started = [_add(cluster) for _ in range(nodes)]
        print("address", cluster.address, flush=True)
        for line in sys.stdin:
            order, number, *names = line.split()
            node = started[int(number)]
            if order == "kill":
                cluster.remove_node(node, allow_graceful=False)
            for pid in _processes_of(node, names[0]) if names else ():
                os.kill(pid, signal.SIGKILL)
            print("done", flush=True)
    finally:
        cluster.shutdown()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--nodes", type=int, default=2)
    serve(parser.parse_args().nodes)
