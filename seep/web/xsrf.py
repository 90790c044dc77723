"""Protection against requests of other sites."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from seep.web.request import RequestError


def check_same_origin(headers: Mapping[str, str]) -> None:
    """Check that a page of this app sent a request that changes something.

    A browser sets Origin and Sec-Fetch-Site itself; a page of another site cannot choose them. Sec-Fetch-Site
    may be missing: browsers send it to HTTPS addresses and to localhost only.

    Raises:
        RequestError: 403, Origin is missing or names another host, or Sec-Fetch-Site names another site.
    """
    origin = headers.get("origin")
    if origin is None or urlsplit(origin).netloc != headers.get("host"):
        raise RequestError(
            403, f"This change came from {origin or 'no page'}, not from a page of this app. Reload the page."
        )
    site = headers.get("sec-fetch-site", "same-origin")
    if site != "same-origin":
        raise RequestError(403, f"This change came from a {site} page. Open the app in its own tab.")
