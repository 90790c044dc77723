import numpy as np
import pytest

from seep.core.geo.depth_grid import DepthGrid
from seep.errors import StorageError

GRID = DepthGrid(10.0, 50.0, 0.5, 0.25, np.array([[0, 100, 200], [400, 500, np.nan]], np.float32))


def test_depth_is_bilinear_and_unknown_outside_and_beside_gaps() -> None:
    assert GRID.at(10.0, 50.0) == 0
    assert GRID.at(10.25, 50.125) == pytest.approx(250)
    assert [GRID.at(9.9, 50.0), GRID.at(10.0, 50.3), GRID.at(10.9, 50.2)] == [None, None, None]


def test_a_grid_is_packed_with_its_gaps() -> None:
    found = DepthGrid.from_dict(GRID.to_dict())
    assert (found.west, found.south, found.step_lon, found.step_lat) == (10.0, 50.0, 0.5, 0.25)
    np.testing.assert_array_equal(found.depth_m, GRID.depth_m)


@pytest.mark.parametrize("change", [{"depth_m": "x"}, {"shape": [3, 3]}, {"shape": None}])
def test_a_damaged_grid_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(StorageError, match="bathymetry of the workspace is damaged"):
        DepthGrid.from_dict(GRID.to_dict() | change)
