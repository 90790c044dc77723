import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile

from seep.core.import_options import ImportOptions
from seep.errors import ImportRefusedError
from seep.workflow.imports import background, importer
from seep.workflow.imports.background import ImportRequest, ImportRun
from seep.workflow.imports.importer import ImportReport, import_folder
from seep.workflow.imports.rasters import import_large
from seep.workflow.jobs import list_jobs
from seep.workflow.review.queue import count
from seep.workflow.workspace import Workspace
from seep_testing.patience import PATIENCE_S, wait_for
from tests.actors import ANA, admin


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    yield
    background._runs.clear()


def ended(run: ImportRun) -> ImportRun:
    wait_for("the import's end", lambda: not run.running)
    return run


def test_an_import_runs_by_itself_and_keeps_its_report(
    workspace: Workspace, folders: tuple[Path, Path]
) -> None:
    run = ended(background.start(workspace, ImportRequest(*folders, ImportOptions(), predict=True), ANA))
    assert background.last_run(workspace) is run
    assert run.report is not None
    assert (run.report.imported, run.error, run.done, run.total) == (12, "", 12, 12)
    assert [job.kind for job in list_jobs(workspace)] == ["predict"]


def test_why_an_import_was_refused_is_kept(workspace: Workspace, tmp_path: Path) -> None:
    run = ended(background.start(workspace, ImportRequest(tmp_path / "no", None, ImportOptions()), ANA))
    assert run.report is None
    assert "does not exist" in run.error


def test_a_bug_ends_the_import_with_a_sentence(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> ImportReport:
        raise RuntimeError("secret")

    monkeypatch.setattr(background, "import_folder", fail)
    run = ended(background.start(workspace, ImportRequest(tmp_path, None, ImportOptions()), ANA))
    assert run.report is None
    assert run.error
    assert "secret" not in run.error


def test_one_import_at_a_time_and_it_can_be_canceled(
    workspace: Workspace, folders: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on = threading.Event(), threading.Event()
    real = import_folder

    def slow(*arguments: Any, on_progress: Callable[[int, int, str], None]) -> ImportReport:
        def waiting(done: int, total: int, name: str) -> None:
            begun.set()
            go_on.wait(PATIENCE_S)
            on_progress(done, total, name)

        return real(*arguments, on_progress=waiting)

    monkeypatch.setattr(background, "import_folder", slow)
    run = background.start(workspace, ImportRequest(*folders, ImportOptions()), ANA)
    assert begun.wait(PATIENCE_S)
    with pytest.raises(ImportRefusedError, match="by ana is running"):
        background.start(workspace, ImportRequest(*folders, ImportOptions()), admin("ben"))
    background.cancel(workspace, ANA)
    go_on.set()
    ended(run)
    assert "canceled" in run.error
    assert count(workspace) == 0


def test_a_cancel_while_large_images_are_opened_says_what_stays(
    workspace: Workspace, folders: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(3)
    tifffile.imwrite(folders[0] / "big.1.tif", rng.integers(1, 9, (150, 150)).astype(np.uint16))
    real = import_large

    def canceled(*arguments: Any) -> Any:
        background.cancel(workspace, ANA)
        return real(*arguments)

    monkeypatch.setattr(importer, "import_large", canceled)
    run = ended(
        background.start(workspace, ImportRequest(*folders, ImportOptions(window_px=64, overlap_px=16)), ANA)
    )
    assert run.report is None
    assert "12 tiles" in run.error
    assert count(workspace) == 12
