import pytest

from seep.errors import SettingsError
from seep.settings import Limits, read_settings


def test_limits_have_defaults_that_let_a_whole_scene_in() -> None:
    assert read_settings({}).limits == Limits()
    assert Limits().pixels >= 25_000 * 16_000


def test_limits_are_read_from_the_environment() -> None:
    limits = read_settings(
        {"SEEP_MAX_MEGAPIXELS": "2", "SEEP_MAX_BANDS": "3", "SEEP_READ_SECONDS": "7", "SEEP_MAX_ZIP_MB": "1"}
    ).limits
    assert (limits.pixels, limits.bands, limits.read_s, limits.zip_bytes) == (2 * 2**20, 3, 7, 2**20)


@pytest.mark.parametrize("text", ["0", "-1", "many", "1.5", "9" * 12])
def test_a_limit_that_is_no_whole_number_is_refused(text: str) -> None:
    for name in ("SEEP_MAX_BANDS", "SEEP_READ_MB"):
        with pytest.raises(SettingsError, match=f"{name} is '{text}'"):
            read_settings({name: text})


def test_upload_limits_are_read_from_the_environment() -> None:
    chosen = read_settings({"SEEP_UPLOAD_FILE_MB": "3", "SEEP_UPLOAD_TOTAL_MB": "5"})
    assert (chosen.upload_file_bytes, chosen.upload_total_bytes) == (3 * 2**20, 5 * 2**20)
    with pytest.raises(SettingsError, match="SEEP_UPLOAD_FILE_MB is 'none'"):
        read_settings({"SEEP_UPLOAD_FILE_MB": "none"})


def test_openvino_can_be_switched_off() -> None:
    assert read_settings({}).openvino
    assert not read_settings({"SEEP_OPENVINO": "0"}).openvino
    with pytest.raises(SettingsError, match="SEEP_OPENVINO is 'no'"):
        read_settings({"SEEP_OPENVINO": "no"})
