from pathlib import Path

import numpy as np
import pytest
import tifffile

from seep.core.import_options import ImportOptions
from seep.errors import SettingsError
from seep.workflow.imports.importer import import_folder
from seep.workflow.places import times
from seep.workflow.places.places import find_place
from seep.workflow.scenes.listing import list_scenes
from seep.workflow.workspace import Workspace
from tests.actors import ADA


def known(workspace: Workspace) -> dict[str, str | None]:
    return {one.name: one.acquired_at for one in list_scenes(workspace)}


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2026-05-21T06:12:55Z", "2026-05-21T06:12:55.000+00:00"),
        ("2026-05-21T08:12:55+02:00", "2026-05-21T06:12:55.000+00:00"),
        ("20260521T061255", "2026-05-21T06:12:55.000+00:00"),
        ("20260521", "2026-05-21T00:00:00.000+00:00"),
        ("2026:05:21 06:12:55", "2026-05-21T06:12:55.000+00:00"),
        ("21.05.2026 06:12", "2026-05-21T06:12:00.000+00:00"),
    ],
)
def test_times_are_read_as_utc(text: str, time: str) -> None:
    assert times.parse_time(text) == time


@pytest.mark.parametrize("text", ["yesterday", "20269921", "0001-01-01", "9" * 70])
def test_other_texts_are_refused(text: str) -> None:
    with pytest.raises(SettingsError, match=r"no time|between 1970"):
        times.parse_time(text)


def test_passes_are_ordered_by_time_and_the_others_by_name(workspace: Workspace, place: int) -> None:
    times.set_times(workspace, {"p3": "2026-01-01", "p1": "2026-02-01"}, ADA)
    found = find_place(workspace, "Bay")
    assert [one.name for one in found.passes] == ["p3", "p1", "p2", "p4"]
    assert found.ordered_by_name == ("p2", "p4")
    times.set_time(workspace, "p3", "", ADA)
    assert known(workspace)["p3"] is None


def test_a_table_sets_all_times_or_none(workspace: Workspace, passes: list[str], tmp_path: Path) -> None:
    table = tmp_path / "times.csv"
    table.write_text("scene,acquired_at\np1,2026-05-01\np2,soon\n")
    with pytest.raises(SettingsError, match="'soon' is no time"):
        times.times_from_table(workspace, table, ADA)
    table.write_text("scene,acquired_at\np1,2026-05-01\nq7,2026-05-02\n")
    with pytest.raises(SettingsError, match="no scene 'q7'"):
        times.times_from_table(workspace, table, ADA)
    table.write_text("name,when\np1,2026-05-01\n")
    with pytest.raises(SettingsError, match="scene and acquired_at"):
        times.times_from_table(workspace, table, ADA)
    assert set(known(workspace).values()) == {None}
    table.write_text("scene,acquired_at\np1,2026-05-01\np2,\n")
    found = times.times_from_table(workspace, table, ADA)
    assert found.times == {"p1": "2026-05-01T00:00:00.000+00:00"}
    assert found.unknown == ("p2",)


def test_times_come_from_names_and_tags(workspace: Workspace, tmp_path: Path) -> None:
    folder = tmp_path / "images"
    folder.mkdir()
    pixels = np.ones((64, 64), np.uint16)
    tifffile.imwrite(folder / "bay_20260521T061255.0.tif", pixels)
    tifffile.imwrite(folder / "tagged.0.tif", pixels, datetime="2026:06:01 05:00:00")
    metadata = '<GDALMetadata><Item name="ACQUISITION_DATETIME">2026-07-01T04:00:00Z</Item></GDALMetadata>'
    tifffile.imwrite(
        folder / "gdal.0.tif",
        pixels,
        datetime="2026:06:01 05:00:00",
        extratags=[(42112, "s", 0, metadata, True)],
    )
    tifffile.imwrite(folder / "plain.0.tif", pixels)
    import_folder(workspace, folder, None, ImportOptions(), ADA)
    assert not times.times_from_names(workspace, ADA, r"p(?P<time>\d{8})?").times
    named = times.times_from_names(workspace, ADA)
    assert named.times == {"bay_20260521T061255": "2026-05-21T06:12:55.000+00:00"}
    assert named.unknown == ("gdal", "plain", "tagged")
    tagged = times.times_from_tags(workspace, ADA)
    assert tagged.times == {
        "tagged": "2026-06-01T05:00:00.000+00:00",
        "gdal": "2026-07-01T04:00:00.000+00:00",
    }
    assert tagged.unknown == ("plain",)


@pytest.mark.parametrize(
    ("pattern", "reason"), [("(", "is not a regular expression"), (r"\d+", "no group named `time`")]
)
def test_a_pattern_without_a_time_is_refused(workspace: Workspace, pattern: str, reason: str) -> None:
    with pytest.raises(SettingsError, match=reason):
        times.times_from_names(workspace, ADA, pattern)
