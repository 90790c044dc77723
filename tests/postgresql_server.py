"""Run a command with `SEEP_TEST_DATABASE` set to a PostgreSQL server of its own, which is stopped afterward.

python -m tests.postgresql_server pytest tests/store

The server listens on a free port of 127.0.0.1, keeps its data in a temporary folder, and does not wait for the disk,
since nothing of it is kept. The programs are those of the system; where there are none, Debian's package is installed
(as root). Without them this script says so and fails where the variable CI is set, and else leaves the command out.
"""

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from seep_testing.find_browser import attempt

FOLDERS = ("/usr/lib/postgresql/*/bin", "/opt/homebrew/opt/postgresql*/bin", "/usr/local/opt/postgresql*/bin")
GRACE_S = 20
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "autovacuum": "off",
}


def programs() -> Path | None:
    """Return the folder with `initdb` and `pg_ctl`, of the newest version; None if there is none."""
    on_path = shutil.which("initdb")
    found = [Path(on_path).resolve().parent] if on_path else []
    for pattern in FOLDERS:
        folders = Path("/").glob(pattern.removeprefix("/"))
        found += sorted(folders, key=lambda one: (len(one.parent.name), one.parent.name), reverse=True)
    return next((one for one in found if (one / "initdb").exists() and (one / "pg_ctl").exists()), None)


def find() -> Path | None:
    """Return the folder of the programs, after installing them where there are none."""
    found = programs()
    if found is None and os.geteuid() == 0 and shutil.which("apt-get"):
        attempt("apt-get", "update", "-qq")
        attempt("apt-get", "install", "-y", "-qq", "--no-install-recommends", "postgresql")
        found = programs()
    return found


def as_user() -> tuple[list[str], str | None]:
    """Return the start of a command that runs as an unprivileged user, and that user; PostgreSQL refuses root."""
    if os.geteuid() != 0:
        return [], None
    names = {one.pw_name for one in pwd.getpwall()}
    user = "postgres" if "postgres" in names else "nobody"
    return ["setpriv", f"--reuid={user}", "--regid", str(pwd.getpwnam(user).pw_gid), "--clear-groups"], user


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def server(folder: Path) -> Iterator[str]:
    """Start a server and stop it in the end; yields the address of its database `postgres`."""
    before, user = as_user()
    root = Path(tempfile.mkdtemp(prefix="seep-postgresql-"))
    password, port = secrets.token_hex(16), free_port()
    (root / "password").write_text(password)
    (root / "log").touch()
    if user is not None:
        for path in (root, root / "password", root / "log"):
            shutil.chown(path, user)
    data = root / "data"
    control = [*before, str(folder / "pg_ctl"), "--pgdata", str(data), "--silent"]
    options = " ".join(f"-c {name}='{value}'" for name, value in SETTINGS.items())
    try:
        run(
            *(*before, str(folder / "initdb"), "--pgdata", str(data), "--username", "seep", "--no-sync"),
            *("--auth", "scram-sha-256", "--pwfile", str(root / "password"), "--encoding", "UTF8"),
            cwd=root,
        )
        run(
            *control,
            "--log",
            str(root / "log"),
            "--wait",
            "--options",
            f"-p {port} {options}",
            "start",
            cwd=root,
        )
        try:
            yield f"postgresql+psycopg://seep:{password}@127.0.0.1:{port}/postgres"
        finally:
            run(*control, "--mode", "immediate", "--wait", "stop", cwd=root)
    except subprocess.CalledProcessError as error:
        print((root / "log").read_text()[-3000:], file=sys.stderr)
        raise SystemExit(f"The PostgreSQL server for the tests did not start: {error}") from error
    finally:
        shutil.rmtree(root, ignore_errors=True)


def run(*command: str, cwd: Path) -> None:
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=sys.stderr, check=True, cwd=cwd)


def main(command: list[str]) -> int:
    """Run the command with a server; return its exit status."""
    folder = find()
    if folder is None:
        said = "No PostgreSQL for the store tests: install Debian's package postgresql, or initdb and pg_ctl."
        print(said, file=sys.stderr)
        return 1 if os.environ.get("CI") else 0
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the server is stopped then too
    with server(folder) as address:
        environment = {**os.environ, "SEEP_TEST_DATABASE": address}
        return run_to_end(command, environment)


def run_to_end(command: list[str], environment: dict[str, str]) -> int:
    """Run a command and return its exit status; where this process is ended before, so is the command.

    It is interrupted, as by Ctrl+C: pytest then stops its workers and what its fixtures have started.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background command ignores it
    with subprocess.Popen(command, env=environment) as process:
        try:
            return process.wait()
        except BaseException:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(GRACE_S)
            except subprocess.TimeoutExpired:
                process.kill()
            raise


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
