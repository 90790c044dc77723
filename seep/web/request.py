"""A request as a handler sees it: plain values, checked, the body read within its limit."""

import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import unquote

from starlette.requests import Request, cookie_parser
from starlette.responses import Response

from seep.core.text import number
from seep.errors import SeepError, SignedOutError
from seep.workflow.actor import Actor, Requirement, Role
from seep.workflow.review.drafts import ClientView
from seep.workflow.workspace import Workspace

Access = Role | Literal["public"]
"""Who may use an address: a role and those above it, or everybody, signed in or not."""
MASK_BYTES = 32 * 1024 * 1024
"""Largest body of a route that takes a mask."""
JSON_BYTES = 64 * 1024
"""Largest body of a route that takes JSON."""
ACTOR, BY_TOKEN = "seep.actor", "seep.by_token"
"""Keys of an ASGI scope: who sends it, and whether a token says so."""
NOBODY = Actor("nobody", "viewer")
SIGNED_OUT = "You are signed out. Sign in again in another tab."
MAX_ID = 2**63 - 1  # what a database integer holds; beyond it the driver raises
_DIGITS = 19  # of MAX_ID; Python refuses to read thousands
SHA256 = re.compile(r"[0-9a-f]{64}")
REQUEST_ID = re.compile(r"[0-9A-Za-z-]{8,64}")


class RequestError(SeepError):
    """A request cannot be answered as asked.

    Attributes:
        status: the HTTP status to answer with.
    """

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True)
class Call:
    """One request.

    Attributes:
        id: the number in the address, 0 where there is none.
        path: the rest of the address after the route's own part, "" where there is none.
        query: what follows the `?`.
        headers: by lower-case name.
        body: as sent, at most the route's limit.
        actor: who sends the request, as the guard identified the sender; NOBODY on public addresses without one.
        address: of the sender, "" if unknown.
        secure: whether the browser uses HTTPS.
    """

    id: int
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    actor: Actor
    address: str = ""
    secure: bool = False

    @property
    def cookies(self) -> Mapping[str, str]:
        """The cookies of the browser."""
        return cookie_parser(self.headers.get("cookie", ""))

    def base_revision(self) -> int | None:
        """Return the revision that the change starts from, out of If-Match; None for "0", no revision yet.

        Raises:
            RequestError: 400, the header is missing or no number.
        """
        text = self.headers.get("if-match", "").strip('" ')
        if not _is_number(text) or int(text) > MAX_ID:
            raise RequestError(400, f"If-Match is {text[:80]!r}; send the id of the revision edited, or 0.")
        return int(text) or None

    def client_view(self) -> ClientView:
        """Return what stood on the window that sends, out of X-Seep-Draft and X-Seep-Prediction.

        Raises:
            RequestError: 400, one of them cannot be.
        """
        draft, prediction = (self.headers.get(f"x-seep-{name}") for name in ("draft", "prediction"))
        if draft and not SHA256.fullmatch(draft):
            raise RequestError(400, f"X-Seep-Draft is {draft[:80]!r}; send the draft's hash, or nothing.")
        if prediction and (not _is_number(prediction) or int(prediction) > MAX_ID):
            raise RequestError(400, f"X-Seep-Prediction is {prediction[:80]!r}; send its id, or nothing.")
        return ClientView(draft, int(prediction) if prediction else None)

    def request_id(self) -> str:
        """Return the id that makes a repeated save count once.

        Raises:
            RequestError: 400, X-Seep-Request is missing or malformed.
        """
        text = self.headers.get("x-seep-request", "")
        if not REQUEST_ID.fullmatch(text):
            raise RequestError(400, f"X-Seep-Request is {text[:80]!r}; send a UUID of this save.")
        return text

    def number(self, name: str, default: int | None, low: int, high: int) -> int:
        """Return a whole number of the query.

        Raises:
            RequestError: 400, missing without a default, no number, or outside `low` to `high`.
        """
        text = self.query.get(name, "")
        if not text and default is not None:
            return default
        if not _is_number(text) or not low <= int(text) <= high:
            raise RequestError(400, f"{name} is {text[:80]!r}; send a whole number from {low} to {high}.")
        return int(text)

    def json(self) -> dict[str, Any]:
        """Return the body as a JSON object.

        Raises:
            RequestError: 400, the body is something else.
        """
        try:
            content = json.loads(self.body)
        except (ValueError, RecursionError) as error:
            raise RequestError(400, "The request's body is not JSON.") from error
        if not isinstance(content, dict):
            raise RequestError(400, f"The request's body is a JSON {type(content).__name__}, not an object.")
        return content


async def read_call(request: Request, role: Access, max_body_bytes: int | None) -> Call:
    """Check the role, then read a request to its end; its head only where `max_body_bytes` is None.

    Raises:
        RequestError: 400, 404 or 413, with the sentence to show.
        SignedOutError: nobody is signed in, or another person than the one who opened the page.
        DeniedError: the role of whoever sends the request is too low.
    """
    actor = request.scope.get(ACTOR)
    if role != "public":
        if actor is None:
            raise SignedOutError(SIGNED_OUT)
        Requirement(role, "use this address").check(actor)
    _check_person(request.headers.get("x-seep-person", ""), actor)
    parameters = request.path_params
    number = int(parameters.get("id", 0))
    if number > MAX_ID:
        raise RequestError(404, f"There is nothing with the number {number}.")
    return Call(
        id=number,
        path=str(parameters.get("path", "")),
        query=dict(request.query_params),
        headers={name.lower(): value for name, value in request.headers.items()},
        body=b"" if max_body_bytes is None else await _read_body(request, max_body_bytes),
        actor=actor or NOBODY,
        address=request.client.host if request.client else "",
        secure=request.url.scheme == "https",
    )


def _check_person(sent: str, actor: Actor | None) -> None:
    """Check that whoever opened the page is still the one who is signed in: another one signs other work."""
    if sent and actor is not None and unquote(sent, errors="replace") != actor.name:
        raise SignedOutError(
            f"You are now signed in as {actor.name}. Reload the page to continue under this name."
        )


async def _read_body(request: Request, max_bytes: int) -> bytes:
    refusal = RequestError(
        413, f"The request's body is over {number(max_bytes)} bytes, the limit of this address. Send less."
    )
    announced = request.headers.get("content-length", "0")
    if announced.isdecimal() and int(announced[:20]) > max_bytes:
        raise refusal
    body = bytearray()
    async for chunk in request.stream():  # counted as it comes: a chunked body announces no length
        body += chunk
        if len(body) > max_bytes:
            raise refusal
    return bytes(body)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= _DIGITS


Handler = Callable[[Workspace, Call], Response]


Receiver = Callable[[Workspace, Call, AsyncIterator[bytes]], Awaitable[Response]]


@dataclass(frozen=True)
class Entry:
    """One line of the table; docs/routes.md describes each.

    Attributes:
        method: HTTP method.
        path: below `PREFIX`, in Starlette's notation.
        role: lowest role that may send the request; "public" for everybody, signed in or not.
        handler: answers the request, in a worker thread.
        body_bytes: largest body; 0 for none.
        receiver: instead of a handler, reads the body as it arrives and enforces its own limit.
        slow: may compute for longer than a second, so quick reads do not wait for it.
    """

    method: str
    path: str
    role: Access
    handler: Handler | None = None
    body_bytes: int = 0
    receiver: Receiver | None = None
    slow: bool = False
