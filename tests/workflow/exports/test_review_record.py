"""The review record of an export: valid by its own schema, and readable by pandas."""

import json
import shutil
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import geopandas
import jsonschema
import numpy as np
import pandas
import pytest

from seep.io.exporting.pdf import PROGRAMS
from seep.io.exporting.slick_record import REVIEW_FIELDS
from seep.workflow.actor import Actor
from seep.workflow.agreement.adjudication import adjudicate
from seep.workflow.agreement.report import agreement_report
from seep.workflow.exports.exporter import ExportOptions, TileSelection, export
from seep.workflow.exports.formats import FORMATS
from seep.workflow.exports.scene_report import write_report
from seep.workflow.places.times import set_time
from seep.workflow.review import revisions
from seep.workflow.review.second_masks import request_second_masks
from seep.workflow.workspace import Workspace
from tests.actors import ADA, ANA
from tests.workflow.making import accept
from tests.workflow.results import fill_scene
from tests.workflow.review.test_active_time import piece, record
from tests.workflow.review.test_quality_sample import predict

JO = Actor("jo", "annotator")
RECORD = ExportOptions(record=True)
ALL = TileSelection(states=("accepted", "corrected", "rejected", "unreviewed"))


@pytest.fixture
def reviewed(workspace: Workspace, bare_tiles: list[int]) -> list[int]:
    """Tile 0: accepted by ada, drawn again by jo, adjudicated by ana; 1: corrected; 2: rejected; the rest predicted."""
    predict(workspace, bare_tiles)
    accept(workspace, bare_tiles[0], ADA)
    request_second_masks(workspace, "jo", 1, ANA)
    second = np.zeros((64, 64), np.uint8)
    second[:8] = 2
    revisions.save_mask(
        workspace, bare_tiles[0], second, "accept", actor=JO, base_revision_id=None, request_id="second"
    )
    pair = agreement_report(workspace).tiles[0].pair
    adjudicate(workspace, pair.id, "first", ANA, shown_head_id=pair.head_id)
    accept(workspace, bare_tiles[1], ADA, stripe=4)
    revisions.decide(workspace, bare_tiles[2], "reject", ADA, "a ship", reason="image fault")
    record(workspace, ADA, piece(bare_tiles[0], 12), piece(bare_tiles[0], 3))
    return bare_tiles


