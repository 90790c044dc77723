import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from seep.errors import SettingsError
from seep.settings import Settings, read_settings, settings_table

ROOT = Path(__file__).resolve().parent.parent


def in_file(folder: Path, text: str, **environment: str) -> Settings:
    """The settings of an environment beside a file."""
    path = folder / "seep.toml"
    path.write_text(text, encoding="utf-8")
    return read_settings({"SEEP_SETTINGS_FILE": str(path), **environment})


def test_default_limits_admit_a_whole_scene() -> None:
    assert read_settings({}).limits.pixels >= 25_000 * 16_000


def test_limits_are_read_from_the_environment() -> None:
    limits = read_settings(
        {"SEEP_MAX_MEGAPIXELS": "2", "SEEP_MAX_BANDS": "3", "SEEP_READ_SECONDS": "7", "SEEP_MAX_ZIP_MB": "1"}
    ).limits
    assert (limits.pixels, limits.bands, limits.read_s, limits.zip_bytes) == (2 * 2**20, 3, 7, 2**20)


@pytest.mark.parametrize("text", ["0", "-1", "many", "1.5", "9" * 12])
@pytest.mark.parametrize("name", ["SEEP_MAX_BANDS", "SEEP_READ_MB"])
def test_an_invalid_number_is_refused(name: str, text: str) -> None:
    with pytest.raises(
        SettingsError, match=rf"{name} is '{text}'\. Set it to a whole number \(.*\) from 1 to"
    ):
        read_settings({name: text})


def test_upload_limits_are_read_from_the_environment() -> None:
    chosen = read_settings({"SEEP_UPLOAD_FILE_MB": "3", "SEEP_UPLOAD_TOTAL_MB": "5"})
    assert (chosen.upload_file_bytes, chosen.upload_total_bytes) == (3 * 2**20, 5 * 2**20)


@pytest.mark.parametrize("name", ["openvino", "worker"])
def test_a_switch_is_on_by_default_and_takes_0_or_1(name: str) -> None:
    variable = f"SEEP_{name.upper()}"
    values = [
        getattr(read_settings(environment), name) for environment in ({}, {variable: "1"}, {variable: "0"})
    ]
    assert values == [True, True, False]
    with pytest.raises(SettingsError, match=rf"{variable} is 'no'\. Set it to 1 \(on\) or 0 \(off\)\."):
        read_settings({variable: "no"})


def test_every_invalid_variable_is_named() -> None:
    with pytest.raises(SettingsError, match=r"(?s)SEEP_WORKER is .*SEEP_MAX_BANDS is ") as caught:
        read_settings({"SEEP_MAX_BANDS": "many", "SEEP_WORKER": "maybe", "SEEP_USER": "ada"})
    assert "SEEP_USER" not in str(caught.value)


def test_an_empty_variable_means_the_default() -> None:
    names = [f"SEEP_{name.upper()}" for name in Settings.model_fields]
    assert read_settings(dict.fromkeys(names, "")) == read_settings({})


def test_paths_are_absolute_and_roots_are_separated_by_colons(tmp_path: Path) -> None:
    chosen = read_settings({"SEEP_WORKSPACE": "here", "SEEP_IMPORT_ROOTS": f"~:{tmp_path}"})
    assert chosen.workspace == Path.cwd() / "here"
    assert chosen.import_roots == (Path.home().resolve(), tmp_path.resolve())


def test_settings_given_by_name_ignore_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEEP_USER", "ada")
    assert Settings(user="bob").user == "bob"
    assert Settings().user != "ada"


@pytest.mark.parametrize("name", ["README.md", "docs/settings.md"])
def test_the_table_of_settings_is_generated(name: str) -> None:
    assert settings_table() in (ROOT / name).read_text(), "Run `python -m seep.settings` and copy its table."


def test_a_file_has_the_settings_that_the_environment_has_not(tmp_path: Path) -> None:
    text = (
        'SEEP_USER = "ada"\nSEEP_MAX_BANDS = 3\nSEEP_DEVICE = ""\nSEEP_WORKER = false\nSEEP_OPENVINO = "0"\n'
    )
    chosen = in_file(tmp_path, text, SEEP_MAX_BANDS="5", SEEP_USER="")
    assert (chosen.user, chosen.max_bands, chosen.device) == ("ada", 5, None)
    assert (chosen.worker, chosen.openvino) == (False, False)
    assert chosen.settings_file == (tmp_path / "seep.toml").resolve()


