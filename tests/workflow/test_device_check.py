from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch

from seep.cli.main import main
from seep.engine.inference import network as network_module
from seep.engine.training import step as step_module
from seep.engine.training.losses.combined import total_loss
from seep.engine.unet import class_probabilities
from seep.errors import DeviceError
from seep.workflow import device_check
from seep.workflow.device_check import Comparison, check_device


@pytest.fixture(autouse=True)
def small_check(monkeypatch: pytest.MonkeyPatch, tiny_checkpoint: Path) -> Iterator[None]:
    monkeypatch.setattr(device_check, "SHIPPED_CHECKPOINT", tiny_checkpoint)
    for name, value in {"TILES": 2, "TILE_PX": 64, "CROP_PX": 32, "BATCH_CROPS": 2}.items():
        monkeypatch.setattr(device_check, name, value)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def test_the_cpu_matches_itself(capsys: pytest.CaptureFixture[str]) -> None:
    report = check_device("cpu")
    assert report.trusted
    assert len(report.comparisons) == 5
    assert all(one.difference < 1e-3 for one in report.comparisons)
    assert [timing.name for timing in report.timings] == ["train 20 steps", "predict 2 tiles"]
    assert all(timing.cpu_s > 0 and timing.device_s > 0 for timing in report.timings)
    assert main(["doctor", "--device", "cpu"]) == 0
    printed = capsys.readouterr().out
    assert printed.splitlines()[-1] == "The device cpu can be trusted: its results match those of the CPU."
    assert printed.count("passed") == 5


def break_the_device(monkeypatch: pytest.MonkeyPatch, target: ModuleType, name: str, wrong: Any) -> None:
    """Replace a function while the device, not the reference, is measured."""
    measure = device_check._measure

    def measure_broken(checkpoint: Any, scenes: Any, device: str, backend: str | None) -> Any:
        if backend is None:
            monkeypatch.setattr(target, name, wrong)
        return measure(checkpoint, scenes, device, backend)

    monkeypatch.setattr(device_check, "_measure", measure_broken)


def test_a_device_with_wrong_probabilities_is_not_trusted(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    correct = class_probabilities
    wrong = lambda logits, heads: correct(logits, heads).flip(1)  # noqa: E731
    break_the_device(monkeypatch, network_module, "class_probabilities", wrong)
    assert main(["doctor", "--device", "cpu"]) == 1
    output = capsys.readouterr()
    assert output.err.startswith("seep: The device cpu cannot be trusted (seep probability")
    assert "FAILED" in output.out


@pytest.mark.parametrize("factor", [1.2, float("nan")])
def test_a_device_with_wrong_losses_is_not_trusted(monkeypatch: pytest.MonkeyPatch, factor: float) -> None:
    correct = total_loss
    wrong = lambda *arguments, **named: correct(*arguments, **named) * factor  # noqa: E731
    break_the_device(monkeypatch, step_module, "total_loss", wrong)
    report = check_device("cpu")
    assert not report.trusted
    assert [one.name for one in report.comparisons if not one.passed] == [
        "training loss, largest relative difference"
    ]


def test_a_number_that_is_not_finite_fails() -> None:
    assert not Comparison("loss", float("nan"), 1.0).passed
    assert Comparison("loss", 1.0, 1.0).passed
    assert not Comparison("loss", np.nextafter(1.0, 2.0), 1.0).passed


def test_a_missing_device_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(DeviceError, match="cuda:63 is not available"):
        check_device("cuda:63")
    assert main(["doctor", "--device", "cuda:63"]) == 1
    assert capsys.readouterr().err.startswith("seep: cuda:63 is not available")
