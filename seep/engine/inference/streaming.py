"""Prediction of an image of any size as a stream of strips, in bounded memory.

The image is predicted in blocks on a fixed grid, each with a margin that is discarded, so the result for a pixel
does not depend on the first row. The receptive field is wider than the margin, but pixels beyond it hardly matter:
neighboring blocks agree without blending (`benchmarks/scenes.py` measures the seam error).
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from seep.core.geo.grid import Window
from seep.core.image.grain import sampled_grain
from seep.core.image.normalize import Statistics, normalize
from seep.engine.inference.predict import Predictor
from seep.engine.inference.scales import run_at_scales
from seep.engine.inference.windows import Ensemble
from seep.engine.scale_rule import ScaleRule

BLOCK_PX = 1536
MARGIN_PX = 64
"""Both are multiples of 64, the largest multiple of any network, so that pooling grids agree."""
STEP_PX = BLOCK_PX - 2 * MARGIN_PX
"""Height of a strip, and side of the part of a block that is kept."""

Read = Callable[[Window], NDArray[Any]]


@dataclass(frozen=True, eq=False)
class Strip:
    """The prediction of some rows of an image.

    Attributes:
        top: first row, from the top of the image.
        best: uint8 (rows, width), the most probable seep class of each pixel, 0 where there is no seep. Without
            `Decision.class_per_slick`, the most probable of all classes.
        probability: uint8 (rows, width), seep probability: 0 is 0.0 and 255 is 1.0.
    """

    top: int
    best: NDArray[np.uint8]
    probability: NDArray[np.uint8]


class Streamer:
    """A predictor for images that do not fit into memory.

    It does not average over flips, which take four times as long for a small gain. It does not use an image head,
    because this was trained on tiles.
    """

    def __init__(self, predictor: Predictor) -> None:
        self.config, self._decision = predictor.config, predictor.decision
        self._slick_filter = predictor.slick_filter
        self._scales = predictor.scales
        self._ensemble = Ensemble(
            predictor.networks,
            predictor.device,
            seep=lambda classes: self._decision.seep(self._decision.calibrated(classes)),
        )

    def strips(
        self,
        read: Read,
        shape: tuple[int, int],
        statistics: Statistics,
        nodata: float | None,
        *,
        first_row: int = 0,
        is_needed: Callable[[Window], bool] | None = None,
        on_block: Callable[[int, int], bool] | None = None,
    ) -> Generator[Strip]:
        """Predict strip by strip; the next block is read while the current one is computed.

        Args:
            read: returns the pixels of a window, (H, W) or (H, W, bands); called in another thread.
            shape: height and width of the image.
            nodata: value of pixels without data, or None.
            first_row: the stream begins with the strip that contains this row.
            is_needed: whether a block is needed, given the window of its kept part; other blocks are background.
            on_block: called with the number of completed blocks and of all blocks; returning True ends the stream.

        Yields:
            Strips of `STEP_PX` rows, the last one shorter, from the top downward.
        """
        height, width = shape
        spans = [
            Window(x, y, min(STEP_PX, width - x), min(STEP_PX, height - y))
            for y in range(first_row // STEP_PX * STEP_PX, height, STEP_PX)
            for x in range(0, width, STEP_PX)
        ]
        across = -(-width // STEP_PX)
        rule = self.scales_of(read, shape, statistics, nodata)

        def prepare(span: Window) -> NDArray[np.float32] | None:
            if is_needed is not None and not is_needed(span):
                return None
            return _prepared(read, span, shape, statistics, nodata)

        with ThreadPoolExecutor(1) as pool:
            ahead: Future[NDArray[np.float32] | None] = pool.submit(prepare, spans[0])
            strip = _empty(spans[0], width)
            for number, span in enumerate(spans):
                block = ahead.result()
                if number + 1 < len(spans):
                    ahead = pool.submit(prepare, spans[number + 1])
                if block is not None:
                    self._fill(strip, span, block, rule)
                if on_block is not None and on_block(number + 1, len(spans)):
                    return
                if (number + 1) % across == 0:
                    yield strip
                    strip = _empty(spans[min(number + 1, len(spans) - 1)], width)

    def scales_of(
        self, read: Read, shape: tuple[int, int], statistics: Statistics, nodata: float | None
    ) -> ScaleRule:
        """Return the scales of all blocks of an image, from its grain; arguments as for `strips`."""
        if not self._scales.above_grain or len(self._scales.scales) == 1:
            return self._scales
        grain = statistics.grain
        if grain is None:
            grain = sampled_grain(lambda *at: read(Window(*at)), shape, nodata)
        return ScaleRule(self._scales.of(grain))

    def _fill(self, strip: Strip, span: Window, block: NDArray[np.float32], rule: ScaleRule) -> None:
        """Predict a block and copy the kept part into its strip."""
        left, top = min(span.x, MARGIN_PX), min(span.y, MARGIN_PX)
        rows, columns = slice(top, top + span.height), slice(left, left + span.width)
        ((output, _),) = run_at_scales(self._ensemble, [block], rule)
        decided = self._decision.calibrated(torch.from_numpy(output.classes)[None])[0]
        missing = torch.from_numpy(block[-1] == 0)
        decided[0].masked_fill_(missing, 1)
        decided[1:].masked_fill_(missing, 0)
        if self._slick_filter is not None:
            decided = self._slick_filter.rescored(decided, block, self._decision)
        # With the margin, so that a slick at the edge of the block does not count as small.
        best = self._decision.best(decided)
        spot = slice(span.x, span.x + span.width)
        strip.best[:, spot] = best[rows, columns]
        strip.probability[:, spot] = np.rint((1 - decided[0, rows, columns].numpy()) * 255)


def _prepared(
    read: Read, span: Window, shape: tuple[int, int], statistics: Statistics, nodata: float | None
) -> NDArray[np.float32] | None:
    """Read and normalize a block with its margin; return None without any valid pixel."""
    x, y = max(0, span.x - MARGIN_PX), max(0, span.y - MARGIN_PX)
    right = min(shape[1], span.x + span.width + MARGIN_PX)
    bottom = min(shape[0], span.y + span.height + MARGIN_PX)
    image = normalize(read(Window(x, y, right - x, bottom - y)), statistics, nodata)
    if not image[-1].any():
        return None
    block = np.zeros((image.shape[0], BLOCK_PX, BLOCK_PX), np.float32)
    block[:, : image.shape[1], : image.shape[2]] = image
    return block


def _empty(span: Window, width: int) -> Strip:
    shape = (span.height, width)
    return Strip(span.y, np.zeros(shape, np.uint8), np.zeros(shape, np.uint8))
