"""Scores of sites: their terms from masks, wind and reference layers, and weights that a lead sets."""

import csv
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import tifffile

from seep.core.records import TileFilter
from seep.core.sites.score import WEIGHTS, SiteScore, Weights
from seep.errors import DeniedError, SettingsError
from seep.store import tile_queries
from seep.workflow.actor import Actor
from seep.workflow.demo import make_demo
from seep.workflow.exports.deliverables import export_sites
from seep.workflow.places.detection import place_sites
from seep.workflow.places.document import place_document
from seep.workflow.places.places import list_places
from seep.workflow.places.site_scores import get_weights, set_weights, site_scores
from seep.workflow.reference_layers import references_around, remove_layer
from seep.workflow.review.revisions import save_mask
from seep.workflow.workspace import Workspace
from tests.actors import ADA


def scores_of(workspace: Workspace, place: int) -> dict[int, SiteScore]:
    found = place_sites(workspace, place)
    return site_scores(
        workspace, found, references_around(workspace, found.data.georeference, found.data.bounds)
    )


def values(score: SiteScore) -> dict[str, float | None]:
    return {term.name: term.value for term in score.terms}


def test_a_score_is_made_of_the_rate_the_origins_and_the_reviewed_masks(
    workspace: Workspace, place: int
) -> None:
    found = {one.number: one for one in place_sites(workspace, place).sites}
    for number, score in scores_of(workspace, place).items():
        terms = values(score)
        assert terms["recurrence"] == found[number].rate_low
        assert terms["reviewed"] == 1
        assert terms["wind"] is None  # the place has no georeference
        assert terms["origins"] is not None
        assert terms["origins"] > 0.9  # slicks begin within 2 px, the radius is 24 px
        assert score.value == pytest.approx(
            (3 * found[number].rate_low + 2 * terms["origins"] + 1) / 6  # unknown terms do not count
        )


def test_weights_of_a_lead_change_what_is_shown_and_exported(
    workspace: Workspace, place: int, tmp_path: Path
) -> None:
    set_weights(workspace, Weights({**WEIGHTS, "origins": 0, "reviewed": 0}, {}, (0.9, 0.5, 0.4)), ADA)
    sites = place_document(workspace, place, ADA)["sites"]
    assert [round(one["score"]["value"], 6) for one in sites] == [round(one["rate_low"], 6) for one in sites]
    assert {one["score"]["letter"] for one in sites} == {"B", "D"}  # 4 of 4 from 0.51, 3 of 4 from 0.30
    export_sites(workspace, place, tmp_path / "out", actor=ADA)
    with (tmp_path / "out" / "sites.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [float(row["score"]) for row in rows] == [round(one["score"]["value"], 3) for one in sites]
    assert [row["score_class"] for row in rows] == [one["score"]["letter"] for one in sites]
    assert rows[0]["score_terms"] == "recurrence 0.51 (weight 3), wind unknown"
    assert '<p class="note">Score: recurrence 0.51 (weight 3), wind unknown</p>' in (
        tmp_path / "out" / "sites.html"
    ).read_text().replace("&#34;", '"')


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"terms": {"luck": 1.0}}, "no term 'luck'"),
        ({"terms": {"wind": -1.0}}, "not from 0 to 10"),
        ({"terms": {"wind": float("nan")}}, "not from 0 to 10"),
        ({"layers": {"Faults": 11.0}}, "not from -10 to 10"),
        ({"thresholds": (0.4, 0.5, 0.3)}, "must fall from 1 to 0"),
    ],
)
def test_wrong_weights_change_nothing(workspace: Workspace, wrong: dict[str, Any], message: str) -> None:
    before = get_weights(workspace)
    with pytest.raises(SettingsError, match=message):
        set_weights(workspace, replace(before, **wrong), ADA)
    assert get_weights(workspace) == before


def test_a_reviewer_may_not_change_weights(workspace: Workspace) -> None:
    with pytest.raises(DeniedError):
        set_weights(workspace, get_weights(workspace), Actor("bob", "reviewer"))


def test_slicks_of_the_demo_lie_with_the_wind_and_platforms_count_against_sites(workspace: Workspace) -> None:
    make_demo(workspace)
    (place, *_) = list_places(workspace)
    names = [scene.name for scene in place.passes]
    with workspace.store.reading() as session:
        tiles = tile_queries.list_tiles(session, TileFilter(), order="name", limit=1000)
    for tile in tiles:
        if tile.scene in names:
            mask = tifffile.imread(workspace.store.root / "demo" / "masks" / f"{tile.name}.tif")
            save_mask(
                workspace, tile.id, mask, "accept", actor=ADA, base_revision_id=None,
                request_id=f"truth {tile.id}", confirmed=True,
            )  # fmt: skip
    found = place_sites(workspace, place.place.id)
    assert len(found.sites) >= 3
    references = references_around(workspace, found.data.georeference, found.data.bounds)
    scores = scores_of(workspace, place.place.id)
    with_wind = [values(score)["wind"] or 0.0 for score in scores.values()]
    assert sum(with_wind) / len(with_wind) > 0.7  # slicks bend
    for site in found.sites:
        terms = values(scores[site.number])
        (platform,) = references.nearest(site.x, site.y)
        assert terms["Platforms"] == pytest.approx(min(1, platform["distance_km"] / 10))
    remove_layer(workspace, "Platforms", ADA)
    assert all("Platforms" not in values(score) for score in scores_of(workspace, place.place.id).values())
