import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from benchmarks import abroad
from benchmarks.abroad import ByWidth
from benchmarks.seas import of_split, read_sea, sea_training_tiles
from seep.engine.checkpoint import new_checkpoint, save_checkpoint
from seep.engine.unet import UNetConfig

BLOCKS = 20


def write_sea(folder: Path, *, masks: bool) -> None:
    """Blocks of two tiles of 32 px, each with a dark half."""
    random = np.random.default_rng(0)
    for name in ("images", "masks") if masks else ("images",):
        (folder / name).mkdir(parents=True)
    for number in range(2 * BLOCKS):
        file = f"{number // 2:03}.{number % 2:06}.png"
        image = random.integers(100, 200, (32, 32)).astype(np.uint8)
        mask = np.zeros((32, 32), np.uint8)
        mask[:, :16] = 1
        image[mask > 0] -= 80
        cv2.imwrite(str(folder / "images" / file), image)
        if masks:
            cv2.imwrite(str(folder / "masks" / file), mask)


@pytest.fixture
def seas(tmp_path: Path) -> Path:
    write_sea(tmp_path / "seas" / "oily", masks=True)
    write_sea(tmp_path / "seas" / "clean", masks=False)
    return tmp_path / "seas"


@pytest.fixture
def checkpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Predicts seep everywhere."""
    monkeypatch.setenv("SEEP_OPENVINO", "0")
    made = new_checkpoint(UNetConfig(levels=1, width=2, classes=2), seed=0, name="all")
    made.card.update(threshold=1e-6)
    save_checkpoint(tmp_path / "all.safetensors", made)
    return tmp_path / "all.safetensors"


def test_no_training_block_is_a_test_block_or_beside_one(seas: Path) -> None:
    tiles = read_sea(seas / "oily")
    training, test = ({int(one.block) for one in of_split(tiles, split)} for split in ("training", "test"))
    assert len(tiles) == 2 * BLOCKS
    assert training == {0, 1, 2, 3, 4, 10, 11, 12, 13, 14}
    assert test == {6, 7, 8, 16, 17, 18}
    assert min(abs(one - other) for one in training for other in test) == 2


def test_tiles_of_a_block_share_statistics_and_seas_without_masks_have_no_oil(seas: Path) -> None:
    first, second, third = read_sea(seas / "oily")[:3]
    assert first.statistics == second.statistics != third.statistics
    assert first.mask.sum() == 512
    assert not any(one.mask.any() for one in read_sea(seas / "clean"))


def test_training_tiles_are_replayed_without_known_classes(seas: Path) -> None:
    tiles = sea_training_tiles(seas, ["oily", "clean"])
    assert len(tiles) == 40
    assert {(one.sea, one.corrected, one.classes_known) for one in tiles} == {
        ("oily", False, False),
        ("clean", False, False),
    }


def test_a_folder_without_images_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="no images"):
        read_sea(tmp_path)


def test_recall_is_by_true_width_and_precision_by_predicted_width() -> None:
    truth, prediction = np.zeros((2, 100, 100), np.uint8)
    truth[:4] = 1  # narrow, half found
    truth[40:] = 1  # wide, all found
    prediction[:4, :50] = 1
    prediction[20:] = 1  # wide, three quarters are true
    widths = ByWidth()
    widths.add(truth, prediction)
    assert widths.figures() == {
        "recall": {"narrow": 0.5, "medium": None, "wide": 1.0},
        "precision": {"narrow": 1.0, "medium": None, "wide": 0.75},
    }


def test_the_command_measures_test_blocks(
    seas: Path, checkpoint: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    abroad.main([str(seas), str(checkpoint), "--scales", "1", "1/2"])
    text = capsys.readouterr().out
    found = json.loads(text.splitlines()[-1])["results"]
    assert [*found["oily"]] == ["all, 1", "all, 1/2"]
    result = found["oily"]["all, 1"]
    assert (result["tiles"], result["scenes"]) == (12, 6)
    assert result["figures"]["binary_iou"] == result["mean_image_iou"] == 0.5
    assert found["oily"]["all, 1/2"]["paired"]["difference"] == 0
    assert found["clean"]["all, 1"]["slick_errors"]["false_px_per_mpx"]["all"] == pytest.approx(1e6)
    assert found["clean"]["all, 1"]["many_false_share"] == 1
    assert "0.500 (0.500 to 0.500)" in text
