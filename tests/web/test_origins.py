"""Pages of other origins, on this machine too, neither change nor read anything, by HTTP or by WebSocket."""

import http.client
import re
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit import config
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Origin

from seep.core.host_names import host_names
from seep.errors import SettingsError
from seep.web.request import RequestError
from seep.web.streamlit_patches.server import read_allowed_hosts
from seep.web.xsrf import check_same_origin
from seep_testing.live import ROOT, LiveApp, free_port
from seep_testing.patience import wait_for

HAPROXY = shutil.which("haproxy") or shutil.which("haproxy", path="/usr/sbin")
NAME = "seep.example.org"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveApp]:
    """An app without sign-in that answers for this machine and for a name of a proxy."""
    started = LiveApp(
        tmp_path_factory.mktemp("origins"),
        worker=False,
        environment={"STREAMLIT_SERVER_ALLOWED_HOSTS": f"localhost,127.0.0.1, {NAME}"},
    )
    started.start()
    yield started
    started.stop()


def opens(app: LiveApp, host: str, origin: str | None, **headers: str) -> bool:
    """Whether the WebSocket of the pages can be opened with these headers."""
    try:
        with connect(
            f"ws://{host}:{app.port}/_stcore/stream",
            origin=Origin(origin) if origin else None,
            additional_headers={name.replace("_", "-"): value for name, value in headers.items()},
        ):
            return True
    except InvalidStatus:
        return False


