import pytest

from seep.engine.training import train
from seep.workflow.training.warmup import warm_up
from seep.workflow.workspace import Workspace
from tests.workflow.making import make_settings


def test_warming_up_leaves_nothing_behind(workspace: Workspace) -> None:
    before = sorted(path.name for path in workspace.store.root.iterdir())
    warm_up(workspace)
    assert sorted(path.name for path in workspace.store.root.iterdir()) == before


def test_a_missing_device_is_reported_and_does_not_end_the_worker(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    warm_up(Workspace(workspace.store, make_settings(workspace.store.root, SEEP_DEVICE="cuda:77")))
    assert "cuda:77" in capsys.readouterr().err


def test_a_gpu_that_another_program_fills_does_not_end_the_worker(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("CUDA error: out of memory")

    monkeypatch.setattr(train, "train", fail)
    warm_up(workspace)
    assert "out of memory" in capsys.readouterr().err
