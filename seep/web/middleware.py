"""What holds for every answer of the app, Streamlit's own included, and who gets one."""

import re
import time
from collections.abc import Callable, Iterable

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from seep.errors import SeepError, SettingsError, SignedOutError, WorkspaceError
from seep.settings import settings
from seep.web import metrics
from seep.web.identity import credentials, is_loopback
from seep.web.login import login_address
from seep.web.request import ACTOR, BY_TOKEN, SIGNED_OUT, RequestError
from seep.web.responses import error_answer
from seep.web.streamlit_patches.entry_page import script_hashes
from seep.web.streamlit_patches.server import base_path, host_allowed
from seep.web.xsrf import check_same_origin
from seep.workflow.access.identity import identify
from seep.workflow.actor import Actor
from seep.workflow.workspace import Workspace

SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "Permissions-Policy": ", ".join(
        f"{one}=()"
        for one in (
            "camera",
            "display-capture",
            "geolocation",
            "microphone",
            "midi",
            "payment",
            "serial",
            "usb",
        )
    ),
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
HSTS = "max-age=31536000"
"""Value of Strict-Transport-Security, for `SEEP_HSTS`: a year."""
_HOST = re.compile(r"[A-Za-z0-9.:\[\]-]{1,255}")
POLICY_VIOLATION = 1008
"""Code with which a WebSocket is refused."""
STREAMLIT_FREE = ("/static/", "/favicon.png", "/_stcore/health")
"""Streamlit's addresses that need no identity: its scripts and styles, and its health check."""
HEALTH = ("/seep/healthz", "/seep/readyz", "/_stcore/health")
"""What a proxy or a supervisor asks each server, by any name: they read nothing of a workspace."""
SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}
MODULES = "/seep/ui/"
"""Address of the browser components: the same for everybody, and public."""


class Guard:
    """Identifies who sends each request, refuses everybody else, and adds the security headers.

    Streamlit checks neither the routes of an app nor the identity behind the WebSocket that runs the pages, and lets
    pages of all ports of this machine open it. So nothing passes here without an identity, except what is listed as
    free; nor from a page of another origin, except with a token, which a browser never adds by itself. Streamlit checks
    the host of the WebSocket only; a page of another site whose name was rebound to this machine could still call our
    routes.
    """

    def __init__(self, app: ASGIApp, open_: Callable[[], Workspace], free: tuple[str, ...]) -> None:
        self.app, self.open, self.free = app, open_, free

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection; lifespan passes untouched."""
        if scope["type"] not in {"http", "websocket"}:
            await self.app(scope, receive, send)
            return

        started, status = time.perf_counter(), 0

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                for name, value in SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
                headers.setdefault(
                    "Content-Security-Policy", content_policy(Headers(scope=scope).get("host", ""))
                )
                if scope["scheme"] == "https" and _tells_hsts():
                    headers.setdefault("Strict-Transport-Security", HSTS)
            await send(message)

        refusal = await self._refusal(scope)
        if scope["type"] == "http":
            try:
                await (refusal or self.app)(scope, receive, send_with_headers)
            finally:  # no status: the browser left, or the application failed
                metrics.count_request(scope.get(metrics.ROUTE), status, time.perf_counter() - started)
        elif refusal is None:
            metrics.count_socket(1)
            try:
                await self.app(scope, receive, send)
            finally:
                metrics.count_socket(-1)
        else:
            await receive()
            await send({"type": "websocket.close", "code": POLICY_VIOLATION})

    async def _refusal(self, scope: Scope) -> Response | None:
        """Write who sends the request into its scope; return the answer to a request that is refused."""
        headers = Headers(scope=scope)
        if not self._is_among(scope, HEALTH):
            try:
                _check_host_and_origin(scope, headers)
            except RequestError as error:
                return error_answer(error)
        if self._is_among(scope, (*STREAMLIT_FREE, MODULES)):
            return None  # a page loads about 100 of these files; identifying the sender takes longer than the answer
        try:
            actor = await run_in_threadpool(self._identify, scope, headers)
        except SeepError as error:
            if self.is_free(scope) or isinstance(error, WorkspaceError | SettingsError):
                return None  # pages and routes say why the workspace cannot be opened; nothing can be read
            return error_answer(error)
        scope[ACTOR] = actor
        if actor is not None or self.is_free(scope):
            return None
        return _sign_in_answer(scope, headers)

    def _identify(self, scope: Scope, headers: Headers) -> Actor | None:
        workspace = self.open()
        secure = scope.get("scheme") in {"https", "wss"}
        given = credentials(headers, workspace.settings, secure=secure)
        client = scope.get("client")
        if workspace.settings.auth == "none" and not given.token and client and not is_loopback(client[0]):
            return None
        actor = identify(workspace, given)
        scope[BY_TOKEN] = actor is not None and bool(given.token)
        return actor

    def is_free(self, scope: Scope) -> bool:
        """Return whether a request needs no identity."""
        return self._is_among(scope, (*self.free, *STREAMLIT_FREE))

    @staticmethod
    def _is_among(scope: Scope, addresses: Iterable[str]) -> bool:
        path = scope["path"].removeprefix(base_path())
        return scope["type"] == "http" and any(
            path == address or (address.endswith("/") and path.startswith(address)) for address in addresses
        )


def _tells_hsts() -> bool:
    try:
        return settings().hsts
    except SettingsError:  # the pages say which one is invalid
        return False


def content_policy(host: str) -> str:
    """Return the Content-Security-Policy of all answers that have none of their own, as strict as Streamlit permits.

    Its styles are written by its scripts, and it shows pictures and loads components from memory (blob:). Other scripts
    come from this app only; those in the document of a page are named by their hashes.

    Args:
        host: of the request; not every browser counts the WebSocket of the same host to "self".
    """
    sockets = f" ws://{host} wss://{host}" if _HOST.fullmatch(host) else ""
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src 'self' blob: {' '.join(script_hashes())}",
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            f"connect-src 'self'{sockets}",
            "worker-src 'self' blob:",
            "media-src 'self' data: blob:",
            "manifest-src 'self'",
            "frame-src 'self'",
            "object-src 'none'",
            "base-uri 'self'",
            "form-action 'self'",
            "frame-ancestors 'self'",
        )
    )


def _check_host_and_origin(scope: Scope, headers: Headers) -> None:
    host = headers.get("host")
    if not host_allowed(host):
        raise RequestError(
            403,
            f"The host {host} is not in server.allowedHosts of this app. Add it to STREAMLIT_SERVER_ALLOWED_HOSTS.",
        )
    if headers.get("authorization", "").lower().startswith("bearer "):
        return  # a page of another site cannot add a token
    changes = scope["type"] == "websocket" or scope["method"] not in SAFE_METHODS
    check_same_origin(headers, scope["scheme"], required=changes)


def _sign_in_answer(scope: Scope, headers: Headers) -> Response:
    """Answer somebody unknown: with the sign-in page where a browser opens a page, else with an error."""
    if scope["type"] == "http" and scope["method"] == "GET" and "text/html" in headers.get("accept", ""):
        query = scope["query_string"].decode("latin-1")
        return RedirectResponse(login_address(f"{scope['path']}{'?' if query else ''}{query}"), 303)
    return error_answer(SignedOutError(SIGNED_OUT))
