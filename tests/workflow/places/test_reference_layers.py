from pathlib import Path

import geopandas
import pytest
from shapely import LineString, Point, Polygon

from seep.core.geo.georeference import Georeference
from seep.errors import DeniedError, MaskError, MissingError
from seep.workflow.actor import Actor
from seep.workflow.places import sites
from seep.workflow.places.document import place_document
from seep.workflow.places.places import create_place
from seep.workflow.places.reference_layers import add_layer, list_layers, remove_layer
from seep.workflow.places.tile_passes import tile_sites
from seep.workflow.scenes.layout import layout
from seep.workflow.workspace import Workspace
from tests.actors import ADA
from tests.workflow.rasters import open_raster_scene, sea, write_raster


@pytest.fixture
def bay(workspace: Workspace, tmp_path: Path) -> int:
    """A place of two rasters of 10 m pixels with a site at (100, 100)."""
    names = [f"S1_{number}" for number in range(2)]
    for number, name in enumerate(names):
        open_raster_scene(workspace, write_raster(tmp_path / f"{name}.tif", sea(number)))
    place = create_place(workspace, "Bay", names, ADA)
    sites.add_site(workspace, place.place.id, (100, 100), ADA)
    return place.place.id


def ground(workspace: Workspace, scene_id: int, x: float, y: float) -> tuple[float, float]:
    """Longitude and latitude of a pixel of the first pass, which is the grid of the place."""
    georeference = layout(workspace, scene_id).scene.georeference

    known = Georeference.from_dict(georeference)
    assert known is not None
    lon, lat = known.lonlat([x], [y])
    return float(lon[0]), float(lat[0])


def test_every_point_of_overlapping_rasters_is_covered_by_all_passes(workspace: Workspace, bay: int) -> None:
    for spot in ((150, 40), (40, 150), (150, 150), (200, 200)):  # an import samples every second block only
        sites.add_site(workspace, bay, spot, ADA)
    assert {one["m"] for one in place_document(workspace, bay, ADA)["sites"]} == {2}


def test_the_nearest_feature_of_each_layer_is_told_with_its_distance(
    workspace: Workspace, bay: int, tmp_path: Path
) -> None:
    scene = place_document(workspace, bay, ADA)["passes"][0]["scene_id"]
    spots = {"Alpha": (220, 100), "Beta": (100, 400)}
    points = geopandas.GeoDataFrame(
        {"name": list(spots)},
        geometry=[Point(ground(workspace, scene, *spot)) for spot in spots.values()],
        crs="EPSG:4326",
    )
    points.to_crs("EPSG:3857").to_file(tmp_path / "platforms.gpkg", layer="p", driver="GPKG")
    lane = LineString([ground(workspace, scene, 0, 150), ground(workspace, scene, 400, 150)])
    geopandas.GeoDataFrame({"kind": ["lane"]}, geometry=[lane], crs="EPSG:4326").to_file(
        tmp_path / "lanes.geojson"
    )
    add_layer(workspace, tmp_path / "platforms.gpkg", ADA, "Platforms")
    add_layer(workspace, tmp_path / "lanes.geojson", ADA)
    assert [(one.name, one.features, one.source) for one in list_layers(workspace)] == [
        ("Platforms", 2, "platforms.gpkg"),
        ("lanes", 1, "lanes.geojson"),
    ]
    document = place_document(workspace, bay, ADA)
    assert [(one["name"], len(one["parts"])) for one in document["references"]] == [
        ("Platforms", 2),
        ("lanes", 1),
    ]
    assert document["references"][0]["parts"][0] == pytest.approx([220, 100], abs=0.2)
    platform, near_lane = document["sites"][0]["nearest"]
    assert (platform["layer"], platform["feature"]) == ("Platforms", "Alpha")
    assert platform["distance_km"] == pytest.approx(1.2, rel=0.01)
    assert (near_lane["feature"], near_lane["distance_km"]) == ("", pytest.approx(0.5, rel=0.01))
    tile = layout(workspace, scene).tiles[0].id
    assert tile_sites(workspace, tile, ADA)["sites"][0]["nearest"] == document["sites"][0]["nearest"]
    remove_layer(workspace, "lanes", ADA)
    assert [one.name for one in list_layers(workspace)] == ["Platforms"]


def test_polygons_are_drawn_as_rings_and_far_features_are_left_out(
    workspace: Workspace, bay: int, tmp_path: Path
) -> None:
    scene = place_document(workspace, bay, ADA)["passes"][0]["scene_id"]
    corners = [ground(workspace, scene, x, y) for x, y in ((10, 10), (60, 10), (60, 60))]
    shapes = [Polygon(corners), Point(-120.0, -40.0)]
    frame = geopandas.GeoDataFrame({"id": [1, 2]}, geometry=shapes, crs="EPSG:4326")
    frame.to_file(tmp_path / "mixed.gpkg", driver="GPKG")
    add_layer(workspace, tmp_path / "mixed.gpkg", ADA)
    (row,) = place_document(workspace, bay, ADA)["references"]
    assert [len(part) for part in row["parts"]] == [8]  # a closed ring of three corners


def test_files_that_are_no_layer_are_refused_and_change_nothing(workspace: Workspace, tmp_path: Path) -> None:
    (tmp_path / "broken.gpkg").write_bytes(b"no database")
    (tmp_path / "image.tif").write_bytes(b"II")
    with pytest.raises(MaskError, match=r"broken\.gpkg is damaged or incomplete"):
        add_layer(workspace, tmp_path / "broken.gpkg", ADA)
    with pytest.raises(MaskError, match=r"image\.tif is no vector layer"):
        add_layer(workspace, tmp_path / "image.tif", ADA)
    with pytest.raises(MissingError, match="no reference layer 'x'"):
        remove_layer(workspace, "x", ADA)
    with pytest.raises(DeniedError):
        add_layer(workspace, tmp_path / "broken.gpkg", Actor("cy", "annotator"))
    assert list_layers(workspace) == []
