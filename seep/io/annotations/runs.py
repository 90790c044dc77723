"""Decodes run lengths of COCO, CVAT and Label Studio with bounds checks, unlike the C code of pycocotools."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from seep.errors import MaskError
from seep.settings import settings

Bools = npt.NDArray[np.bool_]

_MAX_COUNTS = 50_000_000


def decode_counts(counts: Sequence[int], shape: tuple[int, int], order: str, source: str) -> Bools:
    """Decode alternating runs of zeros and ones, zeros first.

    Args:
        counts: lengths, each 0 or more.
        shape: (height, width).
        order: "F" for column by column (COCO), "C" for row by row (CVAT).
        source: name of the file, for messages.

    Returns:
        (H, W) bool.

    Raises:
        MaskError: the lengths do not add up to the shape, or the shape exceeds the limits.
    """
    height, width = shape
    if min(shape) < 1 or height * width > settings().limits.pixels or len(counts) > _MAX_COUNTS:
        raise MaskError(f"{source} has a mask of {height} x {width} pixels, which exceeds the limits.")
    try:
        lengths = np.asarray(counts, np.int64)
    except (ValueError, TypeError, OverflowError) as error:
        raise MaskError(f"{source} has run lengths that are not numbers. Export it again.") from error
    right = lengths.ndim == 1 and (lengths >= 0).all() and (lengths <= height * width).all()
    if not right or int(lengths.sum()) != height * width:
        raise MaskError(
            f"{source} has run lengths that do not add up to {height} x {width} pixels. Export it again."
        )
    values = np.arange(len(lengths)) % 2 == 1
    return np.repeat(values, lengths).reshape(shape, order="F" if order == "F" else "C")


def coco_counts(text: str, source: str) -> list[int]:
    """Decode COCO's compressed counts: 5 bits per letter, as differences to the count before the last.

    Source: `rleFrString` in cocoapi/common/maskApi.c.

    Raises:
        MaskError: the text ends inside a number or has invalid letters.
    """
    counts: list[int] = []
    value, shift = 0, 0
    for letter in text:
        code = ord(letter) - 48
        if not 0 <= code < 64 or shift > 30:
            raise MaskError(f"{source} has damaged run lengths. Export it again.")
        value |= (code & 31) << shift
        shift += 5
        if code & 32:
            continue
        if code & 16:
            value -= 1 << shift
        counts.append(value + (counts[-2] if len(counts) > 2 else 0))
        value, shift = 0, 0
    if shift:
        raise MaskError(f"{source} has truncated run lengths. Export it again.")
    return counts


def brush_bits(numbers: Sequence[int], shape: tuple[int, int], source: str) -> Bools:
    """Decode a Label Studio brush: pixels with alpha above 0 of an RGBA image in bit-packed runs.

    Source: `decode_rle` in label-studio-converter/brush.py.

    Args:
        numbers: bytes.
        shape: (height, width).
        source: name of the file, for messages.

    Raises:
        MaskError: damaged data or another size.
    """
    try:
        data = bytes(numbers)
    except (ValueError, TypeError) as error:
        raise MaskError(f"{source} has a brush that is not a list of bytes. Export it again.") from error
    stream = _BitStream(data, source)
    total, word = stream.take(32), stream.take(5) + 1
    sizes = [stream.take(4) + 1 for _ in range(4)]
    if total != 4 * shape[0] * shape[1] or total > 4 * settings().limits.pixels:
        raise MaskError(
            f"{source} has a brush of another size than {shape[0]} x {shape[1]}. Export it again."
        )
    values = np.zeros(total, np.uint32)
    at = 0
    while at < total:
        run = stream.take(1)
        end = min(total, at + 1 + stream.take(sizes[stream.take(2)]))
        if run:
            values[at:end] = stream.take(word)
        else:
            values[at:end] = stream.take_many(word, end - at)
        at = end
    bits: Bools = values.reshape(*shape, 4)[:, :, 3] > 0
    return bits


class _BitStream:
    """PixelMask of a byte string, the highest first."""

    def __init__(self, data: bytes, source: str) -> None:
        self._bits = np.unpackbits(np.frombuffer(data, np.uint8))
        self._at = 0
        self._source = source

    def take(self, count: int) -> int:
        """Read an unsigned integer of `count` bits."""
        return int(self.take_many(count, 1)[0])

    def take_many(self, count: int, times: int) -> npt.NDArray[np.int64]:
        """Read several unsigned integers of `count` bits each."""
        end = self._at + count * times
        if end > self._bits.size:
            raise MaskError(f"{self._source} has a truncated brush. Export it again.")
        part = self._bits[self._at : end].reshape(times, count).astype(np.int64)
        self._at = end
        weights: npt.NDArray[np.int64] = 1 << np.arange(count - 1, -1, -1, dtype=np.int64)
        return part @ weights
