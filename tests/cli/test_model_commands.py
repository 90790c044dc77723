"""`seep finetune`, `seep model-export` and `seep model-import`."""

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


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--epochs", 20),
        ("--learning-rate", 1e-3),
        ("--replay-share", 0.5),
        ("--crop", 64),
        ("--min-steps", 5),
        ("--max-steps", 60),
        ("--patience", 2),
        ("--holdout-share", 0.2),
        ("--ignore-above-radius", 20),
        ("--seed", 1),
    ],
)
def test_a_slick_head_refuses_options_that_it_would_ignore(refuse: Refuse, option: str, value: float) -> None:
    said = refuse("finetune", "--preset", "slick-head", option, value)
    assert f'The preset "slick-head" does not use {option}. Leave it out' in said
