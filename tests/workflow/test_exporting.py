from pathlib import Path

import numpy as np
import pytest

from seep.errors import SettingsError, StorageError
from seep.io.tiff import read_mask
from seep.workflow.exporting import export_masks
from seep.workflow.predicting import predict_tiles
from seep.workflow.workspace import Workspace
from tests.workflow.making import accept, make_tile, never, quiet


def test_reviewed_masks_come_out_as_they_were_saved(
    workspace: Workspace, tiles: list[int], tmp_path: Path
) -> None:
    accept(workspace, tiles[0], stripe=5)
    report = export_masks(workspace, tmp_path / "out")
    assert (report.written, report.without_mask) == (1, 0)
    expected = make_tile(0)[1]
    expected[30:33] = 5
    np.testing.assert_array_equal(read_mask(tmp_path / "out" / "a.000000.tif"), expected)


def test_predictions_stand_in_where_nothing_was_saved(
    workspace: Workspace, bare_tiles: list[int], tmp_path: Path
) -> None:
    predict_tiles(workspace, bare_tiles[:4], 1, quiet, never)
    seen: list[tuple[int, int]] = []
    report = export_masks(
        workspace, tmp_path / "out", ["unreviewed"], on_progress=lambda a, b, _: seen.append((a, b))
    )
    assert (report.written, report.without_mask) == (4, 8)
    assert seen[-1] == (12, 12)
    assert export_masks(workspace, tmp_path / "d", ["unreviewed"], "locked").without_mask == 3


def test_a_file_in_the_way_is_named(workspace: Workspace, tiles: list[int], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="file"):
        export_masks(workspace, tmp_path / "file" / "out")


def test_the_images_are_not_replaced_by_masks(
    workspace: Workspace, tiles: list[int], folders: tuple[Path, Path]
) -> None:
    before = {path: path.read_bytes() for path in folders[0].iterdir()}
    with pytest.raises(SettingsError, match=r"holds the image a\.000000\.tif"):
        export_masks(workspace, folders[0], states=["unreviewed"])
    assert {path: path.read_bytes() for path in folders[0].iterdir()} == before


def test_an_unknown_state_is_named(workspace: Workspace, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="'done'"):
        export_masks(workspace, tmp_path / "out", states=["done"])
    assert not (tmp_path / "out").exists()
