"""How speed is measured: contenders take turns, medians count, and the processor's peak is measured too."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping

import torch

PEAK_SIDE = {"cpu": 1536, "cuda": 8192}
"""Side of the matrices whose product gives the peak."""
PEAK_RUNS = 5


def interleaved(contenders: Mapping[str, Callable[[], object]], repeats: int) -> dict[str, float]:
    """Seconds that each contender takes: the median of its turns.

    They take turns, so that what else the machine does meanwhile slows all of them alike; the first turn of
    each warms up and does not count.
    """
    for run in contenders.values():
        run()
    taken: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(repeats):
        for name, run in contenders.items():
            began = time.perf_counter()
            run()
            taken[name].append(time.perf_counter() - began)
    return {name: statistics.median(times) for name, times in taken.items()}


def matmul_peak(device: torch.device, dtype: torch.dtype = torch.float32) -> float:
    """Floating-point operations a second of a large square matrix product: the best of some."""
    side = PEAK_SIDE[device.type]
    a, b = (torch.randn(side, side, device=device).to(dtype) for _ in range(2))
    times = []
    for _ in range(PEAK_RUNS + 1):
        settle(device)
        began = time.perf_counter()
        a @ b
        settle(device)
        times.append(time.perf_counter() - began)
    return 2 * side**3 / min(times)


def settle(device: torch.device) -> None:
    """Wait for what the device was told to do."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
