"""Reading: the queue, documents, pixels, thumbnails."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from seep.web.request import Call
from seep.web.responses import image_answer
from tests.actors import ADA
from tests.web.conftest import HEIGHT, WIDTH, Site


def test_the_queue_lists_tiles_in_the_order_asked_for(shared_site: Site) -> None:
    answer = shared_site.client.get("/seep/queue?order=name")
    assert answer.status == 200
    assert [tile["name"] for tile in answer.json] == ["alpha.000001", "alpha.000002", "beta.000001"]
    assert set(answer.json[0]) >= {"id", "name", "scene", "state", "value", "split", "version"}


def test_the_queue_is_filtered_and_limited(shared_site: Site) -> None:
    def names(query: str) -> list[str]:
        return [tile["name"] for tile in shared_site.client.get(f"/seep/queue?order=name&{query}").json]

    assert names("scene=beta") == ["beta.000001"]
    assert names("limit=2") == ["alpha.000001", "alpha.000002"]
    assert names("class=3") == ["alpha.000001"]
    assert names("state=accepted") == []
    assert names("split=test") == names("split=locked")  # its name in version 0.1
    assert names("split=train") != names("split=test")


@pytest.mark.parametrize(
    "query", ["order=nonsense", "limit=0", "limit=x", "class=999", "limit=%FF", "class=-1"]
)
def test_a_query_that_makes_no_sense_is_refused_with_a_sentence(shared_site: Site, query: str) -> None:
    answer = shared_site.client.get(f"/seep/queue?{query}")
    assert answer.status == 400
    assert answer.json["error"].endswith(".")


def test_a_document_says_what_the_canvas_needs(shared_site: Site) -> None:
    document = shared_site.client.get(f"/seep/tiles/{shared_site.tile}/document").json
    assert (document["height"], document["width"], document["bands"]) == (HEIGHT, WIDTH, 1)
    assert document["head"]["kind"] == "import"
    assert document["start"] == "revision"
    assert document["limits"][0] < document["limits"][1]


def test_pixels_arrive_exactly_as_they_lie_on_disk(shared_site: Site) -> None:
    answer = shared_site.client.get(f"/seep/tiles/{shared_site.tile}/image")
    assert answer.headers["x-seep-shape"] == f"{HEIGHT},{WIDTH},1"
    assert answer.headers["x-seep-dtype"] == "uint16"
    assert answer.headers["content-encoding"] == "identity"
    pixels = np.frombuffer(answer.body, "<u2").reshape(HEIGHT, WIDTH)
    np.testing.assert_array_equal(pixels, shared_site.images["alpha.000001"])


def test_pixels_that_the_browser_has_are_not_sent_again(shared_site: Site) -> None:
    url = f"/seep/tiles/{shared_site.tile}/image"
    etag = shared_site.client.get(url).headers["etag"]
    again = shared_site.client.get(url, if_none_match=f'"other", W/{etag}')
    assert (again.status, again.body) == (304, b"")
    assert shared_site.client.get(url, if_none_match='"other"').status == 200


@pytest.mark.parametrize(
    ("dtype", "sent"),
    [("bool", "uint8"), ("int8", "int16"), (">u2", "uint16"), ("int32", "float32"), ("float64", "float32")],
)
def test_dtypes_that_no_browser_array_holds_are_widened(dtype: str, sent: str) -> None:
    image = np.array([[0, 1], [1, 0]]).astype(dtype)
    answer = image_answer(Call(1, "", {}, {}, b"", ADA), image)
    assert answer.headers["x-seep-dtype"] == sent
    np.testing.assert_array_equal(np.frombuffer(answer.body, np.dtype(sent).newbyteorder("<")), [0, 1, 1, 0])


def test_a_thumbnail_is_a_jpeg_of_the_size_asked_for(shared_site: Site) -> None:
    answer = shared_site.client.get(f"/seep/tiles/{shared_site.tile}/thumbnail?size=16&overlay=1&v=x")
    assert answer.headers["content-type"] == "image/jpeg"
    picture = cv2.imdecode(np.frombuffer(answer.body, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    assert max(picture.shape[:2]) == 16
    plain = shared_site.client.get(f"/seep/tiles/{shared_site.tile}/thumbnail?size=16&overlay=0")
    assert plain.body != answer.body
    assert plain.headers["etag"] != answer.headers["etag"]


@pytest.mark.parametrize("what", ["document", "image", "thumbnail", "draft"])
def test_a_tile_that_is_not_there_gives_404_and_a_sentence(shared_site: Site, what: str) -> None:
    for number in ("999", str(2**63 - 1), str(2**63), "9" * 400):
        answer = shared_site.client.get(f"/seep/tiles/{number}/{what}")
        assert answer.status == 404, number
        assert answer.json["error"]


def test_an_image_that_vanished_gives_a_sentence_without_a_traceback(site: Site, tmp_path: Path) -> None:
    (tmp_path / "images" / "alpha.000001.tif").unlink()
    answer = site.client.get(f"/seep/tiles/{site.tile}/image")
    assert answer.status == 400
    assert "alpha.000001" in answer.json["error"]


def test_answers_are_never_kept_under_an_id_alone(shared_site: Site) -> None:
    for what in ("image", "thumbnail?v=1"):
        assert (
            shared_site.client.get(f"/seep/tiles/{shared_site.tile}/{what}").headers["cache-control"]
            == "private, no-cache"
        )
    assert json.loads(shared_site.client.get("/seep/queue").body)


def test_a_document_tells_place_unit_and_note_where_they_are_known(site: Site) -> None:
    site.client.change(
        "POST", f"/seep/tiles/{site.tile}/decision", b'{"decision": "flag", "note": "slick or wind?"}'
    )
    document = site.client.get(f"/seep/tiles/{site.tile}/document").json
    assert (document["state"], document["note"]) == ("flagged", "slick or wind?")
    assert (document["unit"], document["pixel_m"], document["band_names"]) == ("dn", None, [])


def test_what_surrounds_a_tile_and_what_was_predicted_are_lists(shared_site: Site) -> None:
    assert isinstance(shared_site.client.get(f"/seep/tiles/{shared_site.tile}/neighbors").json, list)
    assert shared_site.client.get(f"/seep/tiles/{shared_site.tile}/predictions").json == []
    for what in ("neighbors", "predictions"):
        assert shared_site.client.get(f"/seep/tiles/999/{what}").status == 404


def test_a_session_is_summed_up_for_the_person_asked_for(site: Site) -> None:
    site.client.change(
        "POST", f"/seep/tiles/{site.tile}/decision", b'{"decision": "reject"}', **site.person("Ann")
    )
    assert site.client.get("/seep/summary?person=Ann").json["rejected"] == 1
    assert site.client.get("/seep/summary", **site.person("Ann")).json["tiles"] == 1
    assert site.client.get("/seep/summary?person=Bob").json["tiles"] == 0
    assert site.client.get("/seep/summary").json["training"] == {"reviewed": 0, "needed": 10}


def test_a_tile_is_held_for_whoever_opened_it_and_given_back(site: Site) -> None:
    url = f"/seep/tiles/{site.tile}/lock"
    body = json.dumps({"left": None, "ahead": [site.tile]}).encode()
    first = site.client.change("POST", url, body, **site.person("Ann")).json
    assert (first["holder"], first["others"]) == (None, [])
    second = site.client.change("POST", url, body, **site.person("Bob")).json
    assert (second["holder"], second["others"]) == ("Ann", [site.tile])
    offered = site.client.get("/seep/queue?review=1&order=name", **site.person("Bob")).json
    assert site.tile not in [tile["id"] for tile in offered]
    site.client.change("DELETE", url, **site.person("Ann"))
    assert site.client.change("POST", url, body, **site.person("Bob")).json["holder"] is None


@pytest.mark.parametrize(
    "content", [{"left": "x"}, {"ahead": [0]}, {"ahead": list(range(1, 200))}, {"ahead": 1.5}]
)
def test_a_hold_that_makes_no_sense_is_refused(site: Site, content: dict[str, object]) -> None:
    answer = site.client.change("POST", f"/seep/tiles/{site.tile}/lock", json.dumps(content).encode())
    assert answer.status == 400
    assert answer.json["error"].endswith(".")


@pytest.mark.parametrize("note", ["half \ud83d", "a\0b", "\x1b[2J", "x" * 2001])
def test_a_note_that_cannot_be_shown_is_refused(site: Site, note: str) -> None:
    body = json.dumps({"decision": "flag", "note": note}).encode()
    answer = site.client.change("POST", f"/seep/tiles/{site.tile}/decision", body)
    assert answer.status == 400
    assert answer.json["error"].startswith("The note ")
    assert site.client.get(f"/seep/tiles/{site.tile}/document").status == 200
