"""Who gets an answer: sessions, tokens, the trusted proxy, and the role of each route."""

import asyncio
import re
import tomllib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from sqlalchemy import update
from starlette.applications import Starlette
from starlette.datastructures import Headers

from seep.errors import BindingError, SettingsError
from seep.settings import APP, Settings
from seep.store.access import people
from seep.store.schema import ApiToken
from seep.web.identity import PLAIN_COOKIE, SECURE_COOKIE, check_binding, credentials
from seep.web.login import local_address
from seep.web.request import Entry
from seep.web.routes import PREFIX, TABLE, middleware, routes
from seep.workflow.access import accounts, throttle, tokens
from seep.workflow.actor import Role
from tests.actors import TESTER
from tests.web.client import Answer, Client
from tests.web.conftest import PASSWORD, Site, make_site


@pytest.fixture
def team(tmp_path: Path) -> Site:
    """A site where people sign in; nobody has failed yet."""
    return make_site(tmp_path, "local")


@pytest.fixture(scope="module")
def shared_team(tmp_path_factory: pytest.TempPathFactory) -> Site:
    return make_site(tmp_path_factory.mktemp("team"), "local")


def cookie_of(site: Site, name: str, role: Role) -> str:
    """Return the Cookie header of a new session of a new person."""
    person = accounts.add_local(site.workspace, name, role, PASSWORD, TESTER)
    return f"{PLAIN_COOKIE}={accounts.start_session(site.workspace, person.id, 'test')}"


def sign_in(site: Site, name: str, password: str, target: str = "/browse", **headers: str) -> Answer:
    form = urlencode({"name": name, "password": password, "next": target}).encode()
    return site.client.change("POST", "/seep/login", form, **headers)


def cookies_of(answer: Answer) -> str:
    """Return the Cookie header of a browser that got an answer."""
    return "; ".join(line.partition(";")[0] for line in answer.headers["set-cookie"].split("\n"))


def test_the_button_of_the_sign_in_page_has_the_colors_of_both_themes(shared_team: Site) -> None:
    theme = tomllib.loads((APP.parent / ".streamlit" / "config.toml").read_text("utf-8"))["theme"]
    light, dark = (theme[one]["primaryColor"] for one in ("light", "dark"))
    page = shared_team.client.get("/seep/login").body.decode()
    assert f"background: light-dark({light}, {dark})" in page


def address(entry: Entry) -> str:
    return PREFIX + entry.path.replace("{id:id}", "999").replace("{path:path}", "x")


def websocket(site: Site, cookie: str, host: str = "localhost:8501") -> list[dict[str, Any]]:
    """Open a WebSocket; return what the app sends."""
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.connect"}

    async def send(message: Any) -> None:
        sent.append(dict(message))

    headers = [(b"host", host.encode()), (b"cookie", cookie.encode()), (b"origin", f"http://{host}".encode())]
    scope = {"type": "websocket", "path": "/_stcore/stream", "scheme": "ws", "headers": headers, "query_string": b"",
             "client": ("127.0.0.1", 1), "root_path": ""}  # fmt: skip

    async def connect() -> None:
        await site.client.app(scope, receive, send)

    with ThreadPoolExecutor(1) as thread:  # the browser tests leave an event loop in this one
        thread.submit(lambda: asyncio.run(connect())).result()
    return sent


def test_without_a_session_only_public_addresses_answer(shared_team: Site) -> None:
    for entry in TABLE:
        status = shared_team.client.change(entry.method, address(entry), b"{}").status
        assert (status == 401 and entry.path != "/login") is (entry.role != "public"), (entry.path, status)
    for path in ("/", "/_stcore/host-config", "/media/x.png", "/anything"):
        assert shared_team.client.get(path).status == 401
    page = shared_team.client.get("/models", accept="text/html")
    assert (page.status, page.headers["location"]) == (303, "/seep/login?next=/models")
    deep = shared_team.client.get("/review?tile=3&order=name", accept="text/html")
    assert deep.headers["location"] == "/seep/login?next=/review%3Ftile%3D3%26order%3Dname"


def test_the_websocket_needs_a_session(shared_team: Site) -> None:
    refused = websocket(shared_team, f"{PLAIN_COOKIE}=guessed")
    assert refused == [{"type": "websocket.close", "code": 1008}]
    passed = websocket(shared_team, cookie_of(shared_team, "socket", "viewer"))
    assert passed != refused, "it reaches the application, which has no socket here"


