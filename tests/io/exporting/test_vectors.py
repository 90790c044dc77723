from pathlib import Path
from xml.etree import ElementTree

import geopandas
import pyogrio
import pytest
from shapely.geometry import MultiPolygon, box

from seep.core.masks.classes import default_classes
from seep.errors import StorageError
from seep.io.exporting import vectors
from seep.io.exporting.kml import write_kml
from seep.io.exporting.qgis_styles import add_styles
from seep.io.exporting.slick_record import DETAIL_FIELDS, FIELDS
from seep.io.exporting.vectors import write_geopackage, write_shapefile
from tests.io.exporting.slicks import pixel_slick, slick


def test_names_of_shapefiles_fields_are_short_and_differ() -> None:
    names = [field.short for field in (*FIELDS, *DETAIL_FIELDS)]
    assert max(map(len, names)) <= 10
    assert len(set(names)) == len(names)


def test_long_and_foreign_texts_survive_a_shapefile(tmp_path: Path) -> None:
    write_shapefile(tmp_path, [slick(class_name="Ölfilm 油", author="é" * 200)])
    read = geopandas.read_file(tmp_path / "slicks.shp")
    assert read["class_name"][0] == "Ölfilm 油"
    assert read["author"][0] == "é" * 127
    assert read["prob"].isna()[0]
    assert read["contr_db"][0] == -6.5


def test_pixels_and_degrees_never_share_a_layer(tmp_path: Path) -> None:
    write_geopackage(tmp_path, [slick(), pixel_slick(image="t"), slick(number=2)])
    layers = {
        name: pyogrio.read_info(tmp_path / "slicks.gpkg", layer=name)
        for name, _ in pyogrio.list_layers(tmp_path / "slicks.gpkg")
    }
    assert {name: info["features"] for name, info in layers.items()} == {
        "slicks": 2,
        "center_lines": 2,
        "slicks_pixels": 1,
        "center_lines_pixels": 0,
    }
    assert layers["slicks"]["crs"] == "EPSG:4326"
    assert layers["slicks_pixels"]["crs"] in {None, ""} or "4326" not in layers["slicks_pixels"]["crs"]


def test_a_geopackage_has_the_class_colors_as_default_styles(tmp_path: Path) -> None:
    write_geopackage(tmp_path, [slick(), pixel_slick(image="t")])
    path = tmp_path / "slicks.gpkg"
    classes = default_classes(3)
    add_styles(path, classes)
    table = geopandas.read_file(path, layer="layer_styles")
    assert set(table["f_table_name"]) == {"slicks", "center_lines", "slicks_pixels", "center_lines_pixels"}
    assert table["useAsDefault"].astype(bool).all()
    style = ElementTree.fromstring(table.set_index("f_table_name")["styleQML"]["slicks"])
    categories = {one.get("value"): one.get("label") for one in style.iter("category")}
    assert categories == {"1": classes[1].name, "2": classes[2].name}
    assert [one.get("type") for one in style.iter("symbol")] == ["fill", "fill"]
    assert len(geopandas.read_file(path, layer="slicks")) == 1


def test_kml_has_the_outlines_with_holes_and_fields(tmp_path: Path) -> None:
    ring = box(3.0, 41.0, 3.1, 41.1) - box(3.04, 41.04, 3.06, 41.06)
    slicks = [slick(outline=MultiPolygon([ring])), slick(scene="t", number=2), pixel_slick()]
    assert write_kml(tmp_path, slicks, default_classes(3)) == 2
    read = geopandas.read_file(tmp_path / "slicks.kml", layer="s")
    assert read.geometry[0].area == pytest.approx(ring.area)
    assert read["area_px"].astype(int)[0] == 6
    assert [name for name, _ in pyogrio.list_layers(tmp_path / "slicks.kml")] == ["s", "t"]


def test_no_slick_makes_an_empty_layer(tmp_path: Path) -> None:
    write_geopackage(tmp_path, [])
    assert pyogrio.read_info(tmp_path / "slicks.gpkg", layer="slicks")["features"] == 0


def test_a_file_that_cannot_be_written_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vectors, "place_for", lambda stage, name: stage / "missing" / name)
    with pytest.raises(StorageError, match=r"slicks\.gpkg could not be written"):
        write_geopackage(tmp_path, [slick()])
