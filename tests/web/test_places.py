"""Routes of the Sites page."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from starlette.applications import Starlette

from seep.settings import Settings
from seep.web.routes import middleware, routes
from seep.workflow.places.detection import refresh_sites
from seep.workflow.places.places import create_place
from seep.workflow.workspace import open_workspace
from tests.actors import ADA
from tests.web.client import Client
from tests.workflow.places.making import VENTS, import_passes


@pytest.fixture
def own_client(tmp_path: Path) -> Client:
    """Routes of its own for a test that changes something."""
    return make_client(tmp_path)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Client:
    """The routes for all tests that only read, or whose changes are refused."""
    return make_client(tmp_path_factory.mktemp("places"))


def make_client(folder: Path) -> Client:
    """The routes on a workspace with four passes of one place, number 1."""
    workspace = open_workspace(
        Settings(workspace=folder / "workspace", user="tester", import_roots=(folder,))
    )
    import_passes(workspace, folder / "place")
    place = create_place(workspace, "Bay", ["p1", "p2", "p3", "p4"], ADA).place
    refresh_sites(workspace, place.id)  # as the worker does
    return Client(Starlette(routes=routes(lambda: workspace), middleware=middleware()))


def send(client: Client, **change: object) -> tuple[int, dict[str, Any]]:
    answer = client.change("POST", "/seep/places/1/sites", json.dumps(change).encode())
    return answer.status, answer.json


def test_the_document_has_passes_slicks_and_sites(client: Client) -> None:
    place = client.get("/seep/places/1/document").json
    assert [one["label"] for one in place["passes"]] == ["p1", "p2", "p3", "p4"]
    assert sum(len(one["slicks"]) for one in place["passes"]) == 11
    assert (place["bounds"], place["pixel_m"], place["denied"]) == ([0, 0, 256, 192], None, None)
    assert sorted((one["n"], one["m"]) for one in place["sites"]) == [(3, 4), (4, 4), (4, 4)]
    slick = place["passes"][0]["slicks"][0]
    site = next(one for one in place["sites"] if one["number"] == slick["site"])
    end = slick["ends"][2 * slick["origin_end"] : 2 * slick["origin_end"] + 2]
    assert np.hypot(end[0] - site["x"], end[1] - site["y"]) < 20
    assert client.get("/seep/places/9/document").status == 404


def test_changes_answer_with_the_new_document(own_client: Client) -> None:
    status, place = send(own_client, action="rank", sites=[1], rank="high", reason="known vent")
    assert status == 200
    assert place["sites"][0]["rank"] == "high"
    assert place["history"][0]["reason"] == "known vent"
    status, place = send(own_client, action="add", x=30, y=150)
    assert (status, len(place["sites"])) == (200, 4)
    status, place = send(own_client, action="merge", sites=[1, 2])
    assert (status, len(place["sites"])) == (200, 3)
    status, place = send(own_client, action="undo")
    assert (status, len(place["sites"])) == (200, 4)
    assert [one["undone_by"] for one in place["history"][:2]] == ["tester", "tester"]
    cause = {"action": "cause", "scene": place["passes"][0]["scene_id"], "slick": 1, "cause": "vessel"}
    status, place = send(own_client, **cause, version=place["version"])
    assert (status, place["passes"][0]["slicks"][1]["cause"]) == (200, "vessel")
    assert place["causes"]["vessel"] == "vessel"


@pytest.mark.parametrize(
    ("change", "status", "reason"),
    [
        ({"action": "burn", "sites": [1]}, 400, "no action 'burn'"),
        ({"action": "rank", "sites": [1, 2], "rank": "high"}, 400, "needs one site"),
        ({"action": "rank", "sites": [1], "rank": "sure"}, 400, "Unknown rank"),
        ({"action": "rank", "sites": ["1"], "rank": "high"}, 400, "list of numbers"),
        ({"action": "move", "sites": [1], "x": "left"}, 400, "x and y"),
        ({"action": "move", "sites": [1], "x": 1e5, "y": 0}, 400, "outside place Bay"),
        ({"action": "note", "sites": [1], "note": 5}, 400, "have to be text"),
        ({"action": "rank", "sites": [77], "rank": "high"}, 404, "no site 77"),
        (
            {"action": "cause", "scene": 1, "slick": "0", "cause": "seep", "version": ""},
            400,
            "have to be numbers",
        ),
        ({"action": "cause", "scene": 1, "slick": 0, "cause": 7, "version": ""}, 400, "have to be text"),
        (
            {"action": "cause", "scene": 1, "slick": 0, "cause": "seep", "version": "old"},
            400,
            "changed meanwhile",
        ),
    ],
)
def test_a_wrong_change_is_refused(
    client: Client, change: dict[str, object], status: int, reason: str
) -> None:
    before = client.get("/seep/places/1/document").json
    got, answer = send(client, **change)
    assert got == status
    assert reason in str(answer["error"])
    assert client.get("/seep/places/1/document").json == before


def test_pictures_show_the_same_ground_of_each_pass(client: Client) -> None:
    """At the first vent the first pass is dark, as the slick begins there; far away it is not."""

    def gray(scene: int, x: float, y: float) -> float:
        answer = client.get(f"/seep/passes/{scene}/picture?x={x - 4}&y={y - 4}&side=8&size=16")
        assert (answer.status, answer.headers["content-type"]) == (200, "image/jpeg")
        picture = cv2.imdecode(np.frombuffer(answer.body, np.uint8), cv2.IMREAD_GRAYSCALE)
        assert picture.shape == (16, 16)
        return float(picture.mean())

    x, y = VENTS[0]
    assert gray(1, x + 8, y + 3) < 0.8 * gray(1, 30, 150)
    assert gray(1, 2, 2) < 5  # nodata
    assert client.get("/seep/passes/1/picture?x=a&y=0&side=8&size=16").status == 400
    assert client.get("/seep/passes/1/picture?x=0&y=0&side=8&size=9999").status == 400
    assert client.get("/seep/passes/77/picture?x=0&y=0&side=8&size=16").status == 404


def test_the_export_is_a_zip_with_the_geopackage(client: Client) -> None:
    answer = client.get("/seep/places/1/export")
    assert (answer.status, answer.headers["content-type"]) == (200, "application/zip")
    assert answer.headers["content-disposition"].startswith('attachment; filename="seep-sites-')
    with zipfile.ZipFile(io.BytesIO(answer.body)) as archive:
        assert {"sites.gpkg", "sites.csv", "slicks.csv", "sites.html"} == set(archive.namelist())
    assert client.get("/seep/places/9/export").status == 404
