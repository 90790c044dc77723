"""Decodes run lengths and pictures of annotation files with bounds checks, unlike the C code of pycocotools.

A few bytes of run lengths can stand for gigabytes of pixels. Readers therefore keep them encoded, as `PixelMask`;
`PixelMask.decode` runs in a sandbox process, after the size was compared with that of the image.
"""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import cv2
import numpy as np
import numpy.typing as npt

from seep.core.text import number
from seep.errors import MaskError
from seep.settings import settings

Bools = npt.NDArray[np.bool_]

PAIRS = {"pairs": "row pairs", "row pairs": "pairs"}
"""Encodings of starts and lengths, each with that of the other order."""
BYTES = ("brush", "png", "alpha")
"""Encodings whose data are bytes."""

_MAX_COUNTS = 50_000_000


@dataclass(frozen=True, eq=False)
class PixelMask:
    """Encoded pixels of a class.

    Attributes:
        label: class name or number.
        encoding: "columns" (COCO) or "rows" (CVAT) for alternating run lengths, "pairs" for starts and lengths
            down the columns (CSV), "row pairs" along the rows, "brush" for Label Studio, "png" for LabelMe,
            "alpha" for a PNG whose opaque pixels count.
        data: int64 run lengths, or uint8 bytes of a brush or a PNG.
        shape: (height, width); (0, 0) for pairs, which cover their whole image.
        x, y: column and row of the upper left pixel in the image.
    """

    label: str | int
    encoding: str
    data: npt.NDArray[Any]
    shape: tuple[int, int]
    x: int = 0
    y: int = 0

    def decode(self, source: str) -> Bools:
        """Decode to bool (height, width).

        Raises:
            MaskError: damaged data, or the shape exceeds the limits.
        """
        if self.encoding == "brush":
            return brush_bits(self.data, self.shape, source)
        if self.encoding in {"png", "alpha"}:
            return _png_bits(self.data, self.shape, self.encoding == "alpha", source)
        if self.encoding in PAIRS:
            return _pair_bits(self.data, self.shape, "F" if self.encoding == "pairs" else "C", source)
        return decode_counts(self.data, self.shape, "F" if self.encoding == "columns" else "C", source)


def run_mask(
    label: str | int, encoding: str, counts: Sequence[int], shape: tuple[int, int], source: str
) -> PixelMask:
    """Return a mask of run lengths that were checked and not decoded.

    Raises:
        MaskError: as `decode_counts`.
    """
    return PixelMask(label, encoding, _checked_counts(counts, shape, source), shape)


def brush_mask(label: str | int, numbers: Sequence[int], shape: tuple[int, int], source: str) -> PixelMask:
    """Return a Label Studio brush that is not decoded.

    Raises:
        MaskError: not a list of bytes, or another size than the shape.
    """
    data = _brush_bytes(numbers, source)
    if int.from_bytes(data[:4].tobytes(), "big") != 4 * shape[0] * shape[1]:
        raise _other_size(shape, source)
    return PixelMask(label, "brush", data, shape)


def pair_mask(label: str | int, numbers: Sequence[int], order: str, source: str) -> PixelMask:
    """Return a mask of starts (from 1) and lengths, in an image of any size.

    Args:
        label: class name or number.
        numbers: starts and lengths in turn.
        order: "columns" or "rows".
        source: name of the file, for messages.

    Raises:
        MaskError: not pairs of numbers from 1, or runs that overlap or are out of order.
    """
    if len(numbers) > _MAX_COUNTS:
        raise MaskError(
            f"{source} has {number(len(numbers))} run lengths, more than {number(_MAX_COUNTS)}. Split it."
        )
    data = np.asarray(numbers, np.int64)
    if data.size % 2 or not data.size or (data <= 0).any():
        raise MaskError(f"{source} has run lengths that are not pairs of start and length from 1.")
    if (data[2::2] < data[:-2:2] + data[1:-2:2]).any():
        raise MaskError(
            f"{source} has runs that overlap or are out of order. Seep reads absolute starts, in order."
        )
    return PixelMask(label, "pairs" if order == "columns" else "row pairs", data, (0, 0))


def png_mask(label: str | int, text: str, source: str, encoding: str = "png") -> PixelMask:
    """Return a mask of a PNG in base64, with the size in its header; it is not decoded.

    Args:
        text: base64.
        source: name of the file, for messages.
        encoding: "png" or "alpha", see `PixelMask`.

    Raises:
        MaskError: not base64, or the size exceeds the limits.
    """
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, TypeError, ValueError) as error:
        raise MaskError(f"{source} has a mask that is not base64. Save it again.") from error
    width, height = int.from_bytes(data[16:20]), int.from_bytes(data[20:24])
    _check_size((height, width), source)
    return PixelMask(label, encoding, np.frombuffer(data, np.uint8), (height, width))


