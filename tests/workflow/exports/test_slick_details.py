"""Details of exported slicks: on the ground, in the image, and kept until a mask changes."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pyproj import Geod, Transformer

from seep.workflow.exports.exporter import export
from seep.workflow.places.survey import pass_folder
from seep.workflow.places.wind import set_wind
from seep.workflow.reference_layers import add_layer
from seep.workflow.workspace import Workspace
from tests.actors import ADA
from tests.workflow.making import accept
from tests.workflow.results import UTM, fill_scene

GEOD = Geod(ellps="WGS84")
TO_LONLAT = Transformer.from_crs(UTM[0], "EPSG:4326", always_xy=True)
BAR = (20.0, 60.0, 110.0, 68.0)
"""Left, top, right and bottom of the longest slick of the scene, pixels."""


@pytest.fixture
def placed(workspace: Workspace, tmp_path: Path) -> list[int]:
    return fill_scene(workspace, tmp_path / "scene", "s")


def longest(workspace: Workspace, out: Path) -> dict[str, Any]:
    export(workspace, out, "geojson", actor=ADA)
    found: dict[str, Any] = json.loads((out / "slicks.geojson").read_text())["features"][0]["properties"]
    return found


def lonlat(x: float, y: float) -> tuple[float, float]:
    a, _, c, _, e, f = UTM[1]
    lon, lat = TO_LONLAT.transform(c + a * x, f + e * y)
    return float(lon), float(lat)


def test_ends_and_direction_are_those_on_the_ellipsoid(
    workspace: Workspace, placed: list[int], tmp_path: Path
) -> None:
    set_wind(workspace, "s", 5, 300, ADA)
    found = longest(workspace, tmp_path / "out")
    left, top, right, bottom = BAR
    middle = (top + bottom) / 2
    ends = [(found[f"end_{n}_x"], found[f"end_{n}_y"]) for n in (1, 2)]
    assert sorted(ends) == [pytest.approx((left, middle), abs=1.6), pytest.approx((right, middle), abs=1.6)]
    for n, end in enumerate(ends, 1):
        assert (found[f"end_{n}_longitude"], found[f"end_{n}_latitude"]) == pytest.approx(
            lonlat(*end), abs=2e-6
        )
    azimuth = GEOD.inv(*lonlat(left, middle), *lonlat(right, middle))[0] % 180
    assert found["orientation_deg"] == pytest.approx(azimuth, abs=1)
    assert found["wind_angle_deg"] == pytest.approx(abs(azimuth - 120), abs=1)
    assert found["track_angle_deg"] is None  # a map projection does not tell the flight track
    assert found["sinuosity"] == pytest.approx(1, abs=0.03)  # the line passes a hole
    widths = np.array(found["widths_m"].split(), float)
    assert len(widths) == 11
    # The ground is a few per mille longer than the map at this distance from the central meridian.
    assert widths[-2] == pytest.approx(10 * float(found["widths_px"].split()[-2]), abs=1)
    assert found["noise_db"] == pytest.approx(10 / np.log(10) * 2 / np.sqrt(40), rel=0.2)
    assert found["edge_left_db"] == pytest.approx(-found["contrast_db"], rel=0.15)
    assert found["edge_right_db"] == pytest.approx(-found["contrast_db"], rel=0.15)


def test_the_nearest_platform_is_named_with_its_distance(
    workspace: Workspace, placed: list[int], tmp_path: Path
) -> None:
    point = lonlat(60.0, 168.0)  # 100 px south of the slick
    path = tmp_path / "Platforms.geojson"
    feature = {
        "type": "Feature",
        "properties": {"name": "Alpha"},
        "geometry": {"type": "Point", "coordinates": point},
    }
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    add_layer(workspace, path, ADA)
    found = longest(workspace, tmp_path / "out")
    assert found["nearest"] == "Platforms: Alpha"
    distance_m = GEOD.inv(*point, *lonlat(60.0, 68.0))[2]
    assert found["nearest_km"] == pytest.approx(distance_m / 1000, abs=0.002)


def test_measures_are_kept_until_a_mask_changes(
    workspace: Workspace, placed: list[int], tmp_path: Path
) -> None:
    before = longest(workspace, tmp_path / "before")
    (kept,) = pass_folder(workspace, 1).glob("measures-*.json")
    marked = json.loads(kept.read_text())
    for one in marked.values():
        one["shape"]["sinuosity"] = 7
    kept.write_text(json.dumps(marked))
    assert longest(workspace, tmp_path / "again") == before | {"sinuosity": 7}
    accept(workspace, placed[2], stripe=5)  # 22 px below the slick
    assert longest(workspace, tmp_path / "after")["sinuosity"] == before["sinuosity"]


@pytest.mark.parametrize("content", ["", "[]", '{"a": 1}'])
def test_a_damaged_file_of_measures_is_replaced(
    workspace: Workspace, placed: list[int], tmp_path: Path, content: str
) -> None:
    before = longest(workspace, tmp_path / "before")
    (kept,) = pass_folder(workspace, 1).glob("measures-*.json")
    kept.write_text(content)
    assert longest(workspace, tmp_path / "after") == before
    assert len(json.loads(kept.read_text())) == 2
