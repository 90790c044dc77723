"""A save while the object store refuses: the person gets a sentence, and the same request succeeds later."""

from pathlib import Path

import numpy as np
import pytest

from seep.core.masks.mask import pack
from seep.workflow import tile_data
from tests.buckets import faulty_server, make_bucket, point_to
from tests.web.conftest import HEIGHT, WIDTH, make_site


def test_a_save_that_the_object_store_refuses_is_asked_to_come_back_and_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("seep.store.files.bucket.REQUEST_S", 1)
    monkeypatch.setattr("seep.store.files.bucket.RETRIES", 1)
    with faulty_server() as faulty:
        point_to(monkeypatch, faulty.address)
        url = f"s3://{make_bucket(faulty.address)}/team"
        site = make_site(tmp_path, files_url=url)
        document = f"/seep/tiles/{site.tile}/document"
        head = site.client.get(document).json["head"]["id"]
        mask = np.full((HEIGHT, WIDTH), 2, np.uint8)
        address = f"/seep/tiles/{site.tile}/revisions?kind=save"
        headers = {"if_match": str(head), "x_seep_request": "request-1"}
        faulty.fault = lambda *_: (500, b"<Error><Code>InternalError</Code></Error>")
        refused = site.client.change("POST", address, pack(mask), **headers)
        assert (refused.status, refused.headers["retry-after"]) == (503, "5")
        assert "Check the object store, then try again" in refused.json["error"]
        assert site.client.get(document).json["head"]["id"] == head
        faulty.fault = None
        assert site.client.change("POST", address, pack(mask), **headers).status == 201
        saved = site.client.get(document).json["head"]["id"]
        np.testing.assert_array_equal(tile_data.revision_mask(site.workspace, saved), mask)
        site.workspace.store.close()
