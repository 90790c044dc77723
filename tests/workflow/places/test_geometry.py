"""Passes of other orbits: Sentinel-1 scenes in radar geometry, with control points, that overlap in part."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import tifffile
from pyproj import Geod, Transformer
from rasterio.control import GroundControlPoint
from scipy import ndimage

from seep.core.import_options import ImportOptions
from seep.core.records import TileRecord
from seep.workflow.exports.deliverables import export_sites
from seep.workflow.imports.importer import import_folder
from seep.workflow.places.detection import place_sites
from seep.workflow.places.document import place_document
from seep.workflow.places.pass_pictures import Square, pass_picture, tile_at
from seep.workflow.places.places import create_place, find_place, set_detection
from seep.workflow.places.proposals import propose_places
from seep.workflow.places.tile_passes import tile_pass_picture, tile_passes, tile_sites
from seep.workflow.workspace import Workspace
from seep_testing.image_files import NAME, write_geotiff, write_safe
from tests.actors import ADA

HEIGHT, WIDTH = 500, 600
VENTS = ((0.0, 0.0), (5200.0, 3100.0), (-4300.0, 2500.0))
"""Meters east and north of the middle of the place."""
WELL = (2500.0, -3000.0)
"""A platform, bright in each pass."""
ERROR_M = 150.0
"""Position error that is allowed: three pixels of 50 m."""
GEOD = Geod(ellps="WGS84")
TO_LONLAT = Transformer.from_crs("+proj=aeqd +lat_0=44 +lon_0=29 +datum=WGS84", "EPSG:4326", always_xy=True)
Meters = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Orbit:
    """How a pass looks at the place: columns grow to the right of the flight direction.

    The middle of the image lies at `middle`, meters east and north; slicks drift to `drift`, degrees from east.
    """

    name: str
    heading: float
    mirrored: bool
    pixel_m: float
    middle: tuple[float, float]
    drift: float

    def ground(self, columns: npt.ArrayLike, rows: npt.ArrayLike) -> Meters:
        """Meters east and north of image coordinates; the range direction is bent a little, as in radar geometry."""
        across = (np.asarray(columns, np.float64) - WIDTH / 2) * self.pixel_m
        along = (HEIGHT / 2 - np.asarray(rows, np.float64)) * self.pixel_m
        across = (across + 4e-7 * across**2) * (-1 if self.mirrored else 1)
        turn = np.radians(self.heading)
        east, north = (
            across * np.cos(turn) + along * np.sin(turn),
            along * np.cos(turn) - across * np.sin(turn),
        )
        return np.stack([east + self.middle[0], north + self.middle[1]], axis=-1)


ORBITS = (
    Orbit(NAME, -12.0, False, 40.0, (0.0, 0.0), 20.0),
    Orbit("S1A_20200108T161512_030708", 192.0, True, 50.0, (6000.0, -3000.0), 140.0),
    Orbit("S1B_20200114T053012_030787", -12.0, False, 40.0, (-3500.0, 4200.0), 260.0),
)  # fmt: skip


def pixels(orbit: Orbit) -> tuple[npt.NDArray[np.uint16], npt.NDArray[np.uint8]]:
    """The image of a pass and its mask: a slick of 4 km from each vent, and the platform."""
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    ground = orbit.ground(columns + 0.5, rows + 0.5)
    away = np.array([np.cos(np.radians(orbit.drift)), np.sin(np.radians(orbit.drift))])
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    for vent in VENTS:
        along = np.clip((ground - vent) @ away, 0, 4000)
        mask[np.hypot(*np.moveaxis(ground - vent - along[..., None] * away, -1, 0)) < 90] = 1
    image = np.random.default_rng(round(orbit.drift)).integers(300, 400, mask.shape).astype(np.uint16)
    image[mask > 0] = 120
    image[np.hypot(*np.moveaxis(ground - WELL, -1, 0)) < 120] = 1500
    return image, mask


def control_points(orbit: Orbit) -> list[GroundControlPoint]:
    found = []
    for row in np.linspace(0, HEIGHT, 7):
        for column in np.linspace(0, WIDTH, 9):
            lon, lat = TO_LONLAT.transform(*orbit.ground(column, row))
            found.append(GroundControlPoint(row, column, lon, lat, 0))
    return found


def write_passes(folder: Path) -> None:
    """Write the first pass as a SAFE folder and the others as GeoTIFF with control points, with masks."""
    images, masks = folder / "images", folder / "masks"
    images.mkdir(parents=True)
    masks.mkdir()
    for orbit in ORBITS:
        image, mask = pixels(orbit)
        path = images / f"{orbit.name}.tif"
        if orbit.name == NAME:
            product = write_safe(images, (HEIGHT, WIDTH), "vv")
            (path,) = (product / "measurement").iterdir()
            rows, columns = np.mgrid[:HEIGHT, :WIDTH]
            image = (image * (200 + 200 * rows / (HEIGHT - 1) + columns) / 100).astype(
                np.uint16
            )  # its calibration
        write_geotiff(
            path, image, gcps=control_points(orbit), **({} if orbit.name == NAME else {"nodata": 0})
        )
        tifffile.imwrite(masks / f"{orbit.name}.tif", mask)


@pytest.fixture
def bay(workspace: Workspace, tmp_path: Path) -> int:
    """The place of the three passes, as it is proposed."""
    write_passes(tmp_path / "orbits")
    options = ImportOptions(reviewed=True, window_px=256, overlap_px=32)
    report = import_folder(
        workspace, tmp_path / "orbits" / "images", tmp_path / "orbits" / "masks", options, ADA
    )
    assert not report.refused
    (found,) = propose_places(workspace)
    assert found.evidence == "georeference"
    assert len(found.scenes) == 3
    assert 0.5 < found.agreement < 0.8
    return create_place(workspace, "Bay", found.scenes, ADA).place.id


def lonlat(spot: tuple[float, float]) -> tuple[float, float]:
    lon, lat = TO_LONLAT.transform(*spot)
    return float(lon), float(lat)


def test_vents_are_found_where_they_are(workspace: Workspace, bay: int, tmp_path: Path) -> None:
    set_detection(workspace, bay, 800, 3, ADA)
    found = place_sites(workspace, bay)
    assert found.data.pixel_m == pytest.approx(40, rel=0.01)
    assert [one.scene.name for one in found.data.passes] == [one.name for one in ORBITS]  # by their times
    assert len(found.sites) == len(VENTS)
    for vent in VENTS:
        errors = [
            GEOD.inv(one.longitude, one.latitude, *lonlat(vent))[2]
            for one in found.sites
            if one.longitude is not None and one.latitude is not None
        ]
        assert min(errors) < ERROR_M
        site = found.sites[int(np.argmin(errors))]
        assert (site.n, site.m) == (3, 3)
        assert site.length_km == pytest.approx(4.0, abs=0.4)  # in pixels of 40 and of 50 m
        assert site.area_km2 == pytest.approx(4.0 * 0.18, rel=0.15)
    export_sites(workspace, bay, tmp_path / "out", actor=ADA)
    geopandas = pytest.importorskip("geopandas")
    slicks = geopandas.read_file(tmp_path / "out" / "sites.gpkg", layer="slicks")
    assert slicks["length_km"].tolist() == pytest.approx([4.0] * 9, abs=0.4)
    metric = slicks.to_crs("EPSG:32635")
    assert metric.area.tolist() == pytest.approx((slicks["area_km2"] * 1e6).tolist(), rel=0.2)


def test_only_the_passes_that_see_a_point_cover_it(workspace: Workspace, bay: int) -> None:
    found = place_sites(workspace, bay)
    for orbit, one in zip(ORBITS, found.data.passes, strict=True):
        for spot in ((0.0, 0.0), (14_000.0, -8000.0), (-13_000.0, 10_000.0)):
            lon, lat = lonlat(spot)
            assert found.data.georeference is not None
            point = np.column_stack(found.data.georeference.from_lonlat([lon], [lat]))
            distances = orbit.ground(*np.meshgrid([0, WIDTH], [0, HEIGHT])).reshape(-1, 2)
            assert len(distances) == 4
            ((column, row),) = one.geometry.to_pass(point)
            assert orbit.ground(column, row) == pytest.approx(spot, abs=20) or not (
                0 <= column <= WIDTH and 0 <= row <= HEIGHT
            )
            assert one.covers(point)[0] == (0 <= column < WIDTH and 0 <= row < HEIGHT)


def platform(picture: npt.NDArray[np.uint8]) -> tuple[float, float]:
    """Column and row of the middle of the largest bright spot; speckle is smaller."""
    labels, _ = ndimage.label(picture > 0.9 * picture.max())
    rows, columns = np.nonzero(labels == np.bincount(labels.ravel())[1:].argmax() + 1)
    return float(columns.mean() + 0.5), float(rows.mean() + 0.5)


def tile_of_well(workspace: Workspace, place: int, number: int) -> TileRecord:
    found = place_sites(workspace, place)
    assert found.data.georeference is not None
    x, y = (float(one[0]) for one in found.data.georeference.from_lonlat(*([one] for one in lonlat(WELL))))
    tile = tile_at(workspace, found.data.passes[number].scene.id, x, y)
    assert tile is not None
    return tile


def test_other_passes_are_warped_to_the_tile(workspace: Workspace, bay: int) -> None:
    """The platform is at the same pixel of the tile in each pass, and outlines lie on the slicks of the picture."""
    tile = tile_of_well(workspace, bay, 0)
    strip = tile_passes(workspace, tile.id, ADA)
    assert [one["current"] for one in strip["passes"]] == [True, False, False]
    drawn = [tile_pass_picture(workspace, tile.id, one["scene_id"], ADA) for one in strip["passes"]]
    expected = platform(drawn[0])
    for picture in drawn[1:]:
        assert platform(picture) == pytest.approx(expected, abs=1.5)
    for one, picture in zip(strip["passes"][1:], drawn[1:], strict=True):
        spots = [np.array(ring).reshape(-1, 2).mean(axis=0) for ring in one["rings"]]
        inside = [(x, y) for x, y in spots if 2 < x < tile.width - 2 and 2 < y < tile.height - 2]
        valid = picture[picture > 0]
        for x, y in inside:
            assert picture[int(y), int(x)] < np.median(valid)
    sites = tile_sites(workspace, tile.id, ADA)["sites"]
    assert all(one["n"] == 3 for one in sites)


def test_the_contact_sheet_shows_the_same_ground(workspace: Workspace, bay: int) -> None:
    found = place_sites(workspace, bay)
    assert found.data.georeference is not None
    x, y = (float(one[0]) for one in found.data.georeference.from_lonlat(*([one] for one in lonlat(WELL))))
    square = Square(x - 60, y - 60, 120)
    for one in found.data.passes:
        picture = pass_picture(workspace, one.scene.id, square, 240)
        assert platform(picture) == pytest.approx((120, 120), abs=4)  # two pixels of the place


def test_a_place_of_other_grids_has_square_pixels_on_the_ground(workspace: Workspace, bay: int) -> None:
    place = find_place(workspace, "Bay").place
    assert place.georeference is not None
    assert place.georeference["crs"] == "EPSG:32635"
    a, b, _, d, e, _ = place.georeference["transform"]
    assert (a, b, d) == (-e, 0, 0)
    document = place_document(workspace, bay, ADA)
    assert all(one["box"][2] > 0 for one in document["passes"])
