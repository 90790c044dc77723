"""Tabs that come back together after a restart: each page is drawn, none finds a library half imported."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from benchmarks.sessions import Rerun, open_tab
from tests.live import LiveApp

pytestmark = pytest.mark.slow
TABS = 8
PAGES = ("", "browse", "finetune", "models", "data", "settings", "scene", "review")


def test_eight_tabs_at_once_after_a_restart_are_all_drawn(tmp_path: Path) -> None:
    app = LiveApp(tmp_path, worker=False)
    try:
        for _ in range(2):
            app.start()

            def draw(page: str) -> Rerun:
                with open_tab(app.url) as tab:
                    return tab.run(page)

            with ThreadPoolExecutor(TABS) as pool:
                drawn = list(pool.map(draw, PAGES))
            assert [one.problems for one in drawn] == [()] * TABS
            app.stop()
    finally:
        app.stop()
    assert "partially initialized" not in app.log.read_text()