def test_roots_in_a_file_are_a_list_or_separated_as_in_the_environment(tmp_path: Path) -> None:
    listed = in_file(tmp_path, 'SEEP_IMPORT_ROOTS = ["/a:b", "/c"]').import_roots
    assert listed == (Path("/a:b"), Path("/c"))
    assert in_file(tmp_path, 'SEEP_IMPORT_ROOTS = "/a:/c"').import_roots == (Path("/a"), Path("/c"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("SEEP_MAX_BANDS = 0", r"SEEP_MAX_BANDS in FILE is '0'\. Set it to a whole number"),
        ("SEEP_MAX_BANDS = true", r"SEEP_MAX_BANDS in FILE is no whole number\."),
        ("SEEP_MAX_BANDS = 1.5", r"SEEP_MAX_BANDS in FILE is no whole number\."),
        ("SEEP_WORKER = 2", r"SEEP_WORKER in FILE is '2'\. Set it to 1 \(on\) or 0 \(off\)\."),
        ("SEEP_WORKER = [1]", r"SEEP_WORKER in FILE is no true or false\."),
        ('SEEP_AUTH = "ldap"', r"SEEP_AUTH in FILE is 'ldap'\. Set it to none, local, oidc, proxy\."),
        ("SEEP_USER = 7", r"SEEP_USER in FILE is no text in quotes\."),
        ("SEEP_IMPORT_ROOTS = [7]", r"SEEP_IMPORT_ROOTS in FILE is no list of texts in quotes\."),
        ('SEEP_OIDC_ROLES = "x=boss"', r"SEEP_OIDC_ROLES in FILE cannot be used\."),
        ("SEEP_DEVISE = 'cpu'", r"FILE has the key SEEP_DEVISE\. .* Did you mean SEEP_DEVICE\?"),
        ("device = 'cpu'", r"FILE has the key device\. .* Did you mean SEEP_DEVICE\?"),
        ("[SEEP_DEVICE]", r"SEEP_DEVICE in FILE is no text in quotes\."),
        (
            "SEEP_SETTINGS_FILE = 'x'",
            r"SEEP_SETTINGS_FIL. in FILE has no effect\. Set it in the environment\.",
        ),
        (
            "STREAMLIT_SERVER_ALLOWED_HOSTS = '*'",
            r"an option of Streamlit\. Set it in \.streamlit/config\.toml",
        ),
        ("SEEP_USER = ada", r"FILE is no valid TOML: .*line 1"),
    ],
)
def test_a_wrong_line_of_a_file_is_refused_with_file_and_key(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(SettingsError, match=message.replace("FILE", re.escape(str(tmp_path / "seep.toml")))):
        in_file(tmp_path, text)


def test_a_secret_of_a_wrong_type_is_not_printed(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        in_file(tmp_path, "SEEP_PROXY_SECRET = 8675309")
    assert "8675309" not in str(caught.value)


def test_a_named_file_that_is_missing_or_no_text_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "missing.toml", tmp_path):
        with pytest.raises(
            SettingsError, match=rf"The settings file {re.escape(str(path))} cannot be read: "
        ):
            read_settings({"SEEP_SETTINGS_FILE": str(path)})
    (tmp_path / "seep.toml").write_bytes(b'SEEP_USER = "\xe9"')
    with pytest.raises(SettingsError, match=r"cannot be read: not UTF-8\."):
        read_settings({"SEEP_SETTINGS_FILE": str(tmp_path / "seep.toml")})


def test_commands_read_the_file_of_their_working_folder(tmp_path: Path) -> None:
    (tmp_path / "seep.toml").write_text('SEEP_WORKSPACE = "here"\nSEEP_MAX_BANDS = 3\n')
    code = "import seep.settings as s, json; c = s.settings(); print(json.dumps([str(c.workspace), c.max_bands]))"
    ours = {name: value for name, value in os.environ.items() if not name.startswith("SEEP_")}
    environment: dict[str, Any] = {**ours, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", code]
    told = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
    ).stdout
    assert json.loads(told) == [str(tmp_path / "here"), 3]
    (tmp_path / "seep.toml").write_text("SEEP_WORKSPASE = 1\n")
    command = [sys.executable, "-m", "seep", "doctor"]
    refused = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert refused.returncode == 1
    assert refused.stderr == (
        f"seep: The settings file {tmp_path}/seep.toml has the key SEEP_WORKSPASE. There is no setting SEEP_WORKSPASE. "
        "Did you mean SEEP_WORKSPACE?\n"
    )


def test_the_file_in_the_documentation_is_valid(tmp_path: Path) -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", (ROOT / "docs/settings.md").read_text(), re.DOTALL)
    chosen = in_file(tmp_path, example)
    assert (chosen.auth, chosen.hsts, chosen.cache_mb) == ("local", True, 20480)
    assert chosen.import_roots == (Path("/srv/incoming"), Path("/mnt/archive"))
