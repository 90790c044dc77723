"""The base path of routes."""

import pytest
from starlette.applications import Starlette
from streamlit import config

from seep.web.routes import routes
from seep.web.streamlit_patches.server import base_path
from tests.web.client import Client


@pytest.mark.parametrize(
    ("option", "prefix"), [("", ""), ("/", ""), ("oil", "/oil"), ("/oil/seep/", "/oil/seep")]
)
def test_the_base_path_has_one_slash_before_and_none_after(
    option: str, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(config, "get_option", lambda _name: option)
    assert base_path() == prefix


def test_routes_lie_behind_the_base_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("seep.web.routes.base_path", lambda: "/oil")
    client = Client(Starlette(routes=routes()))
    assert client.get("/oil/seep/nothing").json["error"]
    assert client.get("/seep/nothing").body == b"Not Found"
