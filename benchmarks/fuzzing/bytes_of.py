"""Mutations that know nothing of a format: flipped bytes, cuts, splices, repeats."""

import numpy as np

INTERESTING = (0, 1, 2, 3, 7, 8, 15, 16, 17, 127, 128, 255, 256, 32767, 32768, 65535, 65536)
INTERESTING_32 = (*INTERESTING, 2**24, 2**31 - 1, 2**31, 2**32 - 1, 2**32 - 8)


def flip(data: bytearray, random: np.random.Generator, times: int) -> None:
    """Overwrite bytes anywhere, half of them near the start, where headers are."""
    for _ in range(times):
        reach = len(data) if random.random() < 0.5 else min(len(data), 300)
        if reach:
            data[int(random.integers(reach))] = int(random.integers(256))


def truncate(data: bytearray, random: np.random.Generator) -> None:
    """Cut the end off."""
    del data[int(random.integers(len(data) + 1)) :]


def splice(data: bytearray, random: np.random.Generator) -> None:
    """Copy a piece of the file over, or between, another."""
    if len(data) < 8:
        return
    start, end = sorted(random.integers(0, len(data), 2))
    piece = bytes(data[start : min(end, start + 4096)])
    at = int(random.integers(len(data)))
    if random.random() < 0.5:
        data[at : at + len(piece)] = piece
    else:
        data[at:at] = piece


def whole(random: np.random.Generator) -> int:
    """A 32-bit number that is often at an edge."""
    if random.random() < 0.7:
        return int(random.choice(np.array(INTERESTING_32, np.int64)))
    return int(random.integers(2**32))


def anyhow(data: bytearray, random: np.random.Generator) -> None:
    """One of the above."""
    choice = random.random()
    if choice < 0.5:
        flip(data, random, int(random.integers(1, 12)))
    elif choice < 0.75:
        truncate(data, random)
    else:
        splice(data, random)
