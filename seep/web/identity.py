"""Read from a request who sends it; the same for HTTP, for the WebSocket and for pages."""

import hmac
import logging
import sys
from collections.abc import Mapping
from ipaddress import ip_address

from starlette.requests import cookie_parser
from streamlit import config

from seep.core.text import is_printable
from seep.errors import BindingError, SeepError, SettingsError
from seep.settings import Settings, settings
from seep.web.streamlit_patches.server import read_allowed_hosts
from seep.workflow.access.identity import Credentials
from seep.workflow.access.oidc import is_safe_address

MIN_SECRET_CHARACTERS = 24
MAX_PROXY_NAME = 255
"""Longest name that a proxy may send; a longer one is refused, since two may begin alike."""
_LOGGER = logging.getLogger("seep.access")
PLAIN_COOKIE, SECURE_COOKIE = "seep-session", "__Host-seep-session"
"""Names of the session's cookie without and with HTTPS. Browsers accept the second one from this host only."""
PROXY_SECRET_HEADER = "X-Seep-Proxy-Secret"  # noqa: S105 - the name of a header


def credentials(headers: Mapping[str, str], settings: Settings, *, secure: bool) -> Credentials:
    """Return what the headers carry.

    Args:
        headers: of the request or of the WebSocket's handshake; names in any case.
        secure: whether the browser uses HTTPS; then only the cookie with the prefix `__Host-` counts.
    """
    cookies = cookie_parser(headers.get("cookie") or "")
    scheme, _, token = (headers.get("authorization") or "").partition(" ")
    return Credentials(
        session=cookies.get(cookie_name(secure=secure), ""),
        token=token.strip() if scheme.lower() == "bearer" else "",
        proxy_user=_proxy_user(headers, settings),
    )


def cookie_name(*, secure: bool) -> str:
    """Return the name of the session's cookie."""
    return SECURE_COOKIE if secure else PLAIN_COOKIE


def is_loopback(host: str | None) -> bool:
    """Return whether an address is one of this machine; None and names other than localhost are not."""
    if host == "localhost":
        return True
    try:
        return ip_address(host or "").is_loopback
    except ValueError:
        return False


def check_binding(settings: Settings, address: str | None) -> None:
    """Check before the start that only those reach the app who may.

    Args:
        address: where the server listens, `server.address`; None for everywhere.

    Raises:
        BindingError: the mode `none` or `proxy` listens beyond this machine, `proxy` has no secret, or `oidc` lacks
            a setting of its provider.
    """
    if settings.auth == "proxy" and len(settings.proxy_secret or "") < MIN_SECRET_CHARACTERS:
        raise BindingError(
            f"SEEP_AUTH is proxy, but SEEP_PROXY_SECRET has fewer than {MIN_SECRET_CHARACTERS} characters. Set one."
        )
    if settings.auth == "oidc":
        _check_provider(settings)
    if settings.auth not in {"local", "oidc"} and not is_loopback(address):
        raise BindingError(
            f"SEEP_AUTH is {settings.auth}, so the server may listen on 127.0.0.1 only, not on "
            f"{address or 'all addresses'}. Set --server.address 127.0.0.1, or "
            "SEEP_AUTH=local and add accounts with seep person add."
        )


def _check_provider(settings: Settings) -> None:
    names = ("oidc_issuer", "oidc_client_id", "oidc_client_secret")
    missing = [f"SEEP_{name.upper()}" for name in names if not getattr(settings, name)]
    if missing:
        raise BindingError(f"SEEP_AUTH is oidc, but {', '.join(missing)} has no value. Set each one.")
    if not is_safe_address(settings.oidc_issuer or ""):
        raise BindingError(
            f"SEEP_OIDC_ISSUER is {settings.oidc_issuer!r}. Set an address that begins with https://."
        )


def exit_if_open_to_others() -> None:
    """End the process with a sentence if `check_binding` or `read_allowed_hosts` refuses the settings of the server."""
    try:
        read_allowed_hosts()
    except SettingsError as error:
        sys.exit(f"seep: {error}")
    try:
        check_binding(settings(), config.get_option("server.address"))
    except BindingError as error:
        sys.exit(f"seep: {error}")
    except SeepError as error:  # invalid settings: the pages name them, and open no workspace
        logging.getLogger("seep").error("%s", error)


def _proxy_user(headers: Mapping[str, str], settings: Settings) -> str:
    if settings.auth != "proxy" or not settings.proxy_secret:
        return ""
    sent = _values(headers, PROXY_SECRET_HEADER)
    if len(sent) != 1 or not hmac.compare_digest(sent[0].encode(), settings.proxy_secret.encode()):
        return ""
    names = [value.strip() for value in _values(headers, settings.proxy_user_header)]
    if len(names) != 1:  # the proxy has let one of the browser's through, and nobody knows which
        _LOGGER.warning("A request with %d user headers was refused", len(names))
        return ""
    if len(names[0]) > MAX_PROXY_NAME or not is_printable(names[0]):
        _LOGGER.warning("A request with the user %.80a was refused", names[0])
        return ""
    return names[0]


def _values(headers: Mapping[str, str], name: str) -> list[str]:
    """Return the values of all headers with a name; Starlette and Streamlit ask for them by different names."""
    ask = getattr(headers, "getlist", None) or getattr(headers, "get_all", None)
    if ask is not None:
        return [str(one) for one in ask(name.lower())]
    value = headers.get(name.lower())
    return [] if value is None else [value]
