"""`seep person`, `seep token` and `seep activity`."""

import csv
import io
import json

import pytest

from seep.store import audit_log
from seep.workflow.access.accounts import list_accounts
from seep.workflow.access.identity import Credentials, identify
from seep.workflow.actor import Actor
from seep.workflow.workspace import Workspace
from tests.actors import ADA
from tests.cli.conftest import Refuse, Run


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("correct horse\n"))


@pytest.mark.usefixtures("typed")
def test_the_first_admin_is_added_on_the_command_line(run: Run, refuse: Refuse, workspace: Workspace) -> None:
    assert run("person", "add", "Ana Lima", "--role", "admin") == 0
    assert [(one.name, one.role) for one in list_accounts(workspace, ADA)] == [("Ana Lima", "admin")]
    assert "last admin" in refuse("person", "change", "Ana Lima", "--role", "viewer")
    assert "'Bo'" in refuse("person", "change", "Bo", "--disable")


@pytest.mark.parametrize("name", ["", " Ana", "a\nb", "x" * 81, "seep"])
@pytest.mark.usefixtures("typed")
def test_a_name_that_cannot_be_used_is_refused(refuse: Refuse, workspace: Workspace, name: str) -> None:
    assert "name" in refuse("person", "add", name)
    assert list_accounts(workspace, ADA) == []


def test_a_short_password_is_refused(
    refuse: Refuse, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("short\n"))
    assert "5 characters" in refuse("person", "add", "Ana")
    assert list_accounts(workspace, ADA) == []


@pytest.mark.usefixtures("typed")
def test_a_token_is_printed_once_and_can_be_revoked(
    run: Run, refuse: Refuse, workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    run("person", "add", "Ana Lima", "--role", "lead")
    capsys.readouterr()
    assert run("token", "create", "Ana Lima", "--scope", "annotate", "--days", "2") == 0
    secret = capsys.readouterr().out.strip()
    assert identify(workspace, Credentials(token=secret)) == Actor("Ana Lima", "annotator")
    assert run("token", "list") == 0
    assert secret not in capsys.readouterr().out
    assert run("token", "revoke", "1") == 0
    assert identify(workspace, Credentials(token=secret)) is None
    assert "no token 7" in refuse("token", "revoke", "7")
    assert "0 days" in refuse("token", "create", "Ana Lima", "--days", "0")


@pytest.mark.usefixtures("typed")
def test_the_activity_log_is_printed_as_csv_and_as_json_lines(
    run: Run, refuse: Refuse, workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("person", "add", "Ana Lima", "--role", "admin") == 0
    with workspace.store.transaction() as session:
        audit_log.add(session, "=cmd", "flag", "tile 7", {"note": 'a, "b"\n'})
    capsys.readouterr()
    assert run("activity", "--format", "jsonl") == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [row["id"] for row in rows] == sorted(row["id"] for row in rows)
    assert {"add person", "flag"} <= {row["action"] for row in rows}
    assert (rows[-1]["author"], rows[-1]["details"]) == ("=cmd", {"note": 'a, "b"\n'})
    assert run("activity") == 0
    table = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [int(row["id"]) for row in table] == [row["id"] for row in rows]
    assert (table[-1]["author"], json.loads(table[-1]["details"])) == ("'=cmd", rows[-1]["details"])
    assert run("activity", "--format", "jsonl", "--person", "=cmd", "--since", rows[-1]["created_at"]) == 0
    assert [json.loads(line) for line in capsys.readouterr().out.splitlines()] == rows[-1:]
    assert run("activity", "--format", "jsonl", "--since", "2999-01-01") == 0
    assert capsys.readouterr().out == ""
    assert "'yesterday' is not a time" in refuse("activity", "--since", "yesterday")
