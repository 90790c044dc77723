"""Help, wrong usage, error messages, and the docs of all commands."""

import argparse
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tifffile

import seep
from seep.cli.main import main, make_parser
from tests.cli.conftest import Refuse, Run
from tests.workflow.making import make_checkpoint

ROOT = Path(__file__).parents[2]


def commands() -> dict[str, argparse.ArgumentParser]:
    (action,) = (one for one in make_parser()._actions if isinstance(one, argparse._SubParsersAction))
    return dict(action.choices)


COMMANDS = commands()
HEADINGS = [
    line.removeprefix("## ")
    for line in (ROOT / "docs" / "cli.md").read_text().splitlines()
    if line.startswith("## ")
]


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_has_a_heading_in_the_docs(command: str) -> None:
    assert command in HEADINGS


def test_each_heading_of_the_docs_is_a_command() -> None:
    assert [one for one in HEADINGS if one not in COMMANDS] == []


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_has_a_help_text_and_examples(command: str) -> None:
    parser = COMMANDS[command]
    assert f"python -m seep {command}" in str(parser.epilog)
    undocumented = [one.dest for one in parser._actions if not one.help]
    assert undocumented == []


@pytest.mark.parametrize("command", COMMANDS)
def test_help_exits_with_status_0(command: str, run: Run) -> None:
    with pytest.raises(SystemExit) as caught:
        run(command, "--help")
    assert caught.value.code == 0


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["fly"],
        ["import"],
        ["predict", "images"],
        ["evaluate", "--images", "images"],
        ["finetune", "--epochs", "many"],
        ["import", "images", "--nodata", "black"],
        ["list", "dreams"],
        ["export", "out", "--split", "exam"],
    ],
)
def test_wrong_usage_exits_with_status_2(
    arguments: list[str], capsys: pytest.CaptureFixture[str], run: Run
) -> None:
    with pytest.raises(SystemExit) as caught:
        run(*arguments)
    assert caught.value.code == 2
    assert "usage: seep" in capsys.readouterr().err


def test_bad_input_is_one_sentence_that_names_it(
    folders: tuple[Path, Path], tmp_path: Path, refuse: Refuse
) -> None:
    images, masks = folders
    (tmp_path / "empty").mkdir()
    checkpoint = make_checkpoint(tmp_path / "c.safetensors")
    (tmp_path / "foreign.safetensors").write_bytes(b"no weights")
    out = ["--out", tmp_path / "out"]
    good = ["predict", images, *out, "--checkpoint"]
    assert "gone" in refuse("import", tmp_path / "gone")
    assert "empty" in refuse("import", tmp_path / "empty")
    assert "none.safetensors" in refuse(*good, tmp_path / "none.safetensors")
    assert "foreign.safetensors" in refuse(*good, tmp_path / "foreign.safetensors")
    assert "cuda:99" in refuse(*good, checkpoint, "--device", "cuda:99")
    assert "No newly reviewed tiles in training scenes" in refuse("finetune")
    assert "no checkpoint 'best'" in refuse("promote", "best")
    assert "rolled back" in refuse("rollback")
    assert "regular expression" in refuse("import", images, "--pattern", "(")
    tifffile.imwrite(masks / "a.000000.tif", np.full((64, 64), 9, np.uint8))
    (images / "b.000000.tif").write_bytes(b"II")
    assert "b.000000.tif" in refuse(*good, checkpoint)
    assert not (tmp_path / "out").exists()


def test_errors_show_no_traceback(run: Run) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "seep", "predict", "nowhere", "--out", "out"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("seep: ")
    assert "Traceback" not in done.stderr


def test_the_version_is_printed_and_has_a_section_in_the_changelog(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"Seep {seep.__version__}\n"
    assert f"## {seep.__version__}\n" in (ROOT / "CHANGELOG.md").read_text()
