from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from seep.errors import SettingsError
from seep.workflow.actor import Actor
from seep.workflow.review import revisions
from seep.workflow.review.active_time import active_time_summary, read_time, record_times
from seep.workflow.workspace import Workspace
from tests.actors import ADA, ANA
from tests.workflow.making import accept
from tests.workflow.review.test_quality_sample import predict


def piece(tile_id: int, seconds: float = 10, **more: Any) -> dict[str, Any]:
    return {
        "id": uuid4().hex,
        "tile": tile_id,
        "started_at": "2026-03-01T09:30:00+01:00",
        "looking_ms": round(1000 * seconds),
        "drawing_ms": 0,
        "deciding_ms": 0,
        "clicks": 2,
        "keys": 0,
        "undos": 0,
        "tools": {"brush": 1},
        **more,
    }


def record(workspace: Workspace, actor: Actor, *pieces: dict[str, Any]) -> int:
    return record_times(workspace, [read_time(one) for one in pieces], actor)["added"]


def shown_to(workspace: Workspace, setting: str) -> Workspace:
    return replace(workspace, settings=workspace.settings.model_copy(update={"active_time": setting}))


def test_a_repeated_piece_counts_once(workspace: Workspace, bare_tiles: list[int]) -> None:
    one = piece(bare_tiles[0], looking_ms=1000, drawing_ms=2000, deciding_ms=500)
    assert record(workspace, ADA, one, one) == 1
    assert record(workspace, ADA, one, piece(bare_tiles[0], 4), piece(999_999)) == 1
    summary = active_time_summary(workspace, ADA)
    assert summary is not None
    assert summary.seconds == (5.0, 2.0, 0.5)
    assert (summary.tiles, summary.seconds_per_tile, summary.forecast) == (0, None, "")


def test_seconds_per_tile_by_state_hour_and_share_of_the_prediction_kept(
    workspace: Workspace, bare_tiles: list[int]
) -> None:
    predict(workspace, bare_tiles)
    for number, tile_id in enumerate(bare_tiles[:6]):
        record(workspace, ADA, piece(tile_id, 10 * (number + 1)))
        accept(workspace, tile_id, ADA, stripe=3 if number >= 4 else 0)
    revisions.decide(workspace, bare_tiles[6], "reject", ADA)
    record(workspace, ADA, piece(bare_tiles[6], 70), piece(bare_tiles[7], 500))
    record(workspace, ANA, piece(bare_tiles[0], 900))
    summary = active_time_summary(workspace, ADA)
    assert summary is not None
    assert (summary.tiles, summary.seconds_per_tile) == (7, 40)
    assert [(one.name, one.tiles, one.seconds_per_tile) for one in summary.by_state] == [
        ("accepted", 4, 25),
        ("corrected", 2, 55),
        ("rejected", 1, 70),
    ]
    assert [(one.name, one.tiles) for one in summary.by_kept] == [("all", 4), ("some", 2)]
    assert [(one.name, one.tiles) for one in summary.by_hour] == [("08:00", 7)]
    assert summary.open_tiles == 5
    assert summary.hours == pytest.approx(5 * 40 / 3600)
    assert summary.interval is not None  # tiles of three scenes
    assert summary.interval[0] <= summary.hours <= summary.interval[1]
    assert summary.forecast.startswith("3 min 20 s for 5 open tiles (")


def test_times_of_others_are_for_leads_and_only_if_the_setting_says_so(
    workspace: Workspace, bare_tiles: list[int]
) -> None:
    record(workspace, ADA, piece(bare_tiles[0], 10))
    record(workspace, ANA, piece(bare_tiles[1], 30))
    own = active_time_summary(workspace, ADA)
    assert own is not None
    assert own.people == []
    assert own.seconds == (10, 0, 0)
    people = active_time_summary(shown_to(workspace, "people"), ADA)
    assert people is not None
    assert [(one.name, one.seconds_per_tile) for one in people.people] == [("ada", 10), ("ana", 30)]
    annotator = active_time_summary(shown_to(workspace, "people"), Actor("ada", "annotator"))
    assert annotator is not None
    assert annotator.people == []


def test_nothing_is_kept_if_the_setting_is_off(workspace: Workspace, bare_tiles: list[int]) -> None:
    assert record(shown_to(workspace, "off"), ADA, piece(bare_tiles[0])) == 0
    assert active_time_summary(shown_to(workspace, "off"), ADA) is None
    summary = active_time_summary(workspace, ADA)
    assert summary is not None
    assert summary.seconds == (0, 0, 0)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"id": "x"}, "id of an active time"),
        ({"looking_ms": -1}, "looking_ms"),
        ({"looking_ms": 1.5}, "looking_ms"),
        ({"drawing_ms": True}, "drawing_ms"),
        ({"deciding_ms": 10**9}, "deciding_ms"),
        ({"tile": "1"}, "tile of an active time"),
        ({"started_at": "yesterday"}, "not a time"),
        ({"started_at": "2026-03-01T09:30:00"}, "no time zone"),
        ({"tools": {"a tool": 1}}, "tools"),
        ({"tools": {"brush": "many"}}, "brush"),
    ],
)
def test_a_wrong_piece_is_refused(wrong: dict[str, Any], sentence: str) -> None:
    with pytest.raises(SettingsError, match=sentence):
        read_time(piece(1, **wrong))
    with pytest.raises(SettingsError, match="JSON object"):
        read_time([])
