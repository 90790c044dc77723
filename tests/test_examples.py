"""The commands of the README and of the command line's page run as written, with the files a user has."""

import re
import shlex
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from seep.cli.main import main
from seep.engine import presets
from seep_testing.patience import COMMAND_S
from tests.workflow.making import write_tiles
from tests.workflow.rasters import sea, write_raster

ROOT = Path(__file__).parents[1]
pytestmark = pytest.mark.timeout(10 * COMMAND_S)
_COMMAND = re.compile(r"^(?: {4})?python -m seep (.*)$", re.MULTILINE)


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with tiles under both names of the documentation, a raster, and a short training."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SEEP_DEVICE", "cpu")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("SEEP_WORKSPACE", str(tmp_path / "workspace"))
    images, masks = write_tiles(tmp_path)
    for folder, name in ((images, "train_images_256"), (masks, "train_masks_256")):
        (tmp_path / name).mkdir()
        for path in folder.iterdir():
            (tmp_path / name / path.name).write_bytes(path.read_bytes())
    write_raster(tmp_path / "scene.tif", sea())
    stage = replace(presets.preset("seep").stages[0], epochs=1, steps_per_epoch=2, batch_size=2, crop_px=64)
    monkeypatch.setitem(presets.PRESETS, "seep", replace(presets.preset("seep"), stages=(stage,)))
    return tmp_path


def _masks(folder: Path) -> dict[Path, bytes]:
    return {
        path: path.read_bytes() for name in ("masks", "train_masks_256") for path in (folder / name).iterdir()
    }


def _run(command: str) -> int:
    """Run a command as a user does; the training in this process, with its short preset."""
    words = shlex.split(command)
    if words[0] == "train":
        return main(words)
    return subprocess.run([sys.executable, "-m", "seep", *words], check=False).returncode


def _commands(text: str) -> list[str]:
    return _COMMAND.findall(text)


def test_the_commands_of_the_readme_run_and_change_no_mask(data: Path) -> None:
    before = _masks(data)
    commands = _commands((ROOT / "README.md").read_text().split("The same on")[1].split("##")[0])
    assert [one.split()[0] for one in commands] == ["import", "predict", "evaluate", "train", "export"]
    assert {one: _run(one) for one in commands} == dict.fromkeys(commands, 0)
    assert _masks(data) == before
    assert len(list((data / "predictions").glob("*.tif"))) == 12


@pytest.mark.parametrize("command", ["predict", "evaluate"])
def test_the_commands_of_the_page_run_and_change_no_mask(data: Path, command: str) -> None:
    before = _masks(data)
    page = (ROOT / "docs" / "cli.md").read_text().split(f"\n## {command}\n")[1].split("\n## ")[0]
    commands = [one for one in _commands(page) if "--workspace" not in one]
    assert commands
    assert {one: _run(one) for one in commands} == dict.fromkeys(commands, 0)
    assert _masks(data) == before
