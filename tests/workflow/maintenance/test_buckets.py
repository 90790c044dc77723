"""A workspace whose files are in a bucket: the loop on two machines, images in buckets, doctor, backup, lost store."""

import json
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from seep.cli.main import main
from seep.core.geo.grid import Window
from seep.core.import_options import ImportOptions
from seep.core.masks.mask import decode_mask
from seep.errors import ImageError, ImportRefusedError, MissingError, StorageError
from seep.store import predictions, runs, scenes, tile_queries
from seep.store.files.bucket import Bucket
from seep.web.health import readyz
from seep.web.request import NOBODY, Call
from seep.workflow import tile_data
from seep.workflow.exports.exporter import TileSelection, export
from seep.workflow.imports.buckets import import_bucket, remove_leftovers
from seep.workflow.imports.importer import import_folder
from seep.workflow.inference.tiles import predict_tiles
from seep.workflow.jobs import get_job
from seep.workflow.maintenance import readiness
from seep.workflow.maintenance.checks import check_workspace, repair
from seep.workflow.maintenance.unused_files import remove_files, unused_files
from seep.workflow.models.promotion import promote
from seep.workflow.review import drafts, revisions
from seep.workflow.scenes import layout
from seep.workflow.training import preview_files, run_files
from seep.workflow.training.epoch_previews import list_previews
from seep.workflow.training.job import run_finetune
from seep.workflow.training.presets import FinetuneRequest
from seep.workflow.training.requests import enqueue_finetune, list_runs
from seep.workflow.workspace import Workspace, open_workspace
from tests.actors import ADA, BOB
from tests.buckets import FaultyServer, faulty_server, make_bucket, point_to
from tests.databases import url_of
from tests.workflow.making import accept, make_settings, never, quiet, tile_ids, write_tiles
from tests.workflow.rasters import sea, write_raster

WEEK_S = 7 * 24 * 3600.0


@pytest.fixture(scope="module")
def server() -> Iterator[FaultyServer]:
    with faulty_server() as proxy:
        yield proxy


