"""Runs in Chromium, with the shipped network's small sister and the real worker.

Correct tiles, fine-tune, watch the curves and the changing strip, a second browser sees the same, cancel,
resume, clone with changes, compare, promote, roll back.
"""

import re
import uuid
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from seep.core.records import TileFilter
from seep.settings import read_settings
from seep.workflow import tile_data
from seep.workflow.jobs import JobView, job_view, list_jobs
from seep.workflow.models.registry import list_models
from seep.workflow.review import revisions
from seep.workflow.review.queue import queue
from seep.workflow.review.tile_document import tile_document
from seep.workflow.workspace import Workspace, open_workspace
from seep_testing.contexts import new_context
from seep_testing.live import LiveApp
from seep_testing.patience import wait_for
from tests.actors import ADA
from tests.browser.test_loop import confirm
from tests.workflow.making import fill, make_checkpoint, write_tiles

pytestmark = [pytest.mark.browser, pytest.mark.timeout(1800)]

SCENES = ("north", "south", "east", "west", "far")
EPOCHS = 120
"""More than a test waits for: it is canceled."""


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveApp]:
    """An app with tiles of five scenes and a tiny network that is active."""
    folder = tmp_path_factory.mktemp("runs")
    app = LiveApp(folder, environment={"OMP_NUM_THREADS": "1"})  # so few weights gain nothing from two
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("seep.workflow.workspace.SHIPPED_CHECKPOINT", make_checkpoint(folder / "t.safetensors"))
        fill(open_workspace(read_settings(app.environment)), *write_tiles(folder, SCENES, each=4))
    app.start()
    yield app
    app.stop()


def correct(workspace: Workspace, number: int = 2) -> None:
    """Correct training tiles as an analyst would: a stripe of another class, accepted."""
    for item in queue(workspace, TileFilter(split="train"), "name")[:number]:
        head = tile_document(workspace, item.id, ADA)["head"]
        mask = tile_data.revision_mask(workspace, head["id"]).copy()
        mask[30:40, 8:56] = 2
        revisions.save_mask(
            workspace,
            item.id,
            mask,
            "accept",
            actor=ADA,
            base_revision_id=head["id"],
            request_id=uuid.uuid4().hex,
        )


def ask_for(page: Page, values: dict[str, int], *, small: bool = False, opened: bool = False) -> None:
    """Set hyperparameters: numbers, the highest learning rate, and the smallest crops if `small`."""
    if not opened:
        page.locator(".st-key-advanced summary").click()
    for label, value in values.items():
        field = page.get_by_role("spinbutton", name=label, exact=True)
        field.fill(str(value))
        field.press("Enter")
    sliders = [("Learning rate", "End", "0.001"), ("Crop size", "Home", "64 px")]
    for label, key, shown in sliders[: 1 + small]:
        slider = page.locator(f"[role=group][aria-label='{label}'] input")
        slider.focus()
        slider.press(key)
        expect(page.locator("[class*=st-key-advanced]").get_by_text(shown, exact=True).first).to_be_visible()


def newest_epoch(page: Page) -> int:
    """The epoch that the strip shows, -1 before the first."""
    found = re.search(r"after epoch (\d+)", page.locator(".previews .epoch").inner_text())
    return int(found.group(1)) if found else -1


def strip_pixels(page: Page) -> list[int]:
    """The painted pixels of all cells of the strip, by their sum of opacity: other masks, other numbers."""
    return page.locator(".previews canvas").evaluate_all(
        """(all) => all.map((one) => one.width === 0 ? 0 : [...one.getContext("2d")
            .getImageData(0, 0, one.width, one.height).data].reduce((sum, value) => sum + value, 0))"""
    )


def run_job(workspace: Workspace) -> JobView:
    """The newest fine-tuning and what it told."""
    return job_view(workspace, next(job.id for job in list_jobs(workspace) if job.kind == "finetune"))


def active(workspace: Workspace) -> str:
    return str(next(one.name for one in list_models(workspace) if one.active))


def head(page: Page) -> Locator:
    """The line above the run; for a moment of a rerun the old one stands beside the new one."""
    return page.locator(".st-key-run-head").first


