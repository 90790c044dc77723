import numpy as np
import pytest

from seep.core.masks.classes import default_classes
from seep.errors import StorageError
from seep.io.exporting.prediction import write_prediction
from seep.io.exporting.rasters import to_cog, write_geotiff
from seep.io.masks import is_prediction, read_mask, write_mask


def test_a_prediction_becomes_a_mask_named_like_the_image(tmp_path):
    mask = np.eye(5, dtype=np.uint8)
    assert write_prediction(tmp_path / "out", "041872.17", mask) == [tmp_path / "out" / "041872.17.tif"]
    np.testing.assert_array_equal(read_mask(tmp_path / "out" / "041872.17.tif"), mask)


def test_probabilities_become_a_float16_array_beside_it(tmp_path):
    probabilities = np.random.default_rng(0).random((3, 4, 5), dtype=np.float32)
    written = write_prediction(tmp_path, "a", np.zeros((4, 5), np.uint8), probabilities)
    assert [path.name for path in written] == ["a.tif", "a.probabilities.npy"]
    found = np.load(written[1], allow_pickle=False)
    assert found.dtype == np.float16
    np.testing.assert_array_equal(found, probabilities.astype(np.float16))


def test_a_prediction_is_told_from_a_mask(tmp_path):
    mask = np.eye(5, dtype=np.uint8)
    (written,) = write_prediction(tmp_path, "a", mask)
    write_mask(tmp_path / "drawn.tif", mask)
    assert is_prediction(written)
    assert not is_prediction(tmp_path / "drawn.tif")


@pytest.mark.parametrize("predicted", [True, False])
def test_a_geotiff_keeps_the_tag_as_a_cog(tmp_path, predicted):
    mask = np.ones((40, 40), np.uint8)
    path = tmp_path / "a.tif"
    write_geotiff(path, mask.shape, lambda _: mask, default_classes(2), None, predicted=predicted)
    assert is_prediction(path) == predicted
    to_cog(path)
    assert is_prediction(path) == predicted


@pytest.mark.parametrize("name", ["", "../a", "a/b", "/etc/a", "a\0"])
def test_a_name_that_leads_elsewhere_is_refused(tmp_path, name):
    with pytest.raises(StorageError, match="name"):
        write_prediction(tmp_path / "out", name, np.zeros((2, 2), np.uint8))
    assert not (tmp_path / "out").exists()
