import json
from typing import Any

import pytest

from tests.web.conftest import Site


def send(site: Site, content: object) -> tuple[int, Any]:
    answer = site.client.change("POST", f"/seep/tiles/{site.tile}/cause", json.dumps(content).encode())
    return answer.status, answer.json


def test_a_cause_is_decided_and_filters_the_queue(site: Site) -> None:
    status, (first,) = send(site, {"x": 3, "y": 4, "cause": "vessel"})
    assert (status, first["x"], first["y"], first["cause"]) == (200, 3, 4, "vessel")
    status, found = send(site, {"x": 3, "y": 4, "cause": "sea_ice"})
    assert [one["cause"] for one in found] == ["sea_ice", "vessel"]
    assert site.client.get(f"/seep/tiles/{site.tile}/document").json["causes"] == found
    for name, expected in {"sea_ice": [site.tile], "not_oil": [site.tile], "vessel": []}.items():
        assert [one["id"] for one in site.client.get(f"/seep/queue?cause={name}").json] == expected


@pytest.mark.parametrize(
    "content",
    [
        {"y": 4, "cause": "vessel"},
        {"x": 3.5, "y": 4, "cause": "vessel"},
        {"x": 3, "y": True, "cause": "vessel"},
        {"x": 3, "y": 4},
        {"x": 3, "y": 4, "cause": "oil"},
        {"x": -1, "y": 4, "cause": "vessel"},
    ],
)
def test_a_cause_of_another_form_is_refused(site: Site, content: object) -> None:
    status, answer = send(site, content)
    assert (status, list(answer)) == (400, ["error"])
    assert site.client.get(f"/seep/tiles/{site.tile}/document").json["causes"] == []
