from pathlib import Path

import geopandas
import pyogrio
import pytest

from seep.errors import StorageError
from seep.io.exporting import vectors
from seep.io.exporting.slick_record import FIELDS
from seep.io.exporting.vectors import write_geopackage, write_shapefile
from tests.io.exporting.slicks import pixel_slick, slick


def test_names_of_shapefiles_fields_are_short_and_differ() -> None:
    names = [field.short for field in FIELDS]
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


def test_no_slick_makes_an_empty_layer(tmp_path: Path) -> None:
    write_geopackage(tmp_path, [])
    assert pyogrio.read_info(tmp_path / "slicks.gpkg", layer="slicks")["features"] == 0


def test_a_file_that_cannot_be_written_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vectors, "place_for", lambda stage, name: stage / "missing" / name)
    with pytest.raises(StorageError, match=r"slicks\.gpkg could not be written"):
        write_geopackage(tmp_path, [slick()])
