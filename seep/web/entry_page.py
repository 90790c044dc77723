"""The HTML document of a page that is opened by its own address.

Streamlit's script in the browser does not know the base path of the app. At `/review` it first asks for
`/review/_stcore/health`, and each attempt is an error in the console. The document served here names the base path.
"""

from functools import lru_cache
from pathlib import Path

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route
from streamlit import file_util

from seep.web.xsrf import base_path

PAGE_PATHS = (
    "browse",
    "scene",
    "sites",
    "review",
    "finetune",
    "models",
    "data",
    "settings",
    "guide",
    "people",
)
"""Paths of the pages, without Overview, which is at the base path itself."""


def entry_routes() -> list[BaseRoute]:
    """Return one route per page, for `st.App`."""
    return [Route(f"{base_path()}/{page}", _document, methods=["GET"]) for page in PAGE_PATHS]


def document(base: str) -> str:
    """Return Streamlit's HTML document with the base path of the app.

    Args:
        base: "" or "/name".
    """
    script = f"<script>window.__streamlit = {{ BACKEND_BASE_URL: location.origin + '{base}/' }};</script>"
    return _index().replace("<head>", f"<head>{script}", 1)


async def _document(_request: Request) -> Response:
    return HTMLResponse(document(base_path()), headers={"Cache-Control": "no-cache"})


@lru_cache(maxsize=1)
def _index() -> str:
    return Path(file_util.get_static_dir(), "index.html").read_text(encoding="utf-8")
