"""The HTML document of a page that is opened by its own address.

Streamlit's script in the browser does not know the base path of the app. At `/review` it first asks for
`/review/_stcore/health`, and each attempt is an error in the console. The document served here names the base path.
"""

import base64
import hashlib
import re
from functools import lru_cache
from pathlib import Path

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route
from streamlit import file_util

from seep.web.page_list import PAGES
from seep.web.streamlit_patches.server import base_path

_WITH_CHARTS = {page.path for page in PAGES if page.has_charts}


def entry_routes() -> list[BaseRoute]:
    """Return one route per page, for `st.App`."""
    return [Route(f"{base_path()}/{page.path}", _document, methods=["GET"]) for page in PAGES]


def document(base: str, page: str = "") -> str:
    """Return Streamlit's HTML document with the base path of the app.

    Args:
        base: "" or "/name".
        page: path of the page below the base path, "" for Overview. The scripts of its parts are loaded together with
            Streamlit's own script instead of after it.
    """
    script = f"<script>window.__streamlit = {{ BACKEND_BASE_URL: location.origin + '{base}/' }};</script>"
    script_of = "PlotlyChart" if page in _WITH_CHARTS else "BidiComponent"
    return (
        _index()
        .replace("<head>", f"<head>{script}", 1)
        .replace("</head>", f"{_preloads(script_of)}</head>", 1)
    )


@lru_cache(maxsize=1)
def script_hashes() -> tuple[str, ...]:
    """Return the scripts inside the document of a page as sources of a Content-Security-Policy."""
    scripts = re.findall(r"<script>(.*?)</script>", document(base_path()), re.DOTALL)
    digests = (base64.b64encode(hashlib.sha256(one.encode()).digest()).decode() for one in scripts)
    return tuple(f"'sha256-{one}'" for one in digests)


async def _document(request: Request) -> Response:
    page = request.url.path.removeprefix(base_path()).strip("/")
    return HTMLResponse(document(base_path(), page), headers={"Cache-Control": "no-cache"})


@lru_cache
def _preloads(pattern: str) -> str:
    """Return links that load one of Streamlit's scripts early; none if this version of Streamlit has no such script."""
    folder = Path(file_util.get_static_dir())
    names = [path.relative_to(folder).as_posix() for path in sorted(folder.glob(f"static/js/{pattern}.*.js"))]
    return "".join(f'<link rel="modulepreload" crossorigin href="./{name}">' for name in names)


@lru_cache(maxsize=1)
def _index() -> str:
    return Path(file_util.get_static_dir(), "index.html").read_text(encoding="utf-8")
