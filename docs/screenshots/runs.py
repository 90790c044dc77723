"""Fine-tune: a run as it goes, with its curves and its strip, and all runs beside each other."""

from playwright.sync_api import Page

from docs.screenshots.camera import Camera
from docs.screenshots.staging import PEOPLE, wait_for_jobs
from seep.workflow.training.requests import list_runs, repeat
from seep.workflow.workspace import Workspace

CHANGES = ({"learning_rate": 3e-4}, {"epochs": 6, "max_steps": 24})


def take_runs(camera: Camera, workspace: Workspace) -> None:
    """Repeat the staged run with changes; look at the last one while it goes, then at all of them."""
    page = camera.page
    wait_for_jobs(workspace)
    staged = list_runs(workspace)[-1]
    for changes in CHANGES:
        repeat(workspace, staged.id, PEOPLE[0], changes)
        if changes is not CHANGES[-1]:
            wait_for_jobs(workspace)
    camera.go("finetune")
    _after_epoch(page, 2)
    camera.take("finetune-run", 1200)
    wait_for_jobs(workspace)
    camera.go("finetune?view=All+runs")
    page.locator(".st-key-runs-parallel").wait_for()
    camera.settle()
    camera.take("finetune-runs", 1200)


def _after_epoch(page: Page, number: int) -> None:
    page.locator(".previews .epoch").get_by_text(f"after epoch {number}").wait_for(timeout=600_000)
    page.wait_for_timeout(500)
