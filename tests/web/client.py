"""A browser without a browser: sends requests straight into the ASGI application."""

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Message

from seep.web.request import ACTOR
from seep.workflow.actor import Actor
from tests.actors import TESTER

HOST = "localhost:8501"
ORIGIN = f"http://{HOST}"


@dataclass
class Answer:
    """An answer; several headers with one name are lines of one text."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Client:
    """Sends what a page of the app would send, unless told otherwise."""

    def __init__(self, app: ASGIApp, actor: Actor | None = TESTER, address: str = "127.0.0.1") -> None:
        """`actor` acts where no guard identifies the sender; `address` is where the sender is."""
        self.app, self.actor, self.address, self.scheme = app, actor, address, "http"

    def page_headers(self) -> dict[str, str]:
        return {"origin": ORIGIN, "sec-fetch-site": "same-origin"}

    def get(self, url: str, **headers: str) -> Answer:
        return self.send("GET", url, headers=headers)

    def change(self, method: str, url: str, body: bytes = b"", /, **headers: str) -> Answer:
        return self.send(method, url, body, {**self.page_headers(), **headers})

    def send(
        self, method: str, url: str, body: bytes = b"", headers: dict[str, str] | None = None, chunks: int = 1
    ) -> Answer:
        """Send a request; names of headers may have `_` for `-`."""
        address = urlsplit(url)
        fields = {"host": HOST, **{name.replace("_", "-"): value for name, value in (headers or {}).items()}}
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": self.scheme,
            "path": address.path,
            "raw_path": address.path.encode(),
            "root_path": "",
            "query_string": address.query.encode(),
            "headers": [(name.lower().encode(), value.encode("latin-1")) for name, value in fields.items()],
            "client": (self.address, 1),
            ACTOR: self.actor,
            "server": ("127.0.0.1", 8501),
        }
        size = -(-len(body) // chunks)
        parts = [body[start : start + size] for start in range(0, len(body), size)] if body else [b""]
        # In a thread of its own: Playwright's browser keeps this one's event loop running.
        with ThreadPoolExecutor(1) as thread:
            return thread.submit(asyncio.run, self._run(scope, parts)).result()

    async def _run(self, scope: dict[str, Any], parts: list[bytes]) -> Answer:
        answer = Answer()
        waiting = list(parts)

        async def receive() -> Message:
            if waiting:
                part = waiting.pop(0)
                return {"type": "http.request", "body": part, "more_body": bool(waiting)}
            return {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            if message["type"] == "http.response.start":
                answer.status = message["status"]
                for name, value in message["headers"]:
                    known = answer.headers.get(name.decode())
                    answer.headers[name.decode()] = f"{known}\n{value.decode()}" if known else value.decode()
            else:
                answer.body += message.get("body", b"")

        await self.app(scope, receive, send)
        return answer
