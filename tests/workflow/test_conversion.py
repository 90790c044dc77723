"""ENVI images and virtual rasters are converted at import."""

import shutil
from pathlib import Path

import numpy as np
import pytest
import rasterio

from seep.core.import_options import ImportOptions
from seep.core.records import TileRecord
from seep.io.images import read_header
from seep.store import tile_queries
from seep.workflow import tile_data
from seep.workflow.imports.importer import ImportReport, import_folder
from seep.workflow.imports.preview import preview_import
from seep.workflow.workspace import Workspace
from seep_testing.image_files import UTM, write_geotiff
from tests.actors import ADA

PIXELS = np.random.default_rng(0).normal(-12, 3, (50, 70, 2)).astype(np.float32)


def write_envi(folder: Path, name: str = "a.1.img", pixels: np.ndarray = PIXELS) -> Path:
    folder.mkdir(exist_ok=True)
    path = write_geotiff(folder / name, pixels, driver="ENVI", names=("VV", "VH"), nodata=-99)
    Path(f"{path}.aux.xml").unlink(missing_ok=True)
    return path


def write_vrt(folder: Path, source: str, band: str = "", **root: str) -> Path:
    folder.mkdir(exist_ok=True)
    transform = ", ".join(map(str, UTM.to_gdal()))
    given = "".join(f' {key}="{value}"' for key, value in root.items())
    bands = "".join(
        f'<VRTRasterBand dataType="Float32" band="{n}"{band}><SimpleSource>'
        f'<SourceFilename relativeToVRT="1">{source}</SourceFilename><SourceBand>{3 - n}</SourceBand>'
        "</SimpleSource></VRTRasterBand>"
        for n in (1, 2)
    )
    text = f'<VRTDataset rasterXSize="70" rasterYSize="50"{given}><SRS>EPSG:32633</SRS>'
    path = folder / "v.1.vrt"
    path.write_text(f"{text}<GeoTransform>{transform}</GeoTransform>{bands}</VRTDataset>")
    return path


def imported(workspace: Workspace, folder: Path) -> tuple[ImportReport, list[TileRecord]]:
    report = import_folder(workspace, folder, None, ImportOptions(), ADA)
    with workspace.store.reading() as session:
        return report, tile_queries.list_tiles(session, order="name", limit=None)


@pytest.mark.parametrize("interleave", ["BSQ", "BIL", "BIP"])
def test_an_envi_image_comes_in_as_rasterio_reads_it(
    workspace: Workspace, tmp_path: Path, interleave: str
) -> None:
    path = tmp_path / "images" / "a.1.img"
    path.parent.mkdir()
    write_geotiff(path, PIXELS, driver="ENVI", names=("VV", "VH"), nodata=-99, interleave=interleave)
    report, (tile,) = imported(workspace, path.parent)
    assert (report.imported, report.refused, tile.name) == (1, [], "a.1")
    header = read_header(Path(tile.path))
    with rasterio.open(path) as file:
        np.testing.assert_array_equal(tile_data.read_pixels(workspace, tile), np.moveaxis(file.read(), 0, -1))
        assert header.georeference is not None
        assert header.georeference.transform == tuple(file.transform)[:6]
    assert (header.georeference.crs, header.band_names, tile.nodata) == ("EPSG:32633", ("VV", "VH"), -99)


def test_a_second_import_and_the_preview_convert_nothing_again(workspace: Workspace, tmp_path: Path) -> None:
    write_envi(tmp_path / "images")
    preview = preview_import(workspace, tmp_path / "images", None, ImportOptions())
    assert (preview.files, preview.refused) == (1, [])
    (made,) = (workspace.store.root / "converted").rglob("*.tif")
    before = made.stat()
    _, (tile,) = imported(workspace, tmp_path / "images")
    assert Path(tile.path) == made
    again, _ = imported(workspace, tmp_path / "images")
    assert (again.skipped, made.stat()) == (1, before)


def test_a_virtual_raster_of_its_own_folder_comes_in(workspace: Workspace, tmp_path: Path) -> None:
    folder = tmp_path / "images"
    write_vrt(folder, "parts/a.tif")
    (folder / "parts").mkdir()
    write_geotiff(folder / "parts" / "a.tif", PIXELS)
    report, (tile,) = imported(workspace, folder)
    assert (report.imported, tile.name) == (1, "v.1")
    np.testing.assert_array_equal(tile_data.read_pixels(workspace, tile), PIXELS[:, :, ::-1])


@pytest.mark.parametrize(
    "source", ["../other/a.tif", "/vsicurl/http://localhost/a.tif", "NETCDF:a.nc:v", "b.vrt"]
)
def test_a_virtual_raster_does_not_lead_out_of_its_folder(
    workspace: Workspace, tmp_path: Path, source: str
) -> None:
    folder, other = tmp_path / "images", tmp_path / "other"
    other.mkdir()
    write_geotiff(other / "a.tif", PIXELS)
    shutil.copy(write_vrt(folder, source), folder / "b.vrt")
    report, tiles = imported(workspace, folder)
    assert tiles == []
    assert len(report.refused) == 2
    assert all("which is not" in one.reason for one in report.refused)


def test_links_out_of_the_folder_are_refused(workspace: Workspace, tmp_path: Path) -> None:
    write_geotiff(tmp_path / "secret.tif", PIXELS)
    write_vrt(tmp_path / "images", "a.tif")
    write_geotiff(tmp_path / "images" / "b.1.tif", PIXELS)
    (tmp_path / "images" / "a.tif").symlink_to(tmp_path / "secret.tif")
    report, _ = imported(workspace, tmp_path / "images")
    assert ["v.1.vrt refers to 'a.tif'" in one.reason for one in report.refused] == [True]


@pytest.mark.parametrize(
    ("root", "band"),
    [
        ({"subClass": "VRTWarpedDataset"}, ""),
        ({}, ' subClass="VRTDerivedRasterBand"'),
        ({}, ' subClass="VRTRawRasterBand"'),
    ],
)
def test_derived_virtual_rasters_are_refused(
    workspace: Workspace, tmp_path: Path, root: dict[str, str], band: str
) -> None:
    write_vrt(tmp_path / "images", "a.tif", band, **root)
    write_geotiff(tmp_path / "images" / "a.tif", PIXELS)
    report, _ = imported(workspace, tmp_path / "images")
    assert [one.reason for one in report.refused] == [
        "v.1.vrt is a VRT with derived or warped bands, or metadata domains, which is not read. Export it with "
        "gdal_translate."
    ]


def test_an_envi_header_without_pixels_or_with_too_few_is_refused(
    workspace: Workspace, tmp_path: Path
) -> None:
    path = write_envi(tmp_path / "images")
    path.write_bytes(path.read_bytes()[:1000])
    report, tiles = imported(workspace, tmp_path / "images")
    assert tiles == []
    assert report.refused[0].reason.startswith("a.1.hdr: a.1.img has 1000 bytes instead of 28000.")
    path.unlink()
    report, _ = imported(workspace, tmp_path / "images")
    assert "needs one file of pixels beside it, but has none" in report.refused[0].reason