def test_signing_in_gives_a_session_until_it_is_ended(team: Site) -> None:
    person = accounts.add_local(team.workspace, "Ann Ø", "reviewer", PASSWORD, TESTER)
    answer = sign_in(team, "Ann Ø", PASSWORD)
    assert (answer.status, answer.headers["location"]) == (303, "/browse")
    assert {"HttpOnly", "SameSite=lax", "Path=/"} <= set(answer.headers["set-cookie"].split("; "))
    cookie = cookies_of(answer)
    assert team.client.get("/seep/scenes", cookie=cookie).status == 200
    assert team.client.change("POST", "/seep/logout", cookie=cookie).status == 303
    refused = team.client.get("/seep/scenes", cookie=cookie)
    assert refused.status == 401
    assert b"kept in" not in refused.body, "Review says itself where unsaved strokes are"
    again = cookies_of(sign_in(team, "Ann Ø", PASSWORD))
    accounts.end_sessions(team.workspace, person.id, TESTER)
    assert team.client.get("/seep/scenes", cookie=again).status == 401


def test_a_changed_role_counts_at_the_next_request(team: Site) -> None:
    cookie = cookie_of(team, "Bo", "viewer")
    (person,) = accounts.list_accounts(team.workspace, TESTER)
    url, body = f"/seep/tiles/{team.tile}/decision", b'{"decision": "flag"}'
    assert team.client.change("POST", url, body, cookie=cookie).status == 403
    accounts.change(team.workspace, person.id, TESTER, role="reviewer")
    assert team.client.change("POST", url, body, cookie=cookie).status == 200
    accounts.change(team.workspace, person.id, TESTER, disabled=True)
    assert team.client.change("POST", url, body, cookie=cookie).status == 401


def test_no_header_and_no_cookie_of_another_kind_names_a_person(team: Site) -> None:
    cookie = cookie_of(team, "Cy", "admin")
    for headers in (
        {"x-seep-author": "Cy"},
        {"x-forwarded-user": "Cy", "x-seep-proxy-secret": "s" * 24},
        {"cookie": cookie.replace(PLAIN_COOKIE, SECURE_COOKIE)},
        {"cookie": "_streamlit_user=Cy"},
        {"authorization": "Bearer seep_guessed"},
        {"authorization": "Basic Q3k6Q3k="},
    ):
        assert team.client.get("/seep/scenes", **headers).status == 401, headers


@pytest.mark.parametrize(
    ("name", "password"), [("Ann", "wrong password"), ("Nobody", PASSWORD), ("", ""), ("Ann", "x" * 3000)]
)
def test_a_wrong_name_and_a_wrong_password_get_one_sentence(team: Site, name: str, password: str) -> None:
    accounts.add_local(team.workspace, "Ann", "viewer", PASSWORD, TESTER)
    answer = sign_in(team, name, password)
    assert (answer.status, "set-cookie" in answer.headers) == (401, False)
    assert re.search(r'<p role="alert">([^<]*)', answer.body.decode())[1].startswith("Name and password")


def test_failures_are_throttled_by_name_and_address(team: Site) -> None:
    accounts.add_local(team.workspace, "Ann", "viewer", PASSWORD, TESTER)
    statuses = [sign_in(team, "Ann", "wrong password").status for _ in range(5)]
    last = sign_in(team, "Ann", PASSWORD)
    assert (statuses, last.status) == ([401] * 5, 429)
    assert 0 < int(last.headers["retry-after"]) <= throttle.WINDOW_S + 1
    team.client.address = "192.0.2.7"
    assert sign_in(team, "Ann", PASSWORD).status == 303


def test_a_form_of_another_site_signs_nobody_in(team: Site) -> None:
    accounts.add_local(team.workspace, "Ann", "viewer", PASSWORD, TESTER)
    assert sign_in(team, "Ann", PASSWORD, origin="https://evil.test").status == 403


@pytest.mark.parametrize(
    "target", ["//evil.test", "https://evil.test", "/\\evil.test", "", "/a\nb", "javascript:alert(1)"]
)
def test_signing_in_leads_to_this_app_only(target: str) -> None:
    assert local_address(target) == "/"


def test_what_was_typed_is_shown_as_text(team: Site) -> None:
    page = sign_in(team, '"><script>', "wrong password", '/"><script>').body.decode()
    assert "<script" not in page


def test_the_last_admin_keeps_the_role(team: Site) -> None:
    person = accounts.add_local(team.workspace, "Ann", "admin", PASSWORD, TESTER)
    changes: list[dict[str, Any]] = [{"role": "lead"}, {"disabled": True}]
    for change in changes:
        with pytest.raises(SettingsError, match="last admin"):
            accounts.change(team.workspace, person.id, TESTER, **change)


@pytest.mark.parametrize(
    ("scope", "status"), [("read", 403), ("annotate", 403), ("review", 200), ("manage", 200)]
)
def test_a_scope_limits_the_role_of_a_token(team: Site, scope: str, status: int) -> None:
    accounts.add_local(team.workspace, "Ann", "lead", PASSWORD, TESTER)
    record, token = tokens.create(team.workspace, "Ann", name="nightly", scope=scope, days=2, actor=TESTER)
    bearer = {"authorization": f"Bearer {token}"}
    url = f"/seep/tiles/{team.tile}/decision"
    assert team.client.send("POST", url, b'{"decision": "flag"}', bearer).status == status
    (listed,) = tokens.list_tokens(team.workspace, TESTER)
    assert listed[0].used_at is not None
    with team.workspace.store.reading() as session:
        assert token not in str(session.get(ApiToken, record.id).__dict__)
    tokens.revoke(team.workspace, record.id, TESTER)
    assert team.client.get("/seep/scenes", **bearer).status == 401


