"""The answer for addresses that nothing serves.

Streamlit answers any unknown address with its page and status 200. A probe at a wrong address then looks healthy, and
a wrong link looks like an empty app. The route of this module comes last of the app's own and before Streamlit's.
"""

import re
from collections.abc import Collection

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from seep.settings import APP
from seep.web.request import RequestError
from seep.web.responses import error_answer
from seep.web.xsrf import base_path

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
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]


def page_paths() -> list[str]:
    """Return the paths of the pages, from the folder of the app."""
    return sorted(path.stem for path in (APP.parent / "pages").glob("*.py"))


def unknown_routes() -> list[BaseRoute]:
    """Return the route for addresses that neither the app nor Streamlit serves, for `st.App`."""
    return [_UnknownRoute(base_path(), page_paths())]


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


async def _unknown(_request: Request) -> Response:
    return error_answer(RequestError(404, "There is no such page or file in this app. Check the address."))
