import json
import struct
from pathlib import Path
from typing import Any

import onnx
import pytest
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from sqlalchemy import select

from seep.errors import CheckpointError, ImportRefusedError, MissingError, SettingsError
from seep.store import audit_log, checkpoints
from seep.store.schema import Checkpoint
from seep.workflow import uploads
from seep.workflow.models import transfer
from seep.workflow.models.promotion import drop
from seep.workflow.models.registry import list_models
from seep.workflow.models.transfer import export_checkpoint, file_stem, import_checkpoint, import_upload
from seep.workflow.uploads import UploadedFile, UploadWriter, upload_target
from seep.workflow.workspace import Workspace
from tests.actors import ADA, BO
from tests.workflow.making import make_checkpoint, make_workspace


def test_what_is_exported_can_be_imported_elsewhere_unchanged(
    workspace: Workspace, tmp_path: Path, tiny_checkpoint: Path
) -> None:
    weights, card = export_checkpoint(workspace, 1, tmp_path / "out", "safetensors", BO)
    assert (weights.name, card.name) == ("tiny.safetensors", "tiny.json")
    assert weights.read_bytes() == tiny_checkpoint.read_bytes()
    assert json.loads(card.read_text())["name"] == "tiny"
    other = make_workspace(tmp_path / "other")
    assert import_checkpoint(other, weights, BO) == 1  # the same file as the shipped one: not added again
    assert len(list_models(other)) == 1
    other.store.close()
    with workspace.store.reading() as session:
        newest = audit_log.list_audit(session)[0]
    assert (newest.author, newest.action, newest.subject) == ("bo", "export", "checkpoint 1")


def test_an_imported_checkpoint_is_a_candidate_under_a_free_name(
    workspace: Workspace, tmp_path: Path
) -> None:
    made = import_checkpoint(workspace, make_checkpoint(tmp_path / "o.safetensors", seed=9), BO)
    row = next(one for one in list_models(workspace) if one.id == made)
    assert (row.name, row.state, row.active, row.parent) == ("tiny-2", "candidate", False, None)


def test_onnx_is_written_with_its_card(workspace: Workspace, tmp_path: Path) -> None:
    weights, card = export_checkpoint(workspace, 1, tmp_path / "out", "onnx", ADA)
    assert weights.suffix == ".onnx"
    assert weights.stat().st_size > 1000
    assert json.loads(card.read_text())["classes"]["count"] == 8


def test_an_onnx_file_that_would_lack_a_part_of_the_prediction_is_refused(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path / "shipped")
    with workspace.store.transaction() as session:
        for one in session.scalars(select(Checkpoint)):
            one.card = {**one.card, "scales": [1.0, 0.5], "scales_above_grain": 0.4}
    lacks = "lack the slick head and the predictions at 2 scales.*onnx-network"
    with pytest.raises(CheckpointError, match=lacks):
        export_checkpoint(workspace, 1, tmp_path / "out", "onnx", ADA)
    assert not (tmp_path / "out").exists()
    weights, _ = export_checkpoint(workspace, 1, tmp_path / "out", "onnx-network", ADA)
    assert weights.name == "seep-base.onnx"
    onnx.checker.check_model(onnx.load(weights))


def test_what_cannot_be_transferred_is_refused(workspace: Workspace, tmp_path: Path) -> None:
    with pytest.raises(MissingError):
        export_checkpoint(workspace, 99, tmp_path, "onnx", ADA)
    with pytest.raises(SettingsError, match="safetensors, onnx, onnx-network"):
        export_checkpoint(workspace, 1, tmp_path, "pickle", ADA)
    with pytest.raises(CheckpointError, match=r"none\.safetensors"):
        import_checkpoint(workspace, tmp_path / "none.safetensors", BO)
    assert list(tmp_path.glob("*.json")) == []


@pytest.mark.parametrize(("name", "value"), [("conv1.weight", 3e38), ("running_var", -1.0)])
def test_a_network_that_predicts_no_numbers_is_refused(
    workspace: Workspace, tmp_path: Path, tiny_checkpoint: Path, name: str, value: float
) -> None:
    tensors = load_file(tiny_checkpoint)
    with safe_open(tiny_checkpoint, "pt") as file:
        metadata = file.metadata()
    changed = {key: one * 0 + value for key, one in tensors.items() if key.endswith(name)}
    assert changed
    path = tmp_path / "odd.safetensors"
    save_file(tensors | changed, path, metadata)
    with pytest.raises(CheckpointError, match="predicts numbers that are not finite"):
        import_checkpoint(workspace, path, ADA)
    assert len(list_models(workspace)) == 1


TOKEN = "0123456789abcdef" * 2


def upload(workspace: Workspace, name: str, data: bytes) -> UploadedFile:
    """Put a file into the upload of `TOKEN` as the route does."""
    with UploadWriter(workspace, TOKEN, upload_target(name, "checkpoints"), len(data), BO) as writer:
        writer.write(data)
        writer.finish()
    (file,) = uploads.list_files(workspace, TOKEN)
    return file


