import json
from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile

from research import folds
from seep.core.synthesis.scene import synthesize_scene
from tests.workflow.making import write_tiles

EMPTY: dict[str, float | None] = {figure.key: None for figure in folds.FIGURES}


def scenes(*ious: float | None) -> Mapping[str, Mapping[str, float | None]]:
    return {f"scene {number}": EMPTY | {"binary_iou": iou} for number, iou in enumerate(ious)}


def test_difference_is_paired_by_scene_with_an_interval() -> None:
    found = folds.paired(scenes(0.2, 0.5, 0.8, None), scenes(0.3, 0.6, 0.95, 0.9))["binary_iou"]
    assert found["difference"] == pytest.approx(0.35 / 3)
    # Differences .1, .1, .15: mean +- 4.303 * .0289 / sqrt(3).
    assert found["low"] == pytest.approx(0.0450, abs=1e-3)
    assert found["high"] == pytest.approx(0.1884, abs=1e-3)
    alone = folds.paired(scenes(0.2), scenes(0.3))["binary_iou"]
    assert (alone["low"], alone["high"]) == (None, None)


def test_folds_by_place_are_named_by_the_first_letters() -> None:
    counts = {"041870": 3, "045551": 5, "041869": 4}
    options = Namespace(by="place", place_letters=4, folds=3)
    assert folds.held_out(counts, options) == [["041869", "041870"], ["045551"]]
    with pytest.raises(SystemExit, match="one place: 04"):
        folds.held_out(counts, Namespace(by="place", place_letters=2, folds=3))


def test_predictions_of_other_options_are_not_taken_for_these(tmp_path: Path) -> None:
    images, masks = write_tiles(tmp_path, ("aa", "ab", "ba"), each=1)
    command = [str(images), str(masks), "--cache", str(tmp_path / "cache"), "--by", "place", "--steps", "1"]
    command += ["--variants", "seep-plain", "--place-letters"]
    folds.main([*command, "1"])
    (first, second) = sorted(tmp_path.glob("cache/*/*.json"))
    with pytest.raises(SystemExit, match=r'fold0.json was made with split_holdout \["aa", "ab"\] instead of'):
        folds.main([*command, "2"])
    with pytest.raises(SystemExit, match=r"classes 8 instead of 5. Use another --cache.$"):
        folds.main([*command, "1", "--classes", "5"])
    kept = json.loads(first.read_text())
    first.write_text(json.dumps(kept | {"steps": [2]}))
    with pytest.raises(SystemExit, match=r"made with steps \[2\] instead of \[1\]"):
        folds.main([*command, "1"])
    for file in (first, second):  # files of older versions have no seed
        known = json.loads(file.read_text()) | {"steps": [1]}
        file.write_text(json.dumps({name: known[name] for name in known if name != "seed"}))
    folds.main([*command, "1"])


def test_a_variant_is_measured_on_every_scene_once_and_resumes_from_its_cache(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for number, name in enumerate(("aa01.000000", "bb01.000000", "bb02.000000")):
        scene = synthesize_scene(number, 160, 160, 0, wedges=False)
        for folder, array in (("images", scene.image), ("masks", scene.mask)):
            (tmp_path / folder).mkdir(exist_ok=True)
            tifffile.imwrite(tmp_path / folder / f"{name}.tif", array)
    command = [str(tmp_path / "images"), str(tmp_path / "masks"), "--cache", str(tmp_path / "cache")]
    command += ["--by", "place", "--place-letters", "2", "--steps", "1", "--variants", "seep-plain"]

    def measure() -> dict[str, Any]:
        folds.main(command)
        found: dict[str, Any] = json.loads(capsys.readouterr().out.splitlines()[-1])
        return found

    first = measure()
    assert first["folds"] == [["aa01"], ["bb01", "bb02"]]
    (result,) = first["results"]
    assert sorted(result["per_scene"]) == ["aa01", "bb01", "bb02"]
    assert 0 <= result["pooled"]["binary_iou"] < 1
    ious = [one["binary_iou"] for one in result["per_scene"].values()]
    assert result["mean_over_scenes"]["binary_iou"] == pytest.approx(np.mean(ious))
    assert sorted(path.suffix for path in (tmp_path / "cache" / "place-1-seed0").iterdir()) == sorted(
        [".json", ".npz", ".safetensors"] * 2
    )
    monkeypatch.setattr("research.quality.fold.learn", None)  # nothing is trained again
    assert measure() == first
    command.append("--flips")
    assert measure()["flips"]
    assert len([*(tmp_path / "cache" / "place-1-seed0").glob("*.flips.npz")]) == 2
