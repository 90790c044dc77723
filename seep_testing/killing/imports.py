"""An import that is killed on its way."""

import time
from contextlib import closing
from pathlib import Path

from seep.store import sqlite
from seep_testing.killing.processes import start


def kill_import(root: Path, images: Path, masks: Path, delay_s: float | None) -> int:
    """SIGKILL an import after `delay_s`, or at its first kept file; returns the number of tiles then."""
    process = start(root, "seep", "import", str(images), "--masks", str(masks))
    if delay_s is None:
        while process.poll() is None and not any((root / "files").glob("??/*.png")):
            time.sleep(0.002)
    else:
        time.sleep(delay_s)
    process.kill()
    process.communicate()
    return count_tiles(root)


def count_tiles(root: Path) -> int:
    """How many tiles a workspace has; none when its database was not made yet."""
    if not (root / "seep.db").exists():
        return 0
    with closing(sqlite.connect(root / "seep.db")) as database:
        try:
            return int(database.execute("SELECT count(*) FROM tile").fetchone()[0])
        except sqlite.OperationalError:
            return 0
