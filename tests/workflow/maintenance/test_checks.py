"""The doctor names every kind of damage, and none makes it fail."""

import hashlib
import os

import pytest
from sqlalchemy import select

import seep
from seep.cli.main import main
from seep.settings import Settings
from seep.store import key_value
from seep.store.schema import ApiToken, Revision, SignIn
from seep.workflow.access import accounts, tokens
from seep.workflow.maintenance.checks import check_workspace, repair, version_line
from seep.workflow.workspace import Workspace
from seep_testing.damages import DAMAGE
from tests.actors import ADA
from tests.workflow.making import accept


def found(settings: Settings) -> set[tuple[str, str]]:
    return {(one.check, one.level) for one in check_workspace(settings)}


@pytest.mark.sqlite  # the damages are written with sqlite3
@pytest.mark.parametrize("kind", DAMAGE)
def test_each_kind_of_damage_is_named(workspace: Workspace, tiles: list[int], kind: str) -> None:
    accept(workspace, tiles[0], stripe=5)
    root = workspace.store.root
    root.chmod(0o700)
    workspace.store.close()
    assert check_workspace(workspace.settings) == []
    damage, expected = DAMAGE[kind]
    damage(root)
    assert expected in found(workspace.settings)


@pytest.mark.sqlite
def test_what_is_safe_is_repaired(workspace: Workspace, tiles: list[int]) -> None:
    root = workspace.store.root
    workspace.store.close()
    for kind in ("prediction lost", "leftovers", "unused file", "open permissions"):
        DAMAGE[kind][0](root)
    assert all(one.repairable for one in check_workspace(workspace.settings) if one.check != "files")
    done = repair(workspace.settings, ADA)
    assert len(done) == 4
    assert check_workspace(workspace.settings) == []


def test_the_version_that_opened_the_workspace_last_is_told(workspace: Workspace) -> None:
    line = f"Seep {seep.__version__}. The workspace was last opened by Seep "
    assert version_line(workspace.settings) == f"{line}{seep.__version__}."
    with workspace.store.transaction() as session:
        key_value.set_value(session, key_value.VERSION_KEY, "0.0.9")
    assert version_line(workspace.settings) == f"{line}0.0.9."
    with workspace.store.transaction() as session:
        key_value.drop_value(session, key_value.VERSION_KEY)
    assert version_line(workspace.settings) == f"{line}before 0.2.0."


def test_hashes_of_secrets_are_no_stored_files_and_never_printed(
    workspace: Workspace,
    tiles: list[int],
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    ben = accounts.add_local(workspace, "Ben Okafor", "lead", "a long password", ADA)
    _, token = tokens.create(workspace, ben.name, name="nightly", scope="read", days=30, actor=ADA)
    secrets = [token, accounts.start_session(workspace, ben.id, "Firefox")]
    workspace.store.root.chmod(0o700)
    monkeypatch.setenv("SEEP_WORKSPACE", str(workspace.store.root))
    assert check_workspace(workspace.settings) == []
    shown: list[str] = []
    check_workspace(workspace.settings, lambda _done, _total, name: shown.append(name))
    main(["doctor"])
    captured = capfd.readouterr()
    printed = f"{captured.out} {captured.err} {shown}"
    with workspace.store.reading() as session:
        stored = [
            *session.scalars(select(SignIn.secret_sha256)),
            *session.scalars(select(ApiToken.secret_sha256)),
        ]
    hashes = [hashlib.sha256(secret.encode()).hexdigest() for secret in secrets]
    assert sorted(stored) == sorted(hashes)
    assert [part for part in (*secrets, *hashes) if part[:8] in printed] == []


def test_the_command_says_it_and_ends_with_1(
    workspace: Workspace,
    tiles: list[int],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name in (name for name in os.environ if name.startswith("SEEP_")):
        monkeypatch.delenv(name)  # the tests have variables of their own, which doctor would name
    if workspace.settings.database_url:
        monkeypatch.setenv("SEEP_DATABASE_URL", workspace.settings.database_url)
    monkeypatch.setenv("SEEP_WORKSPACE", str(workspace.store.root))
    assert main(["doctor", "--repair"]) == 0
    with workspace.store.reading() as session:
        revision = session.scalars(select(Revision.mask_sha256)).first()
    workspace.store.files.local(str(revision), ".png").unlink()
    assert main(["doctor"]) == 1
    captured = capsys.readouterr()
    assert "error: files: Stored file" in captured.out
    assert captured.err.strip().endswith("has 1 error and 0 warnings.")
