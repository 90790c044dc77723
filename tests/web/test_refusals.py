"""Each route x each bad request and each role: the table of statuses, and no request that ends in a 500.

`pytest -s tests/web/test_refusals.py` prints the table.
"""

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
import pytest
from streamlit import config

from seep.core.masks.mask import pack
from seep.web.identity import PLAIN_COOKIE
from seep.web.request import Entry
from seep.web.routes import PREFIX, TABLE
from seep.workflow.access import accounts
from seep.workflow.actor import ROLES, Role
from tests.actors import TESTER
from tests.web.client import HOST
from tests.web.conftest import HEIGHT, PASSWORD, WIDTH, Site, make_site
from tests.web.test_access import websocket

BAD_IDS = ("0", "-1", "x", "9" * 19, "9" * 20, "9" * 4301, "%00", "1e3")
BAD_QUERY = "?kind=%00&size=x&limit=-1&state=%FF&order=x&scene=%ED%A0%80&revision=9e9&token=../..&name=..%2Fx&layer=%00"
BAD_BODIES = (b"", b"\xff\x00", b"[" * 5000, b"[1]", b'{"left": {}, "decision": [], "note": "\\ud800"}')
REQUEST = "00000000-0000-0000-0000-000000000001"
COLUMNS = ("no cookie", "Origin", "Host", "form", "large", "malformed", "bad id", "stale", *ROLES)


def takes_body(entry: Entry) -> bool:
    return entry.body_bytes > 0 or entry.receiver is not None


class Team:
    """A site where people sign in, with one person for each role."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.people = {
            role: accounts.add_local(site.workspace, role, role, PASSWORD, TESTER).id for role in ROLES
        }

    def cookie(self, role: Role) -> str:
        """The Cookie header of a new session: signing out ends the one that it is sent with."""
        return f"{PLAIN_COOKIE}={accounts.start_session(self.site.workspace, self.people[role], 'test')}"

    def send(
        self,
        entry: Entry,
        role: Role | None,
        *,
        id_: str,
        query: str = "",
        body: bytes | None = None,
        **headers: str,
    ) -> int:
        """Send a request of this app's own page, as a person with the role; return the status."""
        if body is None:
            body = b"{}" if takes_body(entry) else b""
        path = PREFIX + entry.path.replace("{id:id}", id_).replace("{path:path}", "x") + query
        cookie = {"cookie": self.cookie(role)} if role else {}
        return self.site.client.change(entry.method, path, body, **cookie, **headers).status


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Team]:
    hosts = config.get_option("server.allowedHosts")
    config.set_option("server.allowedHosts", [HOST.partition(":")[0]])
    yield Team(make_site(tmp_path_factory.mktemp("refusals"), "local"))
    config.set_option("server.allowedHosts", hosts)


def statuses(team: Team, entry: Entry) -> dict[str, set[int]]:
    """The statuses of a route by column."""
    tile = str(team.site.tile)
    mask = pack(np.zeros((HEIGHT, WIDTH), np.uint8))
    stale = {"if_match": "0", "x_seep_request": REQUEST}
    junk = {"if_match": "x", "x_seep_request": "?", "x_seep_draft": "zz"}
    found = {
        "no cookie": {team.send(entry, None, id_=tile)},
        "Origin": {team.send(entry, "admin", id_=tile, origin="https://evil.test")},
        "Host": {team.send(entry, "admin", id_=tile, host="evil.test")},
        "form": {
            team.send(entry, "admin", id_=tile, body=b"a=b", origin="https://evil.test", sec_fetch_site="cross-site",
                      content_type="application/x-www-form-urlencoded")
        },
        "large": {team.send(entry, "admin", id_=tile, content_length="9" * 15)},
        "malformed": {
            team.send(entry, "admin", id_=tile, body=body, query=query, **headers)
            for body in BAD_BODIES[: None if takes_body(entry) else 1]
            for query in ("", BAD_QUERY)
            for headers in ({}, junk)
        },
        "bad id": {team.send(entry, "admin", id_=one) for one in BAD_IDS if "{id:id}" in entry.path},
        "stale": {
            team.send(entry, "admin", id_=tile, body=mask if takes_body(entry) else b"",
                      query=f"?kind=save&revision={head(team)}", **stale)
        },
    }  # fmt: skip
    return found | {role: {team.send(entry, role, id_="999")} for role in ROLES}


def head(team: Team) -> int:
    """The newest revision of the tile."""
    content = team.site.client.get(
        f"/seep/tiles/{team.site.tile}/document", cookie=team.cookie("viewer")
    ).json
    return int(content["head"]["id"])


def _is_denied(denied: bool, status: int) -> bool:
    return (status == 403) is denied


def expected(entry: Entry) -> dict[str, Callable[[int], bool]]:
    """What holds for each status of a route, by column; a column without a line has no status of 500 or above."""
    public = entry.role == "public"
    rules: dict[str, Callable[[int], bool]] = {}
    if entry.path in {"/healthz", "/readyz"}:  # proxies and supervisors ask by any name
        rules["Host"] = lambda status: status in {200, 503}
    else:
        rules["Host"] = rules["Origin"] = rules["form"] = lambda status: status == 403
    if not public:
        rules["no cookie"] = lambda status: status == 401
        for role in ROLES:
            denied = ROLES.index(role) < ROLES.index(entry.role)
            rules[role] = partial(_is_denied, denied)
    if entry.handler:
        rules["large"] = lambda status: status == 413
    if "{id:id}" in entry.path:
        rules["bad id"] = lambda status: status in {400, 404}
    if entry.body_bytes and not public:
        rules["malformed"] = lambda status: status == 400
    if entry.path in {"/tiles/{id:id}/revisions", "/tiles/{id:id}/restore"}:
        rules["stale"] = lambda status: status == 409
    return rules


def test_no_bad_request_ends_in_a_500_and_each_is_refused_as_it_should(team: Team) -> None:
    table = {f"{entry.method} {entry.path}": statuses(team, entry) for entry in TABLE}
    print(f"\n{'route':44}", *(f"{column:>13}" for column in COLUMNS))
    for route, row in table.items():
        print(f"{route:44}", *(f"{'/'.join(map(str, sorted(row[column]))):>13}" for column in COLUMNS))
    failed = {
        (route, column): found
        for route, row in table.items()
        for column, found in row.items()
        if max(found, default=0) >= 500
    }
    assert not failed
    for entry in TABLE:
        row = table[f"{entry.method} {entry.path}"]
        for column, rule in expected(entry).items():
            assert all(rule(status) for status in row[column]), (
                entry.method,
                entry.path,
                column,
                row[column],
            )


def test_a_websocket_without_a_session_or_for_another_host_is_closed(team: Team) -> None:
    closed = [{"type": "websocket.close", "code": 1008}]
    assert websocket(team.site, "") == closed
    assert websocket(team.site, team.cookie("admin"), host="evil.test") == closed
    assert websocket(team.site, team.cookie("viewer")) != closed