def ask(port: int, method: str, path: str, **headers: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request(
        method, path, headers={name.replace("_", "-"): value for name, value in headers.items()}
    )
    status = connection.getresponse().status
    connection.close()
    return status


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_pages_of_the_app_open_its_websocket_by_either_name_of_this_machine(app: LiveApp, host: str) -> None:
    assert opens(app, host, f"http://{host}:{app.port}")


@pytest.mark.parametrize(
    "origin",
    [
        "http://localhost:3000",
        "http://localhost",
        "http://127.0.0.1:{port}",
        "https://localhost:{port}",
        "http://localhost:{port}.evil.test",
        "null",
        None,
    ],
)
def test_no_other_page_of_this_machine_opens_the_websocket(app: LiveApp, origin: str | None) -> None:
    assert not opens(app, "localhost", origin and origin.format(port=app.port))


@pytest.mark.parametrize("path", ["/seep/tiles/1/lock", "/_stcore/upload_file/a/b"])
def test_no_other_page_of_this_machine_changes_anything(app: LiveApp, path: str) -> None:
    host = f"localhost:{app.port}"
    for origin in ("http://localhost:3000", f"https://{host}", "null"):
        assert ask(app.port, "PUT", path, Host=host, Origin=origin) == 403
    assert ask(app.port, "PUT", path, Host=host) == 403
    assert ask(app.port, "PUT", path, Host=host, Origin=f"http://{host}") != 403


def test_no_other_page_of_this_machine_reads_with_cors(app: LiveApp) -> None:
    host = f"localhost:{app.port}"
    assert ask(app.port, "GET", "/seep/scenes", Host=host, Origin="http://localhost:3000") == 403
    assert ask(app.port, "GET", "/seep/scenes", Host=host, Origin=f"http://{host}") == 200
    assert ask(app.port, "GET", "/seep/scenes", Host=host) == 200


def test_behind_a_proxy_with_tls_the_scheme_is_the_one_of_the_browser(app: LiveApp) -> None:
    forwarded = {"Host": NAME, "X_Forwarded_Proto": "https"}
    origin = f"https://{NAME}"
    assert ask(app.port, "DELETE", "/seep/tiles/1/lock", Origin=origin, **forwarded) != 403
    assert ask(app.port, "DELETE", "/seep/tiles/1/lock", Origin=f"{origin}:443", **forwarded) != 403
    assert ask(app.port, "DELETE", "/seep/tiles/1/lock", Origin=f"http://{NAME}", **forwarded) == 403
    assert ask(app.port, "DELETE", "/seep/tiles/1/lock", Origin=origin, Host=NAME) == 403


def test_a_proxy_that_hides_https_is_named() -> None:
    with pytest.raises(RequestError, match="X-Forwarded-Proto"):
        check_same_origin({"host": NAME, "origin": f"https://{NAME}"}, "http", required=True)
    check_same_origin({"host": NAME, "origin": f"https://{NAME}"}, "wss", required=True)


def test_health_is_told_by_any_name_and_nothing_else_is(app: LiveApp) -> None:
    for path in ("/seep/healthz", "/_stcore/health"):
        assert ask(app.port, "GET", path, Host="10.0.0.7:8501") == 200
    assert ask(app.port, "GET", "/seep/readyz", Host="10.0.0.7:8501") in {200, 503}
    for path in ("/", "/seep/scenes", "/seep/healthz/x"):
        assert ask(app.port, "GET", path, Host="10.0.0.7:8501") == 403


def test_the_health_check_of_the_proxy_is_answered(app: LiveApp) -> None:
    check = re.search(
        r"http-check send meth (\w+) uri (\S+) ver HTTP/1.1 hdr Host (\S+)",
        (ROOT / "deploy" / "haproxy.cfg").read_text(),
    )
    assert check is not None
    assert ask(app.port, check[1], check[2], Host=check[3]) == 200


@pytest.mark.skipif(HAPROXY is None, reason="needs Debian's package haproxy")
def test_browsers_get_in_behind_haproxy_with_the_hosts_that_the_docs_say(tmp_path: Path) -> None:
    app = LiveApp(tmp_path, worker=False, environment={"STREAMLIT_SERVER_ALLOWED_HOSTS": NAME})
    port = free_port()
    values = {
        "PROXY_BIND": f"127.0.0.1:{port}",
        "PROXY_BEHIND_TLS": "1",
        "PROXY_SERVER_ONE": f"127.0.0.1:{app.port}",
        "PROXY_SERVER_TWO": f"127.0.0.1:{free_port()}",
    }
    app.start()
    proxy = subprocess.Popen([str(HAPROXY), "-db", "-f", str(ROOT / "deploy" / "haproxy.cfg")], env=values)
    try:
        forwarded = {"Host": NAME, "X_Forwarded_Proto": "https", "X_Forwarded_For": "192.0.2.7"}
        wait_for("the page", lambda: _status(port, forwarded) == 401)  # somebody elsewhere has to sign in
        there = socket.create_connection(("127.0.0.1", port))
        sticky = next(one for _, one in headers_of(port, **forwarded) if one.startswith("APP_SERVER="))
        assert "; secure" in sticky.lower()
        address, secure = f"ws://{NAME}/_stcore/stream", {"X-Forwarded-Proto": "https"}
        with connect(address, sock=there, origin=Origin(f"https://{NAME}"), additional_headers=secure):
            pass
        app.stop()
        wait_for("the proxy to notice", lambda: _status(port, forwarded) == 503)
        assert ("retry-after", "5") in [(name.lower(), one) for name, one in headers_of(port, **forwarded)]
    finally:
        proxy.terminate()
        proxy.wait(timeout=60)
        app.stop()


def headers_of(port: int, **headers: str) -> list[tuple[str, str]]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", "/seep/login", headers={k.replace("_", "-"): v for k, v in headers.items()})
    found = connection.getresponse().getheaders()
    connection.close()
    return found


def _status(port: int, headers: dict[str, str]) -> int:
    try:
        return ask(port, "GET", "/seep/scenes", **headers)
    except OSError:
        return 0


@pytest.mark.parametrize(
    "value", ["https://seep.example.org", "seep.example.org:8501", '["a.org"]', "a/b", "-a"]
)
def test_what_is_no_host_name_is_refused_with_a_sentence(value: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="which is no host name"):
        host_names([value])


def test_a_wrong_host_name_ends_the_start_with_a_sentence(tmp_path: Path) -> None:
    app = LiveApp(
        tmp_path, worker=False, environment={"STREAMLIT_SERVER_ALLOWED_HOSTS": "https://seep.example.org"}
    )
    with pytest.raises(AssertionError, match=r"'https://seep\.example\.org', which is no host name"):
        app.start()


@pytest.mark.parametrize("values", [["a.org, b.org"], ["a.org,b.org"], ["a.org", "B.org"]])
def test_hosts_are_separated_by_commas_or_spaces(values: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    kept: dict[str, object] = {"server.allowedHosts": values}
    monkeypatch.setattr(config, "get_option", kept.get)
    monkeypatch.setattr(config, "set_option", kept.__setitem__)
    read_allowed_hosts()
    assert kept["server.allowedHosts"] == ["a.org", "b.org"]
    assert host_names(["*.example.org", "*", "::1", "127.0.0.1", ""]) == [
        "*.example.org",
        "*",
        "::1",
        "127.0.0.1",
    ]
