"""The checkpoint in models/ as a user gets it."""

import json

import numpy as np
import pytest
import torch

from seep.core.image.normalize import statistics_of
from seep.core.masks.dark_areas import DARK_AREA_DEPTH
from seep.core.metrics.model_metrics import metrics_by_split
from seep.core.synthesis.scene import synthesize_scene
from seep.engine.checkpoint import load_checkpoint
from seep.engine.inference.network import Network
from seep.engine.inference.predict import Predictor
from seep.settings import MODELS, SHIPPED_CHECKPOINT

EVERY_FILE = sorted(MODELS.glob("*.safetensors"))
MOST_BYTES = 100_000_000
"""All of the folder together."""


@pytest.fixture(scope="module")
def shipped():
    return load_checkpoint(SHIPPED_CHECKPOINT)


def test_it_asks_about_the_dark_areas_that_it_does_not_predict(shipped):
    """It was trained without wide slicks, so without the question oil sheets would be missed."""
    assert shipped.card["training"]["config"]["ignore_above_radius_px"] > 0
    assert shipped.decision.dark_area_depth == DARK_AREA_DEPTH


@pytest.mark.parametrize("path", EVERY_FILE, ids=lambda path: path.stem)
def test_every_shipped_checkpoint_loads_and_predicts(path):
    one = load_checkpoint(path)
    assert json.loads(path.with_suffix(".json").read_text()) == one.card
    config = one.model.config
    image = np.random.default_rng(0).integers(1, 900, (64, 64, config.bands)).astype(np.uint16)
    one.card["flips"] = False
    predictor = Predictor(one, "cpu")
    (found,) = predictor.predict([image], [statistics_of([image], 0)], 0)
    assert found.mask.shape == (64, 64)
    assert found.mask.max() < config.classes
    assert np.isfinite(found.seep_probability).all()


def test_the_folder_of_models_stays_small_and_holds_no_stray_file():
    assert EVERY_FILE
    assert sum(path.stat().st_size for path in MODELS.iterdir()) < MOST_BYTES
    assert {path.suffix for path in MODELS.iterdir()} <= {".safetensors", ".json", ".md"}


def test_openvino_says_of_it_what_torch_says(shipped):
    batch = torch.randn((2, 2, 64, 96), generator=torch.Generator().manual_seed(0))
    cpu = torch.device("cpu")
    ready = Network(shipped.model, cpu, "openvino")
    torch.testing.assert_close(ready(batch), Network(shipped.model, cpu, "torch")(batch), atol=1e-4, rtol=0)
    assert ready.backend == "openvino"


def test_it_is_small_and_its_cards_agree(shipped):
    assert SHIPPED_CHECKPOINT.stat().st_size < 40_000_000
    assert json.loads(SHIPPED_CHECKPOINT.with_suffix(".json").read_text()) == shipped.card
    words = SHIPPED_CHECKPOINT.with_suffix(".md").read_text()
    _, metrics = next(iter(metrics_by_split(shipped.card["figures"]).items()))
    assert f"{metrics.binary_iou:.3f}" in words


def test_its_card_tells_everything(shipped):
    card = shipped.card
    assert card["name"] == "seep-base"
    assert card["classes"]["count"] == 8
    assert all(card[key] for key in ("created", "data", "limits", "training"))
    splits = [set(card["splits"][name]) for name in ("train", "validation", "test")]
    assert splits[0]
    assert not splits[0] & splits[1] | splits[0] & splits[2] | splits[1] & splits[2]


def test_its_figures_are_of_scenes_that_were_left_out(shipped):
    source, metrics = next(iter(metrics_by_split(shipped.card["figures"]).items()))
    seen = set(shipped.card["splits"]["train"])
    assert metrics.binary_iou >= 0.35
    assert source == "folds" or not seen & set(metrics.scene_names)


def test_it_finds_synthetic_slicks_and_leaves_clean_sea_alone(shipped):
    predictor = Predictor(shipped, "cpu")
    hits = union = alarms = 0
    for seed in (501, 502):
        scene = synthesize_scene(seed, 256, 256, 0)
        clean = synthesize_scene(seed, 256, 256, 0, seep_share=0.0)
        images = [scene.image, clean.image]
        one, two = predictor.predict(images, [statistics_of([image], 0) for image in images], 0)
        hits += int(np.count_nonzero((one.mask > 0) & (scene.mask > 0)))
        union += int(np.count_nonzero((one.mask > 0) | (scene.mask > 0)))
        alarms += two.seep_area_px
    assert hits / union > 0.3
    assert alarms / (2 * 256 * 256) < 0.02
