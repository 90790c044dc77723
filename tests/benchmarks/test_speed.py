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
    for batch in (1, 3):
        rows = {row["way"]: row for row in found["prediction"] if row["batch"] == batch}
        plain = rows.pop("plain loop")
        assert plain["times_plain"] == 1
        for row in rows.values():
            assert row["times_plain"] == pytest.approx(row["images_a_second"] / plain["images_a_second"])
    assert len(found["tiles"]) == 2


def test_on_cuda_only_its_own_way_is_timed():
    assert speed.ways_of(torch.device("cuda")) == ["cuda"]


@pytest.fixture
def clock(monkeypatch):
    """A clock that stands still unless a test moves it."""
    now = [0.0]
    monkeypatch.setattr("time.perf_counter", lambda: now[0])
    return now


def test_contenders_take_turns_after_a_warm_up_and_the_median_counts(clock):
    order = []
    seconds = {"a": iter([99, 3, 1, 2]), "b": iter([99, 5, 5, 40])}

    def contender(name):
        def run():
            order.append(name)
            clock[0] += next(seconds[name])

        return run

    assert interleaved({name: contender(name) for name in seconds}, 3) == {"a": 2, "b": 5}
    assert order == ["a", "b"] * 4


def test_the_peak_is_that_of_the_fastest_product(clock, monkeypatch):
    seconds = iter([0, 4, 0, 2, 0, 8] + [0, 4] * timing.PEAK_RUNS)
    monkeypatch.setattr(timing, "settle", lambda _: clock.__setitem__(0, clock[0] + next(seconds)))
    assert matmul_peak(CPU) == 2 * 64**3 / 2
