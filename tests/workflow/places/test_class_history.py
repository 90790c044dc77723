import pytest

from seep.workflow.places.class_history import class_history
from seep.workflow.workspace import Workspace
from tests.actors import ADA
from tests.workflow.places.making import SIDE, VENTS
from tests.workflow.places.test_tile_passes import tile_of


def test_the_classes_at_a_site_are_those_of_reviewed_slicks_of_other_passes(
    workspace: Workspace, place: int
) -> None:
    found = class_history(workspace, tile_of(workspace, "p1", 2).id, ADA)  # holds the second vent
    (site,) = [one for one in found["sites"] if 0 <= one["tile_x"] < SIDE and 0 <= one["tile_y"] < SIDE]
    assert site["classes"] == [(2, 2)]  # of p2 and p3; p1 is the tile's own pass, and p4 has no slick
    assert site["tile_x"] == pytest.approx(VENTS[1][0] - 2 * SIDE, abs=6)
    assert found["radius_px"] == 20
    assert sorted(class_id for class_id, _ in found["tiles"]) == [1, 2, 3]


def test_without_a_place_only_the_classes_of_the_workspace_are_known(
    workspace: Workspace, passes: list[str]
) -> None:
    found = class_history(workspace, tile_of(workspace, "p1", 2).id, ADA)
    assert found["sites"] == []
    assert [count for _, count in found["tiles"]] == sorted(
        (count for _, count in found["tiles"]), reverse=True
    )
