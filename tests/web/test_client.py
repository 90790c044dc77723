"""`seep.client` against a real server, and the OpenAPI document of the same routes."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pytest
import uvicorn

from seep.client import Client
from seep.errors import ConflictError, DeniedError, MissingError, SeepError, SignedOutError, UnconfirmedError
from seep.web.openapi import openapi_document
from seep.web.routes import PREFIX, TABLE
from seep.workflow.access import accounts, tokens
from seep_testing.live import free_port
from seep_testing.patience import wait_for
from tests.actors import TESTER
from tests.web.conftest import PASSWORD, Site, make_site


@dataclass
class Served:
    site: Site
    url: str

    def client(self, scope: str) -> Client:
        _, token = tokens.create(self.site.workspace, "Ann", name=scope, scope=scope, days=1, actor=TESTER)
        return Client(self.url, token)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Three tiles behind a server on a port, where people sign in; Ann is a reviewer."""
    site = make_site(tmp_path_factory.mktemp("served"), "local")
    accounts.add_local(site.workspace, "Ann", "reviewer", PASSWORD, TESTER)
    port = free_port()
    server = uvicorn.Server(
        uvicorn.Config(site.client.app, "127.0.0.1", port, log_level="error", lifespan="off")
    )
    thread = threading.Thread(target=server.run)
    thread.start()
    wait_for("the server", lambda: server.started)
    yield Served(site, f"http://127.0.0.1:{port}")
    server.should_exit = True
    thread.join()


def test_a_script_reads_a_tile_and_saves_a_mask(served: Served) -> None:
    client, name = served.client("review"), "beta.000001"
    item = next(one for one in client.queue(order="name") if one["name"] == name)
    np.testing.assert_array_equal(client.image(item["id"])[..., 0], served.site.images[name])
    mask = client.shown_mask(item["id"])
    assert not mask.any()
    mask[2:5, 3:9] = 2
    saved = client.save(item["id"], mask, accept=True)
    assert (saved["state"], saved["revision"]["author"]) == ("corrected", "Ann")
    np.testing.assert_array_equal(client.shown_mask(item["id"]), mask)
    with pytest.raises(ConflictError) as caught:
        client.save(item["id"], mask)
    assert caught.value.author == "Ann"
    assert client.decide(item["id"], "flag") == "flagged"


def test_an_accept_of_an_untouched_tile_needs_a_confirmation(served: Served) -> None:
    client, tile = served.client("review"), served.site.ids["alpha.000002"]
    empty = client.shown_mask(tile)
    with pytest.raises(UnconfirmedError):
        client.save(tile, empty, accept=True)
    assert client.document(tile)["head"] is None
    saved = client.save(tile, empty, accept=True, confirmed=True)
    assert (saved["revision"]["author"], client.document(tile)["state"]) == ("Ann", saved["state"])


def test_refusals_are_errors_with_a_sentence(served: Served) -> None:
    tile = served.site.tile
    with pytest.raises(DeniedError, match="role annotator is needed"):
        served.client("read").save(tile, np.zeros((24, 32), np.uint8))
    with pytest.raises(DeniedError, match="role reviewer is needed"):
        served.client("annotate").decide(tile, "reject")
    with pytest.raises(SignedOutError):
        Client(served.url, "seep_guessed").scenes()
    with pytest.raises(MissingError):
        served.client("read").document(999)
    with pytest.raises(SeepError, match="does not answer"):
        Client(f"http://127.0.0.1:{free_port()}").scenes()
    with pytest.raises(SeepError, match="http://"):
        Client("ftp://127.0.0.1")


def test_the_openapi_document_lists_each_route_with_its_role() -> None:
    document = openapi_document(TABLE, PREFIX)
    operations = {
        (method, path): operation
        for path, one in document["paths"].items()
        for method, operation in one.items()
    }
    assert len(operations) == len(TABLE)
    assert len({one["operationId"] for one in operations.values()}) == len(TABLE)
    for entry in TABLE:
        path = entry.path.replace("{id:id}", "{id}").replace("{path:path}", "{path}")
        operation = operations[entry.method.lower(), path]
        assert operation["x-role"] == entry.role
        assert operation["summary"].endswith("."), path
        named = {one["name"] for one in operation.get("parameters", ())}
        assert named == {name for name in ("id", "path") if "{" + name + "}" in path}


def test_the_app_serves_the_document(served: Served) -> None:
    assert served.client("read")._json("GET", "openapi.json")["openapi"] == "3.1.0"
