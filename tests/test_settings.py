from pathlib import Path

import pytest

from seep.errors import SettingsError
from seep.settings import Settings, read_settings, settings_table

ROOT = Path(__file__).resolve().parent.parent


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
