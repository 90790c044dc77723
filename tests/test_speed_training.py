"""The benchmark of training, small: its way on a GPU is taken on the CPU."""

from dataclasses import replace

import pytest
import torch

from benchmarks import speed_training
from seep.engine import presets
from seep.engine.training.schedule import TrainConfig

CPU = torch.device("cpu")


@pytest.fixture
def small(monkeypatch):
    config = TrainConfig(batch_size=2, crop_px=32)
    monkeypatch.setattr(speed_training, "SETTINGS", {"cpu": config})
    monkeypatch.setattr(speed_training, "SCENE_PX", 256)
    recipe = presets.PRESETS["seep"]
    stage = replace(recipe.stages[0], epochs=2, steps_per_epoch=5, batch_size=2, crop_px=32)
    tiny = replace(recipe, network=replace(recipe.network, width=4), stages=(stage,))
    monkeypatch.setitem(presets.PRESETS, "seep", tiny)


@pytest.mark.usefixtures("small")
def test_rates_of_training_are_told_beside_those_of_the_plain_loop(monkeypatch):
    monkeypatch.setattr(speed_training, "matmul_peak", lambda *_: 1e12)
    found = speed_training.rows(CPU, [4], repeats=1)
    assert [(row["network"], row["way"]) for row in found] == [
        ("width 4", "plain loop"),
        ("width 4", "Seep"),
        ("width 4", "Seep, float32"),
        ("preset seep", "plain loop"),
        ("preset seep", "Seep"),
        ("preset seep", "Seep, float32"),
    ]
    assert [row["times_plain"] for row in found[::3]] == [1, 1]
    assert found[1]["images_a_second"] == pytest.approx(found[1]["crops_a_second"] / 64)
    assert found[4]["whole_training_s"] == pytest.approx(20 / found[4]["crops_a_second"])
    for rows in (found[:3], found[3:]):  # of one network, so of as many operations a crop
        operations = [row["share_of_peak"] * 1e12 / row["crops_a_second"] for row in rows]
        assert operations == pytest.approx([operations[0]] * 3)
        assert operations[0] > 1e6
    assert len(speed_training.lines(found)) == 7


@pytest.mark.usefixtures("small")
def test_the_way_of_a_gpu_trains(monkeypatch):
    """Tiles on the device, a compiled network: all but the kernels."""
    compile_function = torch.compile
    monkeypatch.setattr(torch, "compile", lambda function, **_: compile_function(function, backend="eager"))
    config = replace(speed_training.SETTINGS["cpu"], device_data="device")
    run = speed_training.seep_step(
        replace(presets.PRESETS["seep"].network, stride=1),
        config,
        speed_training._tiles(),
        CPU,
        compiled=True,
    )
    for _ in range(2):
        run()
