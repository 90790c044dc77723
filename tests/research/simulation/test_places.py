import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from research.simulation import places
from seep.workflow.training.presets import FINETUNE
from tests.workflow.making import write_tiles


def test_each_place_is_new_once_and_a_third_of_it_is_never_corrected() -> None:
    first, second = places.directions(["a1", "a2", "a3", "b1", "b2", "b3", "b4", "c1"], 1)
    assert first == places.Direction("a", ("b2", "b3", "b4", "c1"), ("b1",), ("a1", "a2"), ("a3",))
    assert (second.pool, second.test) == (("b1", "b2", "b4"), ("b3",))
    with pytest.raises(SystemExit, match="No place has three scenes"):
        places.directions(["a1", "a2", "b1"], 1)


def curve(*ious: float) -> dict[str, Any]:
    points = [
        {
            "tiles": 20 * number,
            "test": {"binary_iou": iou},
            "uncorrected": {"binary_iou": iou + 0.1 * number, "start_binary_iou": 0.2},
            "seconds": {"train": 3.0, "rank": 1.0},
        }
        for number, iou in enumerate(ious)
    ]
    return {"points": points}


def test_the_share_of_the_gap_is_of_means_over_seeds() -> None:
    start, twenty, forty = places.closed([curve(0.2, 0.3, 0.4), curve(0.2, 0.2, 0.36)], 0.4)
    assert start["closed"] is None
    assert twenty == pytest.approx(
        {"tiles": 20, "binary_iou": 0.25, "low": 0.2, "high": 0.3, "closed": 0.25, "seconds": 4.0}
        | {"gain_of_corrected_scenes": 0.15}
    )
    assert forty["closed"] == pytest.approx(0.9)
    assert places.closed([curve(0.5, 0.6)], 0.4)[1]["closed"] is None
    assert places.closed([curve(0.5, 0.6)], 0.505)[1]["closed"] is None


def test_the_table_has_the_gain_on_other_tiles_of_the_corrected_scenes() -> None:
    whole = curve(0.2, 0.3)
    whole["points"][1]["uncorrected"] = None
    for one, cell in ((curve(0.2, 0.3), "+0.200"), (whole, "")):
        found = {"place": "a", "local_iou": 0.4, "points": places.closed([one], 0.4)}
        assert places.table([found]).splitlines()[-1].endswith(f"| 0.400 | 50% | {cell} |")


@pytest.mark.usefixtures("small_preset")
def test_a_new_place_is_simulated_from_scratch_and_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(FINETUNE, "quick", replace(FINETUNE["quick"], epochs=1, max_steps=2, crop_px=32))
    images, masks = write_tiles(tmp_path, ("a1", "a2", "a3", "b1", "b2"), each=2)
    command = [str(images), str(masks), "--cache", str(tmp_path / "cache"), "--place-letters", "1"]
    command += ["--steps", "4", "--after", "2", "--seeds", "1", "--device", "cpu"]
    places.main(command)
    found = json.loads(capsys.readouterr().out.splitlines()[-1])
    (direction,) = found["directions"]
    assert (direction["place"], direction["test"]) == ("a", ["a3"])
    assert [point["tiles"] for point in direction["points"]] == [0, 2]
    assert found["verdicts"]["rounds"] == 1
    monkeypatch.setattr(places, "simulate_on", None)  # the curve is kept
    places.main(command)
    assert json.loads(capsys.readouterr().out.splitlines()[-1]) == found
    with pytest.raises(SystemExit, match=r"options.json was made with steps 4 instead of 8. Use another"):
        places.main([*command, "--steps", "8"])
    with pytest.raises(SystemExit, match=r"after \[2\] instead of \[3\]"):
        places.main([*command, "--after", "3"])
    (tmp_path / "cache" / "options.json").unlink()  # as in caches of older versions
    places.main([*command, "--after", "3"])
    assert not (tmp_path / "cache" / "options.json").exists()
