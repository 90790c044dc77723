import numpy as np
import pytest
import torch
from torch import nn

from seep.engine.inference import windows
from seep.engine.inference.windows import Ensemble, run_ensemble
from seep.errors import DeviceMemoryError


def probabilities(run, images, multiple, flips=False):
    for one in run_ensemble(Ensemble([run], multiple=multiple, flips=flips), images):
        yield one.classes


class Echo(nn.Module):
    """Says of each pixel what its first channel holds, averaged over its neighbors."""

    def forward(self, x):
        blurred = nn.functional.avg_pool2d(x[:, :1], 9, 1, 4, count_include_pad=True)
        return torch.cat((1 - blurred.sigmoid(), blurred.sigmoid()), dim=1)


def image(height, width, seed=0):
    return np.random.default_rng(seed).normal(size=(2, height, width)).astype(np.float32)


@pytest.mark.parametrize("size", [(16, 16), (17, 30), (1, 1), (100, 7)])
def test_any_size_comes_back_in_its_own_size(size):
    (found,) = probabilities(Echo(), [image(*size)], multiple=16)
    assert found.shape == (2, *size)
    np.testing.assert_allclose(found.sum(axis=0), 1, atol=1e-6)


def test_the_order_is_kept_over_mixed_sizes():
    images = [image(20, 20, 0), image(20, 20, 1), image(8, 30, 2), image(20, 20, 3)]
    together = list(probabilities(Echo(), images, multiple=4))
    alone = [next(probabilities(Echo(), [one], multiple=4)) for one in images]
    for one, two in zip(together, alone, strict=True):
        np.testing.assert_allclose(one, two, atol=1e-6)


def test_windows_leave_no_seam(monkeypatch):
    whole = next(probabilities(Echo(), [image(300, 211)], multiple=16))
    monkeypatch.setattr(windows, "WINDOW_PX", 96)
    monkeypatch.setattr(windows, "MARGIN_PX", 16)
    pieces = next(probabilities(Echo(), [image(300, 211)], multiple=16))
    np.testing.assert_allclose(pieces, whole, atol=1e-6)


@pytest.mark.parametrize("length", [1, 96, 97, 160, 161, 500])
def test_windows_cover_a_side_once(monkeypatch, length):
    monkeypatch.setattr(windows, "WINDOW_PX", 96)
    monkeypatch.setattr(windows, "MARGIN_PX", 16)
    covered = np.zeros(length, int)
    for start, low, high in windows._spans(length):
        assert start <= low < high <= min(length, start + 96)
        covered[low:high] += 1
    assert (covered == 1).all()


def test_a_full_gpu_halves_the_batch():
    class Small(Echo):
        def forward(self, x):
            if len(x) > 1:
                raise torch.OutOfMemoryError("full")
            return super().forward(x)

    images = [image(8, 8, n) for n in range(5)]
    for one, two in zip(
        probabilities(Small(), images, multiple=4),
        probabilities(Echo(), images, multiple=4),
        strict=True,
    ):
        np.testing.assert_allclose(one, two, atol=1e-6)


@pytest.mark.parametrize(("side", "told"), [(8, "8 x 8 px"), (100, "96 x 96 px")])
def test_an_image_that_does_not_fit_alone_is_told_with_its_size(monkeypatch, side, told):
    """Of a large one it is a window that does not fit."""
    monkeypatch.setattr(windows, "WINDOW_PX", 96)
    monkeypatch.setattr(windows, "MARGIN_PX", 16)

    class Full(Echo):
        def forward(self, x):
            raise torch.OutOfMemoryError("CUDA out of memory")

    with pytest.raises(DeviceMemoryError, match=f"{told} does not fit the memory of the device cpu"):
        list(probabilities(Full(), [image(side, side)] * 3, multiple=4))


def test_flips_average_out_what_depends_on_direction():
    class Leaning(nn.Module):
        """Calls the left and the upper half of any image seep."""

        def forward(self, x):
            seep = torch.full_like(x[:, :1], -9.0)
            seep[..., : x.shape[3] // 2] += 9
            seep[..., : x.shape[2] // 2, :] += 9
            return torch.cat((1 - seep.sigmoid(), seep.sigmoid()), dim=1)

    plain = next(probabilities(Leaning(), [image(16, 16)], multiple=16))
    even = next(probabilities(Leaning(), [image(16, 16)], multiple=16, flips=True))
    assert plain[1].std() > 0.3
    assert even[1].std() < 1e-6
    np.testing.assert_allclose(even.sum(axis=0), 1, atol=1e-6)


def test_flips_fit_images_of_odd_sides():
    one = image(19, 33)
    found = next(probabilities(Echo(), [one], multiple=1, flips=True))
    np.testing.assert_allclose(found, next(probabilities(Echo(), [one], multiple=1)), atol=1e-6)
