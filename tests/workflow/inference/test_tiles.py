from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from seep.core.masks.classes import default_classes
from seep.core.records import TileRecord
from seep.errors import CheckpointError, DeviceError, ImageError, MissingError
from seep.store import predictions, tile_queries
from seep.store.schema import Tile
from seep.workflow import tile_data
from seep.workflow.classes import set_classes
from seep.workflow.inference.tiles import (
    enqueue_predict,
    predict_tiles,
    read_tiles,
    readable_tiles,
    require_active,
)
from seep.workflow.jobs import cancel, get_job, list_jobs
from seep.workflow.predict_job import run_predict
from seep.workflow.review import revisions
from seep.workflow.review.tile_document import tile_document
from seep.workflow.trash import delete_tiles
from seep.workflow.workspace import Workspace, install_checkpoint
from tests.actors import ADA, BO
from tests.workflow.making import accept, make_checkpoint, make_settings, never, quiet


def predicted(workspace: Workspace) -> int:
    with workspace.store.reading() as session:
        return 12 - len(predictions.tiles_without_prediction(session, 1))


def test_tiles_are_predicted_once(workspace: Workspace, bare_tiles: list[int]) -> None:
    progress: list[float] = []
    done = predict_tiles(workspace, bare_tiles, 1, lambda share, *_: progress.append(share), never)
    assert (done.done, done.known, done.unreadable, done.stopped) == (12, 0, [], False)
    assert progress == sorted(progress)
    assert progress[-1] == 1
    again = predict_tiles(workspace, bare_tiles, 1, quiet, never)
    assert (again.done, again.known) == (0, 12)


def test_what_is_kept_is_what_the_network_says(
    workspace: Workspace, bare_tiles: list[int], tiny_checkpoint: Path
) -> None:
    from seep.core.image.normalize import Statistics
    from seep.engine.checkpoint import load_checkpoint
    from seep.engine.inference.predict import Predictor
    from seep.workflow.scenes.listing import list_scenes

    predict_tiles(workspace, bare_tiles, 1, quiet, never)
    statistics = Statistics.from_dict(list_scenes(workspace)[0].statistics)
    image = revisions.tile_image(workspace, 1)
    expected = Predictor(load_checkpoint(tiny_checkpoint), "cpu").predict([image], [statistics], 0)[0]
    number = tile_document(workspace, 1, ADA)["prediction"]["id"]
    np.testing.assert_array_equal(tile_data.prediction_mask(workspace, number), expected.mask)
    kept = tile_data.prediction_probability(workspace, number) / 255
    np.testing.assert_allclose(kept, expected.seep_probability, atol=0.003)


def test_the_log_says_how_many_tiles_were_predicted_at_several_scales(
    workspace: Workspace, bare_tiles: list[int], tiny_checkpoint: Path, tmp_path: Path
) -> None:
    from seep.engine.checkpoint import Checkpoint, load_checkpoint, save_checkpoint

    tiny = load_checkpoint(tiny_checkpoint)
    texts: list[str] = []

    def report(_share: float, _text: str, events: list[dict[str, Any]]) -> None:
        texts.extend(one["text"] for one in events)

    for name, scales in (("one", [1.0]), ("three", [1.0, 0.5, 0.25])):
        path = tmp_path / f"{name}.safetensors"
        save_checkpoint(path, Checkpoint(tiny.model, tiny.card | {"name": name, "scales": scales}))
        predict_tiles(workspace, bare_tiles, install_checkpoint(workspace, path, ADA).id, report, never)
    assert texts == [
        "12 tiles at full, 1/2 and 1/4 resolution. Several are used where the grain is coarser than in training."
    ]


def test_a_stop_keeps_the_batches_that_are_done(workspace: Workspace, bare_tiles: list[int]) -> None:
    asked = iter([False, True])
    done = predict_tiles(workspace, bare_tiles, 1, quiet, lambda: next(asked))
    assert (done.done, done.stopped) == (8, True)
    assert predicted(workspace) == 8
    assert predict_tiles(workspace, bare_tiles, 1, quiet, never).done == 4


def test_an_unreadable_tile_is_told_and_the_others_are_predicted(
    workspace: Workspace, bare_tiles: list[int], folders: tuple[Path, Path]
) -> None:
    (folders[0] / "a.000001.tif").unlink()
    events: list[dict[str, Any]] = []
    done = predict_tiles(workspace, bare_tiles, 1, lambda _s, _m, some: events.extend(some), never)
    assert done.done == 11
    assert done.unreadable[0].name == "a.000001"
    assert "a.000001" in events[0]["text"]


def test_tiles_of_other_bands_are_in_the_log_and_the_others_are_predicted(
    workspace: Workspace, bare_tiles: list[int]
) -> None:
    with workspace.store.transaction() as session:
        session.execute(update(Tile).where(Tile.id.in_((bare_tiles[0], bare_tiles[-1]))).values(bands=3))
    events: list[dict[str, Any]] = []
    done = predict_tiles(workspace, bare_tiles, 1, lambda _s, _m, some: events.extend(some), never)
    assert (done.done, [one.name for one in done.unreadable]) == (10, ["a.000000", "d.000002"])
    assert [one["text"].split(":")[0] for one in events] == ["a.000000", "d.000002"]


