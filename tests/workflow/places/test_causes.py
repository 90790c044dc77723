"""Causes of slicks as analysts decide them."""

import csv
import json
from pathlib import Path

import geopandas
import numpy as np
import pytest
import shapely

from seep.core.records import TileFilter
from seep.core.sites.causes import CAUSES, count_causes
from seep.errors import DeniedError, MissingError, SettingsError
from seep.store import audit_log, scenes
from seep.store.places.causes import SlickCause, list_causes
from seep.workflow.actor import Actor
from seep.workflow.exports.deliverables import export_sites
from seep.workflow.exports.slick_measurements import measured_slicks
from seep.workflow.places.document import place_document
from seep.workflow.places.slicks.causes import decide_cause
from seep.workflow.review import queue
from seep.workflow.review.causes import (
    CAUSE_FILTERS,
    cause_name,
    decide_tile_cause,
    tiles_by_cause,
    with_cause,
)
from seep.workflow.review.revisions import get_tile, save_mask
from seep.workflow.review.second_masks import request_second_masks
from seep.workflow.review.tile_document import tile_document
from seep.workflow.scenes.layout import layout
from seep.workflow.scenes.mosaics import MosaicReader, build_mosaics
from seep.workflow.trash import delete_permanently, delete_scene
from seep.workflow.workspace import Workspace
from tests.actors import ADA, ANA
from tests.workflow.making import accept

BEN = Actor("ben", "reviewer")


def decide(
    workspace: Workspace, place: int, number: int, slick: int, cause: str, *, actor: Actor = ADA
) -> None:
    """Decide the cause of a slick of pass `number`."""
    document = place_document(workspace, place, ADA)
    scene = document["passes"][number]["scene_id"]
    decide_cause(workspace, place, scene, slick, cause, version=document["version"], actor=actor)


def causes(workspace: Workspace, place: int) -> list[list[str]]:
    document = place_document(workspace, place, ADA)
    return [[slick["cause"] for slick in one["slicks"]] for one in document["passes"]]


def test_the_newest_decision_holds_and_can_be_taken_back(workspace: Workspace, place: int) -> None:
    assert causes(workspace, place) == [[""] * 3, [""] * 3, [""] * 3, [""] * 2]
    decide(workspace, place, 0, 1, "seep")
    decide(workspace, place, 0, 1, "vessel", actor=BEN)
    decide(workspace, place, 3, 0, "low_wind")
    assert causes(workspace, place) == [["", "vessel", ""], [""] * 3, [""] * 3, ["low_wind", ""]]
    decide(workspace, place, 0, 1, "")
    assert causes(workspace, place)[0] == [""] * 3
    with workspace.store.reading() as session:
        entries = [one for one in audit_log.list_audit(session) if one.action == "cause"]
    assert [(one.author, one.details["to"]) for one in reversed(entries)] == [
        ("ada", "seep"),
        ("ben", "vessel"),
        ("ada", "low_wind"),
        ("ada", ""),
    ]


def test_a_decision_follows_the_ground_when_masks_change(workspace: Workspace, place: int) -> None:
    decide(workspace, place, 0, 0, "platform")
    document = place_document(workspace, place, ADA)
    scene = layout(workspace, document["passes"][0]["scene_id"])
    ring = np.reshape(document["passes"][0]["slicks"][0]["rings"][0], (-1, 2))
    empty = [tile for tile in scene.tiles if not _overlaps(scene.places[tile.id], tile.width, ring)]
    assert empty
    with workspace.store.reading() as session:
        heads = {tile.id: tile.head_revision_id for tile in scenes.tiles_of_scene(session, scene.scene.id)}
    for tile in empty:  # the other slicks go, so that the numbers change
        save_mask(
            workspace,
            tile.id,
            np.zeros((tile.height, tile.width), np.uint8),
            "accept",
            actor=ADA,
            base_revision_id=heads[tile.id],
            request_id=f"clear {tile.id}",
            confirmed=True,
        )
    assert causes(workspace, place)[0].count("platform") == 1


def _overlaps(corner: tuple[int, int], side: int, ring: np.ndarray) -> bool:
    low, high = ring.min(axis=0), ring.max(axis=0)
    return bool((low <= np.add(corner, side)).all() and (high >= corner).all())


