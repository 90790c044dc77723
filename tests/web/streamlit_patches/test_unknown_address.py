import ast
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from streamlit import config

from seep.web.page_list import PAGES
from seep.web.streamlit_patches.unknown_address import unknown_routes
from tests.web.client import Client


def client() -> Client:
    page = Route("/{path:path}", lambda _request: PlainTextResponse("page"))
    return Client(Starlette(routes=[*unknown_routes(), page]))


@pytest.mark.parametrize(
    "path", ["/healthz", "/Review", "/reviews", "/.env", "/pages/review.py", "/review/x"]
)
def test_an_unknown_address_is_not_found(path: str) -> None:
    answer = client().get(path)
    assert answer.status == 404
    assert answer.json["error"].endswith("Check the address.")


def test_a_person_gets_a_page_with_the_way_back() -> None:
    answer = client().get("/nosuchpage", accept="text/html,application/xhtml+xml")
    assert answer.status == 404
    assert answer.headers["content-type"].startswith("text/html")
    assert "Check the address." in answer.body.decode()
    assert '<a href="/">Open Overview</a>' in answer.body.decode()


@pytest.mark.parametrize(
    "path", ["/_stcore/upload_file", "/_stcore/upload_file/session/file", "/models/_stcore/upload_file/a/b"]
)
def test_the_uploader_that_keeps_files_in_memory_is_refused(path: str) -> None:
    assert client().send("PUT", path, b"x", {}).status == 404


def test_no_page_uses_that_uploader() -> None:
    root = Path(__file__).resolve().parents[3]
    paths = [root / "app.py", *(root / "pages").glob("*.py"), *(root / "seep").rglob("*.py")]
    used = {
        f"{path.relative_to(root)}: {node.attr}"
        for path in paths
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and node.attr in {"file_uploader", "chat_input", "camera_input"}
    }
    assert used == set()


def test_pages_and_files_of_streamlit_are_served() -> None:
    paths = [
        "/",
        "/_stcore/health",
        "/static/js/index.js",
        "/media/a.png",
        "/favicon.png",
        "/component/x/main.js",
    ]
    paths += [f"/{page.path}" for page in PAGES if page.path]
    paths += ["/review/", "/review/_stcore/health", "/overview/_stcore/health"]
    assert {path: client().get(path).status for path in paths} == dict.fromkeys(paths, 200)
    assert {"overview", "browse", "review", "models"} <= {page.name for page in PAGES}


def test_overview_has_the_address_of_the_app() -> None:
    for path in ("/overview", "/overview/"):
        answer = client().get(f"{path}?set=1")
        assert (answer.status, answer.headers["location"]) == (307, "/?set=1")


def test_the_base_path_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    option = config.get_option
    monkeypatch.setattr(
        config, "get_option", lambda name: "tools/seep" if name == "server.baseUrlPath" else option(name)
    )
    found = {
        path: client().get(path).status for path in ("/tools/seep/", "/tools/seep/review", "/tools/seep/x")
    }
    assert found == {"/tools/seep/": 200, "/tools/seep/review": 200, "/tools/seep/x": 404}
    assert client().get("/tools/seep/overview").headers["location"] == "/tools/seep/"