def test_the_first_tiles_are_predicted_before_the_last_rows_are_read(
    workspace: Workspace, bare_tiles: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("seep.workflow.inference.tiles._READ_AT_ONCE", 2)
    read: list[int] = []
    tiles_by_id = tile_queries.tiles_by_id

    def note(session: Session, ids: list[int]) -> list[TileRecord]:
        read.extend(ids)
        return tiles_by_id(session, ids)

    monkeypatch.setattr(tile_queries, "tiles_by_id", note)
    first = read_tiles(workspace, bare_tiles)
    assert next(first).id == bare_tiles[0]
    assert read == bare_tiles[:2]
    assert [one.id for one in first] == bare_tiles[1:]
    assert predict_tiles(workspace, bare_tiles, 1, quiet, never).done == 12


def test_a_tile_deleted_meanwhile_is_left_out(
    workspace: Workspace, bare_tiles: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("seep.workflow.inference.tiles._READ_AT_ONCE", 8)

    def delete_last(_share: float, message: str, _events: object) -> None:
        if message == "Predicting":
            delete_tiles(workspace, bare_tiles[-1:], ADA)

    done = predict_tiles(workspace, bare_tiles, 1, delete_last, never)
    assert (done.done, done.unreadable, done.stopped) == (11, [], False)


def test_when_nothing_can_be_read_the_job_fails_by_name(
    workspace: Workspace, bare_tiles: list[int], folders: tuple[Path, Path]
) -> None:
    for path in folders[0].iterdir():
        path.unlink()
    job_id = enqueue_predict(workspace, ADA)
    assert job_id is not None
    with pytest.raises(ImageError, match=r"None of 12 tiles.*a\.000000"):
        run_predict(workspace, get_job(workspace, job_id), quiet, never)


def test_only_open_tiles_are_queued_and_only_once(workspace: Workspace, bare_tiles: list[int]) -> None:
    accept(workspace, 1)
    first = enqueue_predict(workspace, ADA)
    assert first is not None
    assert enqueue_predict(workspace, BO) == first
    assert run_predict(workspace, get_job(workspace, first), quiet, never) == "11 tiles predicted"
    cancel(workspace, first, ADA)
    assert enqueue_predict(workspace, ADA) is None
    assert enqueue_predict(workspace, ADA, [1]) is not None


def test_tiles_of_other_bands_are_not_queued(workspace: Workspace, bare_tiles: list[int]) -> None:
    with workspace.store.transaction() as session:
        session.execute(update(Tile).where(Tile.id.in_(bare_tiles[:2])).values(bands=3))
    assert readable_tiles(workspace, bare_tiles[:3]) == ([bare_tiles[2]], bare_tiles[:2])
    with pytest.raises(CheckpointError, match="these have 3"):
        enqueue_predict(workspace, ADA, bare_tiles[:2])
    assert not list_jobs(workspace)
    chosen = enqueue_predict(workspace, ADA, bare_tiles[:3])
    assert chosen is not None
    assert get_job(workspace, chosen).params["tile_ids"] == [bare_tiles[2]]
    every = enqueue_predict(workspace, ADA)
    assert every is not None
    assert run_predict(workspace, get_job(workspace, every), quiet, never) == "10 tiles predicted"
    cancel(workspace, chosen, ADA)
    cancel(workspace, every, ADA)
    assert enqueue_predict(workspace, ADA) is None


def test_two_classes_collapse_the_prediction(workspace: Workspace, bare_tiles: list[int]) -> None:
    set_classes(workspace, default_classes(2), ADA)
    predict_tiles(workspace, bare_tiles, 1, quiet, never)
    number = tile_document(workspace, 1, ADA)["prediction"]["id"]
    assert tile_data.prediction_mask(workspace, number).max() <= 1


def test_three_classes_need_another_checkpoint(workspace: Workspace, bare_tiles: list[int]) -> None:
    set_classes(workspace, default_classes(3), ADA)
    with pytest.raises(CheckpointError, match="8 classes"):
        predict_tiles(workspace, bare_tiles, 1, quiet, never)


def test_damaged_weights_are_refused(workspace: Workspace, bare_tiles: list[int], tmp_path: Path) -> None:
    record = install_checkpoint(workspace, make_checkpoint(tmp_path / "b.safetensors", seed=5), ADA)
    path = workspace.store.files.local(record.weights_sha256, ".safetensors")
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    with pytest.raises(CheckpointError, match="SHA-256"):
        predict_tiles(workspace, bare_tiles, record.id, quiet, never)
    assert predicted(workspace) == 0


def test_a_device_that_is_not_there(workspace: Workspace, bare_tiles: list[int]) -> None:
    there = Workspace(workspace.store, make_settings(workspace.store.root, SEEP_DEVICE="cuda:99"))
    with pytest.raises(DeviceError, match="cuda:99"):
        predict_tiles(there, bare_tiles, 1, quiet, never)


def test_no_active_checkpoint(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("seep.workflow.inference.tiles.active_checkpoint", lambda _: None)
    with pytest.raises(CheckpointError, match="Models page"):
        require_active(workspace)
    with pytest.raises(MissingError):
        predict_tiles(workspace, [77], 55, quiet, never)
