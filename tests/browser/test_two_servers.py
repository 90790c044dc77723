"""Two app servers in separate empty folders on one database and one bucket, in Chromium.

The loop with its steps alternating between them, and the proxy of `deploy/` in front of them. They run in the
PostgreSQL step of `make test`.
"""

import itertools
import os
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from seep.settings import read_settings
from seep.workflow.review import revisions
from seep.workflow.review.queue import queue
from seep.workflow.scenes.listing import list_scenes
from seep.workflow.training.epoch_previews import list_previews
from seep.workflow.workspace import Workspace, open_workspace
from seep_testing.contexts import new_context
from seep_testing.dropping import drop
from seep_testing.find_browser import attempt
from seep_testing.live import ROOT, LiveApp, free_port
from seep_testing.patience import wait_for
from seep_testing.review_tiles import Surface
from tests.browser.test_loop import go_through, write_scenes
from tests.databases import SERVER
from tests.two_servers import two_servers
from tests.workflow.making import write_tiles

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(1800),
    pytest.mark.skipif(SERVER is None, reason="runs in the PostgreSQL step of make test"),
]

Servers = tuple[LiveApp, LiveApp]


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    with two_servers(tmp_path_factory.mktemp("servers")) as apps:
        yield apps


@pytest.fixture(scope="module")
def workspace(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The shared workspace, seen from a third machine."""
    folder = tmp_path_factory.mktemp("third") / "workspace"
    return open_workspace(read_settings({**servers[0].environment, "SEEP_WORKSPACE": str(folder)}))


@pytest.fixture(scope="module")
def haproxy() -> str:
    """The path of HAProxy; Debian's package is installed where there is none."""
    if shutil.which("haproxy") is None and os.geteuid() == 0 and shutil.which("apt-get"):
        attempt("apt-get", "update", "-qq")
        attempt("apt-get", "install", "-y", "-qq", "--no-install-recommends", "haproxy")
    found = shutil.which("haproxy") or next(Path("/usr/sbin").glob("haproxy"), None)
    if found is None and not os.environ.get("CI"):
        pytest.skip("There is no HAProxy. Install Debian's package haproxy.")
    assert found is not None, "There is no HAProxy. Install Debian's package haproxy."
    return str(found)


class Proxy:
    """HAProxy with the configuration of `deploy/` in front of two servers."""

    def __init__(self, program: str, servers: Servers, log: Path) -> None:
        port = free_port()
        self.url, self.log = f"http://127.0.0.1:{port}", log
        values = {
            "PROXY_BIND": f"127.0.0.1:{port}",
            "PROXY_SERVER_ONE": f"127.0.0.1:{servers[0].port}",
            "PROXY_SERVER_TWO": f"127.0.0.1:{servers[1].port}",
        }
        with log.open("wb") as output:
            self.process = subprocess.Popen(
                [program, "-db", "-f", str(ROOT / "deploy" / "haproxy.cfg")],
                env=values,
                stdout=output,
                stderr=output,
            )

    def served(self, *parts: str) -> list[str]:
        """Names of the servers that answered the requests whose lines in the log hold all these parts."""
        lines = [one for one in self.log.read_text().splitlines() if all(part in one for part in parts)]
        return [one.split(" app/")[1].split(" ")[0] for one in lines if " app/" in one]

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=60)


@pytest.fixture(scope="module")
def proxy(haproxy: str, servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    made = Proxy(haproxy, servers, tmp_path_factory.mktemp("proxy") / "log")
    yield made
    made.stop()


def upload_and_import(page: Page, url: str, *folders: Path) -> None:
    """Drop the files of folders of images and masks onto the Data page, and import them."""
    page.goto(f"{url}/data")
    expect(page.locator(".zone")).to_have_count(2)
    count = 0
    for role, folder in zip(("images", "masks"), folders, strict=False):
        files = {one.name: one.read_bytes() for one in sorted(folder.iterdir())}
        count += len(files)
        drop(page, role, files)
        expect(page.get_by_test_id("upload-status")).to_have_attribute("data-ready", str(count))
    page.get_by_role("button", name="Import files", exact=True).click()
    imported = page.get_by_test_id("stMetric").filter(has=page.get_by_text("Imported", exact=True))
    expect(imported).to_contain_text(str(len(list(folders[0].iterdir()))))


def test_the_loop_alternates_between_two_servers(
    servers: Servers, workspace: Workspace, page: Page, tmp_path: Path
) -> None:
    images, masks = write_scenes(tmp_path)
    turns = itertools.cycle(app.url for app in servers)
    run = go_through(
        page,
        workspace,
        lambda: next(turns),
        lambda url: upload_and_import(page, url, images, masks),
    )

    # the worker of the second server made the epoch previews; both servers show them, and maps of all scenes
    epochs = list_previews(workspace, run)
    assert [one.epoch for one in epochs] == [0, 1, 2]
    scene = list_scenes(workspace)[0].id
    for path in (*(one.tiles[0].mask for one in epochs), f"/seep/scenes/{scene}/map/0/0/0"):
        answers = [page.request.get(f"{app.url}{path}") for app in servers]
        assert [answer.status for answer in answers] == [200, 200], path
        assert answers[0].body() == answers[1].body(), path

    # an export made by each server
    for app in servers:
        page.goto(f"{app.url}/data?view=Export")
        page.get_by_role("button", name="Export tiles", exact=True).click()
        with page.expect_download() as download:
            page.get_by_test_id("stDownloadButton").get_by_role("button").click()
        with zipfile.ZipFile(download.value.path()) as exported:
            assert any(name.endswith(".tif") for name in exported.namelist())


def test_a_browser_stays_with_one_server_behind_the_proxy(
    proxy: Proxy, servers: Servers, workspace: Workspace, browser: Browser, tmp_path: Path
) -> None:
    contexts, of = [], {}
    for name in ("p", "q"):
        context = new_context(browser)
        contexts.append(context)
        page = context.new_page()
        images, _ = write_tiles(tmp_path / name, (name,), each=2)
        upload_and_import(page, proxy.url, images)
        (cookie,) = [one for one in context.cookies() if one["name"] == "APP_SERVER"]
        of[cookie["value"]] = page
        assert cookie["httpOnly"]
        assert proxy.served("POST /seep/uploads", f"name={name}.") == [cookie["value"]] * 2
    assert set(of) == {"one", "two"}  # the second browser got the server with fewer tabs

    # a mask is painted on the first server, which then stops; it is accepted on the second one
    tile = next(item.id for item in queue(workspace) if item.name == "p.000000")
    surface = Surface(of["one"], proxy.url)
    surface.open(tile)
    surface.press("3")
    surface.drag((20, 30), (50, 40))
    servers[0].stop()
    surface.press("Control+Enter")
    surface.wait_for("the accepted mask", lambda: revisions.get_tile(workspace, tile).state == "corrected")
    wait_for(
        "the request in the log",
        lambda: "two" in proxy.served("/seep/tiles/", "PUT") + proxy.served("/seep/tiles/", "POST"),
    )
    of["one"].goto(f"{proxy.url}/browse")
    expect(of["one"].locator(f'[data-id="{tile}"]')).to_be_visible()
    for context in contexts:
        context.close()
    # the proxy writes a stream to its log when the stream ends
    wait_for("the streams of both servers", lambda: {"one", "two"} <= {*proxy.served("GET /_stcore/stream")})
