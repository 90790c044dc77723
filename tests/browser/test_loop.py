"""The main job from end to end in Chromium, with the shipped model and the real worker.

Import, predict, open, paint, accept, the pixels on disk, reload, fine-tune, curves, promote, another tile's
prediction changes, roll back, the old prediction byte for byte.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tifffile
from playwright.sync_api import Page, expect

from seep.core.synthesis.scene import synthesize_scene
from seep.settings import read_settings
from seep.workflow import tile_data
from seep.workflow.jobs import job_view, list_jobs
from seep.workflow.models.registry import list_models
from seep.workflow.review import revisions
from seep.workflow.review.queue import queue
from seep.workflow.review.tile_document import TileDocument, tile_document
from seep.workflow.workspace import Workspace, open_workspace
from seep_testing.live import LiveApp
from seep_testing.patience import wait_for
from seep_testing.review_tiles import Surface, brush
from tests.actors import TESTER

pytestmark = [pytest.mark.browser, pytest.mark.timeout(1800)]

SIDE = 128
SCENES = ("north", "south", "east", "west")


def write_scenes(folder: Path) -> tuple[Path, Path]:
    """Four synthetic scenes of four tiles, with their exact masks."""
    images, masks = folder / "images", folder / "masks"
    images.mkdir()
    masks.mkdir()
    for seed, name in enumerate(SCENES):
        scene = synthesize_scene(seed, 2 * SIDE, 2 * SIDE)
        for number in range(4):
            y, x = divmod(number, 2)
            part = np.s_[y * SIDE : (y + 1) * SIDE, x * SIDE : (x + 1) * SIDE]
            tifffile.imwrite(images / f"{name}.{number:03d}.tif", np.ascontiguousarray(scene.image[part]))
            tifffile.imwrite(masks / f"{name}.{number:03d}.tif", np.ascontiguousarray(scene.mask[part]))
    return images, masks


def documents(workspace: Workspace) -> list[TileDocument]:
    return [tile_document(workspace, item.id, TESTER) for item in queue(workspace)]


def predicted_by(workspace: Workspace, checkpoint: str) -> Callable[[], bool]:
    """Tell whether every open tile shows this checkpoint's prediction."""
    return lambda: all(
        found["prediction"] is not None and found["prediction"]["checkpoint"] == checkpoint
        for found in documents(workspace)
        if found["state"] in {"unreviewed", "draft", "flagged"}
    )


def prediction_bytes(page: Page, url: str, document: TileDocument) -> tuple[bytes, bytes]:
    """Mask and probability as the browser gets them."""
    answers = [
        page.request.get(f"{url}/seep/predictions/{document['prediction']['id']}/{part}")
        for part in ("mask", "probability")
    ]
    assert all(answer.ok for answer in answers)
    mask, probability = (answer.body() for answer in answers)
    return mask, probability


def import_through_the_page(page: Page, url: str, images: Path, masks: Path) -> None:
    page.goto(f"{url}/data")
    page.get_by_test_id("stButtonGroup").get_by_role("radio", name="Server folder").click()
    for label, folder in (("Images on the server", images), ("Mask folder (optional)", masks)):
        page.get_by_role("textbox", name=label).fill(str(folder))
        page.get_by_role("textbox", name=label).press("Enter")
    expect(page.get_by_text("16 of 16 images have a mask")).to_be_visible()
    page.get_by_role("button", name="Import files", exact=True).click()
    imported = page.get_by_test_id("stMetric").filter(has=page.get_by_text("Imported", exact=True))
    expect(imported).to_contain_text("16")


def start_two_epochs(page: Page, url: str) -> None:
    page.goto(f"{url}/finetune")
    page.locator(".st-key-advanced summary").click()
    for label, value in (("Epochs", "2"), ("Maximum steps", "4")):
        number = page.get_by_role("spinbutton", name=label, exact=True)
        number.fill(value)
        number.press("Enter")
    page.get_by_text("Weight averaging", exact=True).click()  # the old ones alone may be the best
    rate = page.locator("[role=group][aria-label='Learning rate'] input")
    rate.focus()
    rate.press("End")  # 1e-3: two epochs on one tile shall show
    expect(page.get_by_text("0.001", exact=False).first).to_be_visible()
    page.get_by_role("button", name="Start fine-tuning").click()


