"""Screenshots of Models: lineage, an evaluated version, the changed slicks of two versions."""

from docs.screenshots.camera import Camera
from docs.screenshots.staging import wait_for_jobs
from seep.workflow.actor import Actor
from seep.workflow.evaluation.checkpoints import enqueue_evaluate
from seep.workflow.models.registry import list_models
from seep.workflow.workspace import Workspace


def take_models(camera: Camera, workspace: Workspace) -> None:
    """Evaluate the newest version and the one that it came from, and look at both."""
    wait_for_jobs(workspace)
    newest = list_models(workspace)[0]
    two = [one for one in (newest.parent_id, newest.id) if one is not None]
    for one in two:
        enqueue_evaluate(workspace, one, Actor("Ana", "admin"))
    wait_for_jobs(workspace)
    page = camera.page
    camera.go(f"models?versions={newest.id}")
    page.get_by_role("row").filter(has_text=newest.name).wait_for()
    page.locator(".js-plotly-plot").nth(4).wait_for()
    camera.take("models", 2000)
    page.get_by_text("Precision and recall", exact=True).evaluate(
        "node => node.scrollIntoView({block: 'start'})"
    )
    camera.take("models-measured", 1200)
    camera.go(f"models?versions={','.join(map(str, two))}")
    page.locator(".card").first.wait_for()
    page.locator(".pairs").evaluate("node => node.scrollIntoView({block: 'end'})")
    camera.take("models-changes", 2000)
    page.locator(".card").first.click()
    camera.take("models-swipe", 1200)
