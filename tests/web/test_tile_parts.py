"""Pictures of parts of tiles under one of their masks."""

import cv2
import numpy as np
import pytest

from seep.workflow.review.tile_document import tile_document
from tests.actors import TESTER
from tests.web.conftest import Site


def picture(site: Site, query: str) -> np.ndarray:
    answer = site.client.get(f"/seep/tiles/{site.tile}/part?{query}")
    assert (answer.status, answer.headers["content-type"]) == (200, "image/jpeg"), answer.body
    return cv2.imdecode(np.frombuffer(answer.body, np.uint8), cv2.IMREAD_COLOR)


def head(site: Site) -> int:
    return int(tile_document(site.workspace, site.tile, TESTER)["head"]["id"])


def test_a_part_is_enlarged_by_whole_pixels_with_its_mask_in_color(shared_site: Site) -> None:
    where = "x=4&y=2&width=8&height=8&size=70"
    bare, drawn = picture(shared_site, where), picture(shared_site, f"{where}&revision={head(shared_site)}")
    assert bare.shape == drawn.shape == (64, 64, 3)  # 8 times
    assert np.ptp(bare.astype(int), axis=2).max() < 3  # gray
    assert np.ptp(drawn[24:, 16:].astype(int), axis=2).mean() > 20  # the mask begins at row 4, column 5
    assert np.ptp(drawn[:8].astype(int), axis=2).mean() < 10


def test_what_lies_outside_of_the_tile_is_cut_off(shared_site: Site) -> None:
    assert picture(shared_site, "x=24&y=20&width=64&height=64&size=16").shape[:2] == (8, 16)
    assert picture(shared_site, "size=32").shape[:2] == (24, 32)


def test_the_same_picture_is_not_sent_twice(shared_site: Site) -> None:
    address = f"/seep/tiles/{shared_site.tile}/part?width=8&height=8"
    tag = shared_site.client.get(address).headers["etag"]
    assert shared_site.client.get(address, **{"if-none-match": tag}).status == 304


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("x=400", 404),
        ("prediction=77", 404),
        ("revision=77", 404),
        ("revision=x", 400),
        ("size=9999", 400),
        ("x=-1", 400),
        ("width=0", 400),
    ],
)
def test_what_is_not_there_is_refused(shared_site: Site, query: str, status: int) -> None:
    assert shared_site.client.get(f"/seep/tiles/{shared_site.tile}/part?{query}").status == status


def test_a_mask_of_another_tile_is_never_drawn(shared_site: Site) -> None:
    other = shared_site.ids["alpha.000002"]
    answer = shared_site.client.get(f"/seep/tiles/{other}/part?revision={head(shared_site)}")
    assert (answer.status, f"tile {other}" in answer.json["error"]) == (404, True)
