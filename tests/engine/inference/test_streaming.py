from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from seep.core.geo.grid import Window
from seep.core.image.normalize import statistics_of
from seep.core.masks.components import slicks
from seep.core.synthesis.scene import synthesize_scene
from seep.engine.checkpoint import Checkpoint, load_checkpoint, new_checkpoint
from seep.engine.inference import streaming
from seep.engine.inference.network import Network
from seep.engine.inference.predict import Predictor
from seep.engine.inference.streaming import Streamer, Strip
from seep.engine.slick_head import SlickHead
from seep.engine.unet import UNetConfig
from tests.streets import blocks, write_street_checkpoint

STEP_PX = 192


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streaming, "STEP_PX", STEP_PX)
    monkeypatch.setattr(streaming, "BLOCK_PX", STEP_PX + 2 * streaming.MARGIN_PX)


@pytest.fixture(scope="module")
def checkpoint() -> Checkpoint:
    """A tiny network with strong opinions, so that there is something to compare."""
    made = new_checkpoint(UNetConfig(bands=1, classes=8, levels=2, width=4), seed=1, name="tiny")
    with torch.no_grad():
        made.model.seep_head.weight.mul_(10)
        made.model.seep_head.bias.zero_()
    return made


@pytest.fixture(scope="module")
def scene() -> np.ndarray:
    return synthesize_scene(3, 300, 500, wedges=False).image


def stream(predictor: Predictor, image: np.ndarray, first_row: int = 0) -> list[Strip]:
    def read(window: Window) -> np.ndarray:
        return image[window.y : window.y + window.height, window.x : window.x + window.width]

    statistics = statistics_of([image], 0)
    return list(Streamer(predictor).strips(read, image.shape[:2], statistics, 0, first_row=first_row))


def test_strips_cover_the_image_once(checkpoint: Checkpoint, scene: np.ndarray) -> None:
    strips = stream(Predictor(checkpoint, "cpu"), scene)
    assert [(strip.top, *strip.best.shape) for strip in strips] == [
        (0, STEP_PX, 500),
        (STEP_PX, 300 - STEP_PX, 500),
    ]


def test_the_stream_says_what_one_large_window_says(checkpoint: Checkpoint, scene: np.ndarray) -> None:
    predictor = Predictor(checkpoint, "cpu")
    predictor.flips, predictor.decision = False, replace(predictor.decision, threshold=0.45)
    strips = stream(predictor, scene)
    (whole,) = predictor.predict([scene], [statistics_of([scene], 0)], 0)
    # Beyond the right and lower edge a block goes on with pixels that were not measured, a window ends.
    inside = (slice(None, -24), slice(None, -24))
    found = np.concatenate([strip.probability for strip in strips])[inside]
    assert np.abs(found - np.rint(whole.seep_probability * 255)[inside]).max() <= 1
    seep = np.concatenate([strip.best for strip in strips])[inside] > 0
    wanted = whole.mask[inside] > 0
    assert wanted.any()
    assert (seep & wanted).sum() >= 0.999 * (seep | wanted).sum()


def test_a_card_decides_for_streams_as_for_tiles(checkpoint: Checkpoint, scene: np.ndarray) -> None:
    card = checkpoint.card | {"least_px": 40, "temperature": 2.0, "class_offsets": [0.0] * 6 + [20.0]}
    predictor = Predictor(Checkpoint(checkpoint.model, card | {"flips": False, "threshold": 0.475}), "cpu")
    found = np.concatenate([strip.best for strip in stream(predictor, scene)])[:-24, :-24]
    (whole,) = predictor.predict([scene], [statistics_of([scene], 0)], 0)
    wanted = whole.mask[:-24, :-24]
    assert set(np.unique(found)) == {0, 7}
    assert (found == wanted).mean() > 0.999
    loose = Predictor(Checkpoint(checkpoint.model, card | {"least_px": 0, "threshold": 0.475}), "cpu")
    plain = np.concatenate([strip.best for strip in stream(loose, scene)])
    areas = [one.area_px for one in slicks((plain > 0).astype(np.uint8))[1]]
    assert min(areas) < 40  # there was something to drop
    inner = slicks((found > 0).astype(np.uint8))[1]
    assert sum(one.area_px < 40 for one in inner) <= 3  # those that the edge of the comparison cuts


