"""Land in an image: one bit per pixel, compressed in blocks of rows, so that a window is read quickly."""

import base64
import binascii
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from seep.core.geo.grid import Window
from seep.core.image.arrays import BoolImage, Image
from seep.errors import ImageError

BLOCK_ROWS = 256


@dataclass(frozen=True)
class LandMask:
    """Which pixels of an image are land.

    Attributes:
        width: of the image, pixels.
        height: of the image, pixels.
        pixels: number of land pixels.
        blocks: `BLOCK_ROWS` rows each, packed to bits and deflated, from the top.
    """

    width: int
    height: int
    pixels: int
    blocks: tuple[bytes, ...]

    def window(self, window: Window) -> BoolImage:
        """Return the land in a window inside the image, (height, width) bool.

        Raises:
            ImageError: the stored bits are damaged.
        """
        first, last = window.y // BLOCK_ROWS, (window.y + window.height - 1) // BLOCK_ROWS
        parts = [self._block(number) for number in range(first, last + 1)]
        rows = parts[0] if len(parts) == 1 else np.concatenate(parts)
        top = window.y - first * BLOCK_ROWS
        return rows[top : top + window.height, window.x : window.x + window.width]

    def to_dict(self) -> dict[str, Any]:
        """Return the mask as JSON values."""
        blocks = [base64.b64encode(block).decode("ascii") for block in self.blocks]
        return {"width": self.width, "height": self.height, "pixels": self.pixels, "blocks": blocks}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "LandMask":
        """Return the mask that `to_dict` gave.

        Raises:
            ValueError, KeyError, TypeError: the values are damaged.
        """
        blocks = tuple(base64.b64decode(block, validate=True) for block in values["blocks"])
        return cls(int(values["width"]), int(values["height"]), int(values["pixels"]), blocks)

    def _block(self, number: int) -> BoolImage:
        rows = min(BLOCK_ROWS, self.height - number * BLOCK_ROWS)
        row_bytes = -(-self.width // 8)
        try:
            data = zlib.decompressobj().decompress(self.blocks[number], rows * row_bytes + 1)
            bits = np.frombuffer(data, np.uint8).reshape(rows, row_bytes)
        except (zlib.error, binascii.Error, IndexError, ValueError) as error:
            raise ImageError("The land mask of an image is damaged. Import the image again.") from error
        return np.unpackbits(bits, axis=1, count=self.width).astype(bool)


def encode_land(land: BoolImage) -> LandMask:
    """Encode the land of an image, (H, W) bool; equal masks give equal bytes."""
    height, width = land.shape
    blocks = tuple(
        zlib.compress(np.packbits(land[top : top + BLOCK_ROWS], axis=1).tobytes(), 6)
        for top in range(0, height, BLOCK_ROWS)
    )
    return LandMask(width, height, int(np.count_nonzero(land)), blocks)


def without_land(image: Image, land: BoolImage, fill: float) -> Image:
    """Return a copy of an image with the land set to a value.

    Args:
        image: (H, W) or (H, W, bands).
        land: (H, W) bool.
        fill: value in the range of the dtype, or NaN for floats.
    """
    if not land.any():
        return image
    found = image.copy()
    found[land] = fill
    return found
