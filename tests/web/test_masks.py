"""Masks over HTTP: what was sent is what is kept, and nobody overwrites anybody."""

import json
import uuid
import zlib

import numpy as np
import pytest

from seep.core.masks.mask import pack, unpack
from tests.web.client import Answer
from tests.web.conftest import HEIGHT, WIDTH, Site

SHAPE = (HEIGHT, WIDTH)


def painted(value: int = 5) -> np.ndarray:
    mask = np.zeros(SHAPE, np.uint8)
    mask[10:14, 3:30] = value
    mask[0, 0] = 255
    return mask


def head(site: Site, tile: int) -> str:
    document = site.client.get(f"/seep/tiles/{tile}/document").json
    return str(document["head"]["id"] if document["head"] else 0)


def save(site: Site, mask: np.ndarray, base: str, kind: str = "save", **headers: str) -> Answer:
    headers = {
        "if-match": base,
        "x-seep-request": str(uuid.uuid4()),
        **site.person("Ann Ø"),
        **headers,
    }
    return site.client.change("POST", f"/seep/tiles/{site.tile}/revisions?kind={kind}", pack(mask), **headers)


def test_a_saved_mask_comes_back_pixel_for_pixel(site: Site) -> None:
    answer = save(site, painted(), head(site, site.tile))
    assert answer.status == 201
    assert answer.json["revision"]["author"] == "Ann Ø"
    mask = site.client.get(f"/seep/revisions/{answer.json['revision']['id']}/mask")
    assert mask.headers["x-seep-shape"] == f"{HEIGHT},{WIDTH}"
    np.testing.assert_array_equal(unpack(mask.body, SHAPE), painted())


def test_accepting_closes_the_tile(site: Site) -> None:
    answer = save(site, painted(), head(site, site.tile), "accept")
    assert answer.json["state"] in {"accepted", "corrected"}
    assert site.client.get(f"/seep/tiles/{site.tile}/document").json["state"] == answer.json["state"]


def test_the_second_save_from_one_base_is_refused_and_says_by_whom(site: Site) -> None:
    base = head(site, site.tile)
    first = save(site, painted(1), base)
    second = save(site, painted(2), base, **site.person("Bo"))
    assert second.status == 409
    assert second.json["revision_id"] == first.json["revision"]["id"]
    assert second.json["author"] == "Ann Ø"
    assert second.json["created_at"]
    assert head(site, site.tile) == str(first.json["revision"]["id"])


def test_a_repeated_request_counts_once(site: Site) -> None:
    base, request = head(site, site.tile), str(uuid.uuid4())
    first = save(site, painted(), base, **{"x-seep-request": request})
    again = save(site, painted(), base, **{"x-seep-request": request})
    assert (first.status, again.status) == (201, 201)
    assert first.json["revision"]["id"] == again.json["revision"]["id"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not deflated",
        zlib.compress(bytes(HEIGHT * WIDTH - 1)),
        zlib.compress(bytes(HEIGHT * WIDTH + 1)),
        zlib.compress(bytes(50_000_000)),
        pack(np.zeros(SHAPE, np.uint8))[:-4],
        pack(np.full(SHAPE, 200, np.uint8)),
    ],
    ids=["empty", "garbage", "short", "long", "bomb", "cut", "no such class"],
)
def test_a_damaged_mask_is_refused_and_nothing_changes(shared_site: Site, body: bytes) -> None:
    base = head(shared_site, shared_site.tile)
    for method, url in (("POST", "revisions?kind=save"), ("PUT", "draft")):
        headers = {"if-match": base, "x-seep-request": str(uuid.uuid4())}
        answer = shared_site.client.change(method, f"/seep/tiles/{shared_site.tile}/{url}", body, **headers)
        assert answer.status == 400
        assert answer.json["error"]
    assert head(shared_site, shared_site.tile) == base
    assert shared_site.client.get(f"/seep/tiles/{shared_site.tile}/draft").status == 404


@pytest.mark.parametrize(
    "wrong",
    [
        *({"if-match": text} for text in ("", "*", "-1", "9" * 30, "²")),
        *({"x-seep-request": text} for text in ("", "a b")),
    ],
)
def test_a_header_that_makes_no_sense_is_refused(shared_site: Site, wrong: dict[str, str]) -> None:
    answer = save(shared_site, painted(), head(shared_site, shared_site.tile), **wrong)
    assert answer.status == 400
    assert answer.json["error"]