def test_a_token_expires(team: Site) -> None:
    accounts.add_local(team.workspace, "Ann", "lead", PASSWORD, TESTER)
    _, token = tokens.create(team.workspace, "Ann", name="short", scope="read", days=1, actor=TESTER)
    with team.workspace.store.transaction() as session:
        session.execute(update(ApiToken).values(expires_at="2001-01-01T00:00:00.000+00:00"))
    assert team.client.get("/seep/scenes", authorization=f"Bearer {token}").status == 401


def test_a_token_never_exceeds_the_role_of_its_person(team: Site) -> None:
    accounts.add_local(team.workspace, "Vi", "viewer", PASSWORD, TESTER)
    _, token = tokens.create(team.workspace, "Vi", name="big", scope="manage", days=1, actor=TESTER)
    answer = team.client.change("DELETE", "/seep/uploads?token=" + "a" * 32, authorization=f"Bearer {token}")
    assert answer.status == 403


def test_a_proxy_with_the_secret_names_the_person(tmp_path: Path) -> None:
    site = make_site(tmp_path, "proxy")
    headers = {"x-forwarded-user": "ann@sea.test", "x-seep-proxy-secret": "s" * 24}
    assert site.client.get("/seep/scenes", **headers).status == 200
    (person,) = accounts.list_accounts(site.workspace, TESTER)
    assert (person.name, person.provider, person.role) == ("ann@sea.test", "proxy", "viewer")
    for wrong in ({}, {"x-forwarded-user": "ann@sea.test"}, headers | {"x-seep-proxy-secret": "t" * 24}):
        assert site.client.get("/seep/scenes", **wrong).status == 401


@pytest.mark.parametrize(
    "sent",
    [
        [("x-forwarded-user", b"ann"), ("x-forwarded-user", b"bob")],
        [("x-forwarded-user", b"ann"), ("x-forwarded-user", b"ann")],
        [("x-forwarded-user", b"an\x01n")],
        [("x-forwarded-user", b"ann\x7f")],
        [("x-forwarded-user", b"a" * 256)],
        [("x-forwarded-user", b"ann"), ("x-seep-proxy-secret", b"s" * 24)],
    ],
)
def test_a_second_user_header_or_a_name_with_control_characters_names_nobody(
    sent: list[tuple[str, bytes]],
) -> None:
    raw = [(b"x-seep-proxy-secret", b"s" * 24), *((name.encode(), value) for name, value in sent)]
    headers = Headers(raw=raw)
    assert credentials(headers, Settings(auth="proxy", proxy_secret="s" * 24), secure=False).proxy_user == ""


def test_one_user_header_of_the_proxy_names_the_person() -> None:
    raw = [(b"x-seep-proxy-secret", b"s" * 24), (b"x-forwarded-user", " Ann Ø ".encode("latin-1"))]
    found = credentials(Headers(raw=raw), Settings(auth="proxy", proxy_secret="s" * 24), secure=False)
    assert found.proxy_user == "Ann Ø"


def test_without_sign_in_only_this_machine_is_answered(site: Site) -> None:
    assert site.client.get("/seep/scenes").status == 200
    opened = site.workspace
    far = Client(
        Starlette(routes=routes(lambda: opened), middleware=middleware(lambda: opened)), None, "192.0.2.7"
    )
    assert far.get("/seep/scenes").status == 401


@pytest.mark.parametrize("address", [None, "", "0.0.0.0", "192.0.2.7", "seep.example.org", "::"])
@pytest.mark.parametrize("auth", ["none", "proxy"])
def test_the_app_refuses_to_listen_to_others_without_sign_in(auth: Any, address: str | None) -> None:
    with pytest.raises(BindingError, match=r"127\.0\.0\.1"):
        check_binding(Settings(auth=auth, proxy_secret="s" * 24), address)


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "localhost"])
def test_the_app_listens_on_this_machine(address: str) -> None:
    check_binding(Settings(), address)
    check_binding(Settings(auth="local"), "0.0.0.0")
    with pytest.raises(BindingError, match="SEEP_PROXY_SECRET"):
        check_binding(Settings(auth="proxy", proxy_secret="short"), address)


def test_people_are_keyed_by_provider_and_subject(team: Site) -> None:
    with team.workspace.store.transaction() as session:
        for provider in ("local", "proxy"):
            people.add_person(session, provider=provider, subject="ann", name=people.free_name(session, "ann"),
                              role="viewer", password=None, author="tester")  # fmt: skip
        assert [one.name for one in people.list_people(session)] == ["ann", "ann 2"]