def confirm(page: Page, button: str, answer: str) -> None:
    page.get_by_role("button", name=button).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name=answer, exact=True).click()
    expect(dialog).to_be_hidden()


def go_through(
    page: Page, workspace: Workspace, turn: Callable[[], str], bring: Callable[[str], object]
) -> int:
    """Go through the loop and check each step; return the number of the fine-tuning run.

    Args:
        page: of a browser.
        workspace: of the app.
        turn: returns the address of the app at each step.
        bring: imports the sixteen tiles through the app at an address.
    """
    first = next(one for one in list_models(workspace) if one.active).name

    # import, predict
    bring(turn())
    wait_for("the first predictions", predicted_by(workspace, first))
    tiles = documents(workspace)
    assert len(tiles) == 16
    assert {one["split"] for one in tiles} == {"train", "validation", "test"}
    chosen = next(one for one in tiles if one["split"] == "train")
    other = next(one for one in tiles if one["id"] != chosen["id"])
    before = prediction_bytes(page, turn(), other)

    # open from Browse, paint a stroke, accept
    url = turn()
    page.goto(f"{url}/browse")
    page.locator(f'[data-id="{chosen["id"]}"]').click()
    surface = Surface(page, url)
    surface.wait("painted", str(chosen["id"]))
    surface.press("3")
    surface.drag((20, 30), (100, 90))
    expected = tile_data.revision_mask(workspace, chosen["head"]["id"]).copy()
    expected[brush(SIDE, (20, 30), (100, 90), 8)] = 3
    surface.press("Control+Enter")
    wait_for("the accepted mask", lambda: revisions.get_tile(workspace, chosen["id"]).state == "corrected")
    head = tile_document(workspace, chosen["id"], TESTER)["head"]
    np.testing.assert_array_equal(tile_data.revision_mask(workspace, head["id"]), expected)

    # reload: still there
    surface = Surface(page, turn())
    surface.open(chosen["id"])
    assert surface.read("state") == "corrected"
    expect(page.locator(".history li[data-revision]")).to_have_count(2)

    run_id = fine_tune(page, workspace, turn)

    # promote: another tile's prediction changes
    candidate = next(one.name for one in list_models(workspace) if one.state == "candidate")
    confirm(page, f"Promote {candidate}", "Promote")
    wait_for("the new predictions", predicted_by(workspace, candidate))
    changed = tile_document(workspace, other["id"], TESTER)
    assert prediction_bytes(page, turn(), changed) != before

    # roll back: the old prediction, byte for byte
    url = turn()
    page.goto(f"{url}/models")
    confirm(page, "Roll back", "Roll back")
    wait_for("the old predictions", predicted_by(workspace, first))
    again = tile_document(workspace, other["id"], TESTER)
    assert again["prediction"]["id"] == other["prediction"]["id"]
    assert prediction_bytes(page, turn(), again) == before
    return run_id


def fine_tune(page: Page, workspace: Workspace, turn: Callable[[], str]) -> int:
    """Fine-tune two epochs until the curves appear; return the number of the run."""
    start_two_epochs(page, turn())
    wait_for("the run", lambda: any(job.kind == "finetune" for job in list_jobs(workspace)))
    run = next(job for job in list_jobs(workspace) if job.kind == "finetune")
    view = job_view(workspace, run.id)
    while view.job.state in {
        "queued",
        "running",
    }:  # on a busy machine it takes minutes, with a heartbeat per second
        last = view.job
        wait_for("its end or its heartbeat", lambda last=last: job_view(workspace, run.id).job != last)  # type: ignore[misc]
        view = job_view(workspace, run.id)
    assert view.job.state == "done", view.job.error
    losses = view.metrics["train_loss"]
    assert len(losses) == 2
    page.goto(f"{turn()}/finetune")
    page.get_by_text("Curves", exact=True).click()
    expect(page.locator(".js-plotly-plot").first).to_be_visible()
    assert view.run is not None
    return view.run.id


def test_the_whole_loop(app: LiveApp, page: Page, tmp_path: Path) -> None:
    images, masks = write_scenes(tmp_path)
    app.start()
    go_through(
        page,
        open_workspace(read_settings(app.environment)),
        lambda: app.url,
        lambda url: import_through_the_page(page, url, images, masks),
    )
