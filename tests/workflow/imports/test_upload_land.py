"""An uploaded vector file becomes the land mask of its import; uploaded products keep their folders."""

from pathlib import Path

import numpy as np
import pytest

from seep.errors import ImportRefusedError
from seep.workflow import tile_data, uploads
from seep.workflow.imports import upload_land
from seep.workflow.workspace import Workspace
from tests.actors import ADA
from tests.workflow.imports.test_conversion_products import write_dimap
from tests.workflow.imports.test_land import write_land
from tests.workflow.test_conversion import PIXELS
from tests.workflow.test_conversion import imported as import_images
from tests.workflow.test_uploads import put


def put_folder(workspace: Workspace, token: str, folder: Path, role: str = "images") -> None:
    for path in sorted(one for one in folder.rglob("*") if one.is_file()):
        put(workspace, token, path.relative_to(folder).as_posix(), path.read_bytes(), role)


def files(workspace: Workspace, token: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for one in uploads.list_files(workspace, token):
        found.setdefault(one.role, []).append(one.name)
    return found


def test_a_shapefile_is_chosen_as_land_with_all_of_its_files(workspace: Workspace, tmp_path: Path) -> None:
    token = uploads.new_token()
    (tmp_path / "in").mkdir()
    write_land(tmp_path / "in" / "coast.shp")
    write_land(tmp_path / "in" / "other.gpkg")
    put_folder(workspace, token, tmp_path / "in")
    put(workspace, token, "a.tif", b"image")
    assert upload_land.land_candidates(workspace, token) == ["coast.shp", "other.gpkg"]
    assert upload_land.land_file(workspace, token) is None

    upload_land.choose_land(workspace, token, "coast.shp", ADA)
    path = upload_land.land_file(workspace, token)
    assert path is not None
    assert path.name == "coast.shp"
    listed = files(workspace, token)
    assert listed["masks"] == ["other.gpkg"]
    assert {"coast.dbf", "coast.prj", "coast.shp", "coast.shx"} <= set(listed["land"])

    upload_land.choose_land(workspace, token, "other.gpkg", ADA)
    assert files(workspace, token)["land"] == ["other.gpkg"]
    assert "coast.shp" in files(workspace, token)["masks"]
    upload_land.choose_land(workspace, token, "", ADA)
    assert "land" not in files(workspace, token)
    assert upload_land.land_candidates(workspace, token) == ["coast.shp", "other.gpkg"]


def test_a_file_that_is_not_there_is_not_land(workspace: Workspace) -> None:
    token = uploads.new_token()
    put(workspace, token, "a.tif", b"image")
    for name in ("../images/a.tif", "b.gpkg"):
        with pytest.raises(ImportRefusedError, match="is not a vector file of this upload"):
            upload_land.choose_land(workspace, token, name, ADA)


def test_a_dropped_product_of_snap_is_imported(workspace: Workspace, tmp_path: Path) -> None:
    token = uploads.new_token()
    product = write_dimap(tmp_path / "in", placed=False)
    extra = product.with_suffix(".data") / "vector_data"
    extra.mkdir()
    (extra / "pins.csv").write_text("#defaultCSS=fill:#0000ff\n")
    put_folder(workspace, token, tmp_path / "in")
    assert set(files(workspace, token)) == {"images"}
    report, (tile,) = import_images(workspace, uploads.upload_folder(workspace, token) / "images")
    assert (report.refused, tile.name) == ([], "p.1")
    np.testing.assert_array_equal(tile_data.read_pixels(workspace, tile), PIXELS)


def test_a_table_of_a_product_is_not_refused_as_an_annotation(workspace: Workspace, tmp_path: Path) -> None:
    token = uploads.new_token()
    target = uploads.upload_target("p.1.data/vector_data/pins.csv", "images")
    put(workspace, token, "p.1.data/vector_data/pins.csv", b"#defaultCSS=fill:#0000ff\n")
    path = uploads.upload_folder(workspace, token) / target.role / target.path
    assert [one.name for one in uploads.add_uploaded(workspace, token, target, path).files] == [
        "p.1.data/vector_data/pins.csv"
    ]