def test_a_slick_head_decides_for_streams_too(checkpoint: Checkpoint, scene: np.ndarray) -> None:
    card = checkpoint.card | {"least_px": 40, "threshold": 0.475, "wide_radius_px": 500}
    plain = Checkpoint(checkpoint.model, card)
    found = {}
    for name, logit in (("kept", 9.0), ("removed", -9.0)):
        head = SlickHead()
        with torch.no_grad():
            head.weights[-1].zero_()
            head.biases[-1].fill_(logit)
        strips = stream(Predictor(plain.with_slick_head(head, 0.5), "cpu"), scene)
        found[name] = np.concatenate([strip.best for strip in strips])
    expected = np.concatenate([strip.best for strip in stream(Predictor(plain, "cpu"), scene)])
    assert expected.any()
    assert (found["kept"] == expected).mean() > 0.999
    assert not found["removed"].any()


def test_a_stream_that_begins_further_down_says_the_same(checkpoint: Checkpoint, scene: np.ndarray) -> None:
    predictor = Predictor(checkpoint, "cpu")
    (last,) = stream(predictor, scene, first_row=250)
    whole = stream(predictor, scene)[-1]
    assert last.top == STEP_PX
    np.testing.assert_array_equal(last.best, whole.best)
    np.testing.assert_array_equal(last.probability, whole.probability)


def test_without_openvino_torch_computes(checkpoint: Checkpoint, scene: np.ndarray) -> None:
    predictor, part = Predictor(checkpoint, "cpu"), scene[:150, :300]
    predictor.networks = [Network(checkpoint.model, predictor.device, "openvino")]
    quick = stream(predictor, part)[0]
    predictor.networks = [Network(checkpoint.model, predictor.device, "torch")]
    slow = stream(predictor, part)[0]
    assert np.abs(quick.probability.astype(int) - slow.probability).max() <= 1


def test_where_nothing_was_measured_nothing_is_found(checkpoint: Checkpoint) -> None:
    image = np.zeros((190, 700), np.uint16)
    image[:, :200] = synthesize_scene(1, 190, 200, wedges=False).image
    (strip,) = stream(Predictor(checkpoint, "cpu"), image)
    assert not strip.best[:, 200:].any()
    assert not strip.probability[:, 200:].any()


def test_seep_or_not_is_one_class(checkpoint: Checkpoint, scene: np.ndarray) -> None:
    (strip,) = stream(Predictor(checkpoint, "cpu", classes=2), scene[:150, :300])
    assert set(np.unique(strip.best)) == {0, 1}


@pytest.mark.parametrize("classes", [None, 2])
def test_a_network_with_a_softmax_gives_each_pixel_its_likeliest_class(
    tmp_path: Path, classes: int | None
) -> None:
    image = blocks()
    predictor = Predictor(
        load_checkpoint(write_street_checkpoint(tmp_path / "street.safetensors")), "cpu", classes
    )
    predictor.flips = False
    (whole,) = predictor.predict([image], [statistics_of([image], 0)], 0)
    found = np.concatenate([strip.best for strip in stream(predictor, image)])
    inside = (slice(None, -24), slice(None, -24))
    assert whole.mask.max() == (4 if classes is None else 1)
    assert (found[inside] == whole.mask[inside]).mean() > 0.999


def test_a_stream_can_be_ended(checkpoint: Checkpoint, scene: np.ndarray, tmp_path: Path) -> None:
    streamer = Streamer(Predictor(checkpoint, "cpu"))
    asked: list[tuple[int, int]] = []

    def end(done: int, total: int) -> bool:
        asked.append((done, total))
        return True

    found = streamer.strips(
        lambda w: scene[w.y : w.y + w.height, w.x : w.x + w.width],
        scene.shape, statistics_of([scene], 0), 0, on_block=end,
    )  # fmt: skip
    assert list(found) == []
    assert asked == [(1, 6)]
