"""Where uploaded files go by their names, and how long they stay."""

import errno
import os
import time
from pathlib import Path

import pytest

from seep.errors import ImportRefusedError
from seep.workflow import uploads
from seep.workflow.uploads import UploadWriter
from seep.workflow.workspace import Workspace
from tests.actors import ADA


def put(workspace: Workspace, token: str, name: str, content: bytes, role: str = "images") -> None:
    with UploadWriter(workspace, token, uploads.upload_target(name, role), len(content), ADA) as writer:
        writer.write(content)
        writer.finish()


@pytest.mark.parametrize(
    ("name", "role", "goes_to"),
    [
        ("a.000001.tif", "images", "images/a.000001.tif"),
        ("train_images_256/a.1.tif", "images", "images/a.1.tif"),
        ("train_masks_256/a.1.tif", "images", "masks/a.1.tif"),
        ("set/Labels/a.1.png", "images", "masks/a.1.png"),
        ("a.1.tif", "masks", "masks/a.1.tif"),
        ("annotations.json", "images", "masks/annotations.json"),
        ("unmasked/a.1.tif", "images", "images/a.1.tif"),
        ("x\\y\\a.1.tif", "images", "images/a.1.tif"),
        ("S1A.SAFE/measurement/vv.tiff", "images", "images/S1A.SAFE/measurement/vv.tiff"),
        ("d/S1A.SAFE/annotation/vv.xml", "masks", "images/S1A.SAFE/annotation/vv.xml"),
        ("<b>bold.tif", "images", "images/<b>bold.tif"),
    ],
)
def test_names_say_what_is_an_image_and_what_a_mask(name: str, role: str, goes_to: str) -> None:
    where = uploads.upload_target(name, role)
    assert f"{where.role}/{where.path}" == goes_to


def test_what_waits_is_listed_images_first(workspace: Workspace) -> None:
    token = uploads.new_token()
    assert uploads.list_files(workspace, token) == []
    put(workspace, token, "masks/a.tif", b"mask")
    put(workspace, token, "b.tif", b"image")
    found = uploads.list_files(workspace, token)
    assert [(one.role, one.name, one.size_bytes) for one in found] == [
        ("images", "b.tif", 5),
        ("masks", "a.tif", 4),
    ]


def test_what_nobody_imports_for_a_day_is_swept(workspace: Workspace) -> None:
    old, fresh = uploads.new_token(), uploads.new_token()
    put(workspace, old, "a.tif", b"x")
    put(workspace, fresh, "a.tif", b"x")
    past = time.time() - uploads.MAX_AGE_S - 60
    folder = uploads.upload_folder(workspace, old)
    for path in [*folder.rglob("*"), folder]:
        os.utime(path, (past, past))
    assert uploads.delete_old_uploads(workspace) == 1
    assert uploads.list_files(workspace, old) == []
    assert len(uploads.list_files(workspace, fresh)) == 1


def test_an_arrival_that_is_given_up_leaves_nothing(workspace: Workspace) -> None:
    token = uploads.new_token()
    with UploadWriter(workspace, token, uploads.upload_target("a.tif", "images"), 10, ADA) as writer:
        writer.write(b"half")
    assert uploads.list_files(workspace, token) == []
    assert not [path for path in uploads.upload_folder(workspace, token).rglob("*") if path.is_file()]


def test_a_temporary_file_that_cannot_be_deleted_hides_neither_success_nor_refusal(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(path: Path, missing_ok: bool = False) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO), str(path))

    monkeypatch.setattr(Path, "unlink", broken)
    token = uploads.new_token()
    put(workspace, token, "a.tif", b"image")
    assert [one.name for one in uploads.list_files(workspace, token)] == ["a.tif"]
    with (
        pytest.raises(ImportRefusedError, match="Upload it again"),
        UploadWriter(workspace, token, uploads.upload_target("b.tif", "images"), 5, ADA) as writer,
    ):
        writer.finish()


def test_a_text_file_without_labels_is_refused_and_the_others_stay(workspace: Workspace) -> None:
    token = uploads.new_token()
    texts = {
        "notes.txt": b"call the harbor\n",
        "a.txt": b"0 0.1 0.1 0.5 0.1 0.5 0.5\n",
        "classes.txt": b"Oil",
    }
    for name, content in texts.items():
        put(workspace, token, name, content, "masks")
        target = uploads.upload_target(name, "masks")
        path = uploads.upload_folder(workspace, token) / target.role / target.path
        if name == "notes.txt":
            with pytest.raises(ImportRefusedError, match=r"notes\.txt contains no YOLO labels"):
                uploads.add_uploaded(workspace, token, target, path)
        else:
            uploads.add_uploaded(workspace, token, target, path)
    assert [one.name for one in uploads.list_files(workspace, token)] == ["a.txt", "classes.txt"]


def test_one_file_of_an_upload_can_be_deleted(workspace: Workspace) -> None:
    token = uploads.new_token()
    put(workspace, token, "a.tif", b"image")
    put(workspace, token, "b.tif", b"image")
    first, second = uploads.list_files(workspace, token)
    uploads.delete_file(workspace, token, first, ADA)
    uploads.delete_file(workspace, token, uploads.UploadedFile("images", "../../open.lock", 1), ADA)
    assert uploads.list_files(workspace, token) == [second]
    assert (workspace.settings.workspace / "open.lock").exists()
