"""What every answer carries, and whom the app answers at all."""

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from streamlit import config

from seep.errors import WorkspaceError
from seep.settings import read_settings
from seep.web.middleware import SECURITY_HEADERS, content_policy
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


def test_scripts_come_from_this_app_only(client: Client) -> None:
    policy = client.get("/seep/scenes").headers["content-security-policy"]
    parts = dict(one.split(" ", 1) for one in policy.split("; "))
    assert parts["default-src"] == parts["object-src"] == "'none'"
    assert "unsafe" not in parts["script-src"]
    assert parts["frame-ancestors"] == "'self'"
    assert parts["connect-src"] == "'self' ws://localhost:8501 wss://localhost:8501"
    assert content_policy("evil.test; script-src *").count("evil.test") == 0


@pytest.mark.parametrize(
    ("hsts", "scheme", "sent"), [("1", "https", True), ("1", "http", False), ("0", "https", False)]
)
def test_hsts_is_a_setting_and_for_https_only(
    client: Client, monkeypatch: pytest.MonkeyPatch, hsts: str, scheme: str, sent: bool
) -> None:
    chosen = read_settings({"SEEP_HSTS": hsts})
    monkeypatch.setattr("seep.web.middleware.settings", lambda: chosen)
    client.scheme = scheme
    assert ("strict-transport-security" in client.get("/seep/healthz").headers) is sent


def test_the_answer_while_the_workspace_cannot_be_opened_says_when_to_try_again(site: Site) -> None:
    def broken() -> Workspace:
        raise WorkspaceError("The database server cannot be reached.")

    answer = Client(Starlette(routes=routes(broken), middleware=middleware(broken))).get("/seep/scenes")
    assert (answer.status, answer.headers["retry-after"]) == (503, "10")
