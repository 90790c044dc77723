from dataclasses import replace

import numpy as np
import pytest
import torch

from seep.core.image.normalize import statistics_of
from seep.engine.checkpoint import adapt, new_checkpoint
from seep.engine.decision import Decision
from seep.engine.inference.network import fused
from seep.engine.inference.predict import Predictor, threshold_masks
from seep.engine.slick_head import SlickHead
from seep.errors import CheckpointError, DeviceMemoryError
from tests.engine.conftest import TINY


@pytest.fixture
def predictor(checkpoint):
    """Random weights that call about half of the pixels seep."""
    with torch.no_grad():
        checkpoint.model.seep_head.bias.zero_()
        checkpoint.model.seep_head.weight.mul_(4)
    return Predictor(checkpoint, "cpu")


def predict(predictor, *tiles):
    return predictor.predict([t.image for t in tiles], [t.statistics for t in tiles], 0)


def test_shapes_types_and_ranges(predictor, make_tile):
    (found,) = predict(predictor, make_tile())
    assert found.mask.shape == found.seep_probability.shape == (64, 64)
    assert found.mask.dtype == np.uint8
    assert found.mask.max() <= 2
    assert found.probabilities.shape == (3, 64, 64)
    assert found.probabilities.dtype == np.float16
    np.testing.assert_allclose(found.probabilities.astype(float).sum(axis=0), 1, atol=2e-3)
    assert found.seep_probability.dtype == np.float32
    assert all(
        0 <= value <= 1 for value in (found.values.likely_wrong, found.values.useful, found.values.confident)
    )
    assert found.seep_area_px == np.count_nonzero(found.mask) > 0


def test_the_mask_is_the_probability_cut_at_the_threshold(checkpoint, make_tile):
    for threshold in (0.02, 0.04, 0.9):
        checkpoint.card["threshold"] = threshold
        (found,) = predict(Predictor(checkpoint, "cpu"), make_tile())
        np.testing.assert_array_equal(found.mask > 0, found.seep_probability >= np.float32(threshold))


@pytest.fixture
def make_head():
    """Heads that give the same probability to every slick."""

    def make(logit):
        head = SlickHead()
        with torch.no_grad():
            head.weights[-1].zero_()
            head.biases[-1].fill_(logit)
        return head

    return make


def test_a_slick_head_removes_look_alikes_and_keeps_slicks(predictor, checkpoint, make_tile, make_head):
    (plain,) = predict(predictor, make_tile())
    assert plain.seep_area_px
    (sure,) = predict(Predictor(checkpoint.with_slick_head(make_head(9.0), 0.5), "cpu"), make_tile())
    np.testing.assert_array_equal(sure.mask, plain.mask)
    (none,) = predict(Predictor(checkpoint.with_slick_head(make_head(-9.0), 0.5), "cpu"), make_tile())
    assert none.seep_area_px == 0
    assert none.seep_probability.max() < checkpoint.threshold
    assert none.values.confident != plain.values.confident
    for found in (sure, none):
        seep = 1 - found.probabilities[0].astype(np.float32)
        np.testing.assert_allclose(seep, found.seep_probability, atol=2e-3)
        assert (found.seep_probability[:, :3] == 0).all()  # no data


def test_the_score_of_a_slick_follows_the_head(checkpoint, predictor, make_tile, make_head):
    means = []
    for logit in (0.5, 1.5, 9.0):
        one = Predictor(checkpoint.with_slick_head(make_head(logit), 0.5), "cpu")
        (found,) = predict(one, make_tile())
        means.append(found.seep_probability[found.mask > 0].mean())
    assert means == sorted(set(means))


def test_no_data_is_never_seep(predictor, make_tile):
    (found,) = predict(predictor, make_tile())
    assert (found.mask[:, :3] == 0).all()
    assert (found.seep_probability[:, :3] == 0).all()
    assert (found.probabilities[0, :, :3] == 1).all()


def test_an_image_without_any_data_is_certain_and_empty(predictor, make_tile):
    tile = make_tile()
    (found,) = predictor.predict([np.zeros_like(tile.image)], [tile.statistics], 0)
    assert found.seep_area_px == 0
    assert (found.values.likely_wrong, found.values.useful, found.values.confident) == (0, 0, 1)