@pytest.fixture
def bucket(server: FaultyServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of an empty bucket."""
    point_to(monkeypatch, server.address)
    yield f"s3://{make_bucket(server.address)}"
    server.fault = None


@pytest.fixture
def desks(
    bucket: str, tmp_path: Path, tiny_checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Workspace, Workspace]]:
    """Two machines with a folder each, on one database and one bucket."""
    monkeypatch.setattr("seep.workflow.workspace.SHIPPED_CHECKPOINT", tiny_checkpoint)
    shared = tmp_path / "database"
    shared.mkdir()
    database = url_of(shared) or f"sqlite:///{shared / 'seep.db'}"
    opened = []
    for name in ("one", "two"):
        folder = tmp_path / name
        settings = make_settings(
            folder, SEEP_DATABASE_URL=database, SEEP_FILES_URL=f"{bucket}/team", SEEP_OPENVINO="0"
        )
        opened.append(open_workspace(settings))
    yield opened[0], opened[1]
    for workspace in opened:
        workspace.store.close()


def files_below(folder: Path) -> set[str]:
    return {path.name for path in folder.rglob("*") if path.is_file() and "cache" not in path.parts}


def lose_machine(workspace: Workspace) -> None:
    """Delete what a machine keeps for itself."""
    shutil.rmtree(workspace.store.root / "cache", ignore_errors=True)
    shutil.rmtree(workspace.store.root / "runs", ignore_errors=True)


def test_the_loop_alternates_between_two_machines(desks: tuple[Workspace, Workspace], tmp_path: Path) -> None:
    one, two = desks
    images, _ = write_tiles(tmp_path / "given", ("a", "b"))
    import_folder(one, images, None, ImportOptions(copy=True), ADA)
    expected = {path.stem: path.read_bytes() for path in images.iterdir()}
    shutil.rmtree(images)
    tiles = tile_ids(two)
    with two.store.reading() as session:
        records = tile_queries.list_tiles(session, order="name", limit=None)
    for record in records:
        assert record.path.startswith("blob:")
        assert tile_data.image_path(two, record).read_bytes() == expected[record.name]
    predict_tiles(two, tiles, 1, quiet, never)
    with one.store.reading() as session:
        shown = predictions.get_prediction(session, revisions.get_tile(one, tiles[0]).prediction_id or 0)
    mask = tile_data.prediction_mask(one, shown.id).copy()
    mask[30:34] = 3
    drafts.save_draft(one, tiles[0], mask, ADA, None)
    np.testing.assert_array_equal(tile_data.draft_mask(two, tiles[0], ADA), mask)
    accept(two, tiles[0], stripe=5)
    accept(one, tiles[0], actor=BOB)
    accept(two, tiles[1], stripe=4)
    head = revisions.get_tile(one, tiles[0]).head_revision_id
    assert head is not None
    for desk, format_name in ((one, "training-set"), (two, "mask-tiff")):
        lose_machine(desk)
        export(desk, tmp_path / format_name, format_name, TileSelection(), actor=ADA)
    assert (tmp_path / "training-set" / "images" / "a.000000.tif").read_bytes() == expected["a.000000"]
    assert len(list((tmp_path / "mask-tiff").rglob("*.tif"))) == 2
    for desk in desks:
        assert files_below(desk.store.root) == {"open.lock"}
        desk.store.root.chmod(0o700)
        assert check_workspace(desk.settings) == []


def test_previews_of_a_run_are_seen_on_the_other_machine(
    desks: tuple[Workspace, Workspace],
) -> None:
    one, two = desks
    masks = {3: np.eye(64, dtype=np.uint8), 4: np.zeros((64, 64), np.uint8)}
    rows = [{"tile_id": number, "name": str(number), "changed_px": 0, "iou": None} for number in masks]
    preview_files.write_epoch(two, 7, 0, masks, rows)
    preview_files.write_epoch(two, 7, 2, masks, rows[:1])
    shown = list_previews(one, 7)
    assert [(one.epoch, [tile.tile_id for tile in one.tiles]) for one in shown] == [(0, [3, 4]), (2, [3])]
    np.testing.assert_array_equal(decode_mask(preview_files.read_mask(one, 7, 2, 3)), masks[3])
    assert sorted(preview_files.read_base(one, 7)) == [3, 4]
    assert files_below(two.store.root) == {"open.lock"}
    for missing in ((7, 2, 4), (7, 1, 3), (8, 0, 3)):
        with pytest.raises(MissingError, match="no prediction of tile"):
            preview_files.read_mask(one, *missing)
    with one.store.reading() as session:
        named = {blob.sha256 for blob in unused_files(session, one.store.files, time.time() + 2 * WEEK_S)}
    assert not named & {blob.sha256 for blob in one.store.files.stored() if blob.suffix == ".png"}


def test_views_of_images_in_the_bucket_are_read_anywhere(
    desks: tuple[Workspace, Workspace], tmp_path: Path
) -> None:
    one, two = desks
    images, _ = write_tiles(tmp_path / "given", ("a",), each=1)
    import_folder(one, images, None, ImportOptions(copy=True, bands=("1",)), ADA)
    shutil.rmtree(images)
    with two.store.reading() as session:
        (tile,) = tile_queries.list_tiles(session, order="name", limit=None)
    assert tile.path.endswith(".view")
    first = tile_data.read_pixels(two, tile)
    lose_machine(two)
    np.testing.assert_array_equal(tile_data.read_pixels(two, tile), first)
    two.store.root.chmod(0o700)
    assert check_workspace(two.settings) == []
    remove_files(two.store, 10 * WEEK_S + 2e9)
    lose_machine(two)
    np.testing.assert_array_equal(tile_data.read_pixels(two, tile), first)


def put_all(bucket: str, folder: Path) -> None:
    for path in sorted(folder.iterdir()):
        Bucket(bucket).replace(path.name, path.read_bytes())


def test_images_in_a_bucket_are_imported_without_copying(
    workspace: Workspace, bucket: str, tmp_path: Path
) -> None:
    images, masks = write_tiles(tmp_path / "given", ("a", "b"))
    put_all(f"{bucket}/scenes/images", images)
    put_all(f"{bucket}/scenes/masks", masks)
    source, truth = f"{bucket}/scenes/images", f"{bucket}/scenes/masks"
    report = import_bucket(workspace, source, truth, ImportOptions(), ADA)
    assert (report.imported, report.refused, report.without_mask) == (6, [], [])
    again = import_bucket(workspace, source, None, ImportOptions(), ADA)
    assert (again.imported, again.skipped) == (0, 6)
    with workspace.store.reading() as session:
        tiles = tile_queries.list_tiles(session, order="name", limit=None)
    assert all(tile.path.startswith(f"{source}/{tile.name}.tif#") for tile in tiles)
    assert {one.suffix for one in workspace.store.files.stored()} == {".png", ".safetensors"}
    shutil.rmtree(workspace.store.root / "cache")
    for tile in tiles:
        assert (
            tile_data.image_path(workspace, tile).read_bytes() == (images / f"{tile.name}.tif").read_bytes()
        )
    assert list(workspace.store.root.glob(".import-*")) == []
    export(workspace, tmp_path / "out", "training-set", TileSelection(states=None), actor=ADA)
    assert {path.name for path in (tmp_path / "out" / "images").iterdir()} == {
        f"{tile.name}.tif" for tile in tiles
    }
    workspace.store.root.chmod(0o700)
    assert check_workspace(workspace.settings) == []


_KILLED = """
import os, signal, sys
from pathlib import Path
from seep.core.import_options import ImportOptions
from seep.settings import read_settings
from seep.workflow.actor import Actor
from seep.workflow.imports.buckets import import_bucket, remove_leftovers
from seep.workflow.workspace import open_workspace

def die(done, total, name):
    os.kill(os.getpid(), signal.SIGKILL)

workspace = open_workspace(read_settings(dict(os.environ)))
import_bucket(workspace, sys.argv[1], None, ImportOptions(), Actor("ada", "admin"), on_progress=die)
"""


def test_what_a_killed_import_left_is_removed(
    workspace: Workspace, bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    images, _ = write_tiles(tmp_path / "given", ("a",), each=2)
    put_all(f"{bucket}/a", images)
    root = workspace.store.root
    monkeypatch.setenv("SEEP_WORKSPACE", str(root))
    if url := url_of(root):
        monkeypatch.setenv("SEEP_DATABASE_URL", url)
    done = subprocess.run([sys.executable, "-c", _KILLED, f"{bucket}/a"], check=False)
    assert done.returncode == -signal.SIGKILL
    assert len(list(root.glob(".import-*"))) == 1

    def while_importing(_done: int, _total: int, _name: str) -> None:
        (left,) = root.glob(".import-*")  # what the killed one left is gone
        remove_leftovers(workspace)
        assert left.is_dir()  # and this one stays

    report = import_bucket(workspace, f"{bucket}/a", None, ImportOptions(), ADA, on_progress=while_importing)
    assert (report.imported, tile_ids(workspace) != []) == (2, True)
    (root / ".import-old" / "images").mkdir(parents=True)
    remove_leftovers(workspace)
    assert list(root.glob(".import-*")) == []


def test_an_image_that_was_replaced_in_its_bucket_is_named(
    workspace: Workspace, bucket: str, tmp_path: Path
) -> None:
    images, _ = write_tiles(tmp_path / "given", ("a",), each=2)
    put_all(f"{bucket}/a", images)
    import_bucket(workspace, f"{bucket}/a", None, ImportOptions(), ADA)
    with workspace.store.reading() as session:
        first, second = tile_queries.list_tiles(session, order="name", limit=None)
    shutil.rmtree(workspace.store.root / "cache")
    Bucket(f"{bucket}/a").replace(f"{first.name}.tif", b"another image")
    Bucket(f"{bucket}/a").delete(f"{second.name}.tif")
    with pytest.raises(Exception, match="was changed after its import"):
        tile_data.read_pixels(workspace, first)
    with pytest.raises(Exception, match="is missing"):
        tile_data.read_pixels(workspace, second)
    found = [one.message for one in check_workspace(workspace.settings) if one.check == "images"]
    assert len(found) == 2


def test_an_image_that_is_replaced_while_it_is_read_is_not_kept(
    workspace: Workspace, bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    images, _ = write_tiles(tmp_path / "given", ("a",), each=1)
    put_all(f"{bucket}/a", images)
    import_bucket(workspace, f"{bucket}/a", None, ImportOptions(), ADA)
    with workspace.store.reading() as session:
        (tile,) = tile_queries.list_tiles(session, order="name", limit=None)
    shutil.rmtree(workspace.store.root / "cache")
    chunks = Bucket.chunks

    def replaced_first(self: Bucket, key: str) -> Iterator[bytes]:
        self.replace(key, b"another image")
        return chunks(self, key)

    monkeypatch.setattr(Bucket, "chunks", replaced_first)
    with pytest.raises(ImageError, match="was changed after its import"):
        tile_data.image_path(workspace, tile)
    assert list((workspace.store.root / "cache").rglob("*.tif")) == []


def test_what_cannot_be_imported_from_a_bucket_changes_nothing(
    workspace: Workspace, server: FaultyServer, bucket: str, tmp_path: Path
) -> None:
    images, _ = write_tiles(tmp_path / "given", ("a",), each=2)
    with pytest.raises(ImportRefusedError, match="has no objects"):
        import_bucket(workspace, f"{bucket}/none", None, ImportOptions(), ADA)
    put_all(f"{bucket}/a", images)
    Bucket(f"{bucket}/a").replace("large.bin", bytes(2 << 20))
    small = Workspace(workspace.store, make_settings(workspace.store.root, SEEP_CACHE_MB="1"))
    with pytest.raises(ImportRefusedError, match="Set SEEP_CACHE_MB to more"):
        import_bucket(small, f"{bucket}/a", None, ImportOptions(), ADA)
    with pytest.raises(StorageError, match="there is no such bucket"):
        import_bucket(workspace, "s3://nowhere/a", None, ImportOptions(), ADA)
    server.fault = lambda *_: (500, b"")
    with pytest.raises(StorageError, match="could not be listed"):
        import_bucket(workspace, f"{bucket}/a", None, ImportOptions(), ADA)
    assert tile_ids(workspace) == []


def test_the_command_imports_from_a_bucket(
    workspace: Workspace, bucket: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    images, _ = write_tiles(tmp_path / "given", ("a",))
    put_all(f"{bucket}/a", images)
    root = str(workspace.store.root)
    assert main(["import", f"{bucket}/a", "--workspace", root]) == 0
    assert "3 imported" in capsys.readouterr().out
    assert main(["import", f"{bucket}/a", "--dry-run", "--workspace", root]) == 1


def test_unused_files_of_a_bucket_go_after_a_week(desks: tuple[Workspace, Workspace], tmp_path: Path) -> None:
    one, two = desks
    images, masks = write_tiles(tmp_path / "given", ("a",), each=1)
    import_folder(one, images, masks, ImportOptions(copy=True), ADA)
    (tile,) = tile_ids(one)
    mask = np.full((64, 64), 2, np.uint8)
    drafts.save_draft(two, tile, mask, ADA, revisions.get_tile(two, tile).head_revision_id)
    kept = {one.sha256 for one in one.store.files.stored()}
    drafts.drop_draft(one, tile, ADA)
    newest = max(blob.stored_at for blob in one.store.files.stored())
    with one.store.reading() as session:
        assert unused_files(session, one.store.files, newest + WEEK_S - 60) == []
    (gone,) = remove_files(two.store, newest + WEEK_S + 60)
    assert {blob.sha256 for blob in one.store.files.stored()} == kept - {gone.sha256}
    assert one.store.files.put(b"again", ".png") in {blob.sha256 for blob in two.store.files.stored()}


def test_doctor_names_what_a_bucket_lost(desks: tuple[Workspace, Workspace], tmp_path: Path) -> None:
    one, _ = desks
    images, masks = write_tiles(tmp_path / "given", ("a",), each=2)
    import_folder(one, images, masks, ImportOptions(copy=True), ADA)
    one.store.root.chmod(0o700)
    assert repair(one.settings, ADA) == []
    by_suffix = {blob.suffix: blob for blob in one.store.files.stored()}
    for suffix in (".png", ".tif", ".safetensors"):
        one.store.files.remove(by_suffix[suffix], float("inf"))
    found = check_workspace(one.settings)
    assert sorted((finding.check, finding.level) for finding in found) == [
        ("files", "error"),
        ("files", "error"),
        ("images", "error"),
    ]
    assert all("missing" in finding.message for finding in found)


def test_doctor_says_that_the_object_store_does_not_answer(
    desks: tuple[Workspace, Workspace], server: FaultyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("seep.store.files.bucket.RETRIES", 0)
    server.fault = lambda *_: (503, b"")
    (finding,) = [one for one in check_workspace(desks[0].settings) if one.check == "files"]
    assert "Check the object store" in finding.message


def test_a_save_that_the_store_refuses_changes_nothing_and_can_be_repeated(
    desks: tuple[Workspace, Workspace], server: FaultyServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("seep.store.files.bucket.RETRIES", 0)
    one, two = desks
    images, masks = write_tiles(tmp_path / "given", ("a",), each=1)
    import_folder(one, images, masks, ImportOptions(copy=True), ADA)
    (tile,) = tile_ids(one)
    before = revisions.get_tile(one, tile).head_revision_id
    server.fault = lambda method, _path, status, data: (500, b"") if method == "PUT" else (status, data)
    with pytest.raises(StorageError, match="Nothing was changed"):
        accept(one, tile, stripe=3)
    assert revisions.get_tile(two, tile).head_revision_id == before
    server.fault = lambda *_: (500, b"")
    lose_machine(two)
    with pytest.raises(StorageError, match="Check the object store"):
        promote(two, 1, ADA)
    server.fault = None
    accept(one, tile, stripe=3)
    head = revisions.get_tile(two, tile).head_revision_id
    assert head != before
    assert head is not None
    assert (tile_data.revision_mask(two, head)[30:33] == 3).all()


def test_the_state_of_a_run_is_on_every_machine(desks: tuple[Workspace, Workspace]) -> None:
    one, two = desks
    for number in (1, 2):
        path = run_files.state_path(one, 7)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"state %d" % number)
        run_files.share_state(one, 7)
        run_files.fetch_state(two, 7)
        assert run_files.state_path(two, 7).read_bytes() == b"state %d" % number
    states = [blob for blob in one.store.files.stored() if blob.size_bytes == len(b"state 1")]
    assert len(states) == 1  # the one before it is deleted
    run_files.state_path(one, 7).write_bytes(b"state 3")  # not shared: the object store was away
    run_files.fetch_state(one, 7)
    assert run_files.state_path(one, 7).read_bytes() == b"state 3"
    assert run_files.remove_state(two, 7)
    run_files.fetch_state(one, 7)
    assert not run_files.state_path(one, 7).exists()
    with one.store.reading() as session:
        assert runs.list_runs(session) == []


def test_a_large_image_in_the_bucket_is_cut_predicted_and_drawn_anywhere(
    desks: tuple[Workspace, Workspace], tmp_path: Path
) -> None:
    one, two = desks
    (tmp_path / "given").mkdir()
    image = sea(height=600, width=700)
    write_raster(tmp_path / "given" / "wide.tif", image)
    report = import_folder(one, tmp_path / "given", None, ImportOptions(copy=True, window_px=256), ADA)
    assert (report.refused, report.imported > 4) == ([], True)
    shutil.rmtree(tmp_path / "given")
    with two.store.reading() as session:
        tiles = tile_queries.list_tiles(session, order="name", limit=None)
        (scene,) = scenes.list_scenes(session)
    assert scene.path is not None
    assert scene.path.startswith("blob:")
    for tile in tiles:
        part = image[tile.y : tile.y + tile.height, tile.x : tile.x + tile.width]
        np.testing.assert_array_equal(tile_data.read_pixels(two, tile), part)
    assert predict_tiles(two, [tile.id for tile in tiles], 1, quiet, never).done == len(tiles)
    lose_machine(one)
    picture = layout.read_picture(one, layout.layout(one, scene.id), Window(0, 0, 700, 600), 2)
    assert picture.shape == (300, 350)
    assert picture.any()
    one.store.root.chmod(0o700)
    assert check_workspace(one.settings) == []


@pytest.mark.slow
def test_a_stopped_run_goes_on_on_another_machine(desks: tuple[Workspace, Workspace], tmp_path: Path) -> None:
    one, two = desks
    images, masks = write_tiles(tmp_path / "given")
    import_folder(one, images, masks, ImportOptions(copy=True), ADA)
    for tile in tile_ids(one)[::2]:
        accept(one, tile, stripe=1)
    request = FinetuneRequest(epochs=2, crop_px=32, learning_rate=1e-3)
    job = get_job(one, enqueue_finetune(one, request, ADA))
    seen: list[dict[str, Any]] = []

    def after_an_epoch() -> bool:
        return any(event["kind"] == "epoch" for event in seen)

    assert run_finetune(one, job, lambda _s, _m, some: seen.extend(some), after_an_epoch) is None
    lose_machine(one)
    events: list[dict[str, Any]] = []
    assert run_finetune(two, job, lambda _s, _m, some: events.extend(some), never)
    assert any("goes on after step 20" in event.get("text", "") for event in events)
    (run,) = list_runs(one)
    assert run.state == "done"
    promote(one, run.checkpoint_id or 0, ADA)
    blobs = len(list(one.store.files.stored()))
    run_files.forget_states(two)
    assert len(list(one.store.files.stored())) == blobs - 1
    assert not run_files.state_path(two, run.id).exists()


def denying(_method: str, _path: str, _status: int, _data: bytes) -> tuple[int, bytes]:
    return 403, b"<Error><Code>AccessDenied</Code></Error>"


def test_an_app_without_its_object_store_is_not_ready(
    desks: tuple[Workspace, Workspace], server: FaultyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, _ = desks
    call = Call(0, "", {}, {}, b"", NOBODY)
    monkeypatch.setattr(readiness, "ASKED_AGAIN_S", 0.0)
    assert readyz(one, call).status_code == 200
    server.fault = denying
    assert "access was denied" in readiness.readiness(one).files
    answer = readyz(one, call)
    assert (answer.status_code, json.loads(bytes(answer.body))["files"]) == (503, False)
    server.fault = None
    assert readyz(one, call).status_code == 200


def test_probes_ask_a_slow_object_store_once_at_a_time(
    desks: tuple[Workspace, Workspace], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, _ = desks
    asked, free = list[str](), threading.Event()
    monkeypatch.setattr(Bucket, "check", lambda bucket: asked.append(bucket.url) or free.wait(30))
    first = threading.Thread(target=readiness.readiness, args=(one,))
    first.start()
    while not asked:
        time.sleep(0.01)
    assert readiness.readiness(one).files == "The object store has not answered yet."
    free.set()
    first.join()
    assert [readiness.readiness(one).files for _ in range(3)] == ["ok"] * 3
    assert len(asked) == 1
