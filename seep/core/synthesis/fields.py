"""Random fields for the sea, slicks and look-alikes."""

import cv2
import numpy as np
from numpy.typing import NDArray

Field = NDArray[np.float32]


def _frequencies(shape: tuple[int, int], angle: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return frequencies in cycles per cell along and across ``angle`` (radians, 0 = along x, increasing toward y)."""
    down = np.fft.fftfreq(shape[0])[:, None]
    right = np.fft.rfftfreq(shape[1])[None, :]
    along = right * np.cos(angle) + down * np.sin(angle)
    across = down * np.cos(angle) - right * np.sin(angle)
    return along, across


def filtered_noise(rng: np.random.Generator, shape: tuple[int, int], gain: NDArray[np.float64]) -> Field:
    """Filter white Gaussian noise in the frequency domain: float32 (H, W), expected mean 0 and variance 1.

    ``gain`` has the shape of ``np.fft.rfft2`` of the field. The result is scaled by the power of the filter, not of the
    sample, so that a field with a correlation length above the scene size remains a gentle gradient.
    """
    spectrum = np.fft.rfft2(rng.standard_normal(shape, dtype=np.float32)) * gain
    weights = np.full(gain.shape[1], 2.0)
    weights[0] = 1.0
    if shape[1] % 2 == 0:
        weights[-1] = 1.0
    power = float(np.sum(gain**2 * weights)) / (shape[0] * shape[1])
    noise = np.fft.irfft2(spectrum, s=shape) / np.sqrt(max(power, 1e-12))
    return np.asarray(noise, dtype=np.float32)


def smooth_field(
    rng: np.random.Generator, shape: tuple[int, int], along: float, across: float, angle: float = 0.0
) -> Field:
    """Return a Gaussian random field with Gaussian correlation: float32 (H, W), mean 0, variance about 1.

    ``along`` and ``across`` are the smoothing lengths (px) parallel and perpendicular to ``angle``. Fields with large
    lengths are computed on a coarse grid and interpolated, so that a scene takes about 1 s.
    """
    step = max(1, int(min(along, across) / 2))
    # The margin is twice the smoothing length: the periodic transform correlates opposite borders.
    lattice = tuple(int(np.ceil((side + 2 * min(along, side)) / step)) + 2 for side in shape)
    small = (lattice[0], lattice[1])
    fa, fb = _frequencies(small, angle)
    gain = np.exp(-2 * np.pi**2 * ((along / step * fa) ** 2 + (across / step * fb) ** 2))
    noise = filtered_noise(rng, small, gain)
    if step == 1:
        return noise[: shape[0], : shape[1]]
    cells = (-(-shape[0] // step) + 1, -(-shape[1] // step) + 1)
    noise = noise[: cells[0], : cells[1]]
    wide = cv2.resize(noise, (cells[1] * step, cells[0] * step), interpolation=cv2.INTER_CUBIC)
    return np.asarray(wide[: shape[0], : shape[1]], dtype=np.float32)


def wave_field(
    rng: np.random.Generator, shape: tuple[int, int], wavelength: float, angle: float, spread: float = 0.35
) -> Field:
    """Return linear random-phase waves of a narrow band (Longuet-Higgins 1957): float32 (H, W), mean 0, variance 1.

    The band is Gaussian around ``wavelength`` (px), with the relative width ``spread``; the waves travel along
    ``angle`` (radians).
    """
    fa, fb = _frequencies(shape, angle)
    center = 1 / wavelength
    width = spread * center
    gain = np.exp(-(((np.abs(fa) - center) ** 2 + fb**2) / (2 * width**2)))
    return filtered_noise(rng, shape, gain)
