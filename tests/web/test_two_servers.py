"""Two app servers with separate folders on one database and one bucket: the steps of the loop alternate."""

import json
import shutil
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import numpy as np
import pytest

from seep.client import Client
from seep.core.masks.mask import pack, unpack
from seep.errors import ConflictError
from seep.io.images import read_image
from seep.io.masks import read_mask
from seep.settings import read_settings
from seep.workflow.inference.tiles import enqueue_predict
from seep.workflow.models import registry
from seep.workflow.models.promotion import promote, roll_back
from seep.workflow.uploads import new_token
from seep.workflow.workspace import install_checkpoint, open_workspace
from seep_testing.live import LiveApp
from seep_testing.patience import PATIENCE_S, wait_for
from tests.actors import TESTER
from tests.two_servers import two_servers
from tests.workflow.making import make_checkpoint, write_tiles

pytestmark = pytest.mark.slow


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[tuple[LiveApp, LiveApp]]:
    with two_servers(tmp_path) as apps:
        yield apps


def send(app: LiveApp, method: str, path: str, body: bytes, **headers: str) -> bytes:
    request = urllib.request.Request(
        f"{app.url}/seep/{path}", body, {"Origin": app.url, **headers}, method=method
    )
    with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
        return bytes(answer.read())


def get(app: LiveApp, path: str) -> bytes:
    with urllib.request.urlopen(f"{app.url}/seep/{path}", timeout=PATIENCE_S) as answer:
        return bytes(answer.read())


def upload(app: LiveApp, images: Path) -> Path:
    """Upload a folder of images; return the folder where they wait."""
    token = new_token()
    for path in sorted(images.iterdir()):
        query = urlencode({"token": token, "name": path.name, "role": "images"})
        send(app, "POST", f"uploads?{query}", path.read_bytes())
    return app.workspace / "uploads" / token / "images"


def test_every_step_works_on_either_server(servers: tuple[LiveApp, LiveApp], tmp_path: Path) -> None:
    one, two = servers
    first, second = Client(one.url), Client(two.url)
    images, _ = write_tiles(tmp_path / "given", ("a", "b"), each=2)
    expected = {path.stem: read_image(path) for path in images.iterdir()}

    # upload to the first server and import there; the second one shows the pixels
    waiting = upload(one, images)
    one.cli("import", str(waiting))
    shutil.rmtree(waiting.parent)
    shutil.rmtree(images)
    tiles = {str(tile["name"]): int(tile["id"]) for tile in second.queue(limit=10)}
    assert set(tiles) == set(expected)
    for name, number in tiles.items():
        np.testing.assert_array_equal(second.image(number)[:, :, 0], expected[name])

    # the worker of the second server predicts; the first one shows the masks
    desk = open_workspace(read_settings(one.environment))
    enqueue_predict(desk, TESTER)
    wait_for("the predictions", lambda: all(first.document(one)["prediction"] for one in tiles.values()))
    for number in tiles.values():
        np.testing.assert_array_equal(first.shown_mask(number), second.shown_mask(number))

    # a draft on the second server, continued on the first one
    number = tiles["a.000000"]
    mask = np.zeros((64, 64), np.uint8)
    mask[10:20, 10:40] = 3
    send(two, "PUT", f"tiles/{number}/draft", pack(mask), **{"If-Match": "0"})
    np.testing.assert_array_equal(unpack(get(one, f"tiles/{number}/draft"), mask.shape), mask)

    # save on the first, accept on the second; a save on an older revision is refused on either
    saved = first.save(number, mask)
    assert second.document(number)["head"]["id"] == saved["revision"]["id"]
    mask[30:33] = 5
    accepted = second.save(number, mask, base_revision_id=saved["revision"]["id"], accept=True)
    for stale in (first, second):
        with pytest.raises(ConflictError):
            stale.save(number, mask, base_revision_id=saved["revision"]["id"])
    np.testing.assert_array_equal(first.shown_mask(number), mask)
    assert first.document(number)["state"] == "corrected"
    assert first.document(number)["head"]["id"] == accepted["revision"]["id"]

    # export on the server that has seen none of the pixels since its cache was lost
    shutil.rmtree(two.workspace / "cache")
    for app in servers:
        out = tmp_path / f"out {app.port}"
        app.cli("export", str(out), "--format", "training-set")
        np.testing.assert_array_equal(read_mask(out / "masks" / "a.000000.tif"), mask)
        np.testing.assert_array_equal(read_image(out / "images" / "a.000000.tif"), expected["a.000000"])

    # a version is installed on the first server, promoted on it, and rolled back by the second one
    other = install_checkpoint(desk, make_checkpoint(tmp_path / "b.safetensors", classes=8), TESTER)
    active = next(version.id for version in registry.list_models(desk) if version.active)
    promote(desk, other.id, TESTER)
    wait_for(
        "predictions of the new version",
        lambda: (first.document(tiles["b.000001"])["prediction"] or {}).get("checkpoint") == other.name,
    )
    there = open_workspace(read_settings(two.environment))
    assert roll_back(there, TESTER).id == active

    for app in servers:
        done = app.cli("doctor")
        assert "no errors" in done.stdout
        assert json.loads(get(app, "readyz"))["ready"]
