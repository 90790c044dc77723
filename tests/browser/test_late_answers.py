"""What is painted and pressed while answers come late or in disorder: nothing is lost, nothing done twice."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatch

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, Route, expect

from seep.core.records import REVIEWED
from seep.settings import read_settings
from seep.store import revisions, scenes
from seep.workflow import tile_data
from seep.workflow.imports.rasters import RasterOptions, import_raster
from seep.workflow.review import revisions as review_revisions
from seep.workflow.review.quality_sample import set_quality_sample_share
from seep.workflow.workspace import Workspace, open_workspace
from seep_testing.patience import wait_for
from seep_testing.review_tiles import Surface, brush, is_draft, running, speckle, surface_on
from tests.actors import TESTER
from tests.workflow.rasters import write_raster

pytestmark = pytest.mark.browser

SIDE, OVERLAP = 256, 64
STEP = SIDE - OVERLAP
SCENES = 10
Stroke = tuple[tuple[int, int], tuple[int, int]]
LEFT: Stroke = ((200, 60), (240, 60))  # on the left window, where the right one lies too
EARLIER: Stroke = ((20, 20), (90, 20))  # on the left window alone
RIGHT: Stroke = ((100, 200), (150, 200))


class Gate:
    """Holds back requests that a page makes, or only the answers to them, until they are let through."""

    def __init__(self, page: Page, path: str, *, answers: bool = False) -> None:
        self.page = page
        self.path = path
        self.answers = answers
        self.shut = True
        self.held: list[Callable[[], None]] = []
        page.route(path, self.arrived)

    def arrived(self, route: Route) -> None:
        if not self.shut:
            route.continue_()
        elif self.answers:
            answer = route.fetch()
            self.held.append(lambda: route.fulfill(response=answer))
        else:
            self.held.append(route.continue_)

    def wait(self, count: int) -> None:
        """Wait until so many requests stand at the gate."""
        what = f"{count} requests of {self.path}"
        wait_for(what, lambda: len(self.held) >= count, lambda: self.page.wait_for_timeout(50))

    def pass_one(self) -> None:
        """Let the first request through, and wait until the page has its answer."""
        with self.page.expect_request_finished(lambda request: fnmatch(request.url, self.path)):
            self.held.pop(0)()

    def open(self) -> None:
        self.shut = False
        while self.held:
            self.held.pop(0)()


@dataclass
class Windows:
    """The app on scenes of two windows each, and one browser."""

    workspace: Workspace
    surface: Surface
    pairs: Iterator[tuple[int, int]]

    def state(self, tile: int) -> str:
        return review_revisions.get_tile(self.workspace, tile).state

    def kinds(self, tile: int) -> list[str]:
        """Kinds of a tile's revisions, newest first."""
        with self.workspace.store.reading() as session:
            return [one.kind for one in revisions.history(session, tile)]

    def mask(self, tile: int) -> np.ndarray:
        head = review_revisions.get_tile(self.workspace, tile).head_revision_id
        assert head is not None
        return tile_data.revision_mask(self.workspace, head)

    def accepted(self, tile: int, *strokes: Stroke) -> None:
        """The tile is reviewed by one accept, its newest mask holding these strokes and nothing else."""
        self.surface.wait_for(
            f"accept of {tile}", lambda: self.state(tile) in REVIEWED and "accept" in self.kinds(tile)
        )
        np.testing.assert_array_equal(self.mask(tile), painted(*strokes))
        assert self.kinds(tile).count("accept") == 1
        expect(self.surface.page.locator(".conflict")).to_be_hidden()

    def draft_is(self, tile: int, *strokes: Stroke) -> bool:
        return is_draft(self.workspace, painted(*strokes), tile)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Windows]:
    folder = tmp_path_factory.mktemp("windows")
    workspace = open_workspace(
        read_settings({"SEEP_WORKSPACE": str(folder / "workspace"), "SEEP_USER": "tester"})
    )
    set_quality_sample_share(workspace, 0, TESTER)
    pairs = []
    for number in range(SCENES):
        image = np.hstack([speckle(SIDE, number), speckle(SIDE, 100 + number)[:, :STEP]])
        path = write_raster(folder / f"sea{number}.tif", image)
        report = import_raster(workspace, path, RasterOptions(window_px=SIDE, overlap_px=OVERLAP), TESTER)
        with workspace.store.reading() as session:
            left, right = scenes.tiles_of_scene(session, report.scene_id)
        pairs.append((left.id, right.id))
    queue = ",".join(str(tile) for pair in pairs for tile in pair)
    with running(folder) as app, surface_on(browser, app.url) as surface:
        surface.page.goto(f"{app.url}/review?tiles={queue}")
        surface.person = "tester"
        yield Windows(workspace, surface, iter(pairs))


