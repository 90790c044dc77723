from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from sqlalchemy import event

from seep.core.geo.grid import Window
from seep.core.records import TileRecord
from seep.errors import MissingError
from seep.store import scenes
from seep.workflow.places.places import remove_passes, set_offset
from seep.workflow.places.tile_passes import tile_pass_picture, tile_passes, tile_sites
from seep.workflow.scenes.layout import layout, read_picture
from seep.workflow.workspace import Workspace
from tests.actors import ADA
from tests.workflow.places.making import SIDE, VENTS


def tile_of(workspace: Workspace, name: str, number: int) -> TileRecord:
    with workspace.store.reading() as session:
        scene = next(one for one in scenes.list_scenes(session) if one.name == name)
        return next(one for one in scenes.tiles_of_scene(session, scene.id) if one.number == number)


def test_the_passes_over_a_tile_are_listed_with_their_slicks(workspace: Workspace, place: int) -> None:
    found = tile_passes(workspace, tile_of(workspace, "p1", 0).id, ADA)
    assert found["place"] == "Bay"
    assert [one["label"] for one in found["passes"]] == ["p1", "p2", "p3", "p4"]
    assert [one["current"] for one in found["passes"]] == [True, False, False, False]
    assert {one["state"] for one in found["passes"]} == {"accepted"}
    assert found["passes"][0]["rings"] == []
    for one in found["passes"][1:]:  # the slicks of the first vent reach into the tile
        assert (one["slicks"], one["reviewed"]) == (1, True)
        ring = np.array(one["rings"][0]).reshape(-1, 2)
        assert np.hypot(*(ring - VENTS[0]).T).min() < 4


def test_the_number_of_queries_does_not_grow_with_the_passes(workspace: Workspace, place: int) -> None:
    tile = tile_of(workspace, "p1", 0)
    tile_passes(workspace, tile.id, ADA)
    before = statements(workspace, lambda: tile_passes(workspace, tile.id, ADA))
    with workspace.store.reading() as session:
        others = [one.name for one in scenes.list_scenes(session)][1:3]
    remove_passes(workspace, others, ADA)
    tile_passes(workspace, tile.id, ADA)
    assert statements(workspace, lambda: tile_passes(workspace, tile.id, ADA)) == before


def statements(workspace: Workspace, run: Callable[[], object]) -> int:
    """Number of SQL statements of a call."""
    seen: list[str] = []

    def note(*arguments: Any) -> None:
        seen.append(arguments[2])

    with workspace.store.reading() as session:
        engine = session.get_bind().engine
    event.listen(engine, "before_cursor_execute", note)
    run()
    event.remove(engine, "before_cursor_execute", note)
    return len(seen)


def test_a_tile_without_slicks_has_none_and_one_without_place_no_passes(
    workspace: Workspace, passes: list[str]
) -> None:
    assert tile_passes(workspace, tile_of(workspace, "p1", 0).id, ADA) == {"place": "", "passes": []}
    assert tile_sites(workspace, tile_of(workspace, "p1", 0).id, ADA) == {
        "place": "",
        "radius_px": 0,
        "sites": [],
    }


def test_the_picture_of_another_pass_is_in_the_grid_of_the_tile(workspace: Workspace, place: int) -> None:
    tile, other = tile_of(workspace, "p1", 5), tile_of(workspace, "p2", 5)
    scene = layout(workspace, other.scene_id)
    expected = read_picture(workspace, scene, Window(*scene.places[other.id], SIDE, SIDE))
    drawn = tile_pass_picture(workspace, tile.id, other.scene_id, ADA)
    np.testing.assert_array_equal(drawn, expected)
    set_offset(workspace, "p2", (3, -2), ADA)
    moved = tile_pass_picture(workspace, tile.id, other.scene_id, ADA)
    np.testing.assert_array_equal(moved[:-2, 3:], expected[2:, :-3])
    with pytest.raises(MissingError, match="is no pass over tile"):
        tile_pass_picture(workspace, tile.id, 99, ADA)


def test_the_sites_on_a_tile_have_their_evidence(workspace: Workspace, place: int) -> None:
    found = tile_sites(workspace, tile_of(workspace, "p4", 2).id, ADA)  # holds the second vent
    (site,) = [one for one in found["sites"] if 0 <= one["tile_x"] < SIDE and 0 <= one["tile_y"] < SIDE]
    assert (site["n"], site["m"], len(site["covering"])) == (3, 4, 4)
    assert site["tile_x"] == pytest.approx(VENTS[1][0] - 2 * SIDE, abs=6)
