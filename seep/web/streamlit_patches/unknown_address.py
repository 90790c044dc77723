"""The answer for addresses that nothing serves.

Streamlit answers any unknown address with its page and status 200. A probe at a wrong address then looks healthy, and
a wrong link looks like an empty app. The route of this module comes last of the app's own and before Streamlit's.
"""

import re
from collections.abc import Collection
from html import escape

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from seep.web.page_list import PAGES
from seep.web.request import RequestError
from seep.web.responses import error_answer
from seep.web.streamlit_patches.server import base_path

STREAMLIT_FOLDERS = ("_stcore", "static", "media", "component", "app", "vendor", "svg", "auth")
STREAMLIT_FILES = (
    "index.html",
    "favicon.png",
    "favicon.ico",
    "manifest.json",
    "robots.txt",
    "oauth2callback",
)
UPLOADER = "_stcore/upload_file"
"""Streamlit's own uploader, which keeps files in memory. Nothing here uses it: files go to `/seep/uploads`."""
SENTENCE = "There is no such page or file in this app. Check the address."
PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Not found - Seep</title>
<style>
:root {{ color-scheme: light dark; font: 14px -apple-system, "Segoe UI", "Noto Sans", sans-serif }}
body {{ margin: 0; min-height: 100vh; display: grid; place-items: center; background: light-dark(#fff, #1a1b1e);
  color: light-dark(#1c1f23, #e3e5e8) }}
h1 {{ margin: 0; font-size: 1.5rem; font-weight: 600 }}
a {{ color: light-dark(#0d6a8c, #6bbad8) }}
</style>
</head>
<body>
<main>
<h1>Not found</h1>
<p>{sentence}</p>
<a href="{home}">Open Overview</a>
</main>
</body>
</html>
"""
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]


def unknown_routes() -> list[BaseRoute]:
    """Return the routes for addresses that neither the app nor Streamlit serves, for `st.App`.

    Overview has the address of the app alone. Streamlit would say that there is no page at its file name.
    """
    base = base_path()
    overview = [Route(f"{base}/overview{end}", _to_overview) for end in ("", "/")]
    return [*overview, _UnknownRoute(base, [page.name for page in PAGES])]


class _UnknownRoute(Route):
    """Matches the addresses below the base path whose first part is not known."""

    def __init__(self, base: str, pages: Collection[str]) -> None:
        super().__init__(f"{base}/{{path:path}}", _unknown, methods=METHODS)
        folders = "|".join(map(re.escape, STREAMLIT_FOLDERS))
        # Streamlit's script asks below the address of a page before it knows the base path.
        page = rf"(?:{'|'.join(map(re.escape, sorted(pages)))})(?:/(?:(?:{folders})/.*)?)?"
        files = "|".join(map(re.escape, STREAMLIT_FILES))
        known = rf"(?:|{files}|(?:{folders})(?:/.*)?|{page})"
        self.path_regex = re.compile(
            rf"^{re.escape(base)}/(?!(?!.*{re.escape(UPLOADER)}){known}$)(?P<path>.*)$"
        )


async def _to_overview(request: Request) -> Response:
    query = f"?{request.url.query}" if request.url.query else ""
    return RedirectResponse(f"{base_path()}/{query}")


async def _unknown(request: Request) -> Response:
    if "text/html" in request.headers.get("accept", ""):  # a person's browser, not a script
        return HTMLResponse(PAGE.format(sentence=SENTENCE, home=escape(f"{base_path()}/")), 404)
    return error_answer(RequestError(404, SENTENCE))
