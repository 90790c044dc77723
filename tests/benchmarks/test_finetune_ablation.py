"""`benchmarks.finetune_ablation`: who plays which part, what a change changes, and the paired table."""

import json
from argparse import Namespace
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from benchmarks import finetune_ablation as ablation
from seep.core.image.normalize import Statistics
from seep.engine.checkpoint import new_checkpoint
from seep.engine.training.dataset import TrainingTile
from seep.engine.unet import UNetConfig
from seep.workflow.training.presets import FINETUNE
from tests.workflow.making import write_tiles

NETWORK = UNetConfig(width=4, levels=2)


def tile(name: str, *, corrected: bool = True) -> TrainingTile:
    random = np.random.default_rng(abs(hash(name)) % 1000)
    image = random.integers(1, 60_000, (32, 32), dtype=np.uint16)
    return TrainingTile(
        name, image, np.eye(32, dtype=np.uint8), Statistics((0,), (6e4,), (3e4,), (1e4,)), 0, corrected
    )


@pytest.fixture
def draw() -> ablation.Draw:
    start = new_checkpoint(NETWORK, seed=0)
    return ablation.Draw(
        "seed 0, b", start, [tile("b.1")], [tile("b.2")], {"c": [tile("c.1")]}, [tile("a.1", corrected=False)]
    )


def test_no_tile_is_both_learned_from_and_measured_on():
    counts = {"a": 20, "b": 16, "c": 15, "d": 3}
    by_scene = {scene: [tile(f"{scene}.{n}") for n in range(count)] for scene, count in counts.items()}
    options = Namespace(tiles=4, held_tiles=2, draw=0)
    (found,) = ablation.split("seed 0", new_checkpoint(NETWORK, seed=0), ["b", "c", "d"], by_scene, options)
    assert found.name == "seed 0, b"  # c has too few tiles
    corrected, rest = ({one.name for one in some} for some in (found.corrected, found.rest))
    assert len(corrected) == 4
    assert corrected | rest == {one.name for one in by_scene["b"]}
    assert not corrected & rest
    assert {scene: len(some) for scene, some in found.others.items()} == {"c": 2, "d": 2}
    assert {one.name for one in found.replayed} == {one.name for one in by_scene["a"]}
    assert not any(one.corrected for one in found.replayed)


@pytest.mark.parametrize(
    ("name", "kept"), [("preset", ()), ("frozen-encoder", ("down.",)), ("heads-only", ("down.", "up."))]
)
def test_frozen_parts_keep_their_weights_and_the_start_does_not_change(draw, name, kept):
    before = {key: value.clone() for key, value in draw.start.model.state_dict().items()}
    new = ablation.learn(draw, ablation.CHANGES[name], 2, 0).model.state_dict()
    changed = {key for key, value in new.items() if not torch.equal(value, before[key])}
    assert {key for key in before if key.startswith("seep_head.")} <= changed
    assert {key for key in changed if kept and key.startswith(kept)} == set()
    assert kept or any(key.startswith("down.") for key in changed)
    for key, value in draw.start.model.state_dict().items():
        torch.testing.assert_close(value, before[key])


def test_pseudo_labels_leave_out_what_the_network_is_unsure_of(draw):
    (found,) = ablation._pseudo_labeled(draw)
    assert (found.name, found.classes_known) == ("b.2", False)
    assert set(np.unique(found.mask)) <= {0, 255}  # an untrained network calls nothing seep
    sure = replace(draw, start=replace(draw.start, card=draw.start.card | {"threshold": 0.01}))
    with torch.no_grad():
        sure.start.model.seep_head.bias.fill_(9.0)
    assert not (next(ablation._pseudo_labeled(sure)).mask == 0).any()


def test_differences_are_paired_by_draw():
    before = {"x": {"rest": 0.2, "others": 0.5}, "y": {"rest": 0.6, "others": 0.5}}
    after = {"x": {"rest": 0.3, "others": 0.5}, "y": {"rest": 0.72, "others": 0.5}}
    found = ablation.compared(before, after)
    assert found["rest"]["mean"] == pytest.approx(0.51)
    assert found["rest"]["difference"] == pytest.approx(0.11)
    assert found["rest"]["low"] < 0.11 < found["rest"]["high"]
    assert found["others"] == {"mean": 0.5, "difference": 0.0, "low": None, "high": None}
    text = ablation.table({"before": ablation.compared(before, before), "preset": found})
    assert "| before | 0.400 |  | 0.500 |  |" in text
    assert "| preset | 0.510 | +0.110 (" in text


@pytest.mark.usefixtures("small_preset")
def test_the_networks_of_the_folds_are_tuned_and_finished_draws_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(FINETUNE, "quick", replace(FINETUNE["quick"], crop_px=32))
    monkeypatch.setattr(ablation, "BATCH_PX", 2 * 32**2)
    monkeypatch.setattr(ablation, "LEAST_LEFT", 2)
    images, masks = write_tiles(tmp_path, ("a1", "a2", "b1", "b2"), each=3)
    command = [str(images), str(masks), "--cache", str(tmp_path / "cache"), "--steps", "2", "--folds", "2"]
    command += ["--tiles", "1", "--finetune-steps", "1", "--changes", "preset", "heads-only"]
    ablation.main(command)
    found = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert sorted(found["draws"]["before"]) == [f"seed 0, {scene}" for scene in ("a1", "a2", "b1", "b2")]
    assert [*found["results"]] == [
        "before", "preset", "preset, new weights", "heads-only", "heads-only, new weights",
    ]  # fmt: skip
    monkeypatch.setattr(ablation, "learn", None)  # the draws are kept
    ablation.main(command)
    assert json.loads(capsys.readouterr().out.splitlines()[-1]) == found
    with pytest.raises(SystemExit, match="held_tiles 16 instead of 2"):
        ablation.main([*command, "--held-tiles", "2"])
    with pytest.raises(SystemExit):
        ablation.main([*command, "--variants", "unet-multiclass"])
    assert "no threshold of the seep probability" in capsys.readouterr().err
    with pytest.raises(SystemExit, match="No scene has 11 tiles"):
        ablation.main([*command, "--tiles", "9"])
