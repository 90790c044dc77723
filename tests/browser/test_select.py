"""Slick select in Chromium: what is done to slicks is exact, and one step of undo each."""

from collections.abc import Iterator

import numpy as np
import pytest
from playwright.sync_api import Browser, expect

from seep.store import scenes
from seep.workflow import tile_data
from seep.workflow.workspace import Workspace
from seep_testing.live import LiveApp
from seep_testing.review_tiles import Surface, brush, predicted, surface_on

pytestmark = pytest.mark.browser

SIDE = 128
TILES = 6


@pytest.fixture(scope="module")
def surface(live: tuple[LiveApp, Workspace], browser: Browser) -> Iterator[Surface]:
    with surface_on(browser, live[0].url) as opened:
        yield opened


def start(workspace: Workspace, surface: Surface, tile: int) -> np.ndarray:
    """Open a tile, paint a dot and a bar of class 4, take the tool; returns the mask as it should be."""
    surface.pick(tile)
    with workspace.store.reading() as session:
        mask = predicted(SIDE, scenes.get_tile(session, tile).number)
    surface.press("b", "4")
    surface.drag((30, 100), (30, 100))
    surface.drag((60, 100), (90, 100))
    mask[brush(SIDE, (30, 100), (30, 100), 8)] = 4
    mask[brush(SIDE, (60, 100), (90, 100), 8)] = 4
    surface.press("s")
    return mask


def saved(surface: Surface, workspace: Workspace, tile: int) -> np.ndarray:
    """Save a revision and read it back from the workspace."""
    rows = surface.page.locator(".history li[data-revision]")
    count = rows.count()
    surface.press("Control+s")
    expect(rows).to_have_count(count + 1)
    with workspace.store.reading() as session:
        head = scenes.get_tile(session, tile).head_revision_id
    assert head
    return tile_data.revision_mask(workspace, head)


def click(surface: Surface, x: float, y: float, *held: str) -> None:
    for key in held:
        surface.page.keyboard.down(key)
    surface.page.mouse.click(*surface.screen(x, y))
    for key in held:
        surface.page.keyboard.up(key)


def selected(surface: Surface, count: int) -> None:
    expect(surface.page.locator(".selection")).to_have_attribute("data-count", str(count))


def test_one_is_deleted_and_comes_back(workspace: Workspace, surface: Surface) -> None:
    before = start(workspace, surface, 1)
    click(surface, 30, 100)
    selected(surface, 1)
    surface.press("Delete")
    after = before.copy()
    after[90:, :50] = 0
    np.testing.assert_array_equal(saved(surface, workspace, 1), after)
    surface.press("Control+z")
    np.testing.assert_array_equal(saved(surface, workspace, 1), before)


def test_many_change_their_class_at_once(workspace: Workspace, surface: Surface) -> None:
    mask = start(workspace, surface, 2)
    surface.drag((20, 90), (100, 110), steps=4)
    selected(surface, 2)
    click(surface, 20, 20, "Control")
    selected(surface, 3)
    click(surface, 70, 100, "Shift")
    selected(surface, 2)
    surface.press("6")
    mask[mask > 0] = 6
    mask[brush(SIDE, (60, 100), (90, 100), 8)] = 4
    np.testing.assert_array_equal(saved(surface, workspace, 2), mask)
    surface.press("Escape")
    selected(surface, 0)


def test_the_prediction_is_copied_back(workspace: Workspace, surface: Surface) -> None:
    mask = start(workspace, surface, 3)
    click(surface, 20, 20)
    surface.press("Delete")
    click(surface, 20, 20)  # the model's slick, where the annotation has none now
    selected(surface, 1)
    surface.page.locator('.selection [data-action="take"]').click()
    np.testing.assert_array_equal(saved(surface, workspace, 3), mask)


def test_shapes_are_cleaned_up(workspace: Workspace, surface: Surface) -> None:
    mask = start(workspace, surface, 4)
    panel = surface.page.locator(".selection")
    click(surface, 20, 20)
    panel.locator('[data-action="grow"]').click()
    own = np.where(mask < 4, mask, 0)
    rows, columns = np.nonzero(own)
    top, bottom, left, right = rows.min(), rows.max() + 1, columns.min(), columns.max() + 1
    mask[top - 1 : bottom + 1, left:right] = mask[top, left]
    mask[top:bottom, left - 1 : right + 1] = mask[top, left]
    np.testing.assert_array_equal(saved(surface, workspace, 4), mask)
    surface.press("Escape")
    surface.page.locator('.options [data-option="speck_px"] input').fill("100")
    panel.locator('[data-action="specks"]').click()  # of the whole tile: the dot has 52 px
    mask[90:, :50] = 0
    np.testing.assert_array_equal(saved(surface, workspace, 4), mask)
    surface.press("Control+z", "Control+z")
    surface.page.keyboard.press("s")
    click(surface, 20, 20)
    surface.press("[")
    mask = own
    mask[[top, bottom - 1], :] = 0
    mask[:, [left, right - 1]] = 0
    mask[brush(SIDE, (30, 100), (30, 100), 8)] = 4
    mask[brush(SIDE, (60, 100), (90, 100), 8)] = 4
    np.testing.assert_array_equal(saved(surface, workspace, 4), mask)
