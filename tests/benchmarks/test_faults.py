"""The benchmark of faults: batches add up over runs, faults set the exit status, and a step breaks what it says."""

import json
import random
from pathlib import Path

import pytest

from benchmarks.faulting.disk import Change
from benchmarks.faulting.power import Disk
from benchmarks.faults import main


def shown(capsys: pytest.CaptureFixture[str]) -> dict[str, dict[str, object]]:
    """The JSON of the last line."""
    figures: dict[str, dict[str, object]] = json.loads(capsys.readouterr().out.splitlines()[-1])
    return figures


def test_figures_of_earlier_runs_are_kept_and_a_fault_sets_the_exit_status(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    state = tmp_path / "faults.json"
    state.write_text(json.dumps({"kills": {"batches": 2, "cases": 100, "elapsed_s": 3600.0}}))
    assert main(["--hours", "0", "--state", str(state)]) == 0
    assert shown(capsys)["kills"] == {"cases": 100, "hours": 1.0, "faults": {}, "counts": {}}
    state.write_text(json.dumps({"kills": {"batches": 2, "cases": 100, "faults": {"lost": 1}}}))
    assert main(["--hours", "0", "--state", str(state)]) == 1


def test_a_power_cut_keeps_what_was_flushed_and_may_lose_or_bring_back_the_rest(tmp_path: Path) -> None:
    before, root = tmp_path / "before", "/disk"
    before.mkdir()
    (before / "journal").write_bytes(b"old")
    disk = Disk(before, Path(root))
    for what, name, data in (
        ("c", "new", b""),
        ("w", "new", b"data"),
        ("s", "new", b""),
        ("u", "journal", b""),
    ):
        disk.apply(Change(what, f"{root}/{name}", "", 0, data))  # type: ignore[arg-type]
    left = []
    for seed in range(20):
        disk.cut(tmp_path / str(seed), random.Random(seed))
        left.append({path.name: path.read_bytes() for path in (tmp_path / str(seed)).iterdir()})
    assert {"journal": b"old"} in left
    assert {"new": b"data"} in left
    disk.apply(Change("s", root, "", 0, b""))
    disk.cut(tmp_path / "flushed", random.Random(0))
    assert [path.name for path in (tmp_path / "flushed").iterdir()] == ["new"]


@pytest.mark.slow
@pytest.mark.kill
@pytest.mark.sqlite
@pytest.mark.parametrize(("step", "cases"), [("kills", 3), ("power", 40), ("imports", 2)])
def test_a_short_run_of_a_step_loses_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], step: str, cases: int
) -> None:
    options = [
        "--steps",
        step,
        "--cases",
        str(cases),
        "--hours",
        "0.00001",
        "--state",
        str(tmp_path / "state"),
    ]
    assert main(options) == 0, capsys.readouterr().out
    figures = shown(capsys)[step]
    assert (figures["cases"], figures["faults"]) == (cases, {})
