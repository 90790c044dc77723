"""What every answer carries, and whom the app answers at all."""

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from streamlit import config

from seep.web.middleware import SECURITY_HEADERS
from seep.web.routes import middleware, routes
from seep.web.static import bundle
from seep.workflow.workspace import Workspace
from tests.web.client import Client
from tests.web.conftest import Site


@pytest.fixture
def client(shared_site: Site) -> Client:
    page = Route("/", lambda _request: PlainTextResponse("page", headers={"Referrer-Policy": "no-referrer"}))
    opened = [*routes(lambda: shared_site.workspace), page]
    return Client(Starlette(routes=opened, middleware=middleware(lambda: shared_site.workspace)))


def test_every_answer_carries_the_security_headers(client: Client) -> None:
    for path in ("/seep/ui/x/gallery/frontend/main.js", "/seep/nothing", "/not/there"):
        headers = client.get(path).headers
        for name, value in SECURITY_HEADERS.items():
            assert headers[name.lower()] == value


def test_a_header_that_is_there_already_stays(client: Client) -> None:
    assert client.get("/").headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize(
    ("host", "status"), [("seep.test", 200), ("seep.test:8501", 200), ("evil.test", 403)]
)
def test_only_the_hosts_that_are_allowed_are_answered(
    client: Client, host: str, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    option = config.get_option
    monkeypatch.setattr(
        config, "get_option", lambda name: ["seep.test"] if name == "server.allowedHosts" else option(name)
    )
    answer = client.get("/", host=host)
    assert answer.status == status
    if status == 403:
        assert "evil.test" in answer.json["error"]


def test_scripts_are_answered_without_asking_the_database(shared_site: Site) -> None:
    """A page loads about 100 of them: their sender is nobody in particular."""

    def broken() -> Workspace:
        raise AssertionError("the workspace was asked who sends the request")

    module = f"/seep/ui/{bundle().hash}/gallery/frontend/main.js"
    script = Route("/static/js/main.js", lambda _request: PlainTextResponse("script"))
    opened = [*routes(lambda: shared_site.workspace), script]
    client = Client(Starlette(routes=opened, middleware=middleware(broken)))
    assert client.get(module).status == 200
    assert client.get("/static/js/main.js").status == 200
