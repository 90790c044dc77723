"""NetCDF, HDF5 and BEAM-DIMAP are converted at import."""

import shutil
from pathlib import Path

import h5py
import numpy as np
import pytest
import rasterio
import rasterio.shutil

from seep.io.images import read_header
from seep.workflow import tile_data
from seep.workflow.workspace import Workspace
from seep_testing.image_files import UTM, write_geotiff
from tests.workflow.test_conversion import PIXELS, imported

ONE = PIXELS[:, :, 0]


def write_netcdf(folder: Path, form: str, pixels: np.ndarray = ONE) -> Path:
    folder.mkdir(exist_ok=True)
    source = write_geotiff(folder.parent / "source.tif", pixels, nodata=-99)
    rasterio.shutil.copy(source, folder / "n.1.nc", driver="netCDF", format=form)
    return folder / "n.1.nc"


def write_hdf5(folder: Path, **datasets: np.ndarray) -> Path:
    folder.mkdir(exist_ok=True)
    with h5py.File(folder / "h.1.h5", "w") as file:
        for name, values in datasets.items():
            file[name.replace("__", "/")] = values
    return folder / "h.1.h5"


def write_envi_band(folder: Path, name: str, pixels: np.ndarray, placed: bool) -> None:
    folder.mkdir(exist_ok=True, parents=True)
    place = {} if placed else {"crs": None, "transform": None}
    path = write_geotiff(folder / f"{name}.img", pixels, driver="ENVI", **place)
    Path(f"{path}.aux.xml").unlink(missing_ok=True)


def write_dimap(
    folder: Path, *, href: str = "p.1.data/{}.hdr", placed: bool = True, pixels: np.ndarray = PIXELS
) -> Path:
    """Write a product as SNAP does: with bands VV and VH, and tie points if it is not placed."""
    bands, files, grids = "", "", ""
    for index, name in enumerate(("Sigma0_VV", "Sigma0_VH")):
        write_envi_band(folder / "p.1.data", name, pixels[:, :, index], placed)
        bands += (
            f"<Spectral_Band_Info><BAND_INDEX>{index}</BAND_INDEX><BAND_NAME>{name}</BAND_NAME>"
            "<SCALING_FACTOR>1.0</SCALING_FACTOR><SCALING_OFFSET>0.0</SCALING_OFFSET>"
            "<LOG10_SCALED>false</LOG10_SCALED><NO_DATA_VALUE_USED>true</NO_DATA_VALUE_USED>"
            "<NO_DATA_VALUE>-99.0</NO_DATA_VALUE></Spectral_Band_Info>"
        )
        files += f'<Data_File><DATA_FILE_PATH href="{href.format(name)}"/><BAND_INDEX>{index}</BAND_INDEX></Data_File>'
    bands += (
        "<Spectral_Band_Info><BAND_INDEX>2</BAND_INDEX><BAND_NAME>virtual</BAND_NAME></Spectral_Band_Info>"
    )
    if not placed:
        rows, columns = np.mgrid[0:3, 0:4].astype(np.float32)
        for index, (name, values) in enumerate(
            {"latitude": 60 - rows / 50, "longitude": 5 + columns / 40}.items()
        ):
            write_envi_band(folder / "p.1.data" / "tie_point_grids", name, values, placed=False)
            grids += (
                f"<Tie_Point_Grid_Info><TIE_POINT_GRID_INDEX>{index}</TIE_POINT_GRID_INDEX>"
                f"<TIE_POINT_GRID_NAME>{name}</TIE_POINT_GRID_NAME><NCOLS>4</NCOLS><NROWS>3</NROWS>"
                "<OFFSET_X>0.5</OFFSET_X><OFFSET_Y>0.5</OFFSET_Y><STEP_X>23.0</STEP_X><STEP_Y>24.5</STEP_Y>"
                "</Tie_Point_Grid_Info>"
            )
            files += (
                f'<Tie_Point_Grid_File><TIE_POINT_GRID_FILE_PATH href="p.1.data/tie_point_grids/{name}.hdr"/>'
                f"<TIE_POINT_GRID_INDEX>{index}</TIE_POINT_GRID_INDEX></Tie_Point_Grid_File>"
            )
    path = folder / "p.1.dim"
    path.write_text(
        '<?xml version="1.0" encoding="ISO-8859-1"?>\n<Dimap_Document name="p.1.dim">'
        f"<Data_Access>{files}</Data_Access><Tie_Point_Grids>{grids}</Tie_Point_Grids>"
        f"<Image_Interpretation>{bands}</Image_Interpretation></Dimap_Document>"
    )
    return path


@pytest.mark.parametrize("form", ["NC", "NC4", "NC4C"])
def test_a_netcdf_file_comes_in_with_its_place(workspace: Workspace, tmp_path: Path, form: str) -> None:
    write_netcdf(tmp_path / "images", form)
    report, (tile,) = imported(workspace, tmp_path / "images")
    assert (report.imported, report.refused, tile.name, tile.nodata) == (1, [], "n.1", -99)
    np.testing.assert_array_equal(tile_data.read_pixels(workspace, tile), ONE)
    place = read_header(Path(tile.path)).georeference
    assert place is not None
    assert (place.crs, place.transform) == ("EPSG:32633", tuple(UTM)[:6])


def test_the_bands_that_gdal_writes_to_netcdf_come_in_together(workspace: Workspace, tmp_path: Path) -> None:
    write_netcdf(tmp_path / "images", "NC4", PIXELS)
    _, (tile,) = imported(workspace, tmp_path / "images")
    np.testing.assert_array_equal(tile_data.read_pixels(workspace, tile), PIXELS)


