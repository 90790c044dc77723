"""What every answer carries, and whom the app answers at all."""

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from streamlit import config

from seep.web.middleware import SECURITY_HEADERS
from seep.web.routes import middleware, routes
from tests.web.client import Client


def site() -> Client:
    page = Route("/", lambda _request: PlainTextResponse("page", headers={"Referrer-Policy": "no-referrer"}))
    return Client(Starlette(routes=[*routes(), page], middleware=middleware()))


def test_every_answer_carries_the_security_headers() -> None:
    for path in ("/seep/ui/x/gallery/frontend/main.js", "/seep/nothing", "/not/there"):
        headers = site().get(path).headers
        for name, value in SECURITY_HEADERS.items():
            assert headers[name.lower()] == value


def test_a_header_that_is_there_already_stays() -> None:
    assert site().get("/").headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize(
    ("host", "status"), [("seep.test", 200), ("seep.test:8501", 200), ("evil.test", 403)]
)
def test_only_the_hosts_that_are_allowed_are_answered(
    host: str, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    option = config.get_option
    monkeypatch.setattr(
        config, "get_option", lambda name: ["seep.test"] if name == "server.allowedHosts" else option(name)
    )
    answer = site().get("/", host=host)
    assert answer.status == status
    if status == 403:
        assert "evil.test" in answer.json["error"]
