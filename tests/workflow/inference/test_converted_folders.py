"""Prediction and evaluation of formats that an import converts: as of the same pixels in GeoTIFF."""

import tempfile
from pathlib import Path

import numpy as np
import pytest
import rasterio
import rasterio.shutil

from seep.errors import ImageError
from seep.io.masks import read_mask, write_mask
from seep.workflow.evaluation.folders import evaluate_folder
from seep.workflow.inference.folders import predict_folder
from seep.workflow.inference.raster_files import predict_raster
from seep_testing.image_files import write_geotiff
from tests.workflow.imports.test_conversion_products import write_dimap, write_hdf5, write_netcdf
from tests.workflow.rasters import sea


@pytest.fixture(autouse=True)
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Folder for temporary files, which must be empty afterward."""
    folder = tmp_path / "scratch"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def image() -> np.ndarray:
    return sea(height=64, width=64).astype(np.float32)


def write_containers(folder: Path) -> None:
    """Write the image as ENVI, NetCDF and HDF5, each as a scene of its own."""
    folder.mkdir()
    path = write_geotiff(folder / "e.1.img", image(), driver="ENVI", nodata=-99)
    Path(f"{path}.aux.xml").unlink(missing_ok=True)
    write_netcdf(folder, "NC4", image())
    write_hdf5(folder, sigma0=image())


def test_containers_are_predicted_and_evaluated_as_geotiffs_are(
    tmp_path: Path, tiny_checkpoint: Path, scratch: Path
) -> None:
    (tmp_path / "tifs").mkdir()
    write_geotiff(tmp_path / "tifs" / "t.1.tif", image(), nodata=-99)
    predict_folder(tmp_path / "tifs", tmp_path / "expected", tiny_checkpoint, device="cpu")
    expected = read_mask(tmp_path / "expected" / "t.1.tif")

    write_containers(tmp_path / "in")
    report = predict_folder(tmp_path / "in", tmp_path / "out", tiny_checkpoint, device="cpu")
    assert (report.written, report.refused) == (3, [])
    for name in ("e.1", "h.1", "n.1"):
        np.testing.assert_array_equal(read_mask(tmp_path / "out" / f"{name}.tif"), expected)
        (tmp_path / "masks").mkdir(exist_ok=True)
        write_mask(tmp_path / "masks" / f"{name}.tif", expected)

    found = evaluate_folder(tmp_path / "in", tmp_path / "masks", tiny_checkpoint, device="cpu")
    assert (found.without_mask, found.iou) == (0, 1.0)
    assert list(scratch.iterdir()) == []


def test_one_product_is_predicted_with_its_place(
    tmp_path: Path, tiny_checkpoint: Path, scratch: Path
) -> None:
    (tmp_path / "in").mkdir()
    source = write_geotiff(tmp_path / "source.tif", image(), nodata=-99)
    rasterio.shutil.copy(source, tmp_path / "in" / "n.1.nc", driver="netCDF")
    out = predict_raster(tmp_path / "in" / "n.1.nc", tmp_path / "out", tiny_checkpoint, device="cpu")
    alone = predict_raster(source, tmp_path / "alone", tiny_checkpoint, device="cpu")
    assert out.name == "n.1.tif"
    with rasterio.open(out) as found, rasterio.open(alone) as expected:
        assert (found.crs, found.transform) == (expected.crs, expected.transform)
        np.testing.assert_array_equal(found.read(1), expected.read(1))
    assert list(scratch.iterdir()) == []


def test_a_product_with_other_bands_is_refused_by_its_name(
    tmp_path: Path, tiny_checkpoint: Path, scratch: Path
) -> None:
    write_dimap(tmp_path / "in")
    with pytest.raises(ImageError, match=r"p\.1\.\w+ has 2 band"):
        predict_raster(tmp_path / "in" / "p.1.dim", tmp_path / "out", tiny_checkpoint, device="cpu")
    assert list(scratch.iterdir()) == []
