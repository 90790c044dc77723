"""The pages work under the Content-Security-Policy, in Chromium."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from seep.web.page_list import PAGES
from seep_testing.contexts import new_context
from seep_testing.live import LiveApp
from tests.browser.filled import filled

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveApp]:
    started = filled(tmp_path_factory.mktemp("headers"))
    started.start()
    yield started
    started.stop()


def test_no_page_is_hindered_by_the_policy(app: LiveApp, browser: Browser) -> None:
    context = new_context(browser)
    page = context.new_page()
    refused: list[str] = []
    page.on(
        "console", lambda one: refused.append(one.text) if "Content Security Policy" in one.text else None
    )
    for one in PAGES:
        page.goto(f"{app.url}/{one.path}")
        expect(page.get_by_test_id("stSidebarNav").first).to_be_visible()
        page.wait_for_load_state("networkidle")
    assert refused == []
    page.evaluate("setTimeout('window.ran = true', 0)")
    page.evaluate("const one = document.createElement('script'); one.textContent = 'window.ran = true';"
                  "document.body.append(one)")  # fmt: skip
    assert page.evaluate("window.ran") is None, "no other script runs"
    context.close()
