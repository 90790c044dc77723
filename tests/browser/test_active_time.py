"""Active time: Review sends it when a tile is left, and keeps it while there is no connection."""

import pytest
from playwright.sync_api import Page

from seep.store.review import active_time
from seep.store.review.active_time import TileTime
from seep.workflow.workspace import Workspace
from seep_testing.live import LiveApp
from seep_testing.review_tiles import Surface

pytestmark = pytest.mark.browser
TILES, SIDE = 4, 128


def times(workspace: Workspace) -> dict[int, TileTime]:
    with workspace.store.reading() as session:
        return {one.tile_id: one for one in active_time.tile_times(session)}


def test_a_stroke_and_a_decision_are_recorded_even_without_a_connection(
    live: tuple[LiveApp, Workspace], page: Page
) -> None:
    app, workspace = live
    surface = Surface(page, app.url)
    surface.open(1)
    surface.drag((20, 40), (60, 60), (90, 40), steps=10)
    page.mouse.move(*surface.screen(30, 90))
    surface.press("Control+Enter")
    surface.wait("painted", "2")
    page.evaluate("dispatchEvent(new Event('pagehide'))")
    # The page shows the next tile before the server has stored the decision.
    surface.wait_for("the decision on tile 1", lambda: 1 in times(workspace) and times(workspace)[1].decided)
    first = times(workspace)[1]
    assert first.drawing_ms > 0
    assert first.deciding_ms > 0

    page.context.set_offline(True)
    page.mouse.move(*surface.screen(30, 30))
    page.mouse.move(*surface.screen(60, 60), steps=10)
    before = times(workspace).get(2)
    page.evaluate("dispatchEvent(new Event('pagehide'))")
    kept = page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('seep-time')).length")
    assert kept
    assert times(workspace).get(2) == before
    page.context.set_offline(False)
    page.evaluate("dispatchEvent(new Event('online'))")
    surface.wait_for("the time of tile 2", lambda: times(workspace).get(2) != before)
