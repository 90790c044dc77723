"""The script that runs tests with a PostgreSQL server; here without the server."""

import signal
import subprocess
import sys
import time
from pathlib import Path

from seep_testing.patience import PATIENCE_S

SCRIPT = """
import signal, sys
from contextlib import nullcontext
signal.signal(signal.SIGINT, signal.SIG_IGN)  # as in the background of a shell
sys.path.insert(0, sys.argv[1])
from tests import postgresql_server
postgresql_server.find = lambda: "programs"
postgresql_server.server = lambda folder: nullcontext("address")
sys.exit(postgresql_server.main(sys.argv[2:]))
"""
COMMAND = """
import sys, time
from pathlib import Path
try:
    Path(sys.argv[1]).write_text("running")
    time.sleep(600)
except KeyboardInterrupt:
    Path(sys.argv[1]).write_text("tidy")
"""
FOLDER = str(Path(__file__).parent.parent)


def test_the_command_gets_the_address_and_gives_its_exit_status() -> None:
    command = [sys.executable, "-c", "import os, sys; sys.exit(os.environ['SEEP_TEST_DATABASE'] + '!')"]
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, FOLDER, *command], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (1, "address!\n")


def test_sigterm_ends_the_command_which_can_tidy_up(tmp_path: Path) -> None:
    file = tmp_path / "state"
    script = subprocess.Popen(
        [sys.executable, "-c", SCRIPT, FOLDER, sys.executable, "-c", COMMAND, str(file)]
    )
    until = time.monotonic() + PATIENCE_S
    while not file.exists() and time.monotonic() < until:
        time.sleep(0.05)
    script.send_signal(signal.SIGTERM)
    assert script.wait(PATIENCE_S) == 143
    assert file.read_text() == "tidy"