@pytest.fixture
def windows(made: Windows) -> Iterator[Windows]:
    yield made
    made.surface.page.unroute_all(behavior="ignoreErrors")


def painted(*strokes: Stroke) -> np.ndarray:
    mask = np.zeros((SIDE, SIDE), np.uint8)
    for start, end in strokes:
        mask[brush(SIDE, start, end, 8)] = 1
    return mask


def paint(surface: Surface, stroke: Stroke) -> None:
    surface.press("b", "1")
    surface.drag(*stroke, steps=4)


def moved(stroke: Stroke, dx: int) -> Stroke:
    """The same stroke as another window sees it."""
    (ax, ay), (bx, by) = stroke
    return (ax + dx, ay), (bx + dx, by)


def opened(windows: Windows) -> tuple[int, int]:
    """Open the left window of the next pair, with the right one in memory and next in the queue."""
    left, right = next(windows.pairs)
    windows.surface.pick(right)
    windows.surface.pick(left)
    return left, right


def gone_on(surface: Surface, tile: int) -> None:
    """Wait until another tile is on the screen."""
    surface.page.wait_for_selector(
        f'.review:not([data-painted="{tile}"]):not([data-painted=""])', state="attached"
    )


JOINED = moved(LEFT, -STEP)
PRESSED = (
    "window.dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', ctrlKey: true, cancelable: true}))"
)
PRESSED_TWICE = f"{PRESSED}; {PRESSED}"


def test_a_stroke_stays_while_what_was_joined_is_loaded(windows: Windows) -> None:
    left, right = opened(windows)
    surface = windows.surface
    gate = Gate(surface.page, f"**/seep/tiles/{right}/document")
    paint(surface, LEFT)
    surface.press("Control+Enter")
    surface.wait("painted", str(right))
    windows.surface.wait_for("the join", lambda: windows.state(right) == "draft")
    gate.wait(2)
    gate.pass_one()  # the window is known to be older than the server's: that one is loaded
    surface.wait_drawn()
    paint(surface, RIGHT)
    gate.open()
    surface.wait("saved", "clean")
    surface.press("Control+Enter")
    windows.accepted(right, RIGHT, JOINED)
    windows.accepted(left, LEFT)


def test_an_accept_is_not_lost_while_what_was_joined_is_loaded(windows: Windows) -> None:
    left, right = opened(windows)
    surface = windows.surface
    documents = Gate(surface.page, f"**/seep/tiles/{right}/document")
    answers = Gate(surface.page, f"**/seep/tiles/{left}/revisions*", answers=True)
    paint(surface, LEFT)
    surface.press("Control+Enter")
    surface.wait("painted", str(right))
    answers.wait(1)
    documents.wait(1)
    documents.pass_one()
    documents.wait(1)  # what the server has is being loaded
    answers.shut = False
    answers.pass_one()
    paint(surface, RIGHT)
    surface.press("Control+Enter")
    gone_on(surface, right)
    surface.wait_drawn()
    documents.open()
    windows.accepted(right, RIGHT, JOINED)
    windows.accepted(left, LEFT)


def test_an_accept_sooner_than_the_news_of_the_join_holds_both_strokes(windows: Windows) -> None:
    left, right = opened(windows)
    surface = windows.surface
    answers = Gate(surface.page, f"**/seep/tiles/{left}/revisions*", answers=True)
    paint(surface, LEFT)
    surface.press("Control+Enter")
    answers.wait(1)
    surface.wait("painted", str(right))
    paint(surface, RIGHT)
    surface.press("Control+Enter")
    windows.accepted(right, RIGHT, JOINED)
    answers.open()
    windows.accepted(left, LEFT)


