from pathlib import Path

import pytest

from seep.workflow.places.class_history import class_history
from seep.workflow.places.places import create_place
from seep.workflow.workspace import Workspace
from tests.actors import ADA
from tests.workflow.places.making import SIDE, VENTS, import_passes
from tests.workflow.places.test_tile_passes import tile_of


def test_the_classes_at_a_site_are_those_of_reviewed_slicks_of_other_passes(
    workspace: Workspace, tmp_path: Path
) -> None:
    import_passes(workspace, tmp_path / "place")
    tile = tile_of(workspace, "p1", 2)  # holds the second vent
    without = class_history(workspace, tile.id, ADA)
    assert (without["sites"], without["radius_px"]) == ([], 0)
    create_place(workspace, "Bay", ["p1", "p2", "p3", "p4"], ADA)
    found = class_history(workspace, tile.id, ADA)
    (site,) = [one for one in found["sites"] if 0 <= one["tile_x"] < SIDE and 0 <= one["tile_y"] < SIDE]
    assert site["classes"] == [(2, 2)]  # of p2 and p3; p1 is the tile's own pass, and p4 has no slick
    assert site["tile_x"] == pytest.approx(VENTS[1][0] - 2 * SIDE, abs=6)
    assert found["radius_px"] == 24
    assert found["tiles"] == without["tiles"]
    counts = [count for _, count in found["tiles"]]
    assert sorted(class_id for class_id, _ in found["tiles"]) == [1, 2, 3]
    assert counts == sorted(counts, reverse=True)
