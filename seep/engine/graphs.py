"""CUDA graphs: kernels of a network recorded once and replayed, so that Python need not launch each."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

KEPT = 4
"""Shapes that are recorded at most: each keeps the memory of its feature maps."""
WARM_UPS = 3


class Graphs:
    """A function of one tensor, recorded for each shape that comes a second time.

    What comes once, as the last, smaller batch of a folder does, is just run.
    """

    def __init__(self, function: Callable[[Tensor], Tensor]) -> None:
        self._function = function
        self._seen: set[tuple[int, ...]] = set()
        self._recorded: dict[tuple[int, ...], tuple[torch.cuda.CUDAGraph, Tensor, Tensor]] = {}

    def __call__(self, x: Tensor) -> Tensor:
        """Run the function, by its recording where there is one."""
        shape = tuple(x.shape)
        if shape not in self._recorded:
            known, full = shape in self._seen, len(self._recorded) >= KEPT
            self._seen.add(shape)
            if not known or full or not self._records(x):
                return self._function(x)
            self._recorded[shape] = self._record(x)
        graph, held, found = self._recorded[shape]
        held.copy_(x)
        graph.replay()
        return found.clone()

    def _records(self, x: Tensor) -> bool:
        return x.is_cuda

    def _record(self, x: Tensor) -> tuple[torch.cuda.CUDAGraph, Tensor, Tensor]:
        held = x.clone()
        beside = torch.cuda.Stream()  # type: ignore[no-untyped-call]
        beside.wait_stream(torch.cuda.current_stream())
        # Libraries choose their kernels and take their memory in the first runs, which cannot be recorded.
        with torch.cuda.stream(beside):
            for _ in range(WARM_UPS):
                self._function(held)
        torch.cuda.current_stream().wait_stream(beside)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            found = self._function(held)
        return graph, held, found
