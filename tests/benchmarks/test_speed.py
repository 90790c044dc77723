"""The benchmark of speed in a tiny form, with its CUDA way on the CPU."""

import json

import pytest
import torch

from benchmarks import speed, timing
from benchmarks.timing import interleaved, matmul_peak
from seep.engine.checkpoint import new_checkpoint
from seep.engine.unet import UNetConfig

CPU = torch.device("cpu")


@pytest.fixture(autouse=True)
def small(monkeypatch):
    tiny = new_checkpoint(UNetConfig(levels=2, width=4), seed=0)
    monkeypatch.setattr(speed, "networks", lambda _: {"tiny": tiny})
    monkeypatch.setattr(speed, "load_checkpoint", lambda _: tiny)
    monkeypatch.setattr(speed, "SIDE_PX", 32)
    monkeypatch.setattr(speed, "TILES", 4)
    monkeypatch.setitem(timing.PEAK_SIDE, "cpu", 64)


def test_every_way_is_timed_cuda_too_and_the_table_ends_in_json(monkeypatch, capsys):
    monkeypatch.setattr(speed, "ways_of", lambda _: ["openvino", "torch", "cuda"])
    speed.main(["--part", "prediction", "--batches", "1", "3", "--repeats", "1"])
    printed = capsys.readouterr().out.splitlines()
    found = json.loads(printed[-1])
    ways = {row["way"] for row in found["prediction"]}
    assert ways == {"plain loop", "Seep, openvino", "Seep, torch", "Seep, cuda"}
    assert {row["batch"] for row in found["prediction"]} == {1, 3}
    assert all(row["images_a_second"] > 0 and row["share_of_peak"] > 0 for row in found["prediction"])
    assert all(row["times_plain"] == 1 for row in found["prediction"] if row["way"] == "plain loop")
    assert len(found["tiles"]) == 2


def test_on_cuda_only_its_own_way_is_timed():
    assert speed.ways_of(torch.device("cuda")) == ["cuda"]


def test_turns_are_taken_and_the_median_counts():
    order = []
    taken = interleaved({"a": lambda: order.append("a"), "b": lambda: order.append("b")}, 3)
    assert order == ["a", "b"] * 4  # the first turn warms up
    assert taken.keys() == {"a", "b"}
    assert all(seconds >= 0 for seconds in taken.values())


def test_the_peak_of_a_processor_is_a_number_of_operations():
    assert matmul_peak(CPU) > 1e6
