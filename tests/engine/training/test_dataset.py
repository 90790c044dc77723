import dataclasses

import numpy as np
import pytest
import torch

from seep.core.masks.classes import MAX_CLASSES
from seep.engine.training.dataset import check_tiles, cut, pixel_counts, shrunk, target_mask
from seep.engine.training.losses.targets import IGNORE_INDEX, UNKNOWN_CLASS
from seep.engine.training.losses.two_heads import type_loss
from seep.engine.unet import UNetConfig
from seep.errors import TrainingError


def test_nodata_is_ignored_in_the_mask(make_tile):
    image, mask = cut(make_tile(), 0, 0, 32)
    assert (mask[:, :3] == IGNORE_INDEX).all()
    assert (mask[:, 3:] != IGNORE_INDEX).all()
    assert (image[:, :, :3] == 0).all()


def test_a_tile_whose_classes_are_arbitrary_shows_seep_without_a_class(make_tile):
    tile = dataclasses.replace(make_tile(class_id=2), classes_known=False)
    _, mask = cut(tile, 0, 0, 64)
    assert set(np.unique(mask)) == {0, UNKNOWN_CLASS, IGNORE_INDEX}
    np.testing.assert_array_equal(mask == UNKNOWN_CLASS, tile.mask > 0)
    assert pixel_counts([tile], classes=3) == [int((tile.mask == 0).sum()), 0, 0]
    check_tiles([tile], bands=1, classes=3)


def test_the_highest_class_of_all_is_told_from_seep_without_a_class(make_tile):
    tile = make_tile(class_id=MAX_CLASSES - 1)
    check_tiles([tile], bands=1, classes=MAX_CLASSES)
    assert not {UNKNOWN_CLASS, IGNORE_INDEX} & {*range(MAX_CLASSES)}
    assert set(np.unique(target_mask(tile.mask, True))) == {0, MAX_CLASSES - 1}
    assert set(np.unique(target_mask(tile.mask, False))) == {0, UNKNOWN_CLASS}
    logits = torch.zeros(1, MAX_CLASSES, *tile.mask.shape)
    logits[:, -1] = 20.0  # sure of the highest class: right for the typed mask, any will do for the untyped
    logits[:, 0] = 20.0
    typed, untyped = (torch.from_numpy(target_mask(tile.mask, typed))[None] for typed in (True, False))
    weights = torch.ones(MAX_CLASSES - 1)
    assert float(type_loss(logits, typed, weights)) < 0.01
    assert float(type_loss(-logits, typed, weights)) > 10
    assert float(type_loss(-logits, untyped, weights)) == 0


def test_a_mask_with_the_value_of_seep_without_a_class_is_refused(make_tile):
    with pytest.raises(TrainingError, match="class 254"):
        check_tiles([make_tile(class_id=UNKNOWN_CLASS)], bands=1, classes=MAX_CLASSES)
    with pytest.raises(ValueError, match="classes is 255: it must be a whole number 2 to 254"):
        UNetConfig(classes=255)


def test_pixel_counts_leave_unsure_out(make_tile):
    tile = make_tile(class_id=2)
    mask = tile.mask.copy()
    mask[0, 10:20] = 255
    counts = pixel_counts([dataclasses.replace(tile, mask=mask)], classes=3)
    assert counts == [int((mask == 0).sum()), 0, int((mask == 2).sum())]


@pytest.mark.parametrize(("bands", "classes", "text"), [(2, 3, "1 band"), (1, 2, "class 2"), (1, 8, None)])
def test_tiles_must_fit_the_network(make_tile, bands, classes, text):
    tiles = [make_tile(class_id=2)]
    if text is None:
        check_tiles(tiles, bands=bands, classes=classes)
    else:
        with pytest.raises(TrainingError, match=f"tile 0.*{text}"):
            check_tiles(tiles, bands=bands, classes=classes)


def test_a_mask_of_another_size_and_no_tile_at_all_are_refused(make_tile):
    tile = make_tile()
    with pytest.raises(TrainingError, match="import it again"):
        check_tiles([dataclasses.replace(tile, mask=tile.mask[:-1])], bands=1, classes=8)
    with pytest.raises(TrainingError, match="no tiles"):
        check_tiles([], bands=1, classes=8)


def test_a_crop_at_a_lower_resolution_holds_seep_where_half_of_its_area_is():
    image, mask = np.zeros((2, 64, 64), np.float32), np.zeros((64, 64), np.uint8)
    image[0], image[1] = 3, 1
    mask[8:24] = 2  # a wide slick
    mask[40] = 1  # a line of 1 px
    mask[:, :8] = IGNORE_INDEX
    image[:, :, 56:] = 0  # nodata
    mask[:, 56:] = IGNORE_INDEX
    small, target = shrunk(image, mask, 16)
    assert small.shape == (2, 16, 16)
    assert (small[1, :, :14] == 1).all()
    np.testing.assert_allclose(small[0, :, :14], 3, atol=1e-6)
    assert (small[:, :, 14:] == 0).all()
    assert (target[2:6, 2:14] == 2).all()
    assert (target[[0, 1, 6, 10, 15], 2:14] == 0).all()
    assert (target[:, :2] == IGNORE_INDEX).all()
    assert (target[:, 14:] == IGNORE_INDEX).all()


def test_seep_of_several_classes_in_one_pixel_has_no_class():
    mask = np.zeros((32, 32), np.uint8)
    mask[:] = 1
    mask[1::4, 1::4] = mask[2::4, 2::4] = 0  # what is at the center of each pixel
    _, target = shrunk(np.ones((2, 32, 32), np.float32), mask, 8)
    assert (target == UNKNOWN_CLASS).all()
