"""Two app servers with folders of their own on one database and one bucket."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from seep_testing.live import LiveApp
from tests.buckets import CREDENTIALS, make_bucket, point_to, s3_server
from tests.databases import url_of


@contextmanager
def two_servers(folder: Path) -> Iterator[tuple[LiveApp, LiveApp]]:
    """Start both in empty folders; the first one has no worker, the second one has."""
    (folder / "database").mkdir()
    database = url_of(folder / "database") or f"sqlite:///{folder / 'database' / 'seep.db'}"
    with s3_server() as address, pytest.MonkeyPatch.context() as patch:
        point_to(patch, address)
        shared = {
            **CREDENTIALS,
            "AWS_ENDPOINT_URL": address,
            "SEEP_DATABASE_URL": database,
            "SEEP_FILES_URL": f"s3://{make_bucket(address)}/seep",
            "OMP_NUM_THREADS": "1",
        }
        apps = []
        for name in ("one", "two"):
            (folder / name).mkdir()
            apps.append(LiveApp(folder / name, worker=name == "two", environment=shared))
        try:
            for app in apps:
                app.start()
            yield apps[0], apps[1]
        finally:
            for app in apps:
                app.stop()
