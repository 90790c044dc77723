"""Connected components of a mask larger than memory: found per block and merged across block borders."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from seep.core.geo.grid import Window
from seep.core.masks.components import slicks
from seep.core.masks.mask import Mask

BLOCK_PX = 1024

ReadMask = Callable[[Window], Mask]


@dataclass(frozen=True)
class TiledSlick:
    """An 8-connected component of one class in the whole mask.

    Attributes:
        class_id: 1 or more.
        area_px: number of pixels.
        box: bounding box.
        seed: (x, y) of one of its pixels.
    """

    class_id: int
    area_px: int
    box: Window
    seed: tuple[int, int]


def find_slicks(height: int, width: int, read: ReadMask, block_px: int = BLOCK_PX) -> list[TiledSlick]:
    """Find the slicks of a large mask; the result equals that of `components.slicks` on the whole mask.

    Memory is needed for one block, one row of labels, and the slicks.

    Args:
        height: height of the whole mask, pixels.
        width: width of the whole mask, pixels.
        read: returns the mask of a window, (window.height, window.width) uint8.
        block_px: side of the blocks, pixels.

    Returns:
        The slicks, largest first; ties from top to bottom, then from left to right.
    """
    join = _ComponentMerger(width)
    for y in range(0, height, block_px):
        for x in range(0, width, block_px):
            # Blocks overlap earlier blocks by the row above and the column to the left; labels are merged there.
            left, top = min(x, 1), min(y, 1)
            wide, tall = min(block_px, width - x), min(block_px, height - y)
            block = Window(x - left, y - top, wide + left, tall + top)
            join.add(read(block), block, left, top)
    return join.slicks()


class _ComponentMerger:
    """Union-find of the pieces found so far, with the labels along the open block borders."""

    def __init__(self, width: int) -> None:
        self._parents: list[int] = [0]
        self._pieces: list[TiledSlick | None] = [None]
        self._above = np.zeros(width, np.int64)  # labels of the last row of the blocks above
        self._lowest = np.zeros(width, np.int64)  # the same for the current row of blocks
        self._beside = np.zeros(0, np.int64)  # labels of the last column of the block to the left

    def add(self, mask: Mask, block: Window, left: int, top: int) -> None:
        labels, found = slicks(mask)
        if not left:  # a new row of blocks begins
            self._above, self._lowest = self._lowest, np.zeros_like(self._lowest)
        new = np.zeros(len(found) + 1, np.int64)
        own = np.bincount(labels[top:, left:].ravel(), minlength=len(found) + 1)
        for one in found:
            new[one.label] = len(self._parents)
            self._parents.append(len(self._parents))
            box = Window(block.x + one.x, block.y + one.y, one.width, one.height)
            first = int(np.argmax(labels[one.y, one.x : one.x + one.width] == one.label))
            seed = (box.x + first, box.y)
            self._pieces.append(TiledSlick(one.class_id, int(own[one.label]), box, seed))
        numbered = new[labels]
        if top:
            self._meet(numbered[0], self._above[block.x : block.x + block.width])
        if left:
            self._meet(numbered[top:, 0], self._beside)
        self._beside = numbered[top:, -1].copy()
        self._lowest[block.x : block.x + block.width] = numbered[-1]

    def _meet(self, here: npt.NDArray[np.int64], there: npt.NDArray[np.int64]) -> None:
        """Merge labels that share pixels."""
        both = (here > 0) & (there > 0)
        for one, other in np.unique(np.stack([here[both], there[both]], axis=1), axis=0):
            first, second = self._root(int(one)), self._root(int(other))
            self._parents[max(first, second)] = min(first, second)

    def _root(self, label: int) -> int:
        while self._parents[label] != label:
            self._parents[label] = self._parents[self._parents[label]]
            label = self._parents[label]
        return label

    def slicks(self) -> list[TiledSlick]:
        whole: dict[int, TiledSlick] = {}
        for label, piece in enumerate(self._pieces):
            if piece is None:
                continue
            root = self._root(label)
            whole[root] = _joined(whole[root], piece) if root in whole else piece
        return sorted(whole.values(), key=lambda one: (-one.area_px, one.box.y, one.box.x))


def _joined(one: TiledSlick, other: TiledSlick) -> TiledSlick:
    a, b = one.box, other.box
    x, y = min(a.x, b.x), min(a.y, b.y)
    right, bottom = max(a.x + a.width, b.x + b.width), max(a.y + a.height, b.y + b.height)
    return TiledSlick(
        one.class_id, one.area_px + other.area_px, Window(x, y, right - x, bottom - y), one.seed
    )