def test_accepts_that_reach_the_server_in_the_other_order_both_count(windows: Windows) -> None:
    left, right = opened(windows)
    surface = windows.surface
    requests = Gate(surface.page, f"**/seep/tiles/{left}/revisions*")
    paint(surface, LEFT)
    surface.press("Control+Enter")
    requests.wait(1)
    surface.wait("painted", str(right))
    paint(surface, RIGHT)
    surface.press("Control+Enter")
    windows.accepted(right, RIGHT)
    requests.open()
    windows.accepted(left, LEFT)
    windows.surface.wait_for("the join", lambda: "join" in windows.kinds(right))
    windows.accepted(right, RIGHT, JOINED)


def test_two_presses_at_once_accept_one_tile(windows: Windows) -> None:
    left, right = opened(windows)
    surface = windows.surface
    paint(surface, EARLIER)
    surface.page.evaluate(PRESSED_TWICE)
    surface.wait("painted", str(right))
    expect(surface.notice("not-viewed")).to_be_visible()
    windows.accepted(left, EARLIER)
    assert windows.kinds(right) == []
    surface.wait("seen", str(right))
    surface.press("Control+Enter")  # an empty mask without a prediction is accepted at the second press
    expect(surface.notice("empty-mask")).to_be_visible()
    surface.press("Control+Enter")
    windows.accepted(right)


def test_an_accept_right_before_a_reload_counts_once_and_painting_goes_on(windows: Windows) -> None:
    left, right = opened(windows)
    surface = windows.surface
    gate = Gate(surface.page, f"**/seep/tiles/{left}/revisions*")
    surface.page.once("dialog", lambda dialog: dialog.accept())
    paint(surface, LEFT)
    paint(surface, EARLIER)
    surface.page.evaluate(f"{PRESSED}; window.location.reload()")
    surface.wait("painted", str(right))
    gate.open()
    windows.accepted(left, LEFT, EARLIER)
    surface.pick(left)
    surface.press("1")
    surface.drag(*RIGHT)
    expected = painted(LEFT, EARLIER, RIGHT)
    surface.wait_for("all strokes", lambda: is_draft(windows.workspace, expected, left))


def test_a_draft_of_before_a_reload_goes_on_with_what_was_joined(windows: Windows) -> None:
    left, right = opened(windows)
    surface = windows.surface
    answers = Gate(surface.page, f"**/seep/tiles/{left}/revisions*", answers=True)
    paint(surface, LEFT)
    surface.press("Control+Enter")
    answers.wait(1)
    surface.wait("painted", str(right))
    paint(surface, RIGHT)
    surface.wait("saved", "clean")
    surface.page.once("dialog", lambda dialog: dialog.accept())
    answers.shut = False
    surface.page.reload()
    surface.wait("painted", str(right))
    windows.surface.wait_for("the draft with the join", lambda: windows.draft_is(right, RIGHT, JOINED))
    surface.press("Control+Enter")
    windows.accepted(right, RIGHT, JOINED)
    windows.accepted(left, LEFT)


def test_what_is_decided_while_saves_are_unanswered_is_decided_about_its_own_tile(windows: Windows) -> None:
    left, right = opened(windows)
    surface = windows.surface
    requests = Gate(surface.page, f"**/seep/tiles/{left}/revisions*")
    drafts = Gate(surface.page, f"**/seep/tiles/{right}/draft")
    paint(surface, LEFT)
    surface.press("Control+Enter")
    requests.wait(1)
    surface.wait("painted", str(right))
    paint(surface, RIGHT)
    drafts.wait(1)
    surface.press("e", "Enter", "Control+Space")
    gone_on(surface, right)
    surface.pick(right)
    surface.press("b", "Control+Backspace")
    gone_on(surface, right)
    drafts.open()
    windows.surface.wait_for("the rejection", lambda: windows.state(right) == "rejected")
    assert windows.state(left) == "unreviewed"
    requests.open()
    windows.accepted(left, LEFT)
    assert windows.draft_is(right, RIGHT)


def test_a_note_closes_with_its_tile(windows: Windows) -> None:
    left, right = opened(windows)
    surface = windows.surface
    surface.press("Control+Shift+Backspace")
    expect(surface.page.locator(".note")).to_be_visible()
    surface.pick(right)
    expect(surface.page.locator(".note")).to_be_hidden()
    decisions = Gate(surface.page, "**/seep/tiles/*/decision")
    surface.page.keyboard.press("Enter")
    surface.wait_drawn()
    assert surface.read("tile") == str(right)
    assert not decisions.held
    assert {windows.state(left), windows.state(right)} == {"unreviewed"}
