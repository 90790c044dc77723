"""What holds for every answer of the app, Streamlit's own included."""

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from seep.web.request import RequestError
from seep.web.responses import error_answer
from seep.web.xsrf import host_allowed

SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "frame-ancestors 'self'",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class Guard:
    """Refuses hosts outside `server.allowedHosts` and adds the security headers.

    Streamlit checks the host of the WebSocket only; a page of another site whose name was rebound to this
    machine could still call our routes.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection; WebSocket and lifespan pass untouched."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        host = Headers(scope=scope).get("host")
        if host_allowed(host):
            await self.app(scope, receive, send_with_headers)
        else:
            refusal = RequestError(403, f"The host {host} is not in server.allowedHosts of this app.")
            await error_answer(refusal)(scope, receive, send_with_headers)
