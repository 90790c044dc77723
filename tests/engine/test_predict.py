import numpy as np
import pytest
import torch

from seep.core.normalise import statistics_of
from seep.engine.checkpoint import adapt
from seep.engine.decision import vote
from seep.engine.network import folded
from seep.engine.predict import Predictor, uncertainty_of
from seep.errors import CheckpointError


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
    assert 0 <= found.uncertainty <= 1
    assert found.seep_area_px == np.count_nonzero(found.mask) > 0


def test_the_mask_is_the_probability_cut_at_the_threshold(checkpoint, make_tile):
    for threshold in (0.02, 0.04, 0.9):
        checkpoint.card["threshold"] = threshold
        (found,) = predict(Predictor(checkpoint, "cpu"), make_tile())
        np.testing.assert_array_equal(found.mask > 0, found.seep_probability >= np.float32(threshold))


def test_no_data_is_never_seep(predictor, make_tile):
    (found,) = predict(predictor, make_tile())
    assert (found.mask[:, :3] == 0).all()
    assert (found.seep_probability[:, :3] == 0).all()
    assert (found.probabilities[0, :, :3] == 1).all()


def test_an_image_without_any_data_is_certain_and_empty(predictor, make_tile):
    tile = make_tile()
    (found,) = predictor.predict([np.zeros_like(tile.image)], [tile.statistics], 0)
    assert found.seep_area_px == 0
    assert found.uncertainty == 0


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
            folded(checkpoint.model)(image), checkpoint.model(image), atol=1e-4, rtol=1e-4
        )


def test_two_classes_of_a_larger_checkpoint_are_seep_or_not(checkpoint, make_tile):
    checkpoint.card["threshold"] = 0.05
    (all_classes,) = predict(Predictor(checkpoint, "cpu"), make_tile())
    (binary,) = predict(Predictor(checkpoint, "cpu", classes=2), make_tile())
    assert binary.probabilities.shape == (2, 64, 64)
    np.testing.assert_array_equal(binary.mask, all_classes.mask > 0)


def test_fewer_classes_than_the_checkpoint_has_are_refused(checkpoint):
    assert Predictor(checkpoint, "cpu", classes=8)
    with pytest.raises(CheckpointError, match="knows 6 classes, the workspace 4"):
        Predictor(adapt(checkpoint, 6), "cpu", classes=4)


def test_images_of_other_bands_are_refused(predictor):
    image = np.ones((16, 16, 3), np.uint8)
    with pytest.raises(CheckpointError, match=r"3 band\(s\), the checkpoint reads 1"):
        predictor.predict([image], [statistics_of([image], None)], None)


def test_the_checkpoint_is_left_as_it_was(checkpoint):
    before = {name: tensor.clone() for name, tensor in checkpoint.model.state_dict().items()}
    Predictor(checkpoint, "cpu")
    assert checkpoint.model.state_dict().keys() == before.keys()


def test_a_slick_gets_one_class_by_the_sum_of_its_pixels():
    binary = np.zeros((6, 8), bool)
    binary[1, 1:6] = True
    binary[2, 6] = True  # joined by a corner
    binary[5, 0:2] = True
    types = np.zeros((2, 6, 8), np.float32)
    types[0, 1, 1:4] = 0.6
    types[1, 1, 1:4] = 0.4
    types[1, 1, 4:6] = 0.9
    types[1, 2, 6] = 0.9
    types[0, 5, 0:2] = 0.8
    mask = vote(binary, types)
    assert set(mask[1, 1:6]) | {mask[2, 6]} == {2}
    assert set(mask[5, :2]) == {1}
    np.testing.assert_array_equal(mask > 0, binary)


def test_uncertainty_grows_with_the_probability_outside_the_mask():
    sure = np.zeros((8, 8))
    sure[2:4] = 1.0
    half = sure * 0.55
    assert uncertainty_of(sure, sure > 0.5) == 0
    assert uncertainty_of(half, half > 0.5) == pytest.approx(1 - 2 * 0.55 / 1.55)
    assert uncertainty_of(half, half > 0.6) == 1
    assert uncertainty_of(sure * 0.05, sure > 2) == 0


def test_a_margin_is_seen_and_not_predicted(predictor, make_tile):
    tile = make_tile()
    (whole,) = predictor.predict([tile.image], [tile.statistics], 0)
    (middle,) = predictor.predict([tile.image], [tile.statistics], 0, margin_px=16)
    assert middle.mask.shape == middle.seep_probability.shape == (32, 32)
    np.testing.assert_array_equal(middle.probabilities, whole.probabilities[:, 16:48, 16:48])
    np.testing.assert_array_equal(middle.mask > 0, whole.mask[16:48, 16:48] > 0)
    assert middle.seep_area_px == np.count_nonzero(middle.mask)
