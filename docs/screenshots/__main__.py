"""Take the pictures of the README and the guide into docs/images/: `make screenshots`.

`python -m docs.screenshots --workspace FOLDER tools views` keeps the demo workspace in a folder and takes
some chapters only, for whoever changes what they show.
"""

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import sync_playwright

from docs.screenshots import staging
from docs.screenshots.camera import IMAGES, SIZE, Camera
from docs.screenshots.flow import take_flow
from docs.screenshots.models import take_models
from docs.screenshots.pages import take_data, take_pages, take_scenes
from docs.screenshots.people import take_people
from docs.screenshots.places import take_places
from docs.screenshots.runs import take_runs
from docs.screenshots.tools import take_tools
from docs.screenshots.views import take_views
from seep.settings import read_settings
from seep.workflow.workspace import Workspace, open_workspace
from seep_testing.find_browser import on_the_system, playwrights_own
from seep_testing.live import LiveApp

CHAPTERS: dict[str, Callable[[Camera, Workspace], None]] = {
    "scenes": lambda camera, _: take_scenes(camera),
    "places": take_places,
    "views": take_views,
    "tools": take_tools,
    "flow": take_flow,
    "data": lambda camera, _: take_data(camera),
    "pages": take_pages,
    "runs": take_runs,
    "models": take_models,
    "people": take_people,
}


def main() -> None:
    """Make a demo workspace, use it as a team would, and take a picture of everything in the guide."""
    parser = argparse.ArgumentParser(
        prog="python -m docs.screenshots", description="Take the pictures of the guide."
    )
    parser.add_argument("chapters", nargs="*", help=f"some of {', '.join(CHAPTERS)}; else all")
    parser.add_argument("--workspace", type=Path, help="keep the demo workspace in this folder, and use it")
    parser.add_argument("--out", type=Path, default=IMAGES, help="where the pictures go")
    parser.add_argument("--theme", choices=("dark", "light"), default="dark")
    parser.add_argument("--size", default="x".join(map(str, SIZE.values())), help="of the window, in px")
    told = parser.parse_args()
    if wrong := set(told.chapters) - set(CHAPTERS):
        parser.error(f"there is no chapter {', '.join(sorted(wrong))}; there are {', '.join(CHAPTERS)}")
    with tempfile.TemporaryDirectory(prefix="seep-demo-") as folder:
        run(told, told.workspace or Path(folder))


def run(told: argparse.Namespace, folder: Path) -> None:
    """Stage what is not staged yet, start the app, and take the chapters."""
    app = LiveApp(folder, environment={"SEEP_USER": staging.PEOPLE[0].name})
    fresh = not app.workspace.exists()
    if fresh:
        folder.mkdir(parents=True, exist_ok=True)
        app.cli("demo")
    workspace = open_workspace(read_settings(app.environment))
    app.start()
    try:
        if fresh:
            stage(workspace, folder)
        take(told, app.url, workspace)
    finally:
        app.stop()


def stage(workspace: Workspace, folder: Path) -> None:
    """Review the demo in part, and bring in what the demo does not have."""
    staging.wait_for_jobs(workspace)
    staging.review(workspace)
    staging.add_large_scene(workspace, folder)
    staging.add_banded(workspace, folder)
    staging.finetune(workspace)  # it runs while the first pictures are taken


def take(told: argparse.Namespace, url: str, workspace: Workspace) -> None:
    """Open Chromium and take the chapters."""
    width, height = (int(part) for part in told.size.split("x"))
    path = playwrights_own() or on_the_system()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=told.theme)
        page.set_default_timeout(60_000)
        page.on("dialog", lambda dialog: dialog.accept())
        for name in told.chapters or CHAPTERS:
            CHAPTERS[name](Camera(page, url, told.out), workspace)
        browser.close()


if __name__ == "__main__":
    main()
