"""The loop on small seas: real files in, curves out."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile

from research.simulation.options import SimulationOptions
from research.simulation.simulation import simulate
from seep.engine.checkpoint import load_checkpoint
from seep.errors import SettingsError
from seep.workflow.training.presets import FINETUNE
from tests.workflow.making import make_checkpoint, write_tiles

SCENES = tuple("abcdef")
PARTS: dict[str, Any] = {"start": ["a"], "validation": ["b"], "test": ["c"]}


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    return write_tiles(tmp_path, SCENES, each=2)


@pytest.fixture(autouse=True)
def _without_openvino(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each new network costs OpenVINO a second, torch nothing."""
    monkeypatch.setenv("SEEP_OPENVINO", "0")


def options(path: Path, **changes) -> SimulationOptions:
    """Fine-tunings of two steps, on crops that fit the tiles."""
    request = replace(changes.pop("request", FINETUNE["quick"]), epochs=1, max_steps=2, crop_px=32)
    return SimulationOptions(path, **PARTS, device="cpu", after=(2, 4), request=request, **changes)


def test_a_curve_goes_from_the_first_tile_to_the_last(folders: tuple[Path, Path], tiny_checkpoint):
    events = []
    found = simulate(*folders, options(tiny_checkpoint, orders=("likely_wrong",)), events.append)
    assert found["tiles"] == {"start": 2, "validation": 2, "test": 2, "pool": 6}
    (curve,) = found["curves"]
    assert [point["tiles"] for point in curve["points"]] == [0, 2, 4, 6]
    names = [name for point in curve["points"][1:] for name in point["names"]]
    assert sorted(names) == [f"{scene}.{number:06d}" for scene in "def" for number in range(2)]
    for point in curve["points"][1:]:
        assert set(point["seconds"]) == {"rank", "train", "measure"}
        assert point["changed_px"] > 0
        assert point["steps"] == 2
        assert point["against_before"]["test"]["verdict"] == "inconclusive"  # of one scene none can
    first, *_, last = curve["points"]
    assert first["uncorrected"]["binary_iou"] == first["uncorrected"]["start_binary_iou"] is not None
    assert last["uncorrected"] is None
    assert {event["kind"] for event in events} >= {"curve", "step", "point"}
    assert found["summary"]["orders"][0]["seeds"] == 1


def test_the_same_seed_gives_the_same_curve_and_replay_another(folders: tuple[Path, Path], tiny_checkpoint):
    wish = options(tiny_checkpoint, orders=("random",), replay=(True, False), request=FINETUNE["thorough"])
    wish = replace(wish, seeds=(3,), after=(6,))
    once, again = (simulate(*folders, wish)["curves"] for _ in range(2))
    figures = [[point["test"] for point in curve["points"]] for curve in (*once, *again)]
    assert figures[0] == figures[2]
    assert figures[1] == figures[3]
    names = [[point.get("names") for point in curve["points"]] for curve in once]
    assert names[0] == names[1]  # what is drawn depends on the seed alone


@pytest.mark.usefixtures("small_preset")
def test_a_start_that_is_not_there_is_trained_and_kept(folders: tuple[Path, Path], tmp_path):
    path = tmp_path / "start.safetensors"
    wish = replace(options(path, orders=("random",)), epochs=1, steps_per_epoch=1, after=(6,))
    simulate(*folders, wish)
    card = load_checkpoint(path).card
    assert card["splits"] == {"train": ["a"], "validation": ["b"]}
    written = path.read_bytes()
    simulate(*folders, wish)
    assert path.read_bytes() == written
    with pytest.raises(SettingsError, match="Scene a trained the checkpoint"):
        simulate(*folders, replace(wish, start=["d"], test=["a"]))


def test_masks_with_more_classes_than_the_checkpoint_are_refused(folders: tuple[Path, Path], tmp_path):
    few = make_checkpoint(tmp_path / "few.safetensors", classes=2)
    with pytest.raises(SettingsError, match="4 classes"):
        simulate(*folders, options(few))


def test_images_of_other_bands_are_refused(folders: tuple[Path, Path], tiny_checkpoint):
    for path in folders[0].iterdir():
        tifffile.imwrite(path, np.stack([tifffile.imread(path)] * 2, axis=-1), planarconfig="contig")
    with pytest.raises(SettingsError, match="2 band"):
        simulate(*folders, options(tiny_checkpoint))
