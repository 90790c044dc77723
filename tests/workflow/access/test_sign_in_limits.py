"""Limits on failed sign-ins: counted in the database, by name, address and known browser."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from seep.errors import DeniedError, TooManyError
from seep.settings import read_settings
from seep.store import audit_log
from seep.store.schema import SignInAttempt, stamp
from seep.workflow.access import accounts, passwords, throttle
from seep.workflow.access.accounts import Visitor
from seep.workflow.workspace import Workspace, open_workspace
from tests.actors import TESTER
from tests.databases import environment, open_at

PASSWORD, WRONG = "correct horse", "wrong password"


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    root = tmp_path / "one"
    opened = open_workspace(read_settings({**environment(root), "SEEP_WORKSPACE": str(root)}))
    for name in ("Ana", "Bo"):
        accounts.add_local(opened, name, "admin", PASSWORD, TESTER)
    return opened


def outcome(workspace: Workspace, name: str, password: str, address: str, known: str = "") -> str:
    try:
        accounts.sign_in(workspace, name, password, Visitor(address, "test", known))
    except TooManyError:
        return "waits"
    except DeniedError:
        return "tried"
    return "in"


def test_parallel_wrong_passwords_cannot_pass_the_limit_together(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[str] = []
    compare = passwords.is_password
    monkeypatch.setattr(
        accounts,
        "is_password",
        lambda password, stored: compared.append(password) or compare(password, stored),
    )
    with ThreadPoolExecutor(60) as pool:
        found = list(pool.map(lambda _: outcome(workspace, "Ana", WRONG, "192.0.2.7"), range(60)))
    assert (found.count("tried"), found.count("waits")) == (throttle.PER_NAME_AND_ADDRESS, 55)
    assert len(compared) == throttle.PER_NAME_AND_ADDRESS


def test_failures_are_in_the_database_that_servers_share_and_restarts_keep(workspace: Workspace) -> None:
    for _ in range(throttle.PER_NAME_AND_ADDRESS):
        outcome(workspace, "Ana", WRONG, "192.0.2.7")
    root = workspace.store.root
    other = Workspace(open_at(root), workspace.settings)  # as another process opens it
    assert outcome(other, "Ana", PASSWORD, "192.0.2.7") == "waits"
    assert outcome(other, "Ana", PASSWORD, "192.0.2.8") == "in"
    long_ago = stamp(datetime.now(UTC) - timedelta(seconds=throttle.WINDOW_S + 1))
    with other.store.transaction() as session:
        session.execute(update(SignInAttempt).values(created_at=long_ago))
    assert outcome(other, "Ana", PASSWORD, "192.0.2.7") == "in"
    other.store.close()


def test_one_person_does_not_lock_out_the_office_behind_one_address(workspace: Workspace) -> None:
    assert [outcome(workspace, "Bo", WRONG, "192.0.2.7") for _ in range(40)].count("tried") == 5
    assert outcome(workspace, "Ana", PASSWORD, "192.0.2.7") == "in"


def test_names_cannot_be_tried_one_after_the_other_from_one_address(workspace: Workspace) -> None:
    found = [outcome(workspace, f"guess {number}", WRONG, "192.0.2.7") for number in range(30)]
    assert found == ["tried"] * throttle.NAMES_PER_ADDRESS + ["waits"] * (30 - throttle.NAMES_PER_ADDRESS)
    assert outcome(workspace, "Ana", PASSWORD, "192.0.2.8") == "in"


def test_no_stranger_can_lock_out_an_admin_who_signed_in_with_this_browser(workspace: Workspace) -> None:
    known = accounts.sign_in(workspace, "Ana", PASSWORD, Visitor("192.0.2.7", "test")).known
    tried = sum(outcome(workspace, "Ana", WRONG, f"198.51.100.{one}") == "tried" for one in range(1, 61))
    assert tried == throttle.PER_NAME
    assert outcome(workspace, "Ana", PASSWORD, "192.0.2.7") == "waits"
    for number in range(30):
        outcome(workspace, f"guess {number}", WRONG, "192.0.2.7")
    assert outcome(workspace, "Ana", PASSWORD, "192.0.2.7", known) == "in"
    assert outcome(workspace, "Bo", PASSWORD, "192.0.2.7", known) == "waits", "known for its own person only"
    for forged in (known[:-1] + "x", f"x{known}", "x.y", "."):
        assert outcome(workspace, "Ana", PASSWORD, "192.0.2.7", forged) == "waits"


def test_a_known_browser_has_a_limit_of_its_own(workspace: Workspace) -> None:
    known = accounts.sign_in(workspace, "Ana", PASSWORD, Visitor("192.0.2.7", "test")).known
    found = [outcome(workspace, "Ana", WRONG, f"192.0.2.{one}", known) for one in range(10)]
    assert found == ["tried"] * 5 + ["waits"] * 5


def test_addresses_of_one_network_of_ipv6_count_as_one(workspace: Workspace) -> None:
    found = [outcome(workspace, "Ana", WRONG, f"2001:db8:1:2::{one:x}") for one in range(1, 11)]
    assert found == ["tried"] * 5 + ["waits"] * 5
    assert outcome(workspace, "Ana", PASSWORD, "2001:db8:1:3::1") == "in"


def test_signing_in_and_out_and_failures_are_in_the_activity_log_with_the_address(
    workspace: Workspace,
) -> None:
    outcome(workspace, "Ana", WRONG, "192.0.2.7")
    outcome(workspace, "correct horse", WRONG, "192.0.2.8")
    signed_in = accounts.sign_in(workspace, "Ana", PASSWORD, Visitor("192.0.2.9", "test"))
    accounts.sign_out(workspace, signed_in.secret, "192.0.2.10")
    person = next(one for one in accounts.list_accounts(workspace, TESTER) if one.name == "Bo")
    accounts.end_sessions(workspace, person.id, TESTER, address="192.0.2.11")
    with workspace.store.reading() as session:
        rows = audit_log.list_audit(session, 5)[::-1]
    assert [(one.author, one.action, one.subject, one.details.get("address")) for one in rows] == [
        ("seep", "fail sign-in", "person Ana", "192.0.2.7"),
        ("seep", "fail sign-in", "unknown name", "192.0.2.8"),
        ("Ana", "sign in", "person Ana", "192.0.2.9"),
        ("Ana", "sign out", "person Ana", "192.0.2.10"),
        ("tester", "end sessions", "person Bo", "192.0.2.11"),
    ]  # fmt: skip
