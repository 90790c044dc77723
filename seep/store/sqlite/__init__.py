"""The SQLite library of the workspace: that of pysqlite3 where it is installed, else that of Python.

Many systems bring a SQLite in which write-ahead logging can corrupt the database; pysqlite3 brings a newer one. A
process must open `seep.db` by one library only: when one closes the file, the other loses its locks.
"""

from pathlib import Path

try:
    from pysqlite3 import dbapi2 as library
except ModuleNotFoundError:  # there is no wheel for this system
    import sqlite3 as library

dbapi = library  # what create_engine takes
Connection = dbapi.Connection
Error = dbapi.Error
OperationalError = dbapi.OperationalError
Row = dbapi.Row
connect = dbapi.connect
VERSION: tuple[int, int, int] = dbapi.sqlite_version_info

_MOUNTS = Path("/proc/self/mountinfo")
_NETWORK = {
    *("9p", "afs", "beegfs", "ceph", "cifs", "fuse.glusterfs", "fuse.s3fs", "fuse.sshfs"),
    *("gfs2", "gpfs", "lustre", "ncpfs", "nfs", "nfs4", "ocfs2", "smb3", "smbfs", "vboxsf"),
}


def wal_is_safe(version: tuple[int, int, int]) -> bool:
    """Tell whether this SQLite version is free of the WAL-reset bug, which can corrupt the database under load.

    Fixed in 3.51.3 and in the branches 3.50.7 and 3.44.6 (https://sqlite.org/wal.html#walresetbug).
    """
    fixed = {(3, 50): 7, (3, 44): 6}
    return version >= (3, 51, 3) or version[2] >= fixed.get(version[:2], 1 << 30)


def is_on_network(path: Path, mounts: Path = _MOUNTS) -> bool:
    """Tell whether a file is on a network file system, where processes do not share the memory that WAL needs.

    Args:
        mounts: the list of mounts that Linux gives; without it, the answer is False.
    """
    try:
        lines = mounts.read_text().splitlines()
    except OSError:
        return False
    kinds: dict[Path, str] = {}
    for line in lines:
        left, _, right = line.partition(" - ")
        kinds[Path(left.split()[4].replace(r"\040", " "))] = right.split()[0]
    resolved = path.resolve()
    return next((kinds[one] in _NETWORK for one in (resolved, *resolved.parents) if one in kinds), False)
