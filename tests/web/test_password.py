"""People change their own password, and must do so where an admin says so."""

import re
from pathlib import Path
from urllib.parse import urlencode

import pytest

from seep.web.identity import PLAIN_COOKIE
from seep.workflow.access import accounts, throttle
from tests.actors import TESTER
from tests.web.client import Answer
from tests.web.conftest import PASSWORD, Site, make_site

NEW = "staple battery"


@pytest.fixture
def team(tmp_path: Path) -> Site:
    return make_site(tmp_path, "local")


def sign_in(site: Site, name: str, password: str) -> Answer:
    form = urlencode({"name": name, "password": password, "next": "/browse"}).encode()
    return site.client.change("POST", "/seep/login", form)


def change(site: Site, cookie: str, current: str, new: str, again: str | None = None, **more: str) -> Answer:
    fields = {"current": current, "new": new, "again": new if again is None else again, "next": "/browse"}
    return site.client.change("POST", "/seep/password", urlencode(fields).encode(), cookie=cookie, **more)


def begun(site: Site, person_id: int) -> str:
    return f"{PLAIN_COOKIE}={accounts.start_session(site.workspace, person_id, 'test')}"


def alert(answer: Answer) -> str:
    found = re.search(r'<p role="alert">([^<]*)', answer.body.decode())
    assert found
    return found[1]


def test_a_person_changes_the_password_and_other_sessions_end(team: Site) -> None:
    person = accounts.add_local(team.workspace, "Ann", "viewer", PASSWORD, TESTER)
    here, elsewhere = begun(team, person.id), begun(team, person.id)
    page = team.client.get("/seep/password", cookie=here)
    assert (page.status, page.body.decode().count('type="password"')) == (200, 3)
    answer = change(team, here, PASSWORD, NEW)
    assert (answer.status, answer.headers["location"]) == (303, "/browse")
    assert team.client.get("/seep/scenes", cookie=elsewhere).status == 401
    assert sign_in(team, "Ann", PASSWORD).status == 401
    assert sign_in(team, "Ann", NEW).status == 303


def test_a_set_password_must_be_changed_before_anything_else(team: Site) -> None:
    person = accounts.add_local(team.workspace, "Ann", "admin", PASSWORD, TESTER, must_change_password=True)
    answer = sign_in(team, "Ann", PASSWORD)
    assert (answer.status, answer.headers["location"]) == (303, "/seep/password?next=/browse")
    cookie = begun(team, person.id)
    assert team.client.get("/seep/scenes", cookie=cookie).status == 401
    page = team.client.get("/browse", cookie=cookie, accept="text/html")
    assert page.headers["location"] == "/seep/login?next=/browse"
    again = team.client.get("/seep/login?next=/browse", cookie=cookie)
    assert (again.status, again.headers["location"]) == (303, "/seep/password?next=/browse")
    assert change(team, cookie, PASSWORD, NEW).status == 303
    (changed,) = accounts.list_accounts(team.workspace, TESTER)
    assert len(changed.sessions) == 1
    assert team.client.get("/seep/scenes", cookie=begun(team, person.id)).status == 200
    accounts.change(team.workspace, person.id, TESTER, password=PASSWORD, must_change_password=True)
    assert team.client.get("/seep/scenes", cookie=begun(team, person.id)).status == 401


@pytest.mark.parametrize(
    ("typed", "status", "said"),
    [
        (("wrong password", NEW, NEW), 403, "The current password is wrong."),
        ((PASSWORD, "short", "short"), 400, "The password has 5 characters."),
        ((PASSWORD, NEW, NEW + "x"), 400, "The new passwords are not the same."),
        ((PASSWORD, PASSWORD, PASSWORD), 400, "The new password is the current one."),
    ],
)
def test_a_refused_change_changes_nothing(
    team: Site, typed: tuple[str, str, str], status: int, said: str
) -> None:
    person = accounts.add_local(team.workspace, "Ann", "viewer", PASSWORD, TESTER)
    cookie = begun(team, person.id)
    answer = change(team, cookie, *typed)
    assert (answer.status, alert(answer)[: len(said)]) == (status, said)
    assert team.client.get("/seep/scenes", cookie=cookie).status == 200
    assert sign_in(team, "Ann", PASSWORD).status == 303


def test_a_stolen_session_cannot_try_passwords(team: Site) -> None:
    person = accounts.add_local(team.workspace, "Ann", "viewer", PASSWORD, TESTER)
    cookie = begun(team, person.id)
    found = [change(team, cookie, "wrong password", NEW) for _ in range(throttle.PER_NAME_AND_ADDRESS + 1)]
    assert [one.status for one in found] == [403] * throttle.PER_NAME_AND_ADDRESS + [429]
    assert int(found[-1].headers["retry-after"]) > 0


def test_nobody_else_changes_a_password(team: Site) -> None:
    accounts.add_local(team.workspace, "Ann", "viewer", PASSWORD, TESTER)
    for cookie in ("", f"{PLAIN_COOKIE}=guessed"):
        assert change(team, cookie, PASSWORD, NEW).headers["location"] == "/seep/login?next=/browse"
        page = team.client.get("/seep/password", cookie=cookie)
        assert page.headers["location"] == "/seep/login"
    (person,) = accounts.list_accounts(team.workspace, TESTER)
    cookie = begun(team, person.id)
    assert change(team, cookie, PASSWORD, NEW, origin="https://evil.test").status == 403
    assert sign_in(team, "Ann", PASSWORD).status == 303


def test_the_browser_is_known_after_signing_in(team: Site) -> None:
    accounts.add_local(team.workspace, "Ann", "viewer", PASSWORD, TESTER)
    known = sign_in(team, "Ann", PASSWORD).headers["set-cookie"].split("\n")[1].partition(";")[0]
    assert known.startswith("seep-browser=")
    team.client.address = "192.0.2.7"
    for _ in range(throttle.PER_NAME_AND_ADDRESS):
        sign_in(team, "Ann", "wrong password")
    assert sign_in(team, "Ann", PASSWORD).status == 429
    form = urlencode({"name": "Ann", "password": PASSWORD, "next": "/browse"}).encode()
    assert team.client.change("POST", "/seep/login", form, cookie=known).status == 303
