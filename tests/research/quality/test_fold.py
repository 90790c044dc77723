from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from research.quality import fold
from research.quality.plan import VARIANTS, Budget
from seep.engine.training.dataset import TrainingTile
from seep.engine.training.train import train as original
from tests.workflow.making import write_tiles


def test_pretraining_uses_synthetic_scenes_and_no_windows_with_look_alikes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    learned, train = list[list[str]](), original

    def seen(base: Any, tiles: Sequence[TrainingTile], *args: Any, **options: Any) -> Any:
        learned.append([tile.name for tile in tiles])
        return train(base, tiles, *args, **options)

    monkeypatch.setattr(fold, "train", seen)
    variant = replace(VARIANTS["seep-plain"], name="both", synthetic=1, lookalikes=2, pretrained=0.5)
    monkeypatch.setitem(VARIANTS, "both", variant)
    images, masks = write_tiles(tmp_path, ("a", "b"), each=1)
    budget = Budget(1.0, None, 0.0)
    fold.run(
        fold.Task(images, masks, "both", ("b",), 0, budget, 8, 0, flips=False, cache=tmp_path, threads=1)
    )
    first, second = learned
    assert first == ["synthetic.0"]
    assert len([name for name in second if "lookalike" in name]) == 2
    assert len(second) == 4
