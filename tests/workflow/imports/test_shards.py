"""An import that machines read gives what a local one gives; they read in this process, as a machine would."""

import pickle
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile

from benchmarks.scale_import import imported_rows, outcome_of, spoil
from seep.core.import_options import ImportOptions
from seep.store.files.bucket import Bucket
from seep.workflow.imports import cluster, file_results, shards
from seep.workflow.imports.buckets import import_bucket
from seep.workflow.imports.cluster import ReadingCall
from seep.workflow.imports.importer import ImportReport, import_folder
from seep.workflow.imports.shards import FileShardResult, ShardReader, Unread
from seep.workflow.workspace import Workspace
from tests.actors import ADA
from tests.buckets import make_bucket, point_to, s3_server
from tests.live import free_port
from tests.workflow.making import make_settings, make_workspace, write_tiles

SCENES = "abcdef"


class Machines:
    """Reads the shards of an import in another order than they have, and counts files.

    Attributes:
        shards: number of shards after which the cluster is lost; None for all.
        blind: names of files that the machines do not see.
    """

    def __init__(self, only: int | None = None, blind: frozenset[str] = frozenset()) -> None:
        self.only, self.blind = only, blind
        self.read, self.unread = 0, list[str]()

    def __call__(
        self,
        call: ReadingCall,
        on_done: Callable[[FileShardResult], None],
        on_wait: Callable[[], None],
    ) -> str:
        call = pickle.loads(pickle.dumps(call))
        reader = ShardReader(call.setup)
        for shard in [*reversed(call.shards)][: self.only]:
            on_wait()
            there = [
                replace(one, image=replace(one.image, path=Path("/nowhere") / one.image.path.name))
                if one.image.path.name in self.blind
                else one
                for one in shard.files
            ]
            result = reader.read(replace(shard, files=there))
            self.read += len(result.found)
            self.unread += [one.reason for one in result.found if isinstance(one, Unread)]
            on_done(pickle.loads(pickle.dumps(result)))
        return "" if self.only is None else "The head is gone."


@pytest.fixture(autouse=True)
def any_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shards, "MIN_FILES", 1)


@pytest.fixture
def given(tmp_path: Path) -> tuple[Path, Path]:
    """Images and masks of all kinds: damaged, without a mask, too large for a tile, with the name of another one."""
    images, masks = write_tiles(tmp_path / "given", SCENES, each=6)
    spoil(images, masks)
    (masks / "e.000004.tif").unlink()
    tifffile.imwrite(images / "wide.tif", np.full((96, 3000), 7, np.uint16))
    shutil.copy(images / "a.000000.tif", images / "a.000000.tiff")
    (images / "notes.txt").write_text("not an image")
    return images, masks


def on_cluster(root: Path, patch: pytest.MonkeyPatch, machines: Any) -> Workspace:
    patch.setattr(file_results, "read_on_cluster", machines)
    workspace = make_workspace(root)
    return Workspace(workspace.store, make_settings(root, SEEP_RAY_ADDRESS="127.0.0.1:6379"))


def both(
    tmp_path: Path,
    patch: pytest.MonkeyPatch,
    given: tuple[Path, Path | None],
    machines: Machines,
    **options: Any,
) -> tuple[ImportReport, ImportReport]:
    """Import locally and with machines, check that the rows are equal, and return the reports."""
    local, other = make_workspace(tmp_path / "local"), on_cluster(tmp_path / "other", patch, machines)
    reports = [import_folder(one, *given, ImportOptions(**options), ADA) for one in (local, other)]
    assert imported_rows(local) == imported_rows(other)
    stored = [{(one.sha256, one.suffix) for one in made.store.files.stored()} for made in (local, other)]
    assert stored[0] == stored[1]
    return reports[0], reports[1]


def test_machines_give_the_rows_and_the_report_of_a_local_import(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: tuple[Path, Path]
) -> None:
    machines = Machines()
    local, other = both(tmp_path, monkeypatch, given, machines, columns=3)
    assert outcome_of(other) == outcome_of(local)
    assert len(local.refused) == 5
    assert machines.read == 39
    assert machines.unread.count("") == 1, "the large image is read by the process that imports"


def test_masks_for_known_tiles_come_from_machines_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: tuple[Path, Path]
) -> None:
    images, masks = given
    machines = Machines()
    both(tmp_path, monkeypatch, (images, None), machines)
    tifffile.imwrite(images / "c.000001.tif", np.full((64, 64), 9, np.uint16))
    local, other = both(tmp_path, monkeypatch, (images, masks), machines)
    assert outcome_of(other) == outcome_of(local)
    assert local.masks == 32
    assert any("other pixels" in one.reason for one in other.refused)