@pytest.mark.parametrize("size", [(1, 1), (13, 70), (256, 256), (1100, 40)])
def test_any_size_is_predicted(predictor, size):
    image = np.random.default_rng(0).integers(1, 900, size).astype(np.uint16)
    (found,) = predictor.predict([image], [statistics_of([image], 0)], 0)
    assert found.mask.shape == size


def test_many_together_are_as_each_alone(predictor, make_tile):
    tiles = [make_tile(0), make_tile(1, side=48), make_tile(2)]
    for one, tile in zip(predict(predictor, *tiles), tiles, strict=True):
        (alone,) = predict(predictor, tile)
        np.testing.assert_allclose(one.seep_probability, alone.seep_probability, atol=1e-5)


def test_folding_batch_norm_changes_nothing(checkpoint):
    image = torch.randn(2, 2, 32, 32)
    with torch.no_grad():
        torch.testing.assert_close(
            fused(checkpoint.model)(image), checkpoint.model(image), atol=1e-4, rtol=1e-4
        )


def test_two_classes_of_a_larger_checkpoint_are_seep_or_not(checkpoint, make_tile):
    checkpoint.card["threshold"] = 0.05
    (all_classes,) = predict(Predictor(checkpoint, "cpu"), make_tile())
    (binary,) = predict(Predictor(checkpoint, "cpu", classes=2), make_tile())
    assert binary.probabilities.shape == (2, 64, 64)
    np.testing.assert_array_equal(binary.mask, all_classes.mask > 0)


def test_fewer_classes_than_the_checkpoint_has_are_refused(checkpoint):
    assert Predictor(checkpoint, "cpu", classes=8)
    with pytest.raises(CheckpointError, match="has 6 classes, the workspace 4"):
        Predictor(adapt(checkpoint, 6), "cpu", classes=4)


def test_images_of_other_bands_are_refused(predictor):
    image = np.ones((16, 16, 3), np.uint8)
    with pytest.raises(CheckpointError, match=r"3 band\(s\), the checkpoint reads 1"):
        predictor.predict([image], [statistics_of([image], None)], None)


def test_the_checkpoint_is_left_as_it_was(checkpoint):
    before = {name: tensor.clone() for name, tensor in checkpoint.model.state_dict().items()}
    Predictor(checkpoint, "cpu")
    assert checkpoint.model.state_dict().keys() == before.keys()


def test_an_ensemble_averages_its_members_and_tells_where_they_disagree(make_tile):
    members = [strong(seed) for seed in (1, 2, 3)]
    tile = make_tile()
    alone = [predict(Predictor(one, "cpu"), tile)[0] for one in members]
    (found,) = predict(Predictor(members[0], "cpu", members=members[1:]), tile)
    mean = np.mean([one.seep_probability for one in alone], axis=0)
    np.testing.assert_allclose(found.seep_probability, mean, atol=1e-5)
    assert found.values.likely_wrong > 0.1
    (twins,) = predict(Predictor(members[0], "cpu", members=[members[0]]), tile)
    np.testing.assert_allclose(twins.seep_probability, alone[0].seep_probability, atol=1e-5)
    assert twins.values.likely_wrong == 0


def test_members_that_read_or_tell_other_things_are_refused(checkpoint):
    with pytest.raises(CheckpointError, match=r"has classes 6, the checkpoint .* 3: choose members alike"):
        Predictor(checkpoint, "cpu", members=[adapt(checkpoint, 6)])


def test_flips_are_voices_of_their_own(make_tile):
    one = strong(4)
    one.card["flips"] = True
    (found,) = predict(Predictor(one, "cpu"), make_tile())
    assert 0 < found.values.likely_wrong < 1


def test_the_card_decides(make_tile):
    one = strong(5)
    one.card["threshold"] = 0.55
    (plain,) = predict(Predictor(one, "cpu"), make_tile())
    one.card.update(temperature=1.1, least_px=30, class_offsets=[-20.0, 20.0])
    (found,) = predict(Predictor(one, "cpu"), make_tile())
    assert set(np.unique(found.mask)) == {0, 2}
    assert 0 < found.seep_area_px < plain.seep_area_px
    assert found.seep_probability.max() < plain.seep_probability.max()


