"""Sign-in by an OpenID Connect provider in the browser: role, sign-out, and a session that an admin ends."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from seep.workflow.access import accounts
from seep.workflow.workspace import Workspace
from seep_testing.contexts import new_context
from seep_testing.live import LiveApp
from seep_testing.review_tiles import make_workspace
from tests.actors import TESTER
from tests.provider import Provider

pytestmark = pytest.mark.browser

Team = tuple[LiveApp, Workspace]


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Team]:
    folder = tmp_path_factory.mktemp("oidc")
    workspace = make_workspace(folder, count=2)
    provider = Provider()
    settings = {f"SEEP_{name.upper()}": value for name, value in provider.settings().items()}
    app = LiveApp(folder, worker=False, environment={"SEEP_AUTH": "oidc", **settings})
    app.start()
    yield app, workspace
    app.stop()
    provider.stop()


@pytest.fixture
def tab(browser: Browser) -> Iterator[Page]:
    context = new_context(browser)
    yield context.new_page()
    context.close()


def sign_in(page: Page, url: str) -> None:
    page.goto(url)
    page.get_by_role("link", name="Sign in with 127.0.0.1").click()
    expect(page.get_by_role("heading", name="Browse")).to_be_visible()


def test_a_person_signs_in_at_the_provider_and_signs_out(team: Team, tab: Page) -> None:
    app, _ = team
    sign_in(tab, f"{app.url}/browse")
    expect(tab.get_by_text("Mia Berg, viewer")).to_be_visible()
    assert tab.request.get(f"{app.url}/seep/scenes").status == 200
    assert {one["name"] for one in tab.context.cookies()} >= {"seep-session"}
    assert "seep-sign-in" not in {one["name"] for one in tab.context.cookies()}
    tab.get_by_role("button", name="Sign out").click()
    expect(tab.get_by_role("heading", name="Signed out")).to_be_visible()
    assert tab.request.get(f"{app.url}/seep/scenes").status == 401
    tab.get_by_role("link", name="Sign in").click()
    expect(tab.get_by_role("link", name="Sign in with 127.0.0.1")).to_be_visible()


def test_a_changed_role_is_shown_and_an_ended_session_is_out(team: Team, tab: Page) -> None:
    app, workspace = team
    sign_in(tab, f"{app.url}/browse")
    (person,) = accounts.list_accounts(workspace, TESTER)
    accounts.change(workspace, person.id, TESTER, role="reviewer")
    tab.get_by_role("link", name="Overview").click()
    expect(tab.get_by_text("Mia Berg, reviewer")).to_be_visible()
    accounts.end_sessions(workspace, person.id, TESTER)
    tab.get_by_role("link", name="Browse").click()
    expect(tab.get_by_role("heading", name="Signed out")).to_be_visible()
    assert tab.request.get(f"{app.url}/seep/scenes").status == 401
