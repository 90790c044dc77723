"""Edits of a large tile in Chromium: computed by a worker, and as exact as those of a small one."""

from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, expect

from seep.store import scenes
from seep.workflow import tile_data
from seep_testing.contexts import new_context
from seep_testing.live import LiveApp
from seep_testing.review_tiles import Surface, is_draft, make_workspace, predicted

pytestmark = pytest.mark.browser

SIDE = 1024


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("heavy")


def test_polygon_classes_and_undo_of_a_large_tile_are_exact(root: Path, browser: Browser) -> None:
    workspace = make_workspace(root, count=1, side=SIDE)
    app = LiveApp(root, worker=False)
    app.start()
    context = new_context(browser)
    page = context.new_page()
    workers: list[str] = []
    page.on("worker", lambda worker: workers.append(worker.url))
    surface = Surface(page, app.url)
    surface.open(1)
    expected = predicted(SIDE, 0)

    def check(revisions: int) -> None:
        surface.wait("work", "")
        surface.press("Control+s")
        expect(page.locator(".history li[data-revision]")).to_have_count(revisions)
        with workspace.store.reading() as session:
            head = scenes.get_tile(session, 1).head_revision_id
        assert head
        np.testing.assert_array_equal(tile_data.revision_mask(workspace, head), expected)

    try:
        surface.press("p", "2")
        for corner in ((100, 500), (1000, 500), (1000, 1000), (100, 1000)):
            page.mouse.click(*surface.screen(*corner))
        surface.press("Enter")
        expected[500:1000, 100:1000] = 2
        check(1)
        surface.press("s")
        surface.wait_drawn()
        surface.drag((20, 40), (SIDE - 20, SIDE - 20))
        surface.press("6")  # waits until it is known what is selected
        expect(page.locator(".selection")).to_have_attribute("data-count", "2")
        before = expected.copy()
        expected[expected > 0] = 6
        surface.wait_for("the change", lambda: is_draft(workspace, expected))
        check(2)
        surface.press("Control+z")
        expected[:] = before
        check(3)
        assert any(url.endswith("/worker/worker.js") for url in workers)
    finally:
        context.close()
        app.stop()
