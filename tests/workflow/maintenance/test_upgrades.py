"""Workspaces that earlier versions wrote open in this one, with all that is in them."""

import sqlite3
import zipfile
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from seep.settings import Settings
from seep.workflow import tile_data
from seep.workflow.maintenance.checks import check_workspace
from seep.workflow.review import revisions
from seep.workflow.review.queue import queue
from seep.workflow.workspace import open_workspace
from tests.actors import ADA

pytestmark = pytest.mark.sqlite
SAMPLES = sorted((Path(__file__).parents[2] / "store" / "samples").glob("*.zip"))
THEN = "/srv/seep/workspace"


def unpack(sample: Path, root: Path) -> None:
    """Unpack a workspace and let its rows name files in the new folder, as at its old place."""
    with zipfile.ZipFile(sample) as archive:
        archive.extractall(root)
    with closing(sqlite3.connect(root / "seep.db")) as database, database:
        database.execute("UPDATE tile SET path = replace(path, ?, ?)", (THEN, str(root)))


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.stem)
def test_a_workspace_of_each_earlier_version_opens_with_all_that_is_in_it(
    sample: Path, tmp_path: Path
) -> None:
    root = tmp_path / "workspace"
    unpack(sample, root)
    chosen = Settings(workspace=root, user="ada", import_roots=(tmp_path,))
    workspace = open_workspace(chosen)
    items = {item.name: item for item in queue(workspace, None, "name")}
    assert list(items) == [f"{scene}.{number:06d}" for scene in "ab" for number in range(3)]
    for name, item in items.items():
        number = int(name[-1])
        tile = revisions.get_tile(workspace, item.id)
        assert revisions.tile_image(workspace, item.id).shape[:2] == (32, 32)
        expected = np.zeros((32, 32), np.uint8)
        expected[8 + number : 12 + number, 4:24] = 1 + number
        if name == "b.000002":
            assert (tile.state, tile.head_revision_id) == ("unreviewed", None)
            assert tile_data.prediction_mask(workspace, tile.prediction_id).shape == (32, 32)
        else:
            mask = tile_data.revision_mask(workspace, tile.head_revision_id)
            np.testing.assert_array_equal(mask, expected, name)
        saved = revisions.save_mask(workspace, item.id, expected, "save", actor=ADA,
                                    base_revision_id=tile.head_revision_id, request_id=f"upgrade-{name}")  # fmt: skip
        np.testing.assert_array_equal(tile_data.revision_mask(workspace, saved["revision"]["id"]), expected)
    errors = [one.message for one in check_workspace(chosen) if one.level == "error"]
    assert ["safetensors" in one for one in errors] == [True], errors  # the weights are not in the sample
