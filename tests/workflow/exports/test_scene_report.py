import base64
import re
from pathlib import Path

import cv2
import numpy as np
import pytest

from seep.errors import MissingError
from seep.workflow.exports import scene_report
from seep.workflow.exports.exporter import TileSelection, export
from seep.workflow.exports.scene_report import write_report
from seep.workflow.workspace import Workspace
from tests.actors import ADA
from tests.workflow.results import fill_scene


def pictures(text: str) -> list[np.ndarray]:
    found = re.findall(r'src="data:image/jpeg;base64,([^"]+)"', text)
    return [cv2.imdecode(np.frombuffer(base64.b64decode(one), np.uint8), cv2.IMREAD_COLOR) for one in found]


def orange(picture: np.ndarray) -> np.ndarray:
    blue, green, red = (picture[:, :, at].astype(int) for at in range(3))
    return (red > 120) & (blue < 80) & (green > 60)


def test_a_report_has_map_table_and_pictures(workspace: Workspace, tmp_path: Path) -> None:
    fill_scene(workspace, tmp_path / "scene", "s")
    assert write_report(workspace, "s", tmp_path / "out" / "s.html") == 2
    text = (tmp_path / "out" / "s.html").read_text()
    drawn = pictures(text)
    assert len(drawn) == 1 + 2 * 2
    assert drawn[0].shape == (128, 128, 3)
    assert orange(drawn[0])[60:68, 20:110].mean() > 0.7
    assert not orange(drawn[1]).any()
    assert orange(drawn[2]).any()
    assert "4 accepted" in text
    assert "pixels of 10.0 x 10.0 m, center 41.5" in text
    assert "http" not in text.replace("http-equiv", "")


def test_thin_slicks_stay_on_a_map_made_small(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scene_report, "MAP_PX", 32)
    fill_scene(workspace, tmp_path / "scene", "s")
    write_report(workspace, "s", tmp_path / "s.html")
    small = pictures((tmp_path / "s.html").read_text())[0]
    assert max(small.shape) == 32
    assert orange(small)[15:17, 6:27].mean() > 0.5


def test_tiles_without_places_are_reported_too(
    workspace: Workspace, tiles: list[int], tmp_path: Path
) -> None:
    assert write_report(workspace, "a", tmp_path / "a.html") == 3
    text = (tmp_path / "a.html").read_text()
    assert "<dt>Georeference</dt><dd>none;" in text
    assert "positions of the tiles are unknown" in text
    assert "a.000001" in text


def test_an_image_that_is_gone_leaves_a_gap_and_a_note(workspace: Workspace, tmp_path: Path) -> None:
    fill_scene(workspace, tmp_path / "scene", "s")
    (tmp_path / "scene" / "images" / "s.003.tif").unlink()
    assert write_report(workspace, "s", tmp_path / "s.html") == 2
    assert "s.003.tif" in (tmp_path / "s.html").read_text()


def test_reports_are_an_export_of_their_own(workspace: Workspace, tiles: list[int], tmp_path: Path) -> None:
    report = export(
        workspace, tmp_path / "out", "report", TileSelection(states=None, scenes=("a", "b")), actor=ADA
    )
    assert (report.written, report.what) == (2, "report")
    assert sorted(path.name for path in (tmp_path / "out").glob("*.html")) == ["a.html", "b.html"]


def test_a_scene_that_is_not_there_is_named(workspace: Workspace, tmp_path: Path) -> None:
    with pytest.raises(MissingError, match="no scene 'z'"):
        write_report(workspace, "z", tmp_path / "z.html")
    assert not (tmp_path / "z.html").exists()
