"""A client of the HTTP routes, for scripts that run elsewhere than the app.

Create a token with `seep token create`, then:

    client = Client("https://seep.example.org", token)
    tile = client.queue(state="unreviewed", limit=1)[0]["id"]
    mask = client.shown_mask(tile)
    head = client.document(tile)["head"]  # None for a tile without a saved mask
    client.save(tile, mask, base_revision_id=head and head["id"])

docs/routes.md describes the routes; `/seep/openapi.json` lists them for other programs.
"""

import json
import time
import urllib.error
import urllib.request
import uuid
from typing import Any
from urllib.parse import urlencode, urlsplit

import numpy as np
import numpy.typing as npt

from seep.core.masks.mask import Mask, pack, unpack
from seep.errors import (
    BusyError,
    ConflictError,
    DeniedError,
    MissingError,
    SeepError,
    SignedOutError,
    StorageError,
    UnconfirmedError,
)

_ERRORS: dict[int, type[SeepError]] = {
    401: SignedOutError,
    403: DeniedError,
    404: MissingError,
    422: UnconfirmedError,
    503: BusyError,
    507: StorageError,
}


class Client:
    """Reads tiles and saves masks over HTTP, as the person of a token."""

    def __init__(self, url: str, token: str = "", *, timeout_s: float = 60) -> None:
        """Prepare requests; nothing is sent yet.

        Args:
            url: address of the app, with its base path if it has one.
            token: from `seep token create`; "" for an app on this machine where nobody signs in.
            timeout_s: longest wait for an answer, seconds.
        """
        self._url, self._timeout_s = url.rstrip("/"), timeout_s
        parts = urlsplit(self._url)
        if parts.scheme not in {"http", "https"}:
            raise SeepError(f"The address {url!r} cannot be used. Start it with http:// or https://.")
        self._headers = {"Origin": f"{parts.scheme}://{parts.netloc}"}
        if token:
            self._headers["Authorization"] = f"Bearer {token}"

    def queue(self, **filters: str | int) -> list[dict[str, Any]]:
        """Return tiles in review order; filters as in docs/routes.md: `state`, `scene`, `order`, `limit`, ..."""
        return list(self._json("GET", f"queue?{urlencode(filters)}"))

    def scenes(self) -> list[dict[str, Any]]:
        """Return all scenes by name."""
        return list(self._json("GET", "scenes"))

    def document(self, tile_id: int) -> dict[str, Any]:
        """Return a tile without its pixels: size, state, newest revision, prediction, history."""
        return dict(self._json("GET", f"tiles/{tile_id}/document"))

    def image(self, tile_id: int) -> npt.NDArray[Any]:
        """Return the pixels of a tile, (H, W, bands)."""
        content, headers = self._send("GET", f"tiles/{tile_id}/image")
        shape = tuple(int(side) for side in headers["X-Seep-Shape"].split(","))
        return np.frombuffer(content, np.dtype(headers["X-Seep-Dtype"]).newbyteorder("<")).reshape(shape)

    def shown_mask(self, tile_id: int) -> Mask:
        """Return the newest mask of a tile, else its prediction, else an empty mask: (H, W) uint8 class ids."""
        tile = self.document(tile_id)
        shape = (int(tile["height"]), int(tile["width"]))
        for kind, source in (("revisions", tile["head"]), ("predictions", tile["prediction"])):
            if source:
                return unpack(self._send("GET", f"{kind}/{source['id']}/mask")[0], shape)
        return np.zeros(shape, np.uint8)

    def save(
        self,
        tile_id: int,
        mask: Mask,
        *,
        base_revision_id: int | None = None,
        accept: bool = False,
        confirmed: bool = False,
    ) -> dict[str, Any]:
        """Save a mask as a new revision.

        Args:
            mask: (H, W) uint8 class ids.
            base_revision_id: the revision that the mask is based on; None for a tile without one.
            accept: accept the tile, for the role reviewer.
            confirmed: accept an empty mask of a tile that has neither a prediction nor a revision.

        Raises:
            UnconfirmedError: such a tile was to be accepted without `confirmed`; nothing changed.
            ConflictError: another revision was saved first; nothing changed.
            DeniedError: the role or the scope of the token is too low.
        """
        headers = {"If-Match": str(base_revision_id or 0), "X-Seep-Request": str(uuid.uuid4())}
        kind = "accept" if accept else "save"
        query = urlencode({"kind": kind, "confirmed": int(confirmed)})
        return dict(self._json("POST", f"tiles/{tile_id}/revisions?{query}", pack(mask), headers))

    def decide(self, tile_id: int, decision: str, note: str = "") -> str:
        """Reject, flag or reopen a tile; return its state afterward."""
        body = json.dumps({"decision": decision, "note": note}).encode()
        return str(self._json("POST", f"tiles/{tile_id}/decision", body)["state"])

    def _json(
        self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> Any:
        return json.loads(self._send(method, path, body, headers)[0])

    def _send(
        self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> tuple[bytes, Any]:
        request = urllib.request.Request(  # noqa: S310 - the scheme was checked
            f"{self._url}/seep/{path}", body, self._headers | (headers or {}), method=method
        )
        until = time.monotonic() + self._timeout_s
        try:
            while True:
                try:
                    with urllib.request.urlopen(request, timeout=self._timeout_s) as answer:  # noqa: S310
                        return answer.read(), answer.headers
                except urllib.error.HTTPError as error:
                    later = error.headers.get("Retry-After", "")
                    wait_s = int(later) if error.code == 503 and later.isdecimal() else None
                    if wait_s is None or time.monotonic() + wait_s > until:
                        raise _error(error.code, error.read()) from error
                    time.sleep(wait_s)  # the server is busy and changed nothing
        except OSError as error:
            raise SeepError(
                f"{self._url} does not answer: {error}. Check the address and the server."
            ) from error


def _error(status: int, body: bytes) -> SeepError:
    try:
        content = json.loads(body)
    except ValueError:
        content = {}
    sentence = str(content.get("error") or f"The server answered with status {status}.")
    if status == 409 and "revision_id" in content:
        fields = {name: content[name] for name in ("revision_id", "author", "created_at")}
        return ConflictError(sentence, **fields)
    return _ERRORS.get(status, SeepError)(sentence)
