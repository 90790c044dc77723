"""Masks, (H, W) uint8 class ids with 0 for background: lossless encoding, checks and overlays."""

import struct
import zlib

import cv2
import numpy as np
import numpy.typing as npt

from seep.core.image.downsample import padded_to_blocks
from seep.errors import MaskError

Mask = npt.NDArray[np.uint8]

UNSURE = 255
"""Mask value of pixels that the analyst is unsure of; they are not used in training or metrics."""

_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PNG_OPTIONS = [cv2.IMWRITE_PNG_COMPRESSION, 6, cv2.IMWRITE_PNG_STRATEGY, cv2.IMWRITE_PNG_STRATEGY_DEFAULT]
_COUNTED_AT_ONCE = 1 << 24  # OpenCV's histogram is float32, which is exact for integers up to 2**24


def encode_mask(mask: Mask) -> bytes:
    """Encode a mask as an 8-bit grayscale PNG: lossless, and the same bytes for the same mask.

    Args:
        mask: (H, W) uint8, both sides at least 1.
    """
    if mask.ndim != 2 or mask.dtype != np.uint8 or mask.size == 0:
        raise MaskError(
            f"A mask of {mask.dtype} and shape {mask.shape} could not be encoded as PNG; report this fault."
        )
    # Masks are long runs of equal bytes. Unfiltered rows and run-length matching take a quarter of the time of
    # OpenCV's encoder (17 ms instead of 60 to 110 ms at 2048 px), and the files are smaller.
    height, width = mask.shape
    rows = np.zeros((height, width + 1), np.uint8)  # each row begins with its filter type; 0 is none
    rows[:, 1:] = mask
    deflater = zlib.compressobj(1, zlib.DEFLATED, zlib.MAX_WBITS, zlib.DEF_MEM_LEVEL, zlib.Z_RLE)
    body = deflater.compress(rows.tobytes()) + deflater.flush()
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", body), (b"IEND", b""))
    return _PNG_SIGNATURE + b"".join(_png_chunk(name, data) for name, data in chunks)


def encode_probability(probability: Mask) -> bytes:
    """Encode probabilities as an 8-bit grayscale PNG that `decode_mask` reads; for them smaller than `encode_mask`.

    Args:
        probability: (H, W) uint8, 0 is 0.0 and 255 is 1.0.
    """
    done, data = cv2.imencode(".png", np.ascontiguousarray(probability), _PNG_OPTIONS)
    if not done:
        raise MaskError(
            f"Probabilities of shape {probability.shape} could not be encoded as PNG; report this as a fault."
        )
    return data.tobytes()


def _png_chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(data, zlib.crc32(name)))


def decode_mask(data: bytes) -> Mask:
    """Decode a PNG of `encode_mask` or `encode_probability`.

    Returns:
        (H, W) uint8.

    Raises:
        MaskError: the bytes are not an 8-bit grayscale PNG.
    """
    mask = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED) if data else None
    if mask is None or mask.ndim != 2 or mask.dtype != np.uint8:
        raise MaskError(
            "A stored mask is damaged: it is not an 8-bit grayscale PNG. Restore an earlier revision."
        )
    return mask.astype(np.uint8, copy=False)


def pack(mask: Mask) -> bytes:
    """Compress a mask for transfer: a zlib stream of its row-major bytes, without its shape.

    Args:
        mask: (H, W) uint8.
    """
    # Level 1: masks are long runs of equal bytes; higher levels cost 5 times more and save little.
    return zlib.compress(np.ascontiguousarray(mask, dtype=np.uint8).tobytes(), level=1)


def unpack(data: bytes, shape: tuple[int, int]) -> Mask:
    """Decompress a stream of `pack`, at most to the size of the shape.

    Args:
        data: a complete zlib stream.
        shape: (height, width) that the mask must have.

    Returns:
        (H, W) uint8, writable.

    Raises:
        MaskError: the stream is damaged or truncated, or does not have the size of the shape.
    """
    wanted = shape[0] * shape[1]
    inflater = zlib.decompressobj()
    try:
        # One byte more than expected is enough to detect a stream that is too long.
        raw = inflater.decompress(data, wanted + 1)
    except zlib.error as error:
        raise MaskError("The mask that was sent is damaged; nothing was saved. Send it again.") from error
    if len(raw) != wanted or not inflater.eof or inflater.unused_data:
        raise MaskError(
            f"The mask that was sent does not hold exactly {shape[0]} x {shape[1]} pixels; "
            "nothing was saved. Reload the tile and send it again."
        )
    return np.frombuffer(bytearray(raw), np.uint8).reshape(shape)


