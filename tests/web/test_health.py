"""Probes: alive, and able to serve."""

from contextlib import closing

import pytest

from seep.store import sqlite
from seep.workflow.maintenance import readiness
from tests.web.conftest import Site


def test_a_running_app_is_alive_and_ready(site: Site) -> None:
    assert site.client.get("/seep/healthz").json == {"status": "ok"}
    answer = site.client.get("/seep/readyz")
    assert answer.status == 200
    assert answer.json == {"ready": True, "database": True, "disk": True, "files": True, "worker": True}


def test_a_full_disk_is_not_ready(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readiness, "MIN_FREE_BYTES", 2**60)
    answer = site.client.get("/seep/readyz")
    assert (answer.status, answer.headers["retry-after"]) == (503, "10")
    assert answer.json == {"ready": False, "database": True, "disk": False, "files": True, "worker": True}
    assert site.client.get("/seep/healthz").status == 200


def test_a_lost_database_is_not_ready(site: Site) -> None:
    site.workspace.store.close()
    (site.workspace.store.root / "seep.db").write_bytes(b"not a database" * 1000)
    answer = site.client.get("/seep/readyz")
    assert answer.status == 503
    assert answer.json["database"] is False


@pytest.mark.parametrize(
    ("created_at", "running", "worker"), [("2020", 0, False), ("2020", 1, True), ("2999", 0, True)]
)
def test_a_job_that_no_worker_takes_is_told(site: Site, created_at: str, running: int, worker: bool) -> None:
    with closing(sqlite.connect(site.workspace.store.root / "seep.db")) as database, database:
        for state in ["queued", *["running"] * running]:
            database.execute(
                "INSERT INTO job (kind, state, params, progress, message, heartbeat_at, cancel_requested, attempts, "
                "author, created_at) VALUES ('predict', ?, '{}', 0, '', '2999', 0, 1, 'ana', ?)",
                (state, created_at),
            )
    answer = site.client.get("/seep/readyz")
    assert (answer.status, answer.json["worker"]) == (200, worker)
    with closing(sqlite.connect(site.workspace.store.root / "seep.db")) as database, database:
        database.execute(
            "INSERT INTO job (kind, state, params, progress, message, cancel_requested, attempts, author, created_at, "
            "finished_at) VALUES ('predict', 'done', '{}', 1, '', 0, 1, 'ana', '2020', '2999')"
        )
    assert site.client.get("/seep/readyz").json["worker"], "a worker has just ended a job"


def test_a_lost_worker_is_named_and_people_can_work(site: Site) -> None:
    with closing(sqlite.connect(site.workspace.store.root / "seep.db")) as database, database:
        database.execute(
            "INSERT INTO job (kind, state, params, progress, message, heartbeat_at, cancel_requested, attempts, "
            "author, created_at) VALUES ('predict', 'running', '{}', 0, '', '2020', 0, 1, 'ana', '2020')"
        )
    assert site.client.get("/seep/readyz").json == {
        "ready": True,
        "database": True,
        "disk": True,
        "files": True,
        "worker": False,
    }
