import numpy as np
import pytest

from seep.errors import StorageError
from seep.io.exporting.prediction import write_prediction
from seep.io.masks import read_mask


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


@pytest.mark.parametrize("name", ["", "../a", "a/b", "/etc/a", "a\0"])
def test_a_name_that_leads_elsewhere_is_refused(tmp_path, name):
    with pytest.raises(StorageError, match="name"):
        write_prediction(tmp_path / "out", name, np.zeros((2, 2), np.uint8))
    assert not (tmp_path / "out").exists()
