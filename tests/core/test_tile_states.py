from dataclasses import fields

import pytest

from seep.core.records import OPEN, REVIEWED, STATES
from seep.core.tile_states import TILE_STATES, TileState


def test_the_database_knows_the_states_of_the_registry() -> None:
    assert STATES == ("unreviewed", "draft", "accepted", "corrected", "rejected", "flagged")
    assert REVIEWED == ("accepted", "corrected")
    assert OPEN == ("unreviewed", "draft", "flagged")


@pytest.mark.parametrize("name", [one.name for one in fields(TileState) if one.type not in {bool, "bool"}])
def test_no_two_states_look_alike(name: str) -> None:
    assert len({getattr(state, name) for state in TILE_STATES.values()}) == len(TILE_STATES)
