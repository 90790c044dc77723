import json
from typing import Any

import pytest

from tests.web.conftest import Site


def send(site: Site, path: str, content: object) -> tuple[int, Any]:
    answer = site.client.change("POST", path, json.dumps(content).encode())
    return answer.status, answer.json


def test_comments_are_added_answered_and_resolved(site: Site) -> None:
    path = f"/seep/tiles/{site.tile}/comments"
    status, (first,) = send(site, path, {"text": "Oil? @bo", "at": [3, 4]})
    assert (status, first["x"], first["y"], first["mentions"]) == (201, 3, 4, ["bo"])
    status, comments = send(site, path, {"text": "Wind", "reply_to": first["id"]})
    assert [one["parent_id"] for one in comments] == [None, first["id"]]
    assert site.client.get(f"/seep/tiles/{site.tile}/document").json["comments"] == comments
    queue = {one["id"]: one["comments"] for one in site.client.get("/seep/queue?comments=open").json}
    assert queue == {site.tile: 1}
    status, comments = send(site, f"/seep/comments/{first['id']}/resolve", {"resolved": True})
    assert (status, comments[0]["resolved_at"] is not None) == (200, True)
    assert site.client.get("/seep/queue?comments=open").json == []
    status, comments = send(site, f"/seep/comments/{first['id']}/resolve", {"resolved": False})
    assert comments[0]["resolved_at"] is None


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"text": 5},
        {"text": "a", "at": [1]},
        {"text": "a", "at": [1, True]},
        {"text": "a", "at": "1,2"},
        {"text": "a", "reply_to": "1"},
        {"text": "a", "reply_to": -1},
    ],
)
def test_a_comment_of_another_form_is_refused(site: Site, content: object) -> None:
    status, _ = send(site, f"/seep/tiles/{site.tile}/comments", content)
    assert status == 400
    assert site.client.get(f"/seep/tiles/{site.tile}/document").json["comments"] == []
