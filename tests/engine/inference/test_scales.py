from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from seep.core.geo.grid import Window
from seep.core.image.grain import grain_of, image_grain, sampled_grain, scene_grain
from seep.core.image.normalize import Statistics, normalize, statistics_of
from seep.engine.checkpoint import Checkpoint, load_checkpoint, new_checkpoint, save_checkpoint
from seep.engine.inference.predict import Predictor
from seep.engine.inference.scales import run_at_scales, shrink
from seep.engine.inference.streaming import Streamer
from seep.engine.inference.windows import Ensemble
from seep.engine.scale_rule import SCALES, ScaleRule
from seep.engine.unet import UNetConfig
from seep.errors import CheckpointError

PLAIN = Statistics((-9.0,), (9.0,), (0.0,), (1.0,))


def speckle(side: int = 256, zoom: int = 1) -> NDArray[np.float32]:
    """White speckle, resampled to smaller pixels: float32 (side, side)."""
    noise = np.random.default_rng(0).normal(size=(side // zoom, side // zoom)).astype(np.float32)
    return cv2.resize(noise, (side, side), interpolation=cv2.INTER_CUBIC).astype(np.float32)


def normalized(plane: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.stack([plane, np.ones_like(plane)])


def narrow_view(batch: Tensor) -> Tensor:
    """A network that finds dark areas of at most 12 px: those darker than the mean of 25 x 25 px."""
    dark = batch[:, :1]
    around = torch.nn.functional.avg_pool2d(dark, 25, 1, 12, count_include_pad=False)
    seep = ((around - dark) > 1).float() * 0.9
    return torch.cat((1 - seep, seep), dim=1)


def ensemble(run: Callable[[Tensor], Tensor] = narrow_view) -> Ensemble:
    return Ensemble([run], seep=lambda classes: 1 - classes[:, 0] >= 0.5)


def sheet_and_line() -> NDArray[np.float32]:
    """Sea at 0 with a sheet of 60 px and a line of 4 px, both dark."""
    plane = np.zeros((256, 256), np.float32)
    plane[40:100, 40:100] = -3
    plane[200:204, 20:236] = -3
    return plane


def test_resampled_speckle_has_more_grain_than_white_speckle() -> None:
    white, doubled, tripled = (grain_of(normalized(speckle(zoom=zoom))) for zoom in (1, 2, 4))
    assert white is not None
    assert doubled is not None
    assert tripled is not None
    assert white == pytest.approx(0.27, abs=0.04)
    assert white < 0.45 < doubled < tripled


def test_grain_does_not_depend_on_contrast_oil_or_nodata() -> None:
    plane = speckle()
    expected = grain_of(normalized(plane))
    changed = normalized(plane * 3 - np.where(sheet_and_line() < 0, 5, 0).astype(np.float32) + 1)
    changed[:, :, :96] = 0
    assert grain_of(changed) == pytest.approx(expected, abs=0.03)


@pytest.mark.parametrize("side", [1, 5, 20])
def test_small_images_have_no_grain(side: int) -> None:
    assert grain_of(normalized(np.random.default_rng(1).normal(size=(side, side)).astype(np.float32))) is None


def test_a_flat_image_has_no_grain() -> None:
    assert grain_of(normalized(np.zeros((64, 64), np.float32))) is None


def test_scales_follow_the_grain() -> None:
    rule = ScaleRule(SCALES, 0.45)
    assert rule.of(0.3) == rule.of(0.45) == rule.of(None) == (1.0,)
    assert rule.of(0.46) == SCALES
    assert ScaleRule(SCALES).of(None) == SCALES


def test_wide_oil_is_added_from_lower_resolutions_and_thin_slicks_stay() -> None:
    image = normalized(sheet_and_line())
    ((fine, _),) = run_at_scales(ensemble(), [image], ScaleRule())
    ((fused, used),) = run_at_scales(ensemble(), [image], ScaleRule(SCALES))
    assert used == SCALES
    center, line = np.s_[1, 60:80, 60:80], np.s_[1, 200:204, 30:226]
    assert fine.classes[center].max() == 0
    assert fused.classes[center].mean() > 0.5
    np.testing.assert_array_equal(fused.classes[line], fine.classes[line])
    np.testing.assert_allclose(fused.classes.sum(axis=0), 1, atol=1e-5)
    assert fused.seep[0][60:80, 60:80].mean() > 0.5
    far = np.s_[1, 120:180, 120:]
    assert fused.classes[far].max() == 0


def test_what_is_not_wide_at_a_lower_resolution_does_not_count() -> None:
    specks = np.zeros((256, 256), np.float32)
    specks[100:108, 100:108] = -3

    def only_small_images(batch: Tensor) -> Tensor:
        return (
            narrow_view(batch)
            if batch.shape[-1] < 256
            else torch.cat((batch[:, 1:], batch[:, 1:] * 0), dim=1)
        )

    ((fused, _),) = run_at_scales(ensemble(only_small_images), [normalized(specks)], ScaleRule(SCALES))
    assert fused.classes[1].max() == 0


def test_images_of_one_batch_can_have_different_scales() -> None:
    images = [normalized(speckle(zoom=zoom)) for zoom in (1, 4, 1)]
    found = list(run_at_scales(ensemble(), images, ScaleRule(SCALES, 0.45)))
    assert [used for _, used in found] == [(1.0,), SCALES, (1.0,)]
    (alone,) = run_at_scales(ensemble(), images[1:2], ScaleRule(SCALES, 0.45))
    np.testing.assert_array_equal(found[1][0].classes, alone[0].classes)


@pytest.mark.parametrize("shape", [(256, 256), (101, 77), (3, 2)])
def test_one_lower_scale_gives_the_size_of_the_image(shape: tuple[int, int]) -> None:
    image = normalized(np.zeros(shape, np.float32))
    ((output, used),) = run_at_scales(ensemble(), [image], ScaleRule((0.25,)))
    assert used == (0.25,)
    assert output.classes.shape == (2, *shape)
    assert output.seep.shape == (1, *shape)


def test_nodata_does_not_darken_a_lower_resolution() -> None:
    image = normalized(np.full((64, 64), 2, np.float32))
    image[:, :, :30] = 0
    small = shrink(image, 0.25)
    assert small.shape == (2, 16, 16)
    np.testing.assert_allclose(small[0][small[1] > 0], 2, atol=1e-5)
    assert (small[0][small[1] == 0] == 0).all()
    assert small[1].sum() == 16 * 9


@pytest.fixture
def checkpoint() -> Checkpoint:
    made = new_checkpoint(UNetConfig(bands=1, classes=3, levels=2, width=4), seed=1, name="tiny")
    with torch.no_grad():
        made.model.seep_head.weight.mul_(10)
        made.model.seep_head.bias.zero_()
    made.card.update(scales=[1.0, 0.5, 0.25], scales_above_grain=0.45)
    return made


def test_a_predictor_tells_which_scales_it_used(checkpoint: Checkpoint) -> None:
    images, statistics = [speckle(128), speckle(128, zoom=4)], [PLAIN, PLAIN]

    def used(scale: str) -> list[tuple[float, ...]]:
        return [
            one.scales for one in Predictor(checkpoint, "cpu", scale=scale).predict(images, statistics, None)
        ]

    assert used("auto") == [(1.0,), SCALES]
    assert used("all") == [SCALES, SCALES]
    assert used("1/2") == [(0.5,), (0.5,)]
    assert used("1") == [(1.0,), (1.0,)]
    with pytest.raises(ValueError, match="the scale '2'"):
        Predictor(checkpoint, "cpu", scale="2")


def test_the_grain_of_the_scene_decides_for_all_of_its_tiles(checkpoint: Checkpoint) -> None:
    images = [speckle(128), speckle(128, zoom=4)]
    predictor = Predictor(checkpoint, "cpu")

    def used(grain: float) -> list[tuple[float, ...]]:
        return [one.scales for one in predictor.predict(images, [replace(PLAIN, grain=grain)] * 2, None)]

    assert used(0.3) == [(1.0,), (1.0,)]
    assert used(0.6) == [SCALES, SCALES]


def test_blocks_of_a_large_image_follow_the_grain_of_its_statistics(checkpoint: Checkpoint) -> None:
    streamer = Streamer(Predictor(checkpoint, "cpu"))

    def unread(window: Window) -> NDArray[np.float32]:
        raise AssertionError(window)

    shape = (256, 256)
    assert streamer.scales_of(unread, shape, replace(PLAIN, grain=0.3), None).scales == (1.0,)
    assert streamer.scales_of(unread, shape, replace(PLAIN, grain=0.6), None).scales == SCALES


@pytest.mark.parametrize("dtype", [np.float32, np.uint8, np.uint16])
def test_an_image_has_the_same_grain_before_it_is_normalized(dtype: type) -> None:
    image = (speckle(zoom=2) * 20 + 100).astype(dtype)
    image[:, :64] = 0
    normal = normalize(image, statistics_of([image], 0), 0)
    assert image_grain(image, 0) == pytest.approx(grain_of(normal), abs=0.03)
    assert image_grain(np.stack([image, image], axis=2), 0) == pytest.approx(image_grain(image, 0))


def test_a_large_image_has_the_grain_of_its_parts() -> None:
    image = speckle(1024, zoom=2)

    def read(x: int, y: int, width: int, height: int) -> NDArray[np.float32]:
        return image[y : y + height, x : x + width]

    assert sampled_grain(read, image.shape, None) == pytest.approx(image_grain(image, None), abs=0.03)
    assert sampled_grain(read, (600, 300), None) == pytest.approx(image_grain(image, None), abs=0.03)


def test_the_grain_of_a_scene_is_the_median_of_its_tiles() -> None:
    assert scene_grain([0.3, None, 0.9, 0.4]) == 0.4
    assert scene_grain([None, None]) is None


def test_images_of_a_known_grain_are_predicted_as_without_scales(checkpoint: Checkpoint) -> None:
    (with_scales,) = Predictor(checkpoint, "cpu").predict([speckle(128)], [PLAIN], None)
    (without,) = Predictor(checkpoint, "cpu", scale="1").predict([speckle(128)], [PLAIN], None)
    np.testing.assert_array_equal(with_scales.probabilities, without.probabilities)


def test_a_large_image_has_the_same_scales_everywhere(checkpoint: Checkpoint) -> None:
    checkpoint.card["flips"] = False
    for zoom in (1, 4):
        image = speckle(256, zoom)

        def read(window: Window, image: NDArray[np.float32] = image) -> NDArray[np.float32]:
            return image[window.y : window.y + window.height, window.x : window.x + window.width]

        predictor = Predictor(checkpoint, "cpu")
        (strip,) = Streamer(predictor).strips(read, (256, 256), PLAIN, None)
        padded = np.zeros((1536, 1536), np.float32)
        padded[:256, :256] = image
        (whole,) = Predictor(checkpoint, "cpu").predict([image], [PLAIN], None)
        assert whole.scales == (SCALES if zoom == 4 else (1.0,))
        np.testing.assert_array_equal(strip.best[:200, :200], whole.mask[:200, :200])


@pytest.mark.parametrize(
    "wrong",
    [
        {"scales": [0.5, 1.0]},
        {"scales": []},
        {"scales": "1"},
        {"scales": [1.0, 0.3]},
        {"scales": [1.0, 1.0]},
        {"scales": [[1.0]]},
        {"scales_above_grain": -1},
        {"scales_above_grain": True},
        {"scales_above_grain": "0.4"},
    ],
)
def test_cards_with_unusable_scales_are_refused(tmp_path, checkpoint: Checkpoint, wrong: dict) -> None:
    checkpoint.card.update(wrong)
    save_checkpoint(tmp_path / "wrong.safetensors", checkpoint)
    with pytest.raises(CheckpointError, match=next(iter(wrong))):
        load_checkpoint(tmp_path / "wrong.safetensors")
