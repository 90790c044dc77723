from tests.web.conftest import Site


def test_scenes_are_listed_by_name(shared_site: Site) -> None:
    answer = shared_site.client.get("/seep/scenes")
    assert [(one["name"], one["tile_count"], one["raster"]) for one in answer.json] == [
        ("alpha", 2, False),
        ("beta", 1, False),
    ]


def test_a_scene_has_a_document(shared_site: Site) -> None:
    answer = shared_site.client.get("/seep/scenes/1/document")
    assert answer.status == 200
    assert [one["name"] for one in answer.json["tiles"]] == ["alpha.000001", "alpha.000002"]
    assert answer.json["levels"] == 1


def test_map_tiles_are_pictures_under_an_etag(shared_site: Site) -> None:
    image = shared_site.client.get("/seep/scenes/1/map/0/0/0")
    assert (image.status, image.headers["content-type"]) == (200, "image/jpeg")
    again = shared_site.client.get("/seep/scenes/1/map/0/0/0?v=2", if_none_match=image.headers["etag"])
    assert (again.status, again.body) == (304, b"")
    mask = shared_site.client.get("/seep/scenes/1/map/0/0/0?layer=mask")
    assert (mask.status, mask.headers["content-type"]) == (200, "image/png")


def test_addresses_that_lead_nowhere_are_told(shared_site: Site) -> None:
    for address in ("0/0", "a/0/0", "0/0/-1", "0/0/0/0", "../../etc/passwd", "00000/0/0", "9/0/0"):
        assert shared_site.client.get(f"/seep/scenes/1/map/{address}").status == 404
    assert shared_site.client.get("/seep/scenes/99/document").status == 404
    assert shared_site.client.get("/seep/scenes/1/map/0/0/0?layer=depth").status == 400