def count_ids(mask: Mask) -> npt.NDArray[np.int64]:
    """Count the pixels of each class id.

    Args:
        mask: (H, W) uint8.

    Returns:
        (256,) int64, by class id.
    """
    # 8 times faster than `np.bincount`, which first converts each pixel to 8 bytes.
    counts = np.zeros(256, np.int64)
    pixels = mask.reshape(1, -1)
    for start in range(0, mask.size, _COUNTED_AT_ONCE):
        part = pixels[:, start : start + _COUNTED_AT_ONCE]
        counts += cv2.calcHist([part], [0], None, [256], [0, 256]).ravel().astype(np.int64)
    return counts


def check_mask(mask: Mask, shape: tuple[int, int], class_count: int, name: str) -> None:
    """Check the shape, dtype and class ids of a mask.

    Args:
        shape: (height, width) of the image.
        class_count: number of classes, background included; ids 0 to class_count - 1 and UNSURE may occur.
        name: name of the mask in the error message, usually its file name.

    Raises:
        MaskError: the shape or dtype differs, or an id is out of range.
    """
    if mask.ndim != 2 or mask.dtype != np.uint8:
        raise MaskError(
            f"{name} holds {mask.dtype} of shape {mask.shape}; "
            "a mask is one band of uint8 class ids: convert it."
        )
    if mask.shape != tuple(shape):
        raise MaskError(
            f"{name} is {mask.shape[0]} x {mask.shape[1]} pixels, its image {shape[0]} x {shape[1]} "
            "(height x width); give the mask that belongs to the image."
        )
    counts = count_ids(mask)
    strange = [int(value) for value in np.flatnonzero(counts) if value >= class_count and value != UNSURE]
    if strange:
        listed = ", ".join(map(str, strange[:8])) + (", ..." if len(strange) > 8 else "")
        raise MaskError(
            f"{name} has class ids out of range: {listed}. Allowed are 0 to {class_count - 1} and {UNSURE} "
            "(unsure); correct the mask or set more classes."
        )


def overlay(picture: Mask, mask: Mask, colors: dict[int, str], opacity: float) -> Mask:
    """Draw a mask over a picture.

    Args:
        picture: (H, W) uint8 in gray, or (H, W, 3) uint8 RGB.
        mask: (H, W) uint8 class ids.
        colors: "#rrggbb" by class id; background and ids without a color are not drawn.
        opacity: 0 to 1.

    Returns:
        (H, W, 3) uint8 RGB.
    """
    table = np.zeros((256, 3), np.float32)
    drawn = np.zeros(256, bool)
    for class_id, color in colors.items():
        if class_id != 0:
            table[class_id] = [int(color[start : start + 2], 16) for start in (1, 3, 5)]
            drawn[class_id] = True
    # Seep is a few percent of the pixels: blending only these takes a tenth of the time.
    inside = drawn[mask]
    mixed = np.repeat(picture[:, :, np.newaxis], 3, axis=2) if picture.ndim == 2 else picture.copy()
    tint = table[mask[inside]] * opacity
    mixed[inside] = mixed[inside] * np.float32(1 - opacity) + tint + np.float32(0.5)
    return mixed


def mask_reduced(mask: Mask, factor: int) -> Mask:
    """Downsample a mask: each block has its highest class id, so that thin slicks are kept.

    Args:
        mask: (H, W) uint8; unsure pixels count as background here.
        factor: side of the blocks in pixels, a power of two.
    """
    reduced = np.where(mask == UNSURE, 0, mask).astype(np.uint8)
    while factor > 1:
        padded = padded_to_blocks(reduced, 2, 0)
        reduced = np.maximum(
            np.maximum(padded[::2, ::2], padded[::2, 1::2]), np.maximum(padded[1::2, ::2], padded[1::2, 1::2])
        )
        factor //= 2
    return reduced
