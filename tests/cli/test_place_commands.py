"""`seep places` and `seep sites`."""

import json
from pathlib import Path

import pytest

from seep.workflow.places.places import list_places
from seep.workflow.workspace import Workspace
from tests.cli.conftest import Refuse, Run
from tests.workflow.places.making import import_passes


def test_places_are_proposed_confirmed_and_corrected(
    workspace: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str], run: Run, refuse: Refuse
) -> None:
    import_passes(workspace, tmp_path / "place")
    assert run("places", "propose") == 0
    assert capsys.readouterr().out.startswith("1  p1 to p4 look like 4 passes of one place")
    assert "There is no proposal 2" in refuse("places", "confirm", "2")
    assert "or --all" in refuse("places", "confirm")
    assert run("places", "confirm", "1", "--name", "Bay") == 0
    assert run("places", "times", "--set", "p3", "2026-05-21 06:12") == 0
    capsys.readouterr()
    assert run("places", "list", "--json") == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert (row["name"], row["passes"][0]) == (
        "Bay",
        {
            "scene": "p3",
            "acquired_at": "2026-05-21T06:12:00.000+00:00",
            "wind_ms": None,
            "wind_from_deg": None,
            "wind_source": None,
        },
    )
    assert run("places", "split", "Bay", "--scenes", "p1,p2", "--name", "North") == 0
    assert run("places", "merge", "Bay", "North") == 0
    assert run("places", "rename", "Bay", "Shelf") == 0
    assert run("places", "offset", "p1", 8, 0) == 0
    assert run("places", "detection", "Shelf", "--radius", 25, "--min-passes", 2) == 0
    (place,) = list_places(workspace)
    assert (place.place.name, place.place.radius, place.place.min_passes) == ("Shelf", 25, 2)
    assert [one.name for one in place.passes] == ["p3", "p1", "p2", "p4"]
    assert place.passes[1].pass_x == 8
    assert "no place 'Bay'" in refuse("sites", "list", "Bay")


def test_sites_are_listed_ranked_merged_and_undone(
    workspace: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str], run: Run, refuse: Refuse
) -> None:
    import_passes(workspace, tmp_path / "place")
    assert run("places", "create", "Bay", "--scenes", "p1,p2,p3,p4") == 0
    assert run("sites", "rank", "Bay", 1, "high", "--reason", "known vent") == 0
    assert run("sites", "note", "Bay", 2, "check again") == 0
    assert run("sites", "merge", "Bay", "1,2") == 0
    capsys.readouterr()
    assert run("sites", "list", "Bay", "--json") == 0
    rows = json.loads(capsys.readouterr().out)
    assert [(one["number"], one["rank"], one["note"]) for one in rows] == [
        (1, "high", "check again"),
        (3, "", ""),
    ]
    assert run("sites", "undo", "Bay") == 0
    assert capsys.readouterr().out == "Undone: merge\n"
    assert run("sites", "history", "Bay") == 0
    newest = capsys.readouterr().out.splitlines()[0]
    assert "ada  merge site 2" in newest
    assert "undone by ada" in newest
    assert run("sites", "list", "Bay") == 0
    assert capsys.readouterr().out.startswith("3 sites of 11 slicks in 4 passes")
    assert "no site 9" in refuse("sites", "split", "Bay", 9)
    assert run("sites", "weights", "--set", "origins=0", "reviewed=0", "--classes", 0.9, 0.5, 0.4) == 0
    assert capsys.readouterr().out.splitlines() == [
        "recurrence: 3", "origins: 0", "wind: 2", "reviewed: 0", "Classes: A from 0.9, B from 0.5, C from 0.4",
    ]  # fmt: skip
    assert run("sites", "list", "Bay") == 0
    assert "score B 0.51" in capsys.readouterr().out
    assert "no reference layer 'Faults'" in refuse("sites", "weights", "--layer", "Faults=2")
    assert "not from 0 to 10" in refuse("sites", "weights", "--set", "wind=11")
