"""Tabs that come back together after a restart: each page is drawn, none finds a library half imported."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from seep.workflow.workspace import Workspace
from seep_testing.live import LiveApp
from seep_testing.sessions import Rerun, open_tab
from tests.workflow.making import accept

pytestmark = pytest.mark.slow
PAGES = ("", "settings", "finetune", "models", "data", "browse", "scene", "review")
SLOW_PANDAS = """
import sys
import time
from importlib.abc import MetaPathFinder


class Slow(MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name == "pandas.core.api":  # pandas is in sys.modules now, and almost empty
            time.sleep(3)


sys.meta_path.insert(0, Slow())
"""


def test_eight_tabs_at_once_after_a_restart_are_all_drawn(
    tmp_path: Path, workspace: Workspace, tiles: list[int]
) -> None:
    accept(workspace, tiles[0])  # Overview has plots now: plotly takes pandas from sys.modules as it is
    workspace.store.close()
    (tmp_path / "sitecustomize.py").write_text(SLOW_PANDAS)
    app = LiveApp(tmp_path, worker=False, environment={"PYTHONPATH": str(tmp_path)})
    try:
        for _ in range(2):
            app.start()

            def draw(page: str) -> Rerun:
                with open_tab(app.url) as tab:
                    return tab.run(page)

            with ThreadPoolExecutor(len(PAGES)) as pool:
                drawn = list(pool.map(draw, PAGES))
            assert [one.problems for one in drawn] == [()] * len(PAGES)
            app.stop()
    finally:
        app.stop()
    assert "partially initialized" not in app.log.read_text()
