from pathlib import Path

import numpy as np
import pytest

from seep.core.geo.grid import Window, windows
from seep.core.image.grain import image_grain
from seep.core.image.normalize import statistics_of
from seep.workflow.scenes import raster_survey
from seep.workflow.scenes.raster_survey import CELL_PX, survey_raster
from tests.workflow.rasters import sea, write_raster

CUT = windows(600, 1100, 256, 32)


@pytest.fixture(scope="module")
def large() -> np.ndarray:
    return sea(height=600, width=1100)


def test_a_quarter_of_the_blocks_tells_how_a_scene_is_normalized(tmp_path: Path, large: np.ndarray) -> None:
    found = survey_raster(write_raster(tmp_path / "a.tif", large), CUT, 0)
    wanted = statistics_of([large], 0)
    assert found.statistics.median[0] == pytest.approx(wanted.median[0], rel=0.03)
    assert found.statistics.scale[0] == pytest.approx(wanted.scale[0], rel=0.1)
    assert found.statistics.grain == pytest.approx(image_grain(large, 0), rel=0.1)
    assert all(found.measured)


def test_the_first_picture_has_the_brightness_of_the_places_that_were_read(
    tmp_path: Path, large: np.ndarray
) -> None:
    found = survey_raster(write_raster(tmp_path / "a.tif", large), CUT, 0)
    assert found.cells.shape == (-(-600 // CELL_PX), -(-1100 // CELL_PX))
    assert found.cells[0, 0] == pytest.approx(large[:CELL_PX, :CELL_PX].mean(), rel=0.15)
    assert np.isnan(found.cells[2, 2])


@pytest.mark.parametrize("blocks", [{}, {"tiled": False, "blockxsize": None, "blockysize": 1}])
def test_a_single_measured_pixel_is_found(tmp_path: Path, blocks: dict[str, object]) -> None:
    image = np.zeros((600, 1100), np.uint16)
    image[:50, :50] = 900
    image[333, 777] = 5
    found = survey_raster(write_raster(tmp_path / "a.tif", image, **blocks), CUT, 0)
    inside = [window for window, one in zip(CUT, found.measured, strict=True) if one]
    assert inside == [window for window in CUT if image[spot(window)].any()]


def test_most_of_a_file_is_not_read(
    tmp_path: Path, large: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[int] = []
    look = raster_survey._read_block_row
    monkeypatch.setattr(
        raster_survey, "_read_block_row", lambda path, y, *rest: looked.append(y) or look(path, y, *rest)
    )
    survey_raster(write_raster(tmp_path / "a.tif", large), CUT, 0)
    assert sorted(looked) == [0, 256, 512]


def spot(window: Window) -> tuple[slice, slice]:
    return slice(window.y, window.y + window.height), slice(window.x, window.x + window.width)