def watch(page: Page) -> None:
    """Curves and previews appear and continue, and the page shows device and memory."""
    expect(head(page)).to_contain_text("Running")
    expect(page.locator(".previews .cell").first).to_be_visible()
    seen = newest_epoch(page)
    wait_for("the previews of the next epochs", lambda: newest_epoch(page) > seen + 1)
    assert page.locator(".js-plotly-plot .scatterlayer .trace").count() >= 2
    expect(page.get_by_text(re.compile("Device: CPU.*Memory: "))).to_be_visible()


def rewind(page: Page) -> None:
    """The slider shows the predictions of before the run; at its end it follows the run again."""
    page.locator(".previews input").focus()
    page.keyboard.press("Home")
    expect(page.locator(".previews .epoch")).to_have_text("before training")
    wait_for("the masks of before", lambda: any(strip_pixels(page)))
    before = strip_pixels(page)
    page.keyboard.press("End")
    wait_for("other masks", lambda: strip_pixels(page) != before)


def cancel_and_resume(page: Page, other: Page, workspace: Workspace) -> int:
    """Cancel in one browser and resume in the other: both see both; returns the run's number."""
    page.locator(".st-key-cancel-job button").click()
    for one in (page, other):
        expect(head(one)).to_contain_text("Canceled")
        expect(one.get_by_role("button", name="Resume")).to_be_visible()
    stopped = len(run_job(workspace).metrics["train_loss"])
    other.get_by_role("button", name="Resume").click()
    for one in (page, other):
        expect(head(one)).to_contain_text("Running")
    wait_for("more epochs", lambda: len(run_job(workspace).metrics["train_loss"]) > stopped)
    resumed = run_job(workspace)
    assert any("goes on after step" in str(one.data.get("text")) for one in resumed.events)
    return int(resumed.run.id)


def clone(page: Page, url: str, run: int) -> None:
    """A clone with fewer epochs waits behind the run, and begins when that is canceled."""
    page.goto(f"{url}/finetune?clone={run}")
    ask_for(page, {"Epochs": 2}, small=True, opened=True)
    expect(page.get_by_text(f"epochs {EPOCHS} → 2")).to_be_visible()
    expect(page.get_by_text("crop size 160 px → 64 px")).to_be_visible()
    page.get_by_role("button", name="Queue another run").click()
    expect(page.locator("[class*=st-key-queue-]").get_by_text("by tester").first).to_be_visible()
    head(page).get_by_role("button", name="Cancel", exact=True).click()


def test_a_run_is_watched_by_two_canceled_resumed_cloned_compared_promoted(
    live: LiveApp, page: Page, browser: Browser
) -> None:
    workspace = open_workspace(read_settings(live.environment))
    first = active(workspace)
    correct(workspace)

    page.goto(f"{live.url}/finetune")
    ask_for(page, {"Epochs": EPOCHS, "Patience (epochs)": 0})
    page.get_by_role("button", name="Start fine-tuning").click()
    watch(page)
    rewind(page)

    other = new_context(browser, 1280, 720).new_page()
    other.goto(f"{live.url}/finetune")
    expect(head(other)).to_contain_text("Running")
    cells = page.locator(".previews .cell").count()
    expect(other.locator(".previews .cell")).to_have_count(cells)
    wait_for("both at one epoch", lambda: abs(newest_epoch(other) - newest_epoch(page)) <= 3)

    clone(page, live.url, cancel_and_resume(page, other, workspace))
    verdict = re.compile("vs. " + re.escape(first))
    for one in (page, other):
        expect(one.get_by_role("heading", name=verdict)).to_be_visible()

    other.get_by_text("All runs", exact=True).click()
    expect(other.locator(".st-key-runs")).to_be_visible()
    expect(other.locator(".st-key-runs-parallel")).to_be_visible()
    other.context.close()

    candidate = next(one.name for one in list_models(workspace) if one.state == "candidate")
    confirm(page, f"Promote {candidate}", "Promote")
    wait_for("the promotion", lambda: active(workspace) == candidate)
    page.goto(f"{live.url}/models")
    confirm(page, "Roll back", "Roll back")
    wait_for("the roll-back", lambda: active(workspace) == first)
