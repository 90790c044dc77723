"""Protection against requests of other sites."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from seep.web.request import RequestError

_PORTS = {"http": 80, "https": 443}
_PAGE_SCHEMES = {"ws": "http", "wss": "https"}


def check_same_origin(headers: Mapping[str, str], scheme: str, *, required: bool) -> None:
    """Check that no page of another origin sent a request, be it on this machine and only on another port.

    A browser sets Origin and Sec-Fetch-Site itself; a page of another site cannot choose them. Sec-Fetch-Site
    may be missing: browsers send it to HTTPS addresses and to localhost only. Origin is missing where a page of the
    same origin reads something.

    Args:
        headers: of the request or of the WebSocket's handshake; names in lower case.
        scheme: with which the browser sent it: http, https, ws or wss.
        required: whether Origin must be there, since the request changes something or opens a WebSocket.

    Raises:
        RequestError: 403, Origin is missing or is not the scheme, host and port of this app, or Sec-Fetch-Site names
            another site.
    """
    origin = headers.get("origin")
    if origin is None:
        if required:
            raise RequestError(
                403, "This request came from no page of this app. Reload the page, or use a token."
            )
        return
    own = f"{_PAGE_SCHEMES.get(scheme, scheme)}://{headers.get('host', '')}"
    sent, expected = _parts(origin), _parts(own)
    if sent is None or sent != expected:
        remedy = "Reload the page."
        if sent and expected and sent[1] == expected[1]:
            remedy = "Let the proxy set X-Forwarded-Proto, and name its address in FORWARDED_ALLOW_IPS."
        raise RequestError(403, f"This request came from {origin}, not from a page of {own}. {remedy}")
    site = headers.get("sec-fetch-site", "same-origin")
    if required and site != "same-origin":
        raise RequestError(403, f"This change came from a {site} page. Open the app in its own tab.")


def _parts(origin: str) -> tuple[str, str, int | None] | None:
    """Return scheme, host and port of an origin; None for what is none, such as "null"."""
    try:
        found = urlsplit(origin)
        port = found.port or _PORTS.get(found.scheme)
    except ValueError:
        return None
    plain = not (found.path or found.query or found.fragment or found.username or found.password)
    return (found.scheme, found.hostname, port) if plain and found.scheme and found.hostname else None