def test_the_image_head_calls_a_tile_empty_before_it_is_segmented(make_tile):
    one = new_checkpoint(replace(TINY, image_head=True), 0)
    with torch.no_grad():
        one.model.seep_head.bias.fill_(5.0)  # all of it is seep, if anyone looks
        one.model.image_head.bias.fill_(-1.0)
        one.model.image_head.weight.zero_()
    (asked,) = predict(Predictor(one, "cpu"), make_tile())
    one.card["image_threshold"] = 0.2
    (seen,) = predict(Predictor(one, "cpu"), make_tile())
    assert seen.values.has_something == pytest.approx(1 / (1 + np.e))
    assert seen.seep_area_px > 0
    one.card["image_threshold"] = 0.5
    (filtered,) = predict(Predictor(one, "cpu"), make_tile())
    assert filtered.seep_area_px == 0
    assert filtered.seep_probability.max() == 0
    assert asked.values.has_something == filtered.values.has_something == seen.values.has_something


def test_without_an_image_head_nothing_is_said_of_the_image(predictor, make_tile):
    assert predict(predictor, make_tile())[0].values.has_something is None


def test_an_image_head_that_finds_no_memory_says_so(make_tile, monkeypatch):
    one = Predictor(new_checkpoint(replace(TINY, image_head=True), 0), "cpu")

    def full(_batch):
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(one.networks[0], "image_probabilities", full)
    with pytest.raises(DeviceMemoryError, match="64 x 64 px does not fit the memory"):
        predict(one, make_tile())


def test_an_order_is_kept_when_some_tiles_are_filtered(make_tile):
    one = new_checkpoint(replace(TINY, image_head=True), 0)
    with torch.no_grad():
        one.model.image_head.weight.mul_(1000)
    tiles = [make_tile(seed) for seed in range(6)]
    one.card["image_threshold"] = 1e-9
    all_seen = predict(Predictor(one, "cpu"), *tiles)
    middle = float(np.median([found.values.has_something for found in all_seen]))
    one.card["image_threshold"] = middle
    for found, seen in zip(predict(Predictor(one, "cpu"), *tiles), all_seen, strict=True):
        if seen.values.has_something >= middle:
            np.testing.assert_array_equal(found.mask, seen.mask)
        else:
            assert not found.mask.any()


def test_one_voice_is_asked_again_at_thresholds_near_by():
    decision = Decision(class_per_slick=True, threshold=0.4)
    sure = np.zeros((8, 8), np.float32)
    sure[2:4] = 1.0
    low, high = threshold_masks(sure, decision)
    np.testing.assert_array_equal(low, high)
    low, high = threshold_masks(sure * 0.45, decision)
    assert low.sum() == 16
    assert not high.any()
    (low, high) = threshold_masks(sure, Decision(class_per_slick=True, threshold=0.9))
    assert high.sum() == 16  # no threshold beyond all probabilities


def strong(seed):
    """Random weights with strong opinions."""
    one = new_checkpoint(TINY, seed, f"strong {seed}")
    with torch.no_grad():
        one.model.seep_head.bias.zero_()
        one.model.seep_head.weight.mul_(300)
    one.card["flips"] = False
    return one


def test_wide_dark_areas_are_counted_but_are_not_in_the_mask(checkpoint):
    image = np.random.default_rng(3).normal(1000, 100, (128, 128)).clip(1).astype(np.uint16)
    image[30:90, 30:90] -= 300
    checkpoint.card["threshold"] = 0.99
    (silent,) = Predictor(checkpoint, "cpu").predict([image], [statistics_of([image], 0)], 0)
    assert silent.values.wide_area_px == 0
    checkpoint.card["dark_area_depth"] = 0.6
    (asked,) = Predictor(checkpoint, "cpu").predict([image], [statistics_of([image], 0)], 0)
    assert asked.values.wide_area_px == pytest.approx(3600, rel=0.2)
    assert asked.seep_area_px == silent.seep_area_px == 0
    np.testing.assert_array_equal(asked.probabilities, silent.probabilities)
    padded = np.pad(image, 16, mode="reflect")
    (within,) = Predictor(checkpoint, "cpu").predict([padded], [statistics_of([image], 0)], 0, 16)
    assert within.values.wide_area_px == asked.values.wide_area_px, "of the tile without its margin"
