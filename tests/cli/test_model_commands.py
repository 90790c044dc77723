"""`seep model-export` and `seep model-import`."""

from pathlib import Path

import pytest

from tests.cli.conftest import Refuse, Run
from tests.workflow.making import make_checkpoint


def test_exported_checkpoint_can_be_imported(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, refuse: Refuse, run: Run
) -> None:
    assert run("model-export", "tiny", "--out", tmp_path / "out") == 0
    assert str(tmp_path / "out" / "tiny.safetensors") in capsys.readouterr().out
    other = make_checkpoint(tmp_path / "other.safetensors", seed=5, name="other")
    assert run("model-import", other) == 0
    assert "Imported other as number 2" in capsys.readouterr().out
    assert "huge" in refuse("model-export", "huge", "--out", tmp_path)