def test_a_file_that_a_machine_does_not_see_is_read_here_and_the_report_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: tuple[Path, Path]
) -> None:
    local, other = both(
        tmp_path, monkeypatch, given, Machines(blind=frozenset({"c.000003.tif", "d.000001.tif"}))
    )
    (note,) = [one for one in other.notes if one not in local.notes]
    assert note.startswith(
        "2 files read here, because a machine of the Ray cluster could not. The first reason: "
    )
    assert ".tif: No such file or directory (machine " in note
    assert outcome_of(replace(other, notes=[])) == outcome_of(replace(local, notes=[]))


def test_a_file_with_another_size_on_a_machine_is_another_file(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    path.write_bytes(b"other")
    with pytest.raises(OSError, match="the file has another size there"):
        shards.local_file(make_workspace(tmp_path / "w").store, shards.Place(path, None, 4))


def test_a_lost_cluster_leaves_the_rest_to_this_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: tuple[Path, Path]
) -> None:
    machines = Machines(only=2)
    local, other = both(tmp_path, monkeypatch, given, machines)
    assert 0 < machines.read < 39
    assert [one for one in other.notes if one not in local.notes] == [
        "The Ray cluster did not read all files, so the others were read here. The head is gone."
    ]


def test_uploads_and_small_imports_are_read_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: tuple[Path, Path]
) -> None:
    machines = Machines()
    workspace = on_cluster(tmp_path / "other", monkeypatch, machines)
    own = workspace.store.root / "uploads" / "x"
    shutil.copytree(given[0], own)
    report = import_folder(workspace, own, given[1], ImportOptions(), ADA)
    assert (report.imported > 30, machines.read) == (True, 0)
    monkeypatch.setattr(shards, "MIN_FILES", 100)
    import_folder(on_cluster(tmp_path / "small", monkeypatch, machines), *given, ImportOptions(), ADA)
    assert machines.read == 0
    monkeypatch.setattr(shards, "MIN_BYTES", 100_000)
    import_folder(on_cluster(tmp_path / "big", monkeypatch, machines), *given, ImportOptions(), ADA)
    assert machines.read == 39


def test_objects_of_a_bucket_are_read_where_a_machine_has_its_copies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    images, masks = write_tiles(tmp_path / "given", SCENES[:2], each=3)
    (images / "a.000001.tif").write_bytes(b"damaged")
    machines, elsewhere = Machines(), tmp_path / "machine"
    with s3_server() as address:
        point_to(monkeypatch, address)
        bucket = f"s3://{make_bucket(address)}"
        for folder in (images, masks):
            for path in sorted(folder.iterdir()):
                Bucket(f"{bucket}/{folder.name}").replace(path.name, path.read_bytes())
        asked = (f"{bucket}/images", f"{bucket}/masks", ImportOptions(), ADA)
        local = make_workspace(tmp_path / "local")
        expected = import_bucket(local, *asked)
        other = on_cluster(tmp_path / "other", monkeypatch, machines)
        monkeypatch.setenv("SEEP_WORKSPACE", str(elsewhere))
        report = import_bucket(other, *asked)
    assert imported_rows(other) == imported_rows(local)
    assert [one.reason for one in report.refused] == [one.reason for one in expected.refused]
    assert (report.imported, report.notes, machines.read) == (5, expected.notes, 6)
    copies = {path.name for path in (elsewhere / "cache").rglob("*.tif")}
    assert copies == {path.name for path in images.iterdir()}


def test_a_cluster_that_is_not_there_is_a_note(tmp_path: Path, given: tuple[Path, Path]) -> None:
    local = import_folder(make_workspace(tmp_path / "local"), *given, ImportOptions(), ADA)
    address = f"127.0.0.1:{free_port()}"
    store = make_workspace(tmp_path / "other").store
    other = Workspace(store, make_settings(store.root, SEEP_RAY_ADDRESS=address))
    report = import_folder(other, *given, ImportOptions(), ADA)
    assert report.imported == local.imported
    assert [one for one in report.notes if one not in local.notes] == [
        "The Ray cluster did not read all files, so the others were read here. "
        f"The Ray cluster at {address} cannot be reached (Connection refused)."
    ]


def test_a_process_that_ends_is_a_reason(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(cluster, "_MODULE", "this")
    workspace = make_workspace(tmp_path / "w")
    call = ReadingCall("127.0.0.1:6379", shards.reading_setup(workspace, ImportOptions()), [])
    assert cluster.read_on_cluster(call, lambda _one: None, lambda: None) == (
        "The process that was connected to it ended."
    )
