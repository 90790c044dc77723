"""Two people in two browsers: a request, a blind second mask, agreement, and the choice of a mask."""

import json
from collections.abc import Iterator
from pathlib import Path

import geopandas
import jsonschema
import pandas
import pytest
from playwright.sync_api import Browser, Page, expect

from seep.workflow.access import accounts
from seep.workflow.actor import Actor
from seep.workflow.agreement.report import agreement_report
from seep.workflow.exports.exporter import ExportOptions, TileSelection, export
from seep.workflow.review import revisions
from seep.workflow.review.second_masks import open_requests
from seep.workflow.workspace import Workspace
from seep_testing.contexts import new_context
from seep_testing.live import LiveApp
from seep_testing.review_tiles import Surface, make_workspace, running
from tests.actors import TESTER
from tests.browser.test_sign_in import PASSWORD, sign_in
from tests.workflow.making import accept

pytestmark = pytest.mark.browser
ADA = Actor("ada", "admin")

Team = tuple[LiveApp, Workspace]


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Team]:
    """Two tiles that ada accepted with a stripe; ann is an annotator."""
    folder = tmp_path_factory.mktemp("second-masks")
    workspace = make_workspace(folder, count=2)
    accounts.add_local(workspace, "ada", "admin", PASSWORD, TESTER)
    accounts.add_local(workspace, "ann", "annotator", PASSWORD, TESTER)
    for tile_id in (1, 2):
        accept(workspace, tile_id, ADA, stripe=3)
    with running(folder, "local") as app:
        yield app, workspace


@pytest.fixture
def pages(browser: Browser) -> Iterator[tuple[Page, Page]]:
    contexts = [new_context(browser) for _ in range(2)]
    yield contexts[0].new_page(), contexts[1].new_page()
    for context in contexts:
        context.close()


def check_record(workspace: Workspace, folder: Path, tile: str) -> None:
    """The exported review record says that ada chose the mask of ann; pandas and geopandas read it."""
    everything = TileSelection(states=None)
    export(workspace, folder, "geopackage", everything, ExportOptions(record=True), actor=TESTER)
    record, schema = (
        json.loads((folder / f"review_record{name}.json").read_text()) for name in ("", ".schema")
    )
    jsonschema.validate(record, schema, jsonschema.Draft202012Validator)
    table = pandas.read_csv(folder / "review_record.csv").set_index("tile")
    row = table.loc[tile]
    assert (row.author, row.role, row.second_annotator, row.adjudication) == (
        "ada",
        "adjudicator",
        "ann",
        "second",
    )
    slicks = geopandas.read_file(folder / "slicks.gpkg", layer="slicks_pixels")
    mine = slicks[slicks.image == tile]
    assert set(mine.adjudication) == {"second"}
    assert set(mine.in_second_mask) == {"yes"}


def test_a_blind_second_mask_from_the_request_to_the_exported_record(
    team: Team, pages: tuple[Page, Page], tmp_path: Path
) -> None:
    (app, workspace), (lead, annotator) = team, pages
    first_id = revisions.get_tile(workspace, 1).head_revision_id
    sign_in(lead, f"{app.url}/agreement", "ada")
    lead.get_by_role("button", name="Request second masks").click()
    dialog = lead.get_by_role("dialog")
    person = dialog.get_by_role("combobox").first
    person.fill("ann")
    person.press("Enter")
    share = dialog.get_by_role("slider")
    share.press("End")
    dialog.get_by_role("button", name="Request", exact=True).click()
    surface = Surface(annotator, app.url)
    surface.wait_for("two requests", lambda: open_requests(workspace) == {"ann": 2})

    loaded: list[str] = []
    annotator.on("response", lambda answer: loaded.append(answer.url))
    sign_in(annotator, f"{app.url}/agreement", "ann")
    annotator.get_by_role("button", name="Draw 2 second masks").click()
    surface.wait("stage", "ready")
    tile_id = int(surface.read("tile"))
    surface.wait("painted", str(tile_id))
    expect(annotator.locator(".header .chip").last).to_contain_text("blind second mask")
    assert not [url for url in loaded if "/revisions/" in url or "/predictions/" in url]
    answer = annotator.request.get(f"{app.url}/seep/revisions/{first_id}/mask")
    assert answer.status == 403
    with_mask = annotator.request.get(f"{app.url}/seep/tiles/{tile_id}/thumbnail?overlay=1").body()
    without = annotator.request.get(f"{app.url}/seep/tiles/{tile_id}/thumbnail?overlay=0").body()
    assert with_mask == without

    surface.drag((20, 40), (60, 40))
    annotator.get_by_role("button", name="Accept and next").click()
    surface.wait("painted", str(3 - tile_id))
    surface.drag((20, 40), (60, 40))
    annotator.get_by_role("button", name="Accept and next").click()
    surface.wait_for("two second masks", lambda: open_requests(workspace) == {})
    assert {one.pair.second_author for one in agreement_report(workspace).tiles} == {"ann"}

    lead.goto(f"{app.url}/agreement")
    expect(lead.get_by_text("2 second masks; 2 tiles to adjudicate.")).to_be_visible()
    lead.get_by_role("button", name="Use second").click()
    expect(lead.get_by_text("2 second masks; 1 tile to adjudicate.")).to_be_visible()
    decided = [one.pair for one in agreement_report(workspace).tiles if one.pair.decision == "second"]
    assert [(one.adjudicated_by, one.second_author) for one in decided] == [("ada", "ann")]
    check_record(workspace, tmp_path, decided[0].tile)
