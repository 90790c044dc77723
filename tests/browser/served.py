"""An app on a workspace that a test module fills, and one page for all tests of the module."""

from collections.abc import Callable, Iterator
from pathlib import Path

from playwright.sync_api import Browser, Page

from seep.settings import read_settings
from seep.workflow.workspace import Workspace, open_workspace
from seep_testing.contexts import new_context
from seep_testing.live import LiveApp

Live = tuple[LiveApp, Workspace]


def served(folder: Path, fill: Callable[[Workspace], object]) -> Iterator[Live]:
    """Fill a new workspace, then start the app on it, without a worker."""
    app = LiveApp(folder, worker=False)
    workspace = open_workspace(read_settings(app.environment))
    fill(workspace)
    app.start()
    yield app, workspace
    app.stop()


def one_page(browser: Browser) -> Iterator[Page]:
    """One page for tests that go on from each other's end; it accepts downloads."""
    context = new_context(browser, accept_downloads=True)
    yield context.new_page()
    context.close()