def test_an_accept_of_an_untouched_tile_answers_422_until_confirmed(site: Site) -> None:
    tile = site.ids["alpha.000002"]
    headers = {"if-match": "0", **site.person("Ann Ø")}

    def accept(query: str) -> Answer:
        url = f"/seep/tiles/{tile}/revisions?kind=accept{query}"
        sent = {**headers, "x-seep-request": str(uuid.uuid4())}
        return site.client.change("POST", url, pack(np.zeros(SHAPE, np.uint8)), **sent)

    assert accept("").status == 422
    assert head(site, tile) == "0"
    assert accept("&confirmed=2").status == 400
    assert accept("&confirmed=1").json["state"] == "accepted"


def test_an_unknown_kind_is_refused(shared_site: Site) -> None:
    assert save(shared_site, painted(), "0", "import").status == 400


def test_a_draft_is_each_authors_own(site: Site) -> None:
    url, base = f"/seep/tiles/{site.tile}/draft", head(site, site.tile)
    kept = site.client.change("PUT", url, pack(painted()), **{"if-match": f'"{base}"', **site.person("Ann")})
    assert kept.status == 200
    assert kept.json["base_revision_id"] == int(base)
    mine = site.client.get(url, **site.person("Ann"))
    np.testing.assert_array_equal(unpack(mine.body, SHAPE), painted())
    assert site.client.get(url, **site.person("Bo")).status == 404
    assert head(site, site.tile) == base
    assert site.client.change("DELETE", url, **site.person("Ann")).status == 200
    assert site.client.get(url, **site.person("Ann")).status == 404


def test_an_earlier_revision_is_restored_as_a_new_one(site: Site) -> None:
    first = head(site, site.tile)
    second = str(save(site, painted(), first).json["revision"]["id"])
    url = f"/seep/tiles/{site.tile}/restore?revision={first}"
    request = {"x-seep-request": str(uuid.uuid4())}
    assert site.client.change("POST", url, **{"if-match": first}, **request).status == 409
    answer = site.client.change("POST", url, **{"if-match": second}, **request)
    assert answer.status == 201
    assert answer.json["revision"]["kind"] == "restore"
    mask = site.client.get(f"/seep/revisions/{answer.json['revision']['id']}/mask")
    np.testing.assert_array_equal(unpack(mask.body, SHAPE), site.masks["alpha.000001"])


def test_a_revision_of_another_tile_is_not_restored(shared_site: Site) -> None:
    other, revision = shared_site.ids["beta.000001"], head(shared_site, shared_site.tile)
    headers = {"if-match": "0", "x-seep-request": str(uuid.uuid4())}
    answer = shared_site.client.change("POST", f"/seep/tiles/{other}/restore?revision={revision}", **headers)
    assert answer.status == 404


@pytest.mark.parametrize(
    ("decision", "state"), [("reject", "rejected"), ("flag", "flagged"), ("reopen", "unreviewed")]
)
def test_a_decision_changes_the_state(site: Site, decision: str, state: str) -> None:
    body = json.dumps({"decision": decision, "note": "<b>ship wake</b>"}).encode()
    answer = site.client.change("POST", f"/seep/tiles/{site.tile}/decision", body)
    assert (answer.status, answer.json["state"]) == (200, state)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{",
        b'{"decision": "promote"}',
        b'{"decision": "flag", "reason": "land"}',
        b'{"decision": "reject", "reason": "boredom"}',
        b'{"decision": "flag", "note": "' + b"x" * 2001 + b'"}',
        b'{"decision": "flag", "note": "\\ud83d"}',
        b'{"decision": "flag", "note": "\\u0000"}',
        b"[" * 9999,
    ],
)
def test_a_decision_that_makes_no_sense_is_refused(shared_site: Site, body: bytes) -> None:
    answer = shared_site.client.change("POST", f"/seep/tiles/{shared_site.tile}/decision", body)
    assert answer.status == 400
    assert answer.json["error"]
