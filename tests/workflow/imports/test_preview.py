from pathlib import Path

import pytest

from seep.core.import_options import ImportOptions
from seep.errors import ImportRefusedError
from seep.workflow.imports.preview import preview_import
from seep.workflow.workspace import Workspace


def test_a_look_tells_what_is_there(workspace: Workspace, folders: tuple[Path, Path]) -> None:
    (folders[0] / "z.000001.tif").write_bytes(b"no TIFF")
    look = preview_import(workspace, *folders, ImportOptions())
    assert (look.files, look.with_mask, look.nodata) == (13, 12, [0.0])
    assert look.class_ids
    assert look.scenes[:4] == ["a", "b", "c", "d"]
    assert {(one.width, one.dtype, one.bands) for one in look.headers} == {(64, "uint16", 1)}
    assert [one.path.name for one in look.refused] == ["z.000001.tif"]


def test_only_some_headers_of_many_are_read(
    workspace: Workspace, folders: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("seep.workflow.imports.preview.SAMPLE_FILES", 3)
    look = preview_import(workspace, folders[0], None, ImportOptions())
    assert (look.files, len(look.headers)) == (12, 3)
    assert preview_import(workspace, folders[0], None, ImportOptions(nodata=None)).nodata == [None]


def test_an_empty_folder_is_refused(workspace: Workspace, tmp_path: Path) -> None:
    with pytest.raises(ImportRefusedError):
        preview_import(workspace, tmp_path, None, ImportOptions())
