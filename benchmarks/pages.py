"""Seconds from a click on a page in the sidebar until the page is painted, in Chromium.

    python -m benchmarks.pages IMAGES MASKS --before CHECKOUT
    python -m benchmarks.pages IMAGES MASKS --pages Models Browse --rounds 20 --workspace STAGED

Fills one workspace with the tiles: most scenes reviewed, the others predicted, two short fine-tuning runs. Each
contender serves a copy of it: this checkout, and with `--before` another one. They take turns, round by round.
A page is painted when its script has ended, nothing in it is stale or loading, and its pictures are shown. The
first visit of a page counts apart from the others. `--pages` limits the pages; Overview ends each
round all the same. The last line is JSON.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from seep_testing.contexts import CHROMIUM_ARGUMENTS
from seep_testing.live import ROOT, LiveApp

SIZE = {"width": 1440, "height": 900}
HOME = "Overview"
"""The page that is open at first, and visited last in a round."""
TARGET_MS = 500
WAIT_MS = 60_000
RUN = ("--preset", "quick", "--epochs", "2", "--min-steps", "2", "--max-steps", "4", "--tiles", "all")
PAGES = {
    HOME: ("/", "h1"),
    "Browse": ("/browse", ".cell img.shown"),
    "Scenes": ("/scene", '.stage[data-settled="true"]'),
    "Review": ("/review", '.review:not([data-painted=""])'),
    "Fine-tune": ("/finetune", "h1"),
    "Models": ("/models", "h1"),
    "Data": ("/data", ".zone"),
    "Settings": ("/settings", "h1"),
}
"""Address of each page, and what is in it once it is there."""

PROBE = """([path, selector, limit]) => new Promise((resolve, reject) => {
  const find = (root) => {
    const found = root.querySelector(selector);
    if (found) return found;
    for (const one of root.querySelectorAll("*")) {
      const inside = one.shadowRoot && find(one.shadowRoot);
      if (inside) return inside;
    }
    return null;
  };
  const busy = '[data-stale="true"], [data-testid="stSkeleton"], [data-testid="stSpinner"]';
  const painted = () => location.pathname === path
    && document.querySelector('[data-test-script-state="notRunning"]')
    && !document.querySelector(`.stMain :is(${busy})`)
    && [...document.querySelectorAll(".stMain .stPlotlyChart")].every((one) => one.querySelector(".main-svg"))
    && find(document);
  let begun = null, since = null;
  addEventListener("click", (event) => void (begun ??= event.timeStamp), { capture: true, once: true });
  const until = performance.now() + limit;
  const look = () => {
    const now = performance.now();
    if (begun === null || !painted()) since = null;
    else if (since === null) since = now;
    else if (now - since > 150) return resolve(since - begun); // not the moment between two scripts
    if (now > until) return reject(new Error(`${path} was not painted`));
    requestAnimationFrame(() => setTimeout(look));
  };
  look();
})"""


@dataclass
class Contender:
    """A checkout that serves its copy of the workspace.

    Attributes:
        name: "after" or "before".
        app: the running app.
        page: its page in the browser.
        first_ms: milliseconds of the first visit, by page.
        again_ms: milliseconds of the later visits, by page.
    """

    name: str
    app: LiveApp
    page: Page
    first_ms: dict[str, float] = field(default_factory=dict)
    again_ms: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    def visit(self, pages: Sequence[str]) -> None:
        """Click through the pages, and keep how long each took."""
        for name in pages:
            taken = self._switch(name)
            if name in self.first_ms:
                self.again_ms[name].append(taken)
            else:
                self.first_ms[name] = taken

    def _switch(self, name: str) -> float:
        path, selector = PAGES[name]
        self.page.wait_for_timeout(400)
        self.page.evaluate(f"window.painted = ({PROBE})({json.dumps([path, selector, WAIT_MS])}); null")
        self.page.locator("[data-testid=stSidebarNavLink]").filter(has_text=name).first.click()
        taken = float(self.page.evaluate("window.painted"))
        self.page.mouse.move(SIZE["width"] / 2, SIZE["height"] / 2)  # off the sidebar of Review
        return taken


def main() -> None:
    """Read the arguments, stage, measure, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("images", type=Path)
    parser.add_argument("masks", type=Path)
    parser.add_argument("--before", type=Path, help="another checkout, with its environment in .venv")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument(
        "--pages",
        nargs="+",
        metavar="PAGE",
        choices=list(PAGES)[1:],
        default=list(PAGES)[1:],
        help="measure only these pages",
    )
    parser.add_argument("--workspace", type=Path, help="keep the staged workspace in this folder, and use it")
    arguments = parser.parse_args()
    checkouts = {"after": ROOT} | ({"before": arguments.before.resolve()} if arguments.before else {})
    with tempfile.TemporaryDirectory() as scratch:
        staged = arguments.workspace or Path(scratch) / "staged"
        if not staged.exists():
            # The older program makes it: the newer one can migrate it, but not the other way round.
            stage(checkouts.get("before", ROOT), staged, arguments.images, arguments.masks)
        contenders = measure(checkouts, staged, Path(scratch), [*arguments.pages, HOME], arguments.rounds)
        report(contenders, arguments.rounds)


