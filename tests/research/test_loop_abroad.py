import json
from pathlib import Path

import numpy as np
import pytest

from research import loop_abroad
from research.loop_abroad import chosen_radius
from seep.engine.checkpoint import load_checkpoint, new_checkpoint, save_checkpoint
from seep.engine.unet import UNetConfig
from tests.benchmarks.test_abroad import write_sea


@pytest.fixture
def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SEEP_OPENVINO", "0")
    made = new_checkpoint(UNetConfig(levels=1, width=2, classes=4), seed=0, name="start")
    save_checkpoint(tmp_path / "start.safetensors", made)
    return tmp_path / "start.safetensors"


def test_a_killed_loop_goes_on_after_the_last_round(
    tmp_path: Path, start: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_sea(tmp_path / "seas" / "oily", masks=True)
    changes = json.dumps({"crop_px": 32, "epochs": 1, "min_steps": 2, "max_steps": 2})
    command = [str(tmp_path / "seas"), "oily", "--start", str(start), "--cache", str(tmp_path / "cache")]
    command += ["--changes", changes, "--after"]
    loop_abroad.main([*command, "4"])
    first = json.loads(capsys.readouterr().out.splitlines()[-1])
    (folder,) = (tmp_path / "cache").iterdir()
    written = (folder / "4.json").read_bytes(), (folder / "4.safetensors").read_bytes()
    loop_abroad.main([*command, "4,9"])
    points = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert points[:2] == first
    assert ((folder / "4.json").read_bytes(), (folder / "4.safetensors").read_bytes()) == written
    assert [one["tiles"] for one in points] == [0, 4, 9]
    names = [name for one in points for name in one["names"]]
    assert len(names) == len(set(names)) == 9
    assert {int(name.split(".")[0]) % 10 for name in names} <= {0, 1, 2, 3, 4}
    assert {int(block) % 10 for block in points[-1]["per_block"]} == {6, 7, 8}
    assert points[-1]["verdict"]["verdict"] in {"better", "worse", "inconclusive"}
    assert load_checkpoint(folder / "9.safetensors").model.config.classes == 2


def test_settings_are_chosen_within_the_training_blocks(
    tmp_path: Path, start: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_sea(tmp_path / "seas" / "oily", masks=True)
    changes = json.dumps({"crop_px": 32, "epochs": 1, "min_steps": 1, "max_steps": 1})
    command = [str(tmp_path / "seas"), "oily", "--start", str(start), "--cache", str(tmp_path / "cache")]
    loop_abroad.main([*command, "--changes", changes, "--after", "2", "--tuning"])
    points = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert {int(name.split(".")[0]) % 10 for name in points[1]["names"]} <= {0, 1, 2}
    assert {int(block) % 10 for block in points[1]["per_block"]} == {4}


def test_wide_oil_is_ignored_only_where_it_is_the_smaller_part() -> None:
    thin, wide = np.zeros((128, 128), np.uint8), np.zeros((128, 128), np.uint8)
    thin[::16, :] = 1
    wide[20:110, 20:110] = 1
    assert chosen_radius([thin]) == 12
    assert chosen_radius([thin] * 12 + [wide]) == 12
    assert chosen_radius([wide]) == 0