def _pair_bits(
    data: npt.NDArray[Any], shape: tuple[int, int], order: Literal["F", "C"], source: str
) -> Bools:
    starts, ends = data[::2] - 1, data[::2] - 1 + data[1::2]
    size = shape[0] * shape[1]
    if ends[-1] > size:
        raise MaskError(
            f"{source} has run lengths that do not fit an image of {shape[0]} x {shape[1]} pixels (height x "
            "width). Provide the annotations of this image."
        )
    changes = np.zeros(size + 1, np.int8)
    np.add.at(changes, starts, 1)
    np.add.at(changes, ends, -1)
    return np.cumsum(changes[:-1], dtype=np.int8).reshape(shape, order=order) > 0


def _png_bits(data: npt.NDArray[Any], shape: tuple[int, int], alpha: bool, source: str) -> Bools:
    pixels = cv2.imdecode(data, cv2.IMREAD_UNCHANGED if alpha else cv2.IMREAD_GRAYSCALE)
    if pixels is None or pixels.shape[:2] != shape:
        raise MaskError(f"{source} has a mask that is not a PNG. Save it again.")
    if not alpha:
        return np.asarray(pixels > 0, np.bool_)
    if pixels.ndim != 3 or pixels.shape[2] != 4:
        raise MaskError(f"{source} has a bitmask without transparency. Export it again.")
    return np.asarray(pixels[:, :, 3] > 0, np.bool_)


def decode_counts(
    counts: Sequence[int] | npt.NDArray[Any], shape: tuple[int, int], order: str, source: str
) -> Bools:
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
    lengths = _checked_counts(counts, shape, source)
    values = np.arange(len(lengths)) % 2 == 1
    return np.repeat(values, lengths).reshape(shape, order="F" if order == "F" else "C")


def _check_size(shape: tuple[int, int], source: str) -> None:
    if min(shape) < 1 or shape[0] * shape[1] > settings().limits.pixels:
        raise MaskError(f"{source} has a mask of {shape[0]} x {shape[1]} pixels, which exceeds the limits.")


def _checked_counts(
    counts: Sequence[int] | npt.NDArray[Any], shape: tuple[int, int], source: str
) -> npt.NDArray[np.int64]:
    _check_size(shape, source)
    height, width = shape
    if len(counts) > _MAX_COUNTS:
        raise MaskError(
            f"{source} has {number(len(counts))} run lengths, more than {number(_MAX_COUNTS)}. Split it."
        )
    try:
        lengths = np.asarray(counts, np.int64)
    except (ValueError, TypeError, OverflowError) as error:
        raise MaskError(f"{source} has run lengths that are not numbers. Export it again.") from error
    right = lengths.ndim == 1 and (lengths >= 0).all() and (lengths <= height * width).all()
    if not right or int(lengths.sum()) != height * width:
        raise MaskError(
            f"{source} has run lengths that do not add up to {height} x {width} pixels. Export it again."
        )
    return lengths


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


def brush_bits(numbers: Sequence[int] | npt.NDArray[Any], shape: tuple[int, int], source: str) -> Bools:
    """Decode a Label Studio brush: pixels with alpha above 0 of an RGBA image in bit-packed runs.

    Source: `decode_rle` in label-studio-converter/brush.py.

    Args:
        numbers: bytes.
        shape: (height, width).
        source: name of the file, for messages.

    Raises:
        MaskError: damaged data or another size.
    """
    stream = _BitStream(_brush_bytes(numbers, source), source)
    total, word = stream.take(32), stream.take(5) + 1
    sizes = [stream.take(4) + 1 for _ in range(4)]
    if total != 4 * shape[0] * shape[1] or total > 4 * settings().limits.pixels:
        raise _other_size(shape, source)
    values: npt.NDArray[Any] = np.zeros(total, np.uint8 if word <= 8 else np.uint32)
    at = 0
    while at < total:
        run = stream.take(1)
        end = min(total, at + 1 + stream.take(sizes[stream.take(2)]))
        if run:
            values[at:end] = stream.take(word)
        else:
            values[at:end] = stream.take_many(word, end - at)
        at = end
    return np.asarray(values.reshape(*shape, 4)[:, :, 3] > 0, np.bool_)


def _brush_bytes(numbers: Sequence[int] | npt.NDArray[Any], source: str) -> npt.NDArray[np.uint8]:
    if isinstance(numbers, np.ndarray):
        return numbers.astype(np.uint8, copy=False)
    try:
        return np.frombuffer(bytes(list(numbers)), np.uint8)
    except (ValueError, TypeError) as error:
        raise MaskError(f"{source} has a brush that is not a list of bytes. Export it again.") from error


def _other_size(shape: tuple[int, int], source: str) -> MaskError:
    return MaskError(f"{source} has a brush of another size than {shape[0]} x {shape[1]}. Export it again.")


class _BitStream:
    """Bits of a byte string, the highest first."""

    def __init__(self, data: npt.NDArray[np.uint8], source: str) -> None:
        self._bits = np.unpackbits(data)
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
