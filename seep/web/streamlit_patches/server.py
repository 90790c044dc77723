"""Streamlit's server: its base path, its check of hosts, and its folder of pages."""

from streamlit import config
from streamlit.runtime.pages_manager import PagesManager
from streamlit.web.server.starlette.starlette_websocket import is_host_allowed

from seep.core.host_names import host_names

_HOSTS = "server.allowedHosts"


def base_path() -> str:
    """Return the prefix of all addresses, from `server.baseUrlPath`: "" or "/name", no slash at the end."""
    path = str(config.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{path}" if path else ""


def read_allowed_hosts() -> None:
    """Let `server.allowedHosts` take names separated by commas too; Streamlit itself reads spaces only.

    Raises:
        SettingsError: one of them is no host name.
    """
    config.set_option(_HOSTS, host_names(config.get_option(_HOSTS) or []))


def host_allowed(host: str | None) -> bool:
    """Return whether the Host header is one of `server.allowedHosts`; any is if that list is empty."""
    return is_host_allowed(host)


def ignore_page_folder() -> None:
    """Leave the pages to `st.navigation`.

    Until it has run once, a fresh server takes every file in `pages/` for a page that needs no frame, and a deep link
    opens it bare.
    """
    PagesManager.uses_pages_directory = False
