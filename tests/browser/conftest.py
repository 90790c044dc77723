"""Fixtures for tests that drive Chromium against the running app."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from seep.workflow.workspace import Workspace
from seep_testing.contexts import CHROMIUM_ARGUMENTS, new_context
from seep_testing.live import ROOT, LiveApp
from seep_testing.patience import PATIENCE_MS
from seep_testing.review_tiles import make_workspace, running


@pytest.fixture(scope="session")
def browser_path() -> str:
    """A missing browser fails the tests: it never skips them."""
    found = subprocess.run(
        [sys.executable, str(ROOT / "seep_testing" / "find_browser.py")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 0, found.stderr
    return found.stdout.strip().splitlines()[-1]


@pytest.fixture(scope="session")
def browser(browser_path: str) -> Iterator[Browser]:
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser_path, args=CHROMIUM_ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture
def app(tmp_path: Path) -> Iterator[LiveApp]:
    """The app, not started yet: a test may import data with `app.cli` before `app.start()`."""
    live = LiveApp(tmp_path)
    yield live
    live.stop()


@pytest.fixture(scope="module")
def live(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[LiveApp, Workspace]]:
    """One app for all tests of a module, on `TILES` tiles of `SIDE` px as the module names them."""
    folder = tmp_path_factory.mktemp("tiles")
    workspace = make_workspace(folder, getattr(request.module, "TILES", 12), request.module.SIDE)
    with running(folder) as app:
        yield app, workspace


@pytest.fixture(scope="module")
def workspace(live: tuple[LiveApp, Workspace]) -> Workspace:
    """The workspace of the module's app."""
    return live[1]


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = new_context(browser)
    opened = context.new_page()
    yield opened
    context.close()