def stage(checkout: Path, folder: Path, images: Path, masks: Path) -> None:
    """Fill `folder / "workspace"` by the commands of a checkout; the tiles are links in `folder`."""
    scenes = sorted({path.name.partition(".")[0] for path in images.iterdir()})
    reviewed = set(scenes[: max(1, len(scenes) * 2 // 3)])
    for path in images.iterdir():
        kind = "reviewed" if path.name.partition(".")[0] in reviewed else "open"
        for part, source in (("images", path), ("masks", masks / path.name)):
            link = folder / kind / part / path.name
            link.parent.mkdir(parents=True, exist_ok=True)
            if source.exists():
                link.symlink_to(source.resolve())
    labeled = folder / "reviewed"
    command(checkout, folder, "import", f"{labeled}/images", "--masks", f"{labeled}/masks", "--reviewed")
    command(checkout, folder, "import", f"{folder}/open/images", "--predict")
    for _ in range(2):
        command(checkout, folder, "finetune", *RUN)


def command(checkout: Path, folder: Path, *words: str) -> None:
    """Run one command of a checkout on the staged workspace."""
    python = checkout / ".venv" / "bin" / "python"
    program = [str(python if python.exists() else sys.executable), "-m", "seep", *words]
    environment = {**os.environ, "SEEP_WORKSPACE": str(folder / "workspace"), "SEEP_USER": "ana"}
    print(" ".join(words), file=sys.stderr, flush=True)
    subprocess.run(program, cwd=checkout, env=environment, check=True)


def measure(
    checkouts: Mapping[str, Path], staged: Path, scratch: Path, pages: Sequence[str], rounds: int
) -> Sequence[Contender]:
    """Serve a copy of the staged workspace from each checkout, and click through the pages in turns."""
    finder = [sys.executable, str(ROOT / "seep_testing" / "find_browser.py")]
    path = subprocess.run(finder, capture_output=True, text=True, check=True).stdout.split()[-1]
    contenders: list[Contender] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM_ARGUMENTS)
        try:
            for name, checkout in checkouts.items():
                (scratch / name).mkdir()
                shutil.copytree(staged / "workspace", scratch / name / "workspace")
                app = LiveApp(scratch / name, worker=False, root=checkout)
                app.start()
                page = browser.new_context(viewport=SIZE).new_page()  # type: ignore[arg-type]
                page.set_default_timeout(WAIT_MS)
                contenders.append(Contender(name, app, page))
                page.goto(app.url)
                page.locator(".stMain h1").wait_for()
                page.wait_for_load_state("networkidle")
            for _ in range(rounds + 1):
                for one in contenders:
                    one.visit(pages)
        finally:
            for one in contenders:
                one.app.stop()
        browser.close()
    return contenders


def report(contenders: Sequence[Contender], rounds: int) -> None:
    """Print the medians by page, and the same as JSON."""
    print(f"click to painted, ms; {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, {rounds} rounds")
    print(f"{'':<12}" + "".join(f"{one.name + ' first':>14}{one.name:>9}{'max':>7}" for one in contenders))
    table: dict[str, dict[str, dict[str, float]]] = {}
    for page in contenders[0].first_ms:
        row = table[page] = {
            one.name: {
                "first": round(one.first_ms[page]),
                "median": round(statistics.median(one.again_ms[page])),
                "max": round(max(one.again_ms[page])),
            }
            for one in contenders
        }
        cells = "".join(f"{one['first']:14.0f}{one['median']:9.0f}{one['max']:7.0f}" for one in row.values())
        slow = "" if row["after"]["median"] <= TARGET_MS else f"   above {TARGET_MS}"
        print(f"{page:<12}{cells}{slow}")
    print(json.dumps({"rounds": rounds, "cores": os.cpu_count(), "load": os.getloadavg(), "ms": table}))


if __name__ == "__main__":
    main()
