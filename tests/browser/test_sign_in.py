"""Sign-in in the browser: roles, a session that an admin ends, and signing out."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from seep.store import revisions
from seep.workflow.access import accounts
from seep.workflow.actor import Role
from seep.workflow.workspace import Workspace
from seep_testing.contexts import new_context
from seep_testing.live import LiveApp
from seep_testing.review_tiles import Surface, make_workspace, running
from tests.actors import TESTER

pytestmark = pytest.mark.browser
PASSWORD = "correct horse"
PEOPLE: dict[str, Role] = {"ada": "admin", "ann": "annotator", "rob": "reviewer", "vic": "viewer"}

Team = tuple[LiveApp, Workspace]


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Team]:
    folder = tmp_path_factory.mktemp("sign-in")
    workspace = make_workspace(folder, count=4)
    for name, role in PEOPLE.items():
        accounts.add_local(workspace, name, role, PASSWORD, TESTER)
    with running(folder, "local") as app:
        yield app, workspace


@pytest.fixture
def pages(browser: Browser) -> Iterator[dict[str, Page]]:
    """A browser profile for each person."""
    contexts = {name: new_context(browser) for name in PEOPLE}
    yield {name: context.new_page() for name, context in contexts.items()}
    for context in contexts.values():
        context.close()


def sign_in(page: Page, url: str, name: str, password: str = PASSWORD) -> None:
    page.goto(url)
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def test_a_person_signs_in_and_comes_to_the_page_that_was_asked_for(
    team: Team, pages: dict[str, Page]
) -> None:
    app, page = team[0], pages["ann"]
    sign_in(page, f"{app.url}/browse", "ann", "wrong password")
    expect(page.get_by_role("alert")).to_contain_text("do not match")
    expect(page.get_by_label("Name")).to_have_value("ann")
    sign_in(page, f"{app.url}/browse", "ann")
    expect(page.get_by_role("heading", name="Browse")).to_be_visible()
    expect(page.get_by_text("ann, annotator")).to_be_visible()
    cookie = next(one for one in page.context.cookies() if one["name"] == "seep-session")
    assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Lax")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Signed out")).to_be_visible()
    page.get_by_role("link", name="Sign in").click()
    expect(page.get_by_label("Password")).to_be_visible()


def test_the_icon_of_signing_out_is_whole_in_the_narrow_sidebar_of_review(
    team: Team, pages: dict[str, Page]
) -> None:
    page = pages["rob"]
    sign_in(page, f"{team[0].url}/review", "rob")
    expect(page.locator(".stage > canvas").first).to_be_visible()
    strip = page.get_by_test_id("stSidebarUserContent").locator(".stButton")
    icon = strip.get_by_test_id("stIconMaterial").bounding_box()
    button = strip.bounding_box()
    assert icon
    assert button
    assert button["x"] <= icon["x"]
    assert icon["x"] + icon["width"] <= button["x"] + button["width"]


def test_the_people_page_says_why_it_is_not_for_an_annotator(team: Team, pages: dict[str, Page]) -> None:
    page = pages["ann"]
    sign_in(page, f"{team[0].url}/people", "ann")
    expect(page.get_by_text("The role admin is needed")).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_test_id("stSidebar").get_by_role("link", name="People")).to_have_count(0)


def test_an_admin_downloads_the_activity_log(team: Team, pages: dict[str, Page]) -> None:
    page = pages["ada"]
    sign_in(page, f"{team[0].url}/people", "ada")
    for label in ("CSV", "JSON lines"):
        with page.expect_download() as download:
            page.get_by_role("button", name=label).click()
        assert "sign in" in download.value.path().read_text()


def test_the_activity_log_shows_all_its_columns_in_a_small_window(team: Team, pages: dict[str, Page]) -> None:
    page = pages["ada"]
    before = page.viewport_size
    assert before
    sign_in(page, f"{team[0].url}/people", "ada")
    page.set_viewport_size({"width": 1024, "height": 640})
    table = page.get_by_role("table").last
    expect(table.get_by_role("columnheader")).to_have_text(["Time", "Author", "Action", "Subject", "Address"])
    table.scroll_into_view_if_needed()
    for title in ("Action", "Subject", "Address"):
        expect(table.get_by_role("columnheader", name=title)).to_be_in_viewport(ratio=1)
    page.set_viewport_size(before)


def test_an_annotator_cannot_promote_and_is_told_why(team: Team, pages: dict[str, Page]) -> None:
    app, page = team[0], pages["ann"]
    sign_in(page, f"{app.url}/models", "ann")
    button = page.get_by_role("button", name="Roll back")
    expect(button).to_be_disabled()
    button.hover(force=True)
    expect(page.get_by_role("tooltip")).to_contain_text("The role lead is needed to roll back versions.")


def test_a_reviewer_accepts_and_is_the_author(team: Team, pages: dict[str, Page]) -> None:
    (app, workspace), page = team, pages["rob"]
    sign_in(page, f"{app.url}/review?tile=1", "rob")
    surface = Surface(page, app.url)
    surface.wait("painted", "1")
    surface.press("Control+Enter")
    surface.wait("painted", "2")

    def authors() -> str:
        with workspace.store.reading() as session:
            return " ".join(row.author for row in revisions.history(session, 1))

    surface.until(authors, "rob")


def test_an_annotator_saves_but_cannot_accept_and_is_told_why(team: Team, pages: dict[str, Page]) -> None:
    (app, workspace), page = team, pages["ann"]
    sign_in(page, f"{app.url}/review?tile=3", "ann")
    surface = Surface(page, app.url)
    surface.wait("painted", "3")
    button = page.get_by_role("button", name="Accept and next")
    expect(button).to_be_disabled()
    expect(button).to_have_attribute("data-tip", re.compile("^The role reviewer is needed to accept tiles"))
    surface.press("Control+Enter")
    expect(surface.notice("denied")).to_contain_text("The role reviewer is needed to accept tiles.")
    surface.press("Control+s")

    def authors() -> str:
        with workspace.store.reading() as session:
            return " ".join(f"{row.author} {row.kind}" for row in revisions.history(session, 3))

    surface.until(authors, "ann save")


def test_a_viewer_sees_a_tile_without_locking_or_changing_it(team: Team, pages: dict[str, Page]) -> None:
    (app, workspace), page = team, pages["vic"]
    refused = []
    page.on("response", lambda answer: refused.append(answer.url) if answer.status >= 400 else None)
    changes = []
    page.on(
        "request",
        lambda one: changes.append(one.url) if "/seep/tiles" in one.url and one.method != "GET" else None,
    )
    sign_in(page, f"{app.url}/review?tile=4", "vic")
    surface = Surface(page, app.url)
    surface.wait("painted", "4")
    surface.drag((20, 20), (40, 40))
    expect(surface.notice("denied")).to_contain_text("The role annotator is needed to save masks.")
    surface.press("Control+s")
    surface.wait_drawn()
    assert (changes, refused, surface.read("saved")) == ([], [], "clean")
    with workspace.store.reading() as session:
        assert revisions.history(session, 4) == []


def test_a_refused_person_stays_in_the_form(team: Team, pages: dict[str, Page]) -> None:
    app, page = team[0], pages["ada"]
    sign_in(page, f"{app.url}/people", "ada")
    form = page.get_by_test_id("stForm").first
    form.get_by_label("Name").fill("bo")
    form.get_by_role("textbox", name="Password").fill("short")
    form.get_by_role("button", name="Add person").click()
    expect(form.get_by_role("alert")).to_contain_text("The password has 5 characters.")
    expect(form.get_by_label("Name")).to_have_value("bo")
    form.get_by_role("textbox", name="Password").fill(PASSWORD)
    form.get_by_role("button", name="Add person").click()
    expect(page.get_by_label("Role of bo")).to_be_visible()
    expect(form.get_by_label("Name")).to_have_value("")


def test_an_open_tab_is_out_when_an_admin_ends_its_session(team: Team, pages: dict[str, Page]) -> None:
    app, admin, page = team[0], pages["ada"], pages["rob"]
    sign_in(page, f"{app.url}/browse", "rob")
    expect(page.get_by_role("heading", name="Browse")).to_be_visible()
    sign_in(admin, f"{app.url}/people", "ada")
    row = admin.get_by_test_id("stHorizontalBlock").filter(has=admin.get_by_label("Role of rob")).last
    row.get_by_role("button", name="End sessions").click()
    expect(row.get_by_role("button", name="End sessions")).to_be_disabled()
    page.get_by_role("link", name="Overview").click()
    expect(page.get_by_role("heading", name="Signed out")).to_be_visible()
    assert page.request.get(f"{app.url}/seep/scenes").status == 401


def test_a_password_that_an_admin_set_is_changed_at_the_next_sign_in(
    team: Team, pages: dict[str, Page]
) -> None:
    (app, workspace), page = team, pages["vic"]
    accounts.add_local(workspace, "new", "viewer", PASSWORD, TESTER, must_change_password=True)
    sign_in(page, f"{app.url}/browse", "new")
    expect(page.get_by_role("heading", name="Change password")).to_be_visible()
    page.goto(f"{app.url}/browse")
    expect(page.get_by_role("heading", name="Change password")).to_be_visible()
    page.get_by_label("Current password").fill(PASSWORD)
    page.get_by_label("New password", exact=True).fill("staple battery")
    page.get_by_label("New password again").fill("staple battery")
    page.get_by_role("button", name="Change password").click()
    expect(page.get_by_role("heading", name="Browse")).to_be_visible()
    expect(page.get_by_role("link", name="Change password")).to_be_visible()