def test_an_upload_is_imported_and_leaves_nothing_behind(workspace: Workspace, tmp_path: Path) -> None:
    data = make_checkpoint(tmp_path / "o.safetensors", seed=9).read_bytes()
    before = sorted(workspace.store.root.iterdir())
    file = upload(workspace, "masks/up.safetensors", data)
    assert file == UploadedFile("checkpoints", "up.safetensors", len(data))
    made = import_upload(workspace, TOKEN, file, BO)
    assert next(one for one in list_models(workspace) if one.id == made).name == "tiny-2"
    with pytest.raises(CheckpointError, match=r"^cat\.safetensors is not a checkpoint"):
        import_upload(workspace, TOKEN, upload(workspace, "cat.safetensors", b"meow" * 100), BO)
    cut = data[:-40] + b"\xff" * 40
    with pytest.raises(CheckpointError, match="not finite"):
        import_upload(workspace, TOKEN, upload(workspace, "cut.safetensors", cut), BO)
    assert uploads.list_files(workspace, TOKEN) == []
    assert sorted(one for one in workspace.store.root.iterdir() if one.name != "uploads") == before
    assert len(list_models(workspace)) == 2


@pytest.mark.parametrize("name", ["weights.pt", "set.zip", "../../up.safetensors"])
def test_only_a_safetensors_file_can_be_uploaded_as_a_checkpoint(name: str) -> None:
    with pytest.raises(ImportRefusedError):
        upload_target(name, "checkpoints")


@pytest.mark.parametrize("name", ["../o.safetensors", "images/o.safetensors", "o.safetensors"])
def test_only_a_file_of_the_upload_is_imported(workspace: Workspace, name: str) -> None:
    kept = upload(workspace, "kept.safetensors", b"x" * 9)
    with pytest.raises(MissingError, match="Upload it again"):
        import_upload(workspace, TOKEN, UploadedFile("checkpoints", name, 9), BO)
    with pytest.raises(MissingError):
        import_upload(workspace, TOKEN, UploadedFile("images", kept.name, kept.size_bytes), BO)
    assert uploads.list_files(workspace, TOKEN) == [kept]


def with_card(source: Path, **changes: Any) -> bytes:
    """The bytes of a checkpoint with other values in its card."""
    data = source.read_bytes()
    (length,) = struct.unpack_from("<Q", data)
    header = json.loads(data[8 : 8 + length])
    card = json.loads(header["__metadata__"]["card"]) | changes
    header["__metadata__"]["card"] = json.dumps(card)
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data[8 + length :]


HOSTILE: list[dict[str, Any]] = [
    {"classes": None},
    {"figures": [1, 2]},
    {"figures": {"test": {"binary_iou": "high"}}},
    {"figures": {"test": {"per_scene": [3], "scenes": {}}}},
    {"figures": {"validation": {"iou_per_class": {"a": 1}}}},
    {"name": {}},
    {"name": "\ud800"},
    {"splits": {"train": 3}},
    {"data": "x" * 9_000_000},
]


@pytest.mark.parametrize("changes", HOSTILE, ids=[next(iter(one)) for one in HOSTILE])
def test_a_hostile_card_is_refused_before_its_row_is_written(
    workspace: Workspace, tiny_checkpoint: Path, changes: dict[str, Any]
) -> None:
    file = upload(workspace, "hostile.safetensors", with_card(tiny_checkpoint, **changes))
    with pytest.raises(CheckpointError, match=r"hostile\.safetensors"):
        import_upload(workspace, TOKEN, file, BO)
    assert [one.name for one in list_models(workspace)] == ["tiny"]


@pytest.mark.parametrize("changes", HOSTILE, ids=[next(iter(one)) for one in HOSTILE])
def test_a_hostile_card_in_the_database_is_listed_and_can_be_dropped(
    workspace: Workspace, changes: dict[str, Any]
) -> None:
    with workspace.store.transaction() as session:
        card = list_models(workspace)[0].card
        row = checkpoints.add_checkpoint(
            session,
            name="bad",
            parent_id=1,
            run_id=None,
            weights_sha256="0" * 64,
            card={**card, **changes},
            author="eve",
        )
    bad = next(one for one in list_models(workspace) if one.id == row.id)
    assert bad.metrics == {}
    assert bad.class_count in {None, 8}
    drop(workspace, bad.id, ADA)
    assert [one.state for one in list_models(workspace)] == ["dropped", "kept"]


def test_a_huge_upload_is_refused(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transfer, "MAX_UPLOAD_MB", 0)
    file = upload(workspace, "big.safetensors", b"x")
    with pytest.raises(CheckpointError, match="model-import"):
        import_upload(workspace, TOKEN, file, BO)


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("seep-3", "seep-3"),
        ("../a b", "_a_b"),
        (".hidden", "hidden"),
        ("...", "checkpoint"),
        ("x" * 99, "x" * 80),
    ],
)
def test_names_become_names_of_files(name: str, stem: str) -> None:
    assert file_stem(name) == stem
