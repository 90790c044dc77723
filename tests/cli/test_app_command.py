import os
from pathlib import Path

import pytest

from seep.cli.main import main
from seep.settings import APP

ROOT = Path(__file__).parents[2]


def test_the_app_starts_streamlit_in_this_interpreter(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    started: list[list[str]] = []
    monkeypatch.setenv("SEEP_WORKSPACE", "elsewhere")
    monkeypatch.setattr("os.execv", lambda _program, arguments: started.append(arguments))
    assert main(["app", "--port", "8600", "--workspace", str(tmp_path)]) == 0
    (arguments,) = started
    assert arguments[1:5] == ["-m", "streamlit", "run", str(ROOT / "app.py")]
    assert arguments[-2:] == ["--server.port", "8600"]
    assert os.environ["SEEP_WORKSPACE"] == str(tmp_path)


def test_a_checkout_runs_the_app_at_its_root() -> None:
    assert ROOT / "app.py" == APP