def test_the_only_two_dimensional_variable_of_an_hdf5_file_is_taken(
    workspace: Workspace, tmp_path: Path
) -> None:
    cube, line = np.zeros((3, 50, 70), np.float32), np.arange(9)
    write_hdf5(
        tmp_path / "images", science__sigma0=ONE, lat=ONE, science__longitude=ONE, cube=cube, line=line
    )
    report, (tile,) = imported(workspace, tmp_path / "images")
    assert (report.imported, report.refused) == (1, [])
    np.testing.assert_array_equal(tile_data.read_pixels(workspace, tile), ONE)
    assert read_header(Path(tile.path)).band_names == ("science/sigma0",)


@pytest.mark.parametrize("suffix", ["h.1.h5", "n.1.nc"])
def test_several_variables_are_refused_and_named(workspace: Workspace, tmp_path: Path, suffix: str) -> None:
    path = write_hdf5(tmp_path / "images", sigma0=ONE, g__beta0=ONE)
    if suffix == "n.1.nc":
        with h5py.File(path, "a") as file:
            file.attrs["Conventions"] = "CF-1.8"
        path = path.rename(path.with_name(suffix))
    report, tiles = imported(workspace, tmp_path / "images")
    assert tiles == []
    (refused,) = report.refused
    assert refused.reason.startswith(f"{suffix} has 2 variables that may be the image: ")
    listed = refused.reason.split(": ")[1].split(". ")[0]
    assert set(listed.split(", ")) == {"sigma0", "g/beta0"}


def test_a_file_without_an_image_is_refused(workspace: Workspace, tmp_path: Path) -> None:
    write_hdf5(tmp_path / "images", line=np.arange(9), text=np.array([[b"a", b"b"]]))
    report, _ = imported(workspace, tmp_path / "images")
    assert [one.reason for one in report.refused] == [
        "h.1.h5 has no variable with rows and columns of numbers. Export the image as GeoTIFF."
    ]


@pytest.mark.parametrize("way", ["link", "raw", "virtual"])
def test_hdf5_does_not_lead_to_other_files(workspace: Workspace, tmp_path: Path, way: str) -> None:
    secret = write_hdf5(tmp_path / "other", sigma0=ONE)
    (tmp_path / "images").mkdir()
    with h5py.File(tmp_path / "images" / "h.1.h5", "w") as file:
        if way == "link":
            file["sigma0"] = h5py.ExternalLink(str(secret), "sigma0")
        elif way == "raw":
            file.create_dataset("sigma0", (50, 70), "f4", external=[(str(secret), 0, h5py.h5f.UNLIMITED)])
        else:
            layout = h5py.VirtualLayout((50, 70), "f4")
            layout[:] = h5py.VirtualSource(str(secret), "sigma0", shape=(50, 70))
            file.create_virtual_dataset("sigma0", layout)
    report, tiles = imported(workspace, tmp_path / "images")
    assert tiles == []
    assert [one.reason for one in report.refused] == [
        "h.1.h5 refers to other files at 'sigma0', which is not read. Export the image as GeoTIFF."
    ]


@pytest.mark.parametrize("form", ["NC", "NC4"])
def test_truncated_files_are_refused(workspace: Workspace, tmp_path: Path, form: str) -> None:
    path = write_netcdf(tmp_path / "images", form)
    path.write_bytes(path.read_bytes()[:9000])
    report, tiles = imported(workspace, tmp_path / "images")
    assert tiles == []
    assert "damaged or truncated" in report.refused[0].reason


def test_a_beam_dimap_product_comes_in_with_its_bands(workspace: Workspace, tmp_path: Path) -> None:
    write_dimap(tmp_path / "images")
    report, (tile,) = imported(workspace, tmp_path / "images")
    assert (report.imported, report.refused, tile.name, tile.nodata) == (1, [], "p.1", -99)
    np.testing.assert_array_equal(tile_data.read_pixels(workspace, tile), PIXELS)
    header = read_header(Path(tile.path))
    assert header.band_names == ("Sigma0_VV", "Sigma0_VH")
    assert header.georeference is not None
    assert header.georeference.transform == tuple(UTM)[:6]


def test_tie_points_give_the_place_of_a_beam_dimap_product(workspace: Workspace, tmp_path: Path) -> None:
    write_dimap(tmp_path / "images", placed=False)
    _, (tile,) = imported(workspace, tmp_path / "images")
    place = read_header(Path(tile.path)).georeference
    assert place is not None
    assert len(place.gcps) == 12
    np.testing.assert_allclose(place.gcps[5], (25.0, 23.5, 5.025, 59.98), atol=1e-5)


@pytest.mark.parametrize(
    "href", ["../other/{}.hdr", "{}.hdr", "/etc/passwd", "p.1.data/../../other/{}.hdr", ""]
)
def test_a_beam_dimap_product_does_not_lead_out_of_its_folder(
    workspace: Workspace, tmp_path: Path, href: str
) -> None:
    write_dimap(tmp_path / "images", href=href)
    shutil.copytree(tmp_path / "images" / "p.1.data", tmp_path / "other")
    report, tiles = imported(workspace, tmp_path / "images")
    assert tiles == []
    assert "which is not an ENVI header in p.1.data" in report.refused[0].reason


def test_a_beam_dimap_product_without_its_pixels_is_refused(workspace: Workspace, tmp_path: Path) -> None:
    folder = write_dimap(tmp_path / "images").with_suffix(".data")
    image = folder / "Sigma0_VH.img"
    image.write_bytes(image.read_bytes()[:1000])
    report, _ = imported(workspace, tmp_path / "images")
    assert "Sigma0_VH.img has 1000 bytes instead of 14000" in report.refused[0].reason
    shutil.rmtree(folder)
    report, tiles = imported(workspace, tmp_path / "images")
    assert tiles == []
    assert "Provide the folder p.1.data too" in report.refused[0].reason
