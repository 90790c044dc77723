import csv
import io
import zipfile
from pathlib import Path

import geopandas
import pytest
from shapely import LineString, Point, Polygon

from seep.core.geo.georeference import Georeference
from seep.errors import DeniedError, ImportRefusedError, MaskError, MissingError
from seep.io.annotations.reading import read_shapes
from seep.store import key_value
from seep.workflow import uploads
from seep.workflow.actor import Actor
from seep.workflow.exports.deliverables import export_sites
from seep.workflow.places import sites
from seep.workflow.places.document import place_document
from seep.workflow.places.reference_uploads import add_uploaded_references, reference_files
from seep.workflow.places.tile_passes import tile_sites
from seep.workflow.reference_layers import add_layer, list_layers, remove_layer
from seep.workflow.scenes.layout import layout
from seep.workflow.scenes.map_tiles import scene_document
from seep.workflow.workspace import Workspace
from tests.actors import ADA


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
    found = place_document(workspace, bay, ADA)["sites"]
    assert {(len(one["covering"]), len(one["examined"]), one["m"]) for one in found} == {
        (2, 0, 0)
    }  # no masks yet


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


def add_platforms(workspace: Workspace, scene: int, folder: Path, name: str = "Platforms") -> None:
    """A layer with the point Alpha, 120 px right of the site."""
    spot = Point(ground(workspace, scene, 220, 100))
    path = folder / "platforms.geojson"
    geopandas.GeoDataFrame({"name": ["Alpha"]}, geometry=[spot], crs="EPSG:4326").to_file(path)
    add_layer(workspace, path, ADA, name)


def test_tables_geopackage_and_report_have_the_distances(
    workspace: Workspace, bay: int, tmp_path: Path
) -> None:
    scene = place_document(workspace, bay, ADA)["passes"][0]["scene_id"]
    add_platforms(workspace, scene, tmp_path)
    add_platforms(workspace, scene, tmp_path, "platforms!")
    export_sites(workspace, bay, tmp_path / "out", actor=ADA)
    with (tmp_path / "out" / "sites.csv").open(encoding="utf-8-sig", newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["platforms_nearest"], row["platforms_2_nearest"]) == ("Alpha", "Alpha")
    assert float(row["platforms_km"]) == pytest.approx(1.2, rel=0.002)
    frame = geopandas.read_file(tmp_path / "out" / "sites.gpkg", layer="sites")
    assert frame["platforms_km"][0] == float(row["platforms_km"])
    assert '<td class="text">Platforms: Alpha, 1.2 km<br>' in (tmp_path / "out" / "sites.html").read_text()


def test_the_map_of_a_scene_has_the_layers_around_it(workspace: Workspace, bay: int, tmp_path: Path) -> None:
    scene = place_document(workspace, bay, ADA)["passes"][0]["scene_id"]
    assert scene_document(workspace, scene)["references"] == []
    add_platforms(workspace, scene, tmp_path)
    (row,) = scene_document(workspace, scene)["references"]
    assert row["name"] == "Platforms"
    assert row["parts"][0] == pytest.approx([220, 100], abs=0.2)


def test_layers_of_earlier_versions_are_read(workspace: Workspace, bay: int, tmp_path: Path) -> None:
    scene = place_document(workspace, bay, ADA)["passes"][0]["scene_id"]
    spot = list(ground(workspace, scene, 220, 100))
    about = {"name": "Old", "source": "old.gpkg", "features": 1, "author": "ada", "created_at": "2026-11-01"}
    with workspace.store.transaction() as session:
        key_value.set_value(session, "reference layers", {"Old": {**about, "content": [["Alpha", [spot]]]}})
    (nearest,) = place_document(workspace, bay, ADA)["sites"][0]["nearest"]
    assert (nearest["feature"], nearest["distance_km"]) == ("Alpha", pytest.approx(1.2, rel=0.002))
    remove_layer(workspace, "Old", ADA)
    assert place_document(workspace, bay, ADA)["references"] == []


def put(workspace: Workspace, token: str, name: str, content: bytes) -> None:
    target = uploads.upload_target(name, "references")
    with uploads.UploadWriter(workspace, token, target, len(content), ADA) as writer:
        writer.write(content)
        path = writer.finish()
    uploads.add_uploaded(workspace, token, target, path)


def test_uploaded_layers_are_added_and_bad_files_are_named(workspace: Workspace, tmp_path: Path) -> None:
    frame = geopandas.GeoDataFrame({"name": ["Alpha"]}, geometry=[Point(10, 50)], crs="EPSG:4326")
    frame.to_crs("EPSG:32632").to_file(tmp_path / "wells.shp")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for path in tmp_path.glob("wells.*"):
            archive.write(path, f"export/{path.name}")
    token = uploads.new_token()
    put(workspace, token, "wells.zip", packed.getvalue())
    put(workspace, token, "broken.gpkg", b"no database")
    assert [one.name for one in reference_files(workspace, token)] == ["broken.gpkg", "wells.shp"]
    broken, wells = add_uploaded_references(workspace, token, ADA)
    assert (wells.sentence, wells.added, broken.added) == ("wells: 1 feature added.", True, False)
    assert "broken.gpkg is damaged" in broken.sentence
    assert [(one.name, one.features) for one in list_layers(workspace)] == [("wells", 1)]
    assert reference_files(workspace, token) == []
    with pytest.raises(ImportRefusedError, match=r"photo\.jpg is no vector layer"):
        uploads.upload_target("photo.jpg", "references")


def test_a_virtual_file_does_not_lead_to_other_files(workspace: Workspace, tmp_path: Path) -> None:
    secret = tmp_path / "secret.gpkg"
    geopandas.GeoDataFrame({"name": ["x"]}, geometry=[Point(1, 2)], crs="EPSG:4326").to_file(secret)
    virtual = (
        f'<OGRVRTDataSource><OGRVRTLayer name="secret"><SrcDataSource>{secret}</SrcDataSource></OGRVRTLayer>'
        "</OGRVRTDataSource>"
    )
    for name in ("evil.gpkg", "evil.shp", "evil.geojson", "evil.json"):
        (tmp_path / name).write_text(virtual)
        with pytest.raises(MaskError, match=rf"{name} is damaged"):
            add_layer(workspace, tmp_path / name, ADA)
    for name in ("evil.gpkg", "evil.shp"):
        with pytest.raises(MaskError, match=rf"{name} is damaged"):
            read_shapes(tmp_path / name)
