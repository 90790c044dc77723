from pathlib import Path

import cv2
import numpy as np
import pytest

from research import train_seas
from seep.engine.checkpoint import load_checkpoint
from tests.benchmarks.test_abroad import write_sea


@pytest.mark.usefixtures("small_preset")
def test_one_network_learns_from_home_and_seas(tmp_path: Path) -> None:
    seas = tmp_path / "seas"
    write_sea(seas / "oily", masks=True)
    write_sea(seas / "clean", masks=False)
    random = np.random.default_rng(1)
    for name in ("images", "masks"):
        (tmp_path / name).mkdir()
    for number in range(2):
        image = random.integers(100, 200, (64, 64)).astype(np.uint16)
        mask = np.zeros((64, 64), np.uint8)
        mask[20:24] = 7
        cv2.imwrite(str(tmp_path / "images" / f"041869.{number:06}.tif"), image)
        cv2.imwrite(str(tmp_path / "masks" / f"041869.{number:06}.tif"), mask)
    out = tmp_path / "out.safetensors"
    arguments = [str(tmp_path / "images"), str(tmp_path / "masks"), "--seas", str(seas), "--out", str(out)]
    train_seas.main([*arguments, "--steps", "20", "--leave-out", "oily", "--synthetic", "0"])
    card = load_checkpoint(out).card
    assert card["splits"] == {"seas": ["clean"], "left_out": ["oily"]}
    assert card["training"]["steps"] == 20
    assert card["training"]["config"]["augmentation"] == "sensors"
    with pytest.raises(SystemExit, match="There is no sea"):
        train_seas.main([*arguments, "--leave-out", "moon"])
