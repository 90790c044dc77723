"""`seep train` and `seep model-info`."""

import json
from pathlib import Path

import pytest

from seep.cli.main import main, make_parser


def test_model_info_describes_checkpoints_and_presets(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["model-info", "--json", "--preset", "unet-rgb", "--bands", "3", "--classes", "12"]) == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert row["parameters"] == pytest.approx(34.5e6, rel=0.002)
    assert main(["model-info", "models/seep-base.safetensors"]) == 0
    assert "million parameters" in capsys.readouterr().out
    assert main(["model-info", "--size", "250"]) == 1
    assert "multiple of" in capsys.readouterr().err


def test_train_refuses_other_suffixes_and_presets(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    command = ["train", str(tmp_path), str(tmp_path), "--out"]
    assert main([*command, "mine.pt"]) == 1
    assert ".safetensors" in capsys.readouterr().err
    assert main([*command, str(tmp_path / "mine.safetensors"), "--preset", "best"]) == 1
    assert "unet-rgb" in capsys.readouterr().err


@pytest.mark.parametrize("option", ["--test", "--locked"])
def test_test_scenes_are_named_as_today_and_as_in_version_0_1(option: str, tmp_path: Path) -> None:
    command = ["train", str(tmp_path), str(tmp_path), "--out", "mine.safetensors", option, "c,d"]
    assert make_parser().parse_args(command).test == ["c", "d"]
