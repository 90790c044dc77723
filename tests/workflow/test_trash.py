"""Deleting tiles, scenes and imports: what leaves them out, and what comes back."""

from pathlib import Path
from typing import Any

import pytest

from seep.core.records import TileFilter
from seep.errors import MissingError, SettingsError, TrainingError
from seep.workflow import trash
from seep.workflow.exports.exporter import TileSelection, export
from seep.workflow.inference.tiles import predict_tiles
from seep.workflow.jobs import get_job
from seep.workflow.overview import overview
from seep.workflow.review import bulk_accept, queue, revisions, sessions
from seep.workflow.review.tile_document import tile_document
from seep.workflow.scenes import layout
from seep.workflow.scenes.listing import list_scenes
from seep.workflow.training.job import run_finetune
from seep.workflow.training.presets import FinetuneRequest
from seep.workflow.training.requests import enqueue_finetune, list_runs, repeat
from seep.workflow.training.selection import training_candidates
from seep.workflow.workspace import Workspace
from tests.actors import ADA, BOB
from tests.workflow.making import accept, fill, never, quiet, split_of, tile_ids

REQUEST = FinetuneRequest(epochs=1, crop_px=32, replay_share=0.5)


def logged(events: list[dict[str, Any]]) -> str:
    return "\n".join(event.get("text", "") for event in events)


def test_queue_counts_and_exports_leave_out_deleted_tiles(
    workspace: Workspace, tiles: list[int], tmp_path: Path
) -> None:
    before = overview(workspace)
    accept(workspace, tiles[0])
    accept(workspace, tiles[1], stripe=2)
    assert sessions.session_summary(workspace, ADA.name).tiles == 2
    entry = trash.delete_tiles(workspace, [*tiles[:2], *tiles[:1]], BOB)
    assert (entry.tiles, entry.author) == (2, BOB.name)
    assert queue.count(workspace, TileFilter()) == len(tiles) - 2
    assert not {tile.id for tile in queue.queue(workspace, limit=100)} & set(tiles[:2])
    assert sessions.session_summary(workspace, ADA.name).tiles == 0
    after = overview(workspace)
    assert (after.tiles, after.reviewed) == (before.tiles - 2, before.reviewed)
    selection = TileSelection(states=("accepted", "corrected"))
    with pytest.raises(SettingsError, match="No tile matches the selection"):
        export(workspace, tmp_path / "out", "mask-tiff", selection, actor=ADA)
    assert trash.restore(workspace, entry.id, ADA).tiles == 2
    result = export(workspace, tmp_path / "in", "mask-tiff", selection, actor=ADA)
    assert result.written == 2
    assert [one["kind"] for one in tile_document(workspace, tiles[1], ADA)["history"]] == ["accept", "import"]


def test_a_scene_of_the_map_has_the_tiles_that_are_left(workspace: Workspace, tiles: list[int]) -> None:
    scene = revisions.get_tile(workspace, tiles[0]).scene_id
    assert len(layout.layout(workspace, scene).tiles) == 3
    first = trash.delete_tiles(workspace, tiles[:1], ADA)
    assert [tile.id for tile in layout.layout(workspace, scene).tiles] == tiles[1:3]
    trash.restore(workspace, first.id, ADA)
    trash.delete_tiles(workspace, tiles[1:2], ADA)
    assert [tile.id for tile in layout.layout(workspace, scene).tiles] == [tiles[0], tiles[2]]


def test_a_deleted_import_can_be_imported_again(
    workspace: Workspace, tiles: list[int], folders: tuple[Path, Path]
) -> None:
    (entry,) = trash.list_imports(workspace)
    assert (entry.tiles, entry.author) == (len(tiles), ADA.name)
    record = trash.delete_import(workspace, entry.id, ADA)
    assert (record.kind, record.tiles, record.scenes) == ("import", 12, 4)
    assert (list_scenes(workspace), trash.list_imports(workspace)) == ([], [])
    with pytest.raises(MissingError, match="All tiles of import 1 are in the trash"):
        trash.delete_import(workspace, entry.id, ADA)
    again = fill(workspace, folders[0])
    assert not set(again) & set(tiles)
    assert trash.delete_permanently(workspace, [record.id], ADA) == 12
    assert tile_ids(workspace) == again