def test_exports_and_the_report_name_the_causes(workspace: Workspace, place: int, tmp_path: Path) -> None:
    document = place_document(workspace, place, ADA)
    for number, one in enumerate(document["passes"]):
        for slick, row in enumerate(one["slicks"]):
            if row["site"] == 1:
                decide(workspace, place, number, slick, "seep" if number else "vessel", actor=BEN)
    export_sites(workspace, place, tmp_path / "out", actor=ADA)
    slicks = geopandas.read_file(tmp_path / "out" / "sites.gpkg", layer="slicks")
    at_site = slicks[slicks["site"] == 1]
    assert at_site["cause"].tolist() == ["vessel", "natural seep", "natural seep", "natural seep"]
    assert set(slicks[slicks["site"] != 1]["cause"].fillna("")) == {""}
    assert "cause_by" not in slicks
    with (tmp_path / "out" / "sites.csv").open(encoding="utf-8-sig", newline="") as file:
        assert [row["causes"] for row in csv.DictReader(file)] == ["natural seep 3, vessel 1", "", ""]
    assert ", slick, vessel" in (tmp_path / "out" / "sites.html").read_text()
    export_sites(workspace, place, tmp_path / "named", actor=ADA, names=True)
    named = geopandas.read_file(tmp_path / "named" / "sites.gpkg", layer="slicks")
    assert set(named[named["site"] == 1]["cause_by"]) == {"ben"}


def test_wrong_decisions_change_nothing(workspace: Workspace, place: int) -> None:
    document = place_document(workspace, place, ADA)
    scene, version = document["passes"][0]["scene_id"], document["version"]
    with pytest.raises(SettingsError, match="no cause 'oil'"):
        decide_cause(workspace, place, scene, 0, "oil", version=version, actor=ADA)
    with pytest.raises(SettingsError, match="changed meanwhile"):
        decide_cause(workspace, place, scene, 0, "seep", version="older", actor=ADA)
    with pytest.raises(MissingError, match="no slick 9"):
        decide_cause(workspace, place, scene, 9, "seep", version=version, actor=ADA)
    with pytest.raises(DeniedError, match="role reviewer"):
        decide_cause(workspace, place, scene, 0, "seep", version=version, actor=Actor("eve", "annotator"))
    assert json.dumps(causes(workspace, place)).count('""') == 11


def test_causes_are_counted_in_words() -> None:
    assert count_causes(["seep", "", "vessel", "seep"]) == "natural seep 2, vessel 1"
    assert count_causes(["", ""]) == ""


def test_causes_of_a_scene_are_deleted_with_it(workspace: Workspace, place: int) -> None:
    decide(workspace, place, 0, 0, "seep")
    scene = place_document(workspace, place, ADA)["passes"][0]["scene_id"]
    entry = delete_scene(workspace, scene, ADA)
    with workspace.store.reading() as session:
        assert list_causes(session, [scene])[scene][0].cause == "seep"  # it can be restored
    delete_permanently(workspace, [entry.id], ADA)
    with workspace.store.reading() as session:
        assert list_causes(session, [scene]) == {}


def test_exported_slicks_of_a_scene_have_their_cause(workspace: Workspace, place: int) -> None:
    document = place_document(workspace, place, ADA)
    ends = [slick["ends"] for slick in document["passes"][1]["slicks"]]
    low = int(np.argmax([min(one[1::2]) for one in ends]))  # within the last row of tiles
    decide(workspace, place, 1, low, "internal_wave")
    with workspace.store.reading() as session:
        tiles = scenes.tiles_of_scene(session, document["passes"][1]["scene_id"])
    for chosen, count in ((tiles, 3), (tiles[8:], 1)):  # the mosaic of the last row begins elsewhere
        (mosaic,) = build_mosaics(workspace, chosen)
        found = list(measured_slicks(MosaicReader(workspace, mosaic), {}))
        assert len(found) == count
        assert [one.details.cause for one in found if one.details.cause] == ["internal wave"]


def end_on_tile(workspace: Workspace, place: int, number: int, slick: int) -> tuple[int, tuple[int, int]]:
    """A tile and its pixel in which a slick of pass `number` has its largest run of pixels."""
    one = place_document(workspace, place, ADA)["passes"][number]
    scene = layout(workspace, one["scene_id"])
    ring = np.reshape(one["slicks"][slick]["rings"][0], (-1, 2))
    area = shapely.Polygon(ring)
    for tile in scene.tiles:
        x, y = scene.places[tile.id]
        part = area.intersection(shapely.box(x, y, x + tile.width, y + tile.height))
        if part.area > area.area / 3:
            inside = shapely.point_on_surface(part)
            return tile.id, (int(inside.x - x), int(inside.y - y))
    raise AssertionError


def test_a_cause_of_review_is_that_of_sites_and_the_other_way_round(workspace: Workspace, place: int) -> None:
    tile, pixel = end_on_tile(workspace, place, 0, 1)
    decide_tile_cause(workspace, tile, pixel, "vessel", actor=BEN)
    assert causes(workspace, place)[0] == ["", "vessel", ""]
    decide(workspace, place, 0, 1, "rain_cell")
    (newest, first) = tile_document(workspace, tile, ADA)["causes"]
    assert [(one["x"], one["y"]) for one in (newest, first)] == [pixel, pixel]
    assert (newest["cause"], newest["author"], first["author"]) == ("rain_cell", "ada", "ben")
    assert tiles_by_cause(workspace) == {"rain_cell": 1}
    decide_tile_cause(workspace, tile, pixel, "", actor=BEN)
    assert causes(workspace, place)[0] == [""] * 3
    assert tiles_by_cause(workspace) == {}


