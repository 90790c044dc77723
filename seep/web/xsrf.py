"""What Streamlit keeps to itself about tokens, hosts and the base path, wrapped in one place.

`validate_xsrf_token`, the cookie's name and `is_host_allowed` are internal to Streamlit 1.67. They are
imported here and nowhere else, and the tests of this module fail should a later version move them.
"""

from collections.abc import Mapping
from urllib.parse import urlsplit

from streamlit import config
from streamlit.web.server.starlette.starlette_app_utils import generate_xsrf_token_string, validate_xsrf_token
from streamlit.web.server.starlette.starlette_server_config import XSRF_COOKIE_NAME
from streamlit.web.server.starlette.starlette_websocket import is_host_allowed

from seep.web.request import RequestError

HEADER = "x-xsrftoken"
COOKIE = XSRF_COOKIE_NAME

__all__ = ["COOKIE", "HEADER", "base_path", "check_change", "host_allowed", "new_token"]


def base_path() -> str:
    """Return the prefix of all addresses, from `server.baseUrlPath`: "" or "/name", no slash at the end."""
    path = str(config.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{path}" if path else ""


def host_allowed(host: str | None) -> bool:
    """Tell whether the Host header is one of `server.allowedHosts`; any is, where that list is empty."""
    return is_host_allowed(host)


def new_token() -> str:
    """Return a fresh token in the form that Streamlit puts into its cookie."""
    return generate_xsrf_token_string()


def check_change(headers: Mapping[str, str], cookies: Mapping[str, str]) -> None:
    """Let a request that changes something pass only if this very site's page sent it.

    Streamlit checks its own routes by token alone and ours not at all. Here both are demanded: the token
    in the header equal to the one in the cookie, which another site cannot read, and an Origin of the
    host that was asked, which another site cannot forge.

    Raises:
        RequestError: 403, with the sentence to show.
    """
    origin = headers.get("origin")
    if origin is None or urlsplit(origin).netloc != headers.get("host"):
        raise RequestError(403, f"This change came from {origin or 'no page'}, not from a page of this app.")
    if not validate_xsrf_token(headers.get(HEADER), cookies.get(COOKIE)):
        raise RequestError(403, "This page's security token is missing or out of date; reload the page.")
