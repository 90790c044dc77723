"""Every page opened by its own address in Chromium: no failed request, no error in the console.

People is left out: without sign-in there is no such page.
"""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from seep.web.page_list import PAGES, PEOPLE
from seep_testing.live import LiveApp

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveApp]:
    app = LiveApp(tmp_path_factory.mktemp("links"), worker=False)
    app.start()
    yield app
    app.stop()


@pytest.mark.parametrize("path", [page.path for page in PAGES if page.name != PEOPLE])
def test_address_of_a_page_opens_it_without_an_error(live: LiveApp, page: Page, path: str) -> None:
    failed: list[str] = []
    page.on("console", lambda message: failed.append(message.text) if message.type == "error" else None)
    page.on("response", lambda answer: failed.append(answer.url) if answer.status >= 400 else None)
    page.goto(f"{live.url}/{path}")
    expect(page.locator(".stMain h1")).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert failed == []
