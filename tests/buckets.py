"""An S3 server for tests: moto in a process of its own on 127.0.0.1, and a proxy before it that makes faults."""

import http.client
import os
import secrets
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from seep_testing.live import free_port
from seep_testing.patience import PATIENCE_S

CREDENTIALS = {"AWS_ACCESS_KEY_ID": "tester", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_REGION": "us-east-1"}


@contextmanager
def s3_server() -> Iterator[str]:
    """Start a server without buckets; yields its address."""
    port = free_port()
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**environment, **CREDENTIALS}
    )
    address = f"http://127.0.0.1:{port}"
    try:
        until = time.monotonic() + PATIENCE_S
        while True:
            try:
                with urllib.request.urlopen(f"{address}/moto-api/", timeout=5):
                    break
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                assert process.poll() is None, "the S3 server ended"
                assert time.monotonic() < until, "the S3 server did not start"
                time.sleep(0.1)
        yield address
    finally:
        process.terminate()
        process.wait()


@contextmanager
def faulty_server() -> Iterator["FaultyServer"]:
    """Start a server without buckets behind a proxy that makes faults."""
    with s3_server() as address:
        proxy = FaultyServer(address)
        yield proxy
        proxy.close()


def make_bucket(address: str) -> str:
    """Make an empty bucket and return its name."""
    name = f"seep-{secrets.token_hex(6)}"
    request = urllib.request.Request(f"{address}/{name}", method="PUT")
    with urllib.request.urlopen(request, timeout=PATIENCE_S):
        return name


def point_to(patch: pytest.MonkeyPatch, address: str) -> None:
    """Let this process, and those that it starts, use the server at an address."""
    for name, value in {**CREDENTIALS, "AWS_ENDPOINT_URL": address}.items():
        patch.setenv(name, value)


Fault = Callable[[str, str, int, bytes], tuple[int, bytes] | None]
"""From method, path, status and body of an answer to what is sent instead; None to send nothing at all."""


class FaultyServer:
    """Passes requests on to an S3 server, and changes its answers while `fault` is set."""

    def __init__(self, target: str) -> None:
        self.fault: Fault | None = None
        self.requests: list[tuple[str, str]] = []
        self._target = target.removeprefix("http://")
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self) -> None:
                outer.pass_on(self)

            do_GET = do_PUT = do_HEAD = do_POST = do_DELETE = answer

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.address = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def pass_on(self, handler: BaseHTTPRequestHandler) -> None:
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        self.requests.append((handler.command, handler.path))
        connection = http.client.HTTPConnection(self._target, timeout=PATIENCE_S)
        connection.request(handler.command, handler.path, body, dict(handler.headers))
        answer = connection.getresponse()
        status, data = answer.status, answer.read()
        if self.fault is not None:
            changed = self.fault(handler.command, handler.path, status, data)
            if changed is None:
                handler.close_connection = True
                return
            status, data = changed
        handler.send_response_only(status)
        for name, value in answer.getheaders():
            if name.lower() not in ("transfer-encoding", "content-length", "connection"):
                handler.send_header(name, value)
        length = answer.getheader("Content-Length") if handler.command == "HEAD" else str(len(data))
        handler.send_header("Content-Length", length or "0")
        handler.end_headers()
        if handler.command != "HEAD":
            handler.wfile.write(data)
        connection.close()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
