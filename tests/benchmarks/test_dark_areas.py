import json
from pathlib import Path

import numpy as np
import pytest
import tifffile

from benchmarks.dark_areas import Counts, count, main
from seep.io.masks import write_mask

SIDE = 128


def write_tile(folder: Path, name: str, dark: bool, true: bool) -> None:
    image = np.random.default_rng(len(name)).normal(1000, 100, (SIDE, SIDE)).clip(1).astype(np.uint16)
    mask = np.zeros((SIDE, SIDE), np.uint8)
    if dark:
        image[30:90, 30:90] -= 300
    if true:
        mask[30:90, 30:90] = 5
    (folder / "images").mkdir(exist_ok=True)
    (folder / "masks").mkdir(exist_ok=True)
    tifffile.imwrite(folder / "images" / name, image)
    write_mask(folder / "masks" / name, mask)


def test_areas_are_compared_with_the_true_sheets_of_each_scene(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_tile(tmp_path, "a.000001.tif", dark=True, true=True)
    write_tile(tmp_path, "b.000001.tif", dark=True, true=False)
    write_tile(tmp_path, "b.000002.tif", dark=False, true=True)
    main([str(tmp_path / "images"), str(tmp_path / "masks"), "--depths", "0.6", "9"])
    lines = capsys.readouterr().out.splitlines()
    assert lines[2].startswith("| 0.6 | 2 | 1 | 2 of 3 | 2 | 1 | ")
    report = json.loads(lines[-1])["depths"]
    assert report["9"]["areas"] == 0
    scenes = report["0.6"]["scenes"]
    assert (scenes["a"]["areas"], scenes["a"]["mostly_true"], scenes["a"]["sheets_covered"]) == (1, 1, 1)
    assert (scenes["b"]["areas"], scenes["b"]["mostly_true"], scenes["b"]["sheets_covered"]) == (1, 0, 0)
    assert scenes["a"]["ignored_share"] > 0.9
    assert report["0.6"]["ignored_share"] == pytest.approx(scenes["a"]["ignored_share"] / 2, abs=0.01)


def test_half_an_area_is_not_most_of_it() -> None:
    areas, mask = np.zeros((2, SIDE, SIDE), np.int32)
    areas[30:90, 30:90] = 1
    mask[30:90, 30:60] = 1
    found = count(areas, mask.astype(np.uint8), 20)
    assert found == Counts(1, 1, 1, 0, 0, 0, 60 * 30, 60 * 30)