def test_a_cause_of_the_version_before_tiles_were_kept_still_holds(workspace: Workspace, place: int) -> None:
    tile, (x, y) = end_on_tile(workspace, place, 0, 1)
    scene = get_tile(workspace, tile).scene_id
    left, top = layout(workspace, scene).places[tile]
    with workspace.store.transaction() as session:
        point = {"x": left + x + 0.5, "y": top + y + 0.5}
        session.add(SlickCause(scene_id=scene, cause="seep", author="ben", created_at="", **point))
    assert causes(workspace, place)[0] == ["", "seep", ""]
    assert [(one["x"], one["y"]) for one in tile_document(workspace, tile, ADA)["causes"]] == [(x, y)]
    decide(workspace, place, 0, 1, "vessel")
    assert causes(workspace, place)[0] == ["", "vessel", ""]


def test_slicks_of_scenes_without_a_place_have_causes_in_exports(
    workspace: Workspace, bare_tiles: list[int]
) -> None:
    first, second = bare_tiles[:2]
    for one in (first, second):
        accept(workspace, one, ADA, stripe=1)
    mosaic_of = {}
    for one in (first, second):
        (mosaic,) = build_mosaics(workspace, [get_tile(workspace, one)])
        mosaic_of[one] = mosaic
    decide_tile_cause(workspace, first, (5, 31), "low_wind", actor=ADA)
    found = {
        one: [slick.details.cause for slick in measured_slicks(MosaicReader(workspace, mosaic), {})]
        for one, mosaic in mosaic_of.items()
    }
    assert found == {first: ["low wind"], second: [None]}


def test_tiles_are_filtered_and_counted_by_cause(workspace: Workspace, bare_tiles: list[int]) -> None:
    for one in bare_tiles[:4]:
        accept(workspace, one, ADA, stripe=1)
    decide_tile_cause(workspace, bare_tiles[0], (5, 31), "seep", actor=ADA)
    decide_tile_cause(workspace, bare_tiles[0], (5, 31), "low_wind", actor=BEN)
    decide_tile_cause(workspace, bare_tiles[1], (5, 31), "vessel", actor=ADA)
    decide_tile_cause(workspace, bare_tiles[2], (5, 31), "vessel", actor=ADA)
    decide_tile_cause(workspace, bare_tiles[2], (5, 31), "", actor=ADA)

    def listed(name: str) -> list[int]:
        chosen = with_cause(TileFilter(), name)
        assert cause_name(chosen) == name
        assert queue.count(workspace, chosen) == len(queue.queue(workspace, chosen, "name"))
        return sorted(item.id for item in queue.queue(workspace, chosen, "name"))

    wanted = {"none": bare_tiles[2:4], "any": bare_tiles[:2], "not_oil": bare_tiles[:1]}
    wanted |= {"low_wind": bare_tiles[:1], "vessel": bare_tiles[1:2]}
    assert {name: listed(name) for name in CAUSE_FILTERS} == {
        name: wanted.get(name, []) for name in CAUSE_FILTERS
    }
    assert CAUSES.keys() < CAUSE_FILTERS.keys()
    assert with_cause(TileFilter(), "oil") == with_cause(TileFilter(), None) == TileFilter()
    assert cause_name(TileFilter()) is None
    assert tiles_by_cause(workspace) == {"vessel": 1, "low_wind": 1}


def test_a_wrong_cause_on_a_tile_changes_nothing(workspace: Workspace, bare_tiles: list[int]) -> None:
    tile = bare_tiles[0]
    with pytest.raises(SettingsError, match="no cause 'oil'"):
        decide_tile_cause(workspace, tile, (5, 31), "oil", actor=ADA)
    with pytest.raises(SettingsError, match="64, 31 is outside"):
        decide_tile_cause(workspace, tile, (64, 31), "seep", actor=ADA)
    with pytest.raises(MissingError):
        decide_tile_cause(workspace, 9999, (5, 31), "seep", actor=ADA)
    with pytest.raises(DeniedError, match="role reviewer"):
        decide_tile_cause(workspace, tile, (5, 31), "seep", actor=Actor("eve", "annotator"))
    assert tile_document(workspace, tile, ADA)["causes"] == []


def test_who_draws_a_blind_second_mask_neither_sees_nor_decides_causes(
    workspace: Workspace, bare_tiles: list[int]
) -> None:
    tile = bare_tiles[0]
    accept(workspace, tile, ADA)
    decide_tile_cause(workspace, tile, (5, 31), "seep", actor=ADA)
    request_second_masks(workspace, "ben", 1, ANA)
    assert tile_document(workspace, tile, BEN)["causes"] == []
    with pytest.raises(SettingsError, match="blind second mask"):
        decide_tile_cause(workspace, tile, (5, 31), "vessel", actor=BEN)
    assert [one["cause"] for one in tile_document(workspace, tile, ADA)["causes"]] == ["seep"]
