"""The policy: no route that changes something answers a page that is not ours; new routes are found here."""

import logging
import threading
from unittest.mock import patch

import pytest
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from seep.errors import ConflictError, MissingError, StorageError
from seep.web import routes as routes_module
from seep.web.request import MASK_BYTES, Entry
from seep.web.routes import PREFIX, SAFE_METHODS, TABLE, routes
from seep.workflow.workspace import Workspace
from tests.web.client import HOST, ORIGIN, Client
from tests.web.conftest import Site

CHANGING = [entry for entry in TABLE if entry.method not in SAFE_METHODS]


def address(entry: Entry) -> str:
    return PREFIX + entry.path.replace("{id:id}", "1").replace("{path:path}", "x")


def never() -> Workspace:
    raise AssertionError("a request that should be refused reached the workspace")


def test_every_route_is_one_line_of_the_table() -> None:
    listed = {(PREFIX + entry.path, entry.method) for entry in TABLE}
    served = {
        (route.path, method)
        for route in routes()[:-1]
        if isinstance(route, Route)
        for method in (route.methods or set()) - {"HEAD"}
    }
    assert served == listed
    assert {entry.method for entry in CHANGING} == {"POST", "PUT", "DELETE"}


def test_a_method_that_is_not_listed_for_an_address_changes_nothing() -> None:
    client = Client(Starlette(routes=routes(never)))
    for entry in TABLE:
        for method in {"POST", "PUT", "PATCH", "DELETE"} - {
            one.method for one in TABLE if one.path == entry.path
        }:
            assert client.change(method, address(entry)).status in {404, 405}, (method, entry.path)


@pytest.mark.parametrize("entry", CHANGING, ids=lambda entry: f"{entry.method} {entry.path}")
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"sec-fetch-site": "same-origin"},
        {"origin": "null", "sec-fetch-site": "same-origin"},
        {"origin": "https://evil.test"},
        {"origin": f"http://{HOST}.evil.test"},
        {"origin": "http://localhost:1"},
        {"origin": ORIGIN, "sec-fetch-site": "cross-site"},
        {"origin": ORIGIN, "sec-fetch-site": "same-site"},
        {"origin": ORIGIN, "sec-fetch-site": "none"},
    ],
    ids=str,
)
def test_a_change_from_another_site_is_refused(entry: Entry, headers: dict[str, str]) -> None:
    client = Client(Starlette(routes=routes(never)))
    answer = client.send(entry.method, address(entry), b"x", headers)
    assert answer.status == 403
    assert answer.json["error"].endswith(".")


def test_a_change_passes_without_sec_fetch_site(shared_site: Site) -> None:
    url = f"{PREFIX}/tiles/{shared_site.tile}/lock"
    assert shared_site.client.send("DELETE", url, headers={"origin": ORIGIN}).status == 200


@pytest.mark.parametrize("entry", [one for one in TABLE if "{id:id}" in one.path], ids=lambda one: one.path)
@pytest.mark.parametrize("digits", [20, 4301])
def test_an_id_of_too_many_digits_is_not_found(entry: Entry, digits: int) -> None:
    client = Client(Starlette(routes=routes(never)))
    url = PREFIX + entry.path.replace("{id:id}", "9" * digits).replace("{path:path}", "x")
    assert client.change(entry.method, url).status == 404


@pytest.mark.parametrize("entry", CHANGING, ids=lambda entry: f"{entry.method} {entry.path}")
def test_a_change_from_our_own_page_reaches_its_handler(shared_site: Site, entry: Entry) -> None:
    assert shared_site.client.change(entry.method, address(entry)).status in {200, 303, 400, 403, 404, 411}


def test_a_body_over_the_limit_is_refused_announced_or_not() -> None:
    client = Client(Starlette(routes=routes(never)))
    url = f"{PREFIX}/tiles/1/draft"
    announced = client.change("PUT", url, b"", content_length=str(MASK_BYTES + 1))
    streamed = client.send("PUT", url, bytes(MASK_BYTES + 1), client.page_headers(), chunks=40)
    for answer in (announced, streamed):
        assert answer.status == 413
        assert "33\u202f554\u202f432 bytes" in answer.json["error"]


@pytest.mark.parametrize(
    "path", ["/seep", "/seep/", "/seep/nothing", "/seep/tiles/x/document", "/seep/tiles/-1/image"]
)
def test_an_unknown_address_gets_a_sentence_not_the_page(path: str) -> None:
    answer = Client(Starlette(routes=routes(never))).get(path)
    assert answer.status in {404, 307}
    if answer.status == 404 and path != "/seep":
        assert "error" in answer.json


def raising(error: Exception) -> Client:
    def handler(*_: object) -> Response:
        raise error

    table = (Entry("GET", "/fault", "public", handler),)
    with patch.object(routes_module, "TABLE", table):
        return Client(Starlette(routes=routes(lambda: None)))


def full_disk() -> StorageError:
    error = StorageError("The disk is full: nothing was saved. Free some space and save again.")
    error.__cause__ = OSError(28, "No space left on device")
    return error


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (MissingError("There is no tile 3."), 404),
        (
            ConflictError("Bo saved first.", revision_id=4, author="Bo", created_at="2030-01-01T00:00:00Z"),
            409,
        ),
        (full_disk(), 507),
        (StorageError("The file is damaged."), 500),
    ],
)
def test_errors_keep_their_sentence_and_get_their_status(error: Exception, status: int) -> None:
    answer = raising(error).get("/seep/fault")
    assert (answer.status, answer.json["error"]) == (status, str(error))


def test_a_bug_is_logged_with_its_traceback_and_told_without(caplog: pytest.LogCaptureFixture) -> None:
    client = raising(RuntimeError("secret path"))
    with caplog.at_level(logging.ERROR, "seep.web"):
        answer = client.get("/seep/fault")
    assert answer.status == 500
    assert "secret" not in answer.body.decode()
    assert "RuntimeError: secret path" in caplog.text


def test_handlers_run_outside_the_event_loops_thread() -> None:
    threads = []

    def handler(*_: object) -> Response:
        threads.append(threading.current_thread())
        return Response()

    with patch.object(routes_module, "TABLE", (Entry("GET", "/where", "public", handler),)):
        client = Client(Starlette(routes=routes(lambda: None)))
    assert client.get("/seep/where").status == 200
    assert threads != [threading.main_thread()]
