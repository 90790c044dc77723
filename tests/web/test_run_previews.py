import numpy as np

from seep.core.masks.mask import decode_mask, encode_mask
from seep.workflow.training.run_files import previews_folder
from tests.web.conftest import Site


def test_a_preview_is_sent_with_its_class_ids(site: Site) -> None:
    mask = np.arange(12, dtype=np.uint8).reshape(3, 4)
    folder = previews_folder(site.workspace, 3) / "2"
    folder.mkdir(parents=True)
    (folder / "7.png").write_bytes(encode_mask(mask))
    answer = site.client.get("/seep/runs/3/previews/2/7.png")
    assert (answer.status, answer.headers["content-type"]) == (200, "image/png")
    np.testing.assert_array_equal(decode_mask(answer.body), mask)
    again = site.client.get("/seep/runs/3/previews/2/7.png", **{"if-none-match": answer.headers["etag"]})
    assert again.status == 304


def test_what_is_not_there_is_said(shared_site: Site) -> None:
    answer = shared_site.client.get("/seep/runs/3/previews/2/8.png")
    assert answer.status == 404
    assert "tile 8 after epoch 2" in answer.json["error"]
    for address in ("..%2F..%2Fseep.db", "2/..%2F7.png", "2/7.jpg", "index.json", "2/index.json"):
        assert shared_site.client.get(f"/seep/runs/3/previews/{address}").status == 404
