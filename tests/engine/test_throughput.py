import torch

from seep.engine.throughput import Pace, memory_bytes
from seep.engine.training.schedule import TrainConfig


def test_steps_and_measurings_to_come_are_counted():
    pace = Pace(TrainConfig(epochs=4), 10, flips=False)
    for _ in range(10):
        pace.learned(0.5)
    pace.measured(3.0)
    assert pace.seconds_left(10) == 30 * 0.5 + 4 * 3.0
    assert pace.seconds_left(11) == 29 * 0.5 + 3 * 3.0
    assert pace.seconds_left(40) == 3.0


def test_flips_and_mixtures_are_measured_at_the_end():
    pace = Pace(TrainConfig(epochs=2, interpolate=True), 5, flips=True)
    pace.learned(1.0)
    pace.measured(2.0)
    assert pace.seconds_left(6) == 4 * 1.0 + (1 + 4 + 4) * 2.0


def test_nothing_is_known_before_the_first_step():
    assert Pace(TrainConfig(), 5, flips=True).seconds_left(0) == 0


def test_memory_is_told():
    found = memory_bytes(torch.device("cpu"))
    assert found is None or found > 1e6