def test_bulk_accept_and_its_undo_skip_deleted_tiles(workspace: Workspace, bare_tiles: list[int]) -> None:
    predict_tiles(workspace, bare_tiles[:3], 1, quiet, never)
    trash.delete_tiles(workspace, bare_tiles[:1], ADA)
    batch = bulk_accept.accept_all(workspace, bare_tiles[:3], ADA)
    accepted = set(batch.revisions)
    assert bare_tiles[0] in batch.skipped
    assert accepted
    gone = min(accepted)
    trash.delete_tiles(workspace, [gone], ADA)
    assert set(bulk_accept.undo(workspace, batch, ADA)) == accepted - {gone}


@pytest.mark.usefixtures("by_torch")
def test_a_run_leaves_out_deleted_tiles_and_says_so(workspace: Workspace, tiles: list[int]) -> None:
    trained = [tile for tile in tiles if split_of(workspace, tile) == "train"]
    for tile in trained[:3]:
        accept(workspace, tile, stripe=1)
    job = get_job(workspace, enqueue_finetune(workspace, REQUEST, ADA))
    trash.delete_tiles(workspace, trained[:1], ADA)
    assert training_candidates(workspace).count == 2
    events: list[dict[str, Any]] = []
    run_finetune(workspace, job, lambda _s, _m, some: events.extend(some), never)
    assert "1 tile left out: deleted after the run was queued" in logged(events)
    (run,) = list_runs(workspace)
    assert run.state == "done"
    again = get_job(workspace, repeat(workspace, run.id, ADA))
    trash.delete_tiles(workspace, [trained[1], trained[-1]], ADA)  # one corrected tile and one replay tile
    events.clear()
    run_finetune(workspace, again, lambda _s, _m, some: events.extend(some), never)
    assert logged(events).count("1 tile left out: deleted") == 2
    newest = list_runs(workspace)[0]
    replayed = set(newest.config["replay_revision_ids"])
    assert newest.state == "done"
    assert len(replayed) == len(run.config["replay_revision_ids"]) - 1


@pytest.mark.usefixtures("by_torch")
def test_a_stopped_run_starts_again_without_tiles_that_were_deleted(
    workspace: Workspace, tiles: list[int]
) -> None:
    trained = [tile for tile in tiles if split_of(workspace, tile) == "train"]
    for tile in trained[:2]:
        accept(workspace, tile, stripe=1)
    job = get_job(workspace, enqueue_finetune(workspace, REQUEST, ADA))
    steps = iter(range(100))
    run_finetune(workspace, job, quiet, lambda: next(steps) > 3)
    assert list_runs(workspace)[0].state == "running"
    entry = trash.delete_tiles(workspace, trained[:1], ADA)
    events: list[dict[str, Any]] = []
    run_finetune(workspace, job, lambda _s, _m, some: events.extend(some), never)
    assert "1 tile left out: deleted after the run was queued. Training starts again" in logged(events)
    assert "goes on after" not in logged(events)
    assert list_runs(workspace)[0].state == "done"
    trash.restore(workspace, entry.id, ADA)
    assert training_candidates(workspace).count == 1


@pytest.mark.usefixtures("by_torch")
def test_a_run_whose_tiles_are_all_deleted_fails_with_the_remedy(
    workspace: Workspace, tiles: list[int]
) -> None:
    trained = [tile for tile in tiles if split_of(workspace, tile) == "train"]
    accept(workspace, trained[0], stripe=1)
    job = get_job(workspace, enqueue_finetune(workspace, REQUEST, ADA))
    trash.delete_tiles(workspace, trained[:1], ADA)
    with pytest.raises(TrainingError, match="deleted after it was queued"):
        run_finetune(workspace, job, quiet, never)
