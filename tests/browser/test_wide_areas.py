"""Wide dark areas in Chromium: listed apart, kept or removed by one key, and hatched on the tile."""

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
import tifffile
from playwright.sync_api import Browser, expect
from sqlalchemy import update

from seep.errors import MissingError
from seep.store import scenes
from seep.store.schema import Checkpoint, Prediction, Tile
from seep.workflow import tile_data
from seep.workflow.tile_data import image_path
from seep.workflow.workspace import Workspace
from seep_testing.review_tiles import (
    Surface,
    is_draft,
    make_workspace,
    predicted,
    running,
    speckle,
    surface_on,
)
from tests.actors import TESTER

pytestmark = pytest.mark.browser

SIDE = 256  # the predicted rectangles have a radius of 32 px
AREA_PX = (SIDE // 4) * (SIDE // 3)
DARK_TILE = 4
VIOLET = (0xB3, 0x88, 0xFF)
NO_SLICKS = "No slicks. Paint what was missed, or accept the tile as it is."


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    found = make_workspace(tmp_path_factory.mktemp("wide"), count=4, side=SIDE)
    write_dark_tile(found)
    with found.store.transaction() as session:
        session.execute(update(Prediction).values(wide_area_px=AREA_PX))
        session.execute(update(Tile).values(wide_area_px=AREA_PX))
        card = {"name": "by-hand", "dark_area_depth": 0.6}
        session.execute(update(Checkpoint).values(card=card))
    return found


def write_dark_tile(workspace: Workspace) -> None:
    """Give the last tile a dark disk of which nothing is predicted."""
    with workspace.store.reading() as session:
        tile = scenes.get_tile(session, DARK_TILE)
    rows, columns = np.mgrid[:SIDE, :SIDE]
    disk = (rows - 170) ** 2 + (columns - 170) ** 2 <= 40**2
    image = speckle(SIDE, 3)
    tifffile.imwrite(image_path(workspace, tile), np.where(disk, image // 4, image))


@pytest.fixture(scope="module")
def surface(workspace: Workspace, browser: Browser) -> Iterator[Surface]:
    folder: Path = workspace.store.root.parent
    with running(folder) as app, surface_on(browser, app.url) as opened:
        yield opened


def status(surface: Surface) -> str:
    return surface.page.locator(".panel.wide").get_attribute("data-status") or ""


def violet_px(surface: Surface) -> int:
    surface.wait_drawn()
    data = surface.page.locator(".stage > canvas:not(.minimap)").screenshot()
    picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    return int((np.abs(picture[..., ::-1].astype(int) - VIOLET).max(axis=2) < 12).sum())


def test_wide_areas_are_listed_apart_and_answered_by_one_key(workspace: Workspace, surface: Surface) -> None:
    surface.open(1)
    rows = surface.page.get_by_test_id("wide-areas").locator("li")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("radius 32 px")
    expect(surface.page.get_by_test_id("slicks")).to_have_text(NO_SLICKS)
    assert status(surface) == "open"
    hatched = violet_px(surface)
    surface.press("Shift+D")
    surface.wait_for("the areas to be removed", lambda: status(surface) == "removed")
    empty = np.zeros((SIDE, SIDE), np.uint8)
    surface.wait_for("the empty draft", lambda: is_draft(workspace, empty, 1))
    assert 0 < violet_px(surface) < hatched / 2, "a dashed outline stays"
    surface.press("Shift+K")
    surface.wait_for("the areas to be kept", lambda: status(surface) == "kept")
    expect(surface.notice("wide-slick-ignored")).to_be_visible()
    surface.press("Control+z")
    surface.wait_for("the areas to be removed again", lambda: status(surface) == "removed")
    surface.press("Control+z")
    surface.wait_for("the areas to be back", lambda: status(surface) != "removed")


def test_the_buttons_answer_too_and_the_answer_is_accepted(workspace: Workspace, surface: Surface) -> None:
    surface.open(2)
    surface.page.locator('.panel.wide [data-action="keepWide"]').click()
    surface.wait_for("the areas to be kept", lambda: status(surface) == "kept")
    expect(surface.notice("wide-slick-ignored")).to_contain_text("the areas that you kept")
    surface.wait("seen", "2")
    surface.press("Control+Enter")
    surface.page.wait_for_selector('.queue li[data-id="2"][data-state="accepted"]', state="attached")
    surface.pick(2)
    expect(surface.page.locator(".panel.wide")).to_be_hidden()


def test_a_dark_area_is_kept_in_the_selected_class_or_left_out(
    workspace: Workspace, surface: Surface
) -> None:
    surface.open(DARK_TILE)
    rows = surface.page.get_by_test_id("wide-areas").locator("li")
    expect(rows).to_have_count(2)  # the predicted rectangle, and the disk
    expect(rows.nth(0)).to_contain_text("radius 32 px")
    rectangle = tile_data.prediction_mask(workspace, prediction_id(workspace))
    surface.press("2", "Shift+K")
    surface.wait_for("the areas to be kept", lambda: status(surface) == "kept")
    surface.wait_for("the draft", lambda: draft(workspace) is not None)
    kept = draft(workspace)
    assert kept is not None
    np.testing.assert_array_equal(kept[rectangle > 0], rectangle[rectangle > 0])
    assert (kept[140:200, 140:200] == 2).mean() > 0.9
    surface.press("Control+z")
    surface.wait_for("the question to be back", lambda: status(surface) == "open")
    surface.wait_for("no draft", lambda: draft(workspace) is None)
    rows.nth(1).get_by_label("Remove this area").click()
    expect(rows.nth(1)).to_have_attribute("data-status", "removed")
    expect(rows.nth(0)).to_have_attribute("data-status", "open")
    surface.press("Control+z")
    expect(rows.nth(1)).to_have_attribute("data-status", "open")
    rows.nth(1).get_by_label("Keep this area").click()
    expect(rows.nth(1)).to_have_attribute("data-status", "kept")
    surface.press("Shift+D")
    surface.wait_for("the areas to be removed", lambda: status(surface) == "removed")
    surface.wait_for("the empty draft", lambda: is_draft(workspace, np.zeros_like(rectangle), DARK_TILE))
    surface.press("Control+z", "Control+z")
    surface.wait_for("the question to be back", lambda: status(surface) == "open")
    surface.wait("seen", str(DARK_TILE))
    surface.press("Control+Enter")
    surface.page.wait_for_selector(
        f'.queue li[data-id="{DARK_TILE}"][data-state="accepted"]', state="attached"
    )
    surface.wait_for("the revision", lambda: head_id(workspace))
    accepted = tile_data.revision_mask(workspace, head_id(workspace) or 0)
    np.testing.assert_array_equal(accepted, rectangle)


def head_id(workspace: Workspace) -> int | None:
    with workspace.store.reading() as session:
        return scenes.get_tile(session, DARK_TILE).head_revision_id


def draft(workspace: Workspace) -> np.ndarray | None:
    try:
        return tile_data.draft_mask(workspace, DARK_TILE, TESTER)
    except MissingError:
        return None


def prediction_id(workspace: Workspace) -> int:
    with workspace.store.reading() as session:
        found = scenes.get_tile(session, DARK_TILE).prediction_id
    assert found is not None
    return found


def test_a_slick_is_not_wide_without_a_question(surface: Surface, workspace: Workspace) -> None:
    with workspace.store.transaction() as session:
        session.execute(update(Prediction).where(Prediction.tile_id == 3).values(wide_area_px=0))
    surface.open(3)
    expect(surface.page.locator(".panel.wide")).to_be_hidden()
    expect(surface.page.get_by_test_id("slicks").locator("li")).to_have_count(1)
    surface.press("Shift+D")
    expect(surface.notice("no-wide-area")).to_be_visible()
    assert predicted(SIDE, 2).any()
