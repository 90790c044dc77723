from pathlib import Path

import numpy as np
import pytest

from seep.core.masks.slick_features import FEATURES, slick_features
from seep.engine.checkpoint import load_checkpoint, new_checkpoint, save_checkpoint
from seep.engine.slick_classes import read_slick_head
from seep.engine.slick_filter import rescored_probability
from seep.engine.slick_head import SlickHead, train_classifier
from seep.engine.unet import UNetConfig
from seep.errors import CheckpointError
from seep.settings import SHIPPED_CHECKPOINT


def test_the_numbers_are_those_of_the_slick_head(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    features = random.normal(3, 2, (40, len(FEATURES))).astype(np.float32)
    head = SlickHead()
    train_classifier(head, features, random.integers(1, 5, 40), 4)
    base = new_checkpoint(UNetConfig(classes=5, width=4, levels=2), seed=0, name="headed")
    path = tmp_path / "headed.safetensors"
    save_checkpoint(path, base.with_slick_head(head.eval(), 0.4))
    found = read_slick_head(path)
    assert found is not None
    for mine, other in (
        (found.probabilities(features), head.probabilities(features)),
        (found.class_probabilities(features), head.class_probabilities(features)),
    ):
        np.testing.assert_allclose(mine, other, atol=1e-5, rtol=1e-4)


def test_the_probability_before_the_slick_head_is_found_again() -> None:
    random = np.random.default_rng(0)
    seep = np.zeros((256, 256), bool)
    for top in range(10, 240, 30):
        seep[top : top + 3 + top // 30, 20 : 60 + top // 2] = True
    seep[100:170, 190:250] = True  # wide: left as it was
    # The rows are of different probability, so that the head scores them differently.
    before = (0.5 + 0.45 * np.linspace(0.2, 1, 256)[:, None] * random.uniform(0.6, 1, seep.shape)).astype(
        np.float32
    )
    before[~seep] = 0.1
    image = np.stack([np.where(seep, -1.5, 0) + random.normal(0, 1, seep.shape), np.ones(seep.shape)]).astype(
        np.float32
    )
    head, found = load_checkpoint(SHIPPED_CHECKPOINT).slick_head, read_slick_head(SHIPPED_CHECKPOINT)
    assert head is not None
    assert found is not None
    slicks = slick_features(seep, before, image)
    scores = head.probabilities(slicks.values)
    scores[slicks.values[:, FEATURES.index("radius_px")] > 20] = np.nan
    kept = seep & ~np.isin(slicks.labels, 1 + np.flatnonzero(scores < 0.3))
    assert np.isnan(scores).any()
    assert (scores >= 0.3).sum() >= 3
    rescored = rescored_probability(before, slicks, scores, (0.3, 0.5))
    stored = (np.round(255 * rescored) / 255).astype(np.float32)
    assert np.abs(stored - before)[kept].mean() > 0.03
    again = found.original_probability(stored, slick_features(kept, stored, image), (0.3, 0.5), 20)
    assert np.abs(again - before)[kept].mean() < 0.01
    np.testing.assert_array_equal(again[~kept], stored[~kept])


def test_a_checkpoint_without_classes_has_no_classes(tmp_path: Path) -> None:
    base = new_checkpoint(UNetConfig(width=4, levels=2), seed=0, name="plain")
    save_checkpoint(tmp_path / "plain.safetensors", base)
    save_checkpoint(tmp_path / "headed.safetensors", base.with_slick_head(SlickHead(), 0.4))
    assert read_slick_head(tmp_path / "plain.safetensors") is None
    assert read_slick_head(tmp_path / "headed.safetensors") is None


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "damaged.safetensors"
    for content in (None, b"nothing of this kind"):
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(CheckpointError, match=r"damaged\.safetensors cannot be read"):
            read_slick_head(path)
