"""Checks of settings and device: each wrong setting is one finding that names its variable."""

from pathlib import Path
from typing import Any

import pytest

from seep.cli.main import main
from seep.settings import Settings
from seep.workflow.maintenance.installation import check_installation, device_line
from seep.workflow.workspace import Workspace


def found(settings: Settings, **environment: str) -> list[tuple[str, str, str]]:
    """Check, level and the variable that the message names, for each finding."""
    return [
        (one.check, one.level, next(word.strip(":?.,") for word in one.message.split() if "SEEP_" in word))
        for one in check_installation(settings, environment)
    ]


def made(folder: Path, **values: Any) -> Settings:
    return Settings(**{"workspace": folder, "import_roots": (folder,), **values})


def test_an_installation_without_faults_has_no_findings(tmp_path: Path) -> None:
    known = {"SEEP_AUTH": "none", "SEEP_LOG_FOLDER": "x", "HOME": "y"}
    assert found(made(tmp_path), **known) == []


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"device": "cuda:99"}, [("device", "error", "SEEP_DEVICE")]),
        ({"device": "toaster"}, [("device", "error", "SEEP_DEVICE")]),
        ({"auth": "proxy", "proxy_secret": "short"}, [("settings", "error", "SEEP_PROXY_SECRET")]),
        (
            {"auth": "oidc", "oidc_issuer": "http://id.example.org", "oidc_client_id": "seep"},
            [("settings", "error", "SEEP_OIDC_CLIENT_SECRET"), ("settings", "error", "SEEP_OIDC_ISSUER")],
        ),
        ({"import_roots": (Path("/nowhere/at/all"),)}, [("settings", "warning", "SEEP_IMPORT_ROOTS")]),
        ({"export_roots": (Path("/nowhere/at/all"),)}, [("settings", "warning", "SEEP_EXPORT_ROOTS")]),
        ({"log_folder": Path("/dev/null/logs")}, [("settings", "warning", "SEEP_LOG_FOLDER")]),
    ],
)
def test_each_wrong_setting_is_named(
    tmp_path: Path, values: dict[str, Any], expected: list[tuple[str, str, str]]
) -> None:
    assert found(made(tmp_path, **values), STREAMLIT_SERVER_ALLOWED_HOSTS="seep.example.org") == expected


@pytest.mark.parametrize(
    ("hosts", "auth", "level", "words"),
    [
        ("https://seep.example.org", "none", "error", "'https://seep.example.org', which is no host name"),
        ("seep.example.org:8501", "none", "error", "'seep.example.org:8501', which is no host name"),
        ("localhost, 127.0.0.1", "local", "warning", "names only this machine"),
        ("*", "local", "warning", "allows all names"),
    ],
)
def test_wrong_allowed_hosts_are_named(tmp_path: Path, hosts: str, auth: str, level: str, words: str) -> None:
    environment = {"STREAMLIT_SERVER_ALLOWED_HOSTS": hosts}
    (one,) = check_installation(made(tmp_path, auth=auth), environment)
    assert (one.level, words in one.message) == (level, True), one.message


def test_a_misspelled_variable_is_named_with_the_right_one(tmp_path: Path) -> None:
    (one,) = check_installation(made(tmp_path), {"SEEP_DEVISE": "cpu"})
    assert one.message == "There is no setting SEEP_DEVISE. Did you mean SEEP_DEVICE?"


def test_doctor_prints_what_torch_sees(
    workspace: Workspace, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    if workspace.settings.database_url:
        monkeypatch.setenv("SEEP_DATABASE_URL", workspace.settings.database_url)
    assert main(["doctor", "--workspace", str(workspace.settings.workspace)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("Seep ")
    assert lines[1] == device_line()
    assert lines[1].startswith("torch 2.")
