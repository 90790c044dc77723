"""Figures for Prometheus: requests, saves, jobs, disk and database, read back by Prometheus's own parser."""

from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from prometheus_client.parser import text_string_to_metric_families

from seep.core.masks.mask import pack
from seep.store import sqlite
from tests.web.client import Client
from tests.web.conftest import Site, make_site
from tests.web.test_access import cookie_of, websocket

Series = dict[tuple[str, frozenset[tuple[str, str]]], float]


def read(site: Site, **headers: str) -> Series:
    answer = site.client.get("/seep/metrics", **headers)
    assert (answer.status, answer.headers["content-type"].partition(";")[0]) == (200, "text/plain")
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(answer.body.decode())
        for sample in family.samples
    }


def of(series: Series, name: str, **labels: str) -> float:
    return series.get((name, frozenset(labels.items())), 0.0)


def test_requests_count_by_route_and_status(site: Site) -> None:
    before = read(site)
    for _ in range(3):
        assert site.client.get("/seep/scenes").status == 200
    site.client.get("/seep/tiles/999/document")
    site.client.get("/seep/tiles/998/document")
    site.client.get("/somewhere")
    after = read(site)

    def change(name: str, **labels: str) -> float:
        return of(after, name, **labels) - of(before, name, **labels)

    assert change("seep_requests_total", route="GET /scenes", status="200") == 3
    assert change("seep_requests_total", route="GET /tiles/{id:id}/document", status="404") == 2
    assert change("seep_requests_total", route="other", status="404") == 1
    assert change("seep_request_seconds_count", route="GET /scenes") == 3
    assert 0 < change("seep_request_seconds_sum", route="GET /scenes") < 60


def test_saves_count_by_kind_once_they_are_saved(site: Site) -> None:
    url = f"/seep/tiles/{site.ids['beta.000001']}/revisions?kind=save"
    body = pack(np.ones((24, 32), np.uint8))
    before = of(read(site), "seep_saves_total", kind="save")
    headers = {"if-match": "0", "x-seep-request": "first-save"}
    assert site.client.change("POST", url, body, **headers).status == 201
    assert site.client.change("POST", url, body, **headers | {"x-seep-request": "second-save"}).status == 409
    assert of(read(site), "seep_saves_total", kind="save") - before == 1


def test_jobs_disk_and_database_are_those_of_the_workspace(site: Site) -> None:
    with closing(sqlite.connect(site.workspace.store.root / "seep.db")) as database, database:
        for state in ("queued", "queued", "running", "failed"):
            database.execute(
                "INSERT INTO job (kind, state, params, progress, message, heartbeat_at, cancel_requested, attempts, "
                "author, created_at) VALUES ('predict', ?, '{}', 0, '', '2020', 0, 1, 'ana', '2020')",
                (state,),
            )
    found = read(site)
    counts = [of(found, "seep_jobs", state=state) for state in ("queued", "running", "failed", "done")]
    assert counts == [2, 1, 1, 0]
    assert of(found, "seep_jobs_without_heartbeat") == 1
    assert of(found, "seep_database_up") == 1
    assert 0 < of(found, "seep_database_seconds") < 10
    assert of(found, "seep_disk_free_bytes") > 0


def test_a_lost_database_is_a_figure_and_no_failure(site: Site) -> None:
    site.workspace.store.close()
    (site.workspace.store.root / "seep.db").write_bytes(b"not a database" * 1000)
    from seep.workflow.maintenance.measurements import measure

    found = measure(site.workspace)
    assert (found.database_s, found.jobs) == (None, {})
    assert found.disk_free_bytes


def test_only_those_who_may_read_see_the_figures(tmp_path: Path) -> None:
    team = make_site(tmp_path, "local")
    assert team.client.get("/seep/metrics").status == 401
    assert Client(team.client.app, None, "10.0.0.8").get("/seep/metrics").status == 401
    assert of(read(team, cookie=cookie_of(team, "viewer", "viewer")), "seep_database_up") == 1


def test_without_sign_in_only_this_machine_reads_the_figures(site: Site) -> None:
    assert Client(site.client.app, None, "10.0.0.8").get("/seep/metrics").status == 401


@pytest.mark.filterwarnings("ignore")
def test_a_closed_websocket_is_not_counted(site: Site) -> None:
    websocket(site, "")
    assert of(read(site), "seep_websockets") == 0