def written(workspace: Workspace, folder: Path, selection: TileSelection = ALL) -> dict[str, Any]:
    export(workspace, folder, "csv", selection, RECORD, actor=ADA)
    found = json.loads((folder / "review_record.json").read_text())
    schema = json.loads((folder / "review_record.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(found, schema, jsonschema.Draft202012Validator)
    return found


def test_the_record_says_who_did_what(workspace: Workspace, reviewed: list[int], tmp_path: Path) -> None:
    tiles = written(workspace, tmp_path / "out")["tiles"]
    assert len(tiles) == 12
    first, corrected, rejected, untouched = tiles[:4]
    assert [(one["kind"], one["author"], one["role"]) for one in first["revisions"]] == [
        ("accept", "ana", "adjudicator"),
        ("second", "jo", "second annotator"),
        ("accept", "ada", "reviewer"),
    ]
    assert [one["prediction"] for one in first["revisions"]] == ["unchanged", "none", "unchanged"]
    assert first["active_time"] == {"looking_s": 15, "drawing_s": 0, "deciding_s": 0}
    (pair,) = first["second_masks"]
    assert (pair["first_author"], pair["second_author"], pair["adjudication"]) == ("ada", "jo", "first")
    assert pair["adjudicated_by"] == "ana"
    assert pair["agreement"]["iou"] == pytest.approx(0.8)
    assert [(one["prediction"], one["in_second_mask"]) for one in first["slicks"]] == [("unchanged", True)]
    assert [(one["class_id"], one["prediction"]) for one in corrected["slicks"]] == [
        (2, "unchanged"),
        (4, "added"),
    ]
    assert [(one["decision"], one["reason"], one["revision"]) for one in rejected["decisions"]] == [
        ("rejected", "image fault", None)
    ]
    assert [(one["author"], one["text"]) for one in rejected["comments"]] == [("ada", "a ship")]
    assert (untouched["revisions"], untouched["head_revision"], untouched["state"]) == (
        [],
        None,
        "unreviewed",
    )


def test_the_table_is_read_by_pandas(workspace: Workspace, reviewed: list[int], tmp_path: Path) -> None:
    written(workspace, tmp_path / "out")
    table = pandas.read_csv(tmp_path / "out" / "review_record.csv").set_index("tile")
    assert len(table) == 12
    row = table.loc["a.000000"]
    assert (row.author, row.second_annotator, row.adjudication) == ("ana", "jo", "first")
    assert (row.looking_s, row.slicks, row.prediction) == (15, 1, "unchanged")
    assert pandas.isna(table.loc["b.000000"].author)
    assert table.loc["a.000002"].reject_reason == "image fault"
    assert pandas.isna(row.reject_reason)


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_has_the_record_on_request_only(
    workspace: Workspace, reviewed: list[int], tmp_path: Path, name: str
) -> None:
    selection = TileSelection(tiles=reviewed[:2])
    export(workspace, tmp_path / "with", name, selection, RECORD, actor=ADA)
    assert (tmp_path / "with" / "review_record.json").is_file()
    export(workspace, tmp_path / "without", name, selection, actor=ADA)
    assert not list((tmp_path / "without").glob("review_record*"))


def test_no_times_are_written_if_the_setting_is_off(
    workspace: Workspace, reviewed: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    object.__setattr__(workspace, "settings", workspace.settings.model_copy(update={"active_time": "off"}))
    first = written(workspace, tmp_path / "out")["tiles"][0]
    assert first["active_time"] == {"looking_s": None, "drawing_s": None, "deciding_s": None}


def test_slicks_of_csv_and_geopackage_have_the_record_as_columns(
    workspace: Workspace, reviewed: list[int], tmp_path: Path
) -> None:
    written(workspace, tmp_path / "csv")
    table = pandas.read_csv(tmp_path / "csv" / "slicks.csv").set_index("image")
    first = table.loc["a.000000"]
    assert (first.prediction, first.role) == ("unchanged", "adjudicator")
    assert (first.second_annotator, first.in_second_mask, first.adjudication) == ("jo", "yes", "first")
    assert (first.revisions, first.active_s) == (3, 15)
    assert list(table.loc["a.000001"].prediction) == ["unchanged", "added"]
    assert table.loc["a.000002"].comments == "ada: a ship"
    assert pandas.isna(table.loc["b.000000"].role)
    export(workspace, tmp_path / "gpkg", "geopackage", ALL, RECORD, actor=ADA)
    layer = geopandas.read_file(tmp_path / "gpkg" / "slicks.gpkg", layer="slicks_pixels")
    names = [field.name for field in REVIEW_FIELDS]
    same = pandas.read_csv(tmp_path / "csv" / "slicks.csv")[names]
    pandas.testing.assert_frame_equal(
        pandas.DataFrame(layer[names]).replace({None: np.nan}), same, check_dtype=False
    )
    export(workspace, tmp_path / "bare", "geopackage", ALL, actor=ADA)
    assert "role" not in geopandas.read_file(tmp_path / "bare" / "slicks.gpkg", layer="slicks_pixels")


def test_a_slick_across_tiles_joins_their_records(workspace: Workspace, tmp_path: Path) -> None:
    ids = fill_scene(workspace, tmp_path / "scene", "s")
    revisions.decide(workspace, ids[1], "reject", ADA, "ghost")
    export(workspace, tmp_path / "out", "geopackage", ALL, RECORD, actor=ADA)
    layer = geopandas.read_file(tmp_path / "out" / "slicks.gpkg", layer="slicks").set_index("number")
    assert layer.crs.to_epsg() == 4326
    whole = layer.loc[1]
    assert (whole.image, whole.revisions, whole.role, whole.comments) == ("s", 4, "importer", "ada: ghost")
    assert layer.loc[2].revisions == 1


def test_a_catalog_has_the_record_in_its_items(workspace: Workspace, tmp_path: Path) -> None:
    ids = fill_scene(workspace, tmp_path / "scene", "s")
    set_time(workspace, "s", "2026-01-02T03:04:05", ADA)
    revisions.decide(workspace, ids[0], "reject", ADA, "ghost")
    export(workspace, tmp_path / "out", "stac", ALL, RECORD, actor=ADA)
    item = json.loads((tmp_path / "out" / "items" / "s.000.json").read_text())
    assert (item["properties"]["seep:comments"], item["properties"]["seep:revisions"]) == ("ada: ghost", 1)
    collection = json.loads((tmp_path / "out" / "collection.json").read_text())
    asset = tmp_path / "out" / collection["assets"]["review-record"]["href"]
    assert json.loads(asset.read_text())["format"] == "seep-review-record"
    export(workspace, tmp_path / "bare", "stac", ALL, actor=ADA)
    assert "assets" not in json.loads((tmp_path / "bare" / "collection.json").read_text())


def test_a_report_has_a_page_with_the_record_on_request(
    workspace: Workspace, reviewed: list[int], tmp_path: Path
) -> None:
    write_report(workspace, "a", tmp_path / "bare.html")
    assert "Review record" not in (tmp_path / "bare.html").read_text()
    write_report(workspace, "a", tmp_path / "a.html", record=True)
    text = (tmp_path / "a.html").read_text()
    table = ElementTree.fromstring(text[text.index('<table class="review">') : text.rindex("</table>") + 8])
    head = [one.text for one in table.iter("th")]
    rows = [dict(zip(head, [one.text for one in row], strict=True)) for row in table.findall("tbody/tr")]
    row = rows[0]
    assert (row["Tile"], row["Role"], row["Second annotator"]) == ("a.000000", "adjudicator", "jo")
    assert (row["Adjudication"], row["F1 within 2 px"], rows[2]["Comments"]) == (
        "first",
        "1.00",
        "ada: a ship",
    )


@pytest.mark.skipif(not any(map(shutil.which, PROGRAMS)), reason="Chromium is not installed")
def test_a_report_is_printed_as_pdf(workspace: Workspace, reviewed: list[int], tmp_path: Path) -> None:
    write_report(workspace, "a", tmp_path / "a.pdf", record=True)
    assert (tmp_path / "a.pdf").read_bytes()[:5] == b"%PDF-"
