"""The dataset of a simulation: tiles are seen as the app sees them."""

from pathlib import Path

import numpy as np
import pytest
import tifffile

from research.simulation.dataset import predicted, read_dataset
from research.simulation.options import SimulationOptions
from seep.engine.checkpoint import load_checkpoint
from seep.engine.inference.predict import Predictor
from seep.workflow.inference.context import MARGIN_PX
from seep.workflow.inference.folder_dataset import folder_options, scan_folder
from seep.workflow.inference.folders import predict_batches
from tests.core.geo.test_grid_inference import SIDE_PX, sea

ROWS, COLUMNS = 4, 5
PATTERN = r"(?P<scene>\w+)\.(?P<tile>\d+)"


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """A sea cut into a grid of files; the last one has no mask, so it is no tile, but lies beside some."""
    images, masks = tmp_path / "images", tmp_path / "masks"
    images.mkdir()
    masks.mkdir()
    whole = sea(ROWS, COLUMNS)
    for number in range(ROWS * COLUMNS):
        y, x = (SIDE_PX * at for at in divmod(number, COLUMNS))
        image = whole[y : y + SIDE_PX, x : x + SIDE_PX]
        tifffile.imwrite(images / f"sea.{number:06d}.tif", image)
        if number + 1 < ROWS * COLUMNS:
            tifffile.imwrite(masks / f"sea.{number:06d}.tif", (image > np.median(image)).astype(np.uint8))
    return images, masks


@pytest.mark.usefixtures("by_torch")
def test_tiles_are_predicted_with_the_margin_that_the_app_looks_at(
    folders: tuple[Path, Path], tiny_checkpoint: Path
) -> None:
    dataset = read_dataset(*folders, SimulationOptions(tiny_checkpoint, pattern=PATTERN, nodata=0))
    tiles = dataset.of(["sea"])
    assert [one.padded.margin_px for one in tiles] == [MARGIN_PX] * (ROWS * COLUMNS - 1)
    predictor = Predictor(load_checkpoint(tiny_checkpoint), "cpu")
    scanned = scan_folder(folders[0], None, folder_options(PATTERN, 0))
    assert scanned.statistics["sea"] == tiles[0].tile.statistics
    by_app = [
        one for _, found in predict_batches(predictor, scanned.tiles, scanned.statistics) for one in found
    ]
    for (one, found), expected in zip(predicted(predictor, tiles), by_app, strict=False):
        np.testing.assert_array_equal(found.seep_probability, expected.seep_probability)
        assert found.mask.shape == one.tile.mask.shape == one.tile.image.shape
