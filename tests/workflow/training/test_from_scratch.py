"""Training from scratch on a folder: real files in, a checkpoint that predicts out."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tifffile

from seep.core.synthesis.scene import synthesize_scene
from seep.engine import presets
from seep.engine.checkpoint import load_checkpoint
from seep.engine.presets import preset
from seep.engine.training import step
from seep.engine.training import train as training
from seep.engine.training.losses.combined import total_loss
from seep.engine.unet import UNetConfig
from seep.errors import LossError, SettingsError
from seep.workflow.classes import classes_of
from seep.workflow.evaluation.folders import evaluate_folder
from seep.workflow.models.summary import describe_file, describe_presets
from seep.workflow.training.from_scratch import (
    ScratchOptions,
    _stages,
    split_scenes,
    synthetic_tiles,
    train_folder,
)

SIDE = 64


@pytest.fixture
def small(monkeypatch) -> None:
    """The recipe of Seep, small enough for a test."""
    recipe = presets.PRESETS["seep"]
    stage = replace(recipe.stages[0], epochs=1, steps_per_epoch=2, batch_size=2, crop_px=32)
    network = replace(recipe.network, width=4, levels=2)
    monkeypatch.setitem(presets.PRESETS, "seep", replace(recipe, network=network, stages=(stage, stage)))


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    images, masks = tmp_path / "images", tmp_path / "masks"
    images.mkdir()
    masks.mkdir()
    for number in range(3):
        scene = synthesize_scene(number, SIDE * 2, SIDE, 0)
        for part in range(2):
            rows = slice(part * SIDE, (part + 1) * SIDE)
            name = f"scene{number}.{part:06d}.tif"
            tifffile.imwrite(images / name, scene.image[rows])
            tifffile.imwrite(
                masks / name, np.where(scene.mask[rows] > 2, 2, scene.mask[rows]).astype(np.uint8)
            )
    return images, masks


@pytest.mark.usefixtures("small")
def test_a_folder_becomes_a_checkpoint_with_a_card(folders: tuple[Path, Path], tmp_path):
    out, events = tmp_path / "mine.safetensors", []
    wish = ScratchOptions(
        classes=3, validation=["scene1"], test=["scene2"], synthetic=1, pretrain_epochs=1, device="cpu"
    )
    report = train_folder(*folders, out, wish, events.append)
    card = load_checkpoint(out).card
    assert report.splits == {"validation": ["scene1"], "test": ["scene2"], "train": ["scene0"]}
    assert card["name"] == "mine"
    assert card["splits"] == report.splits
    assert card["architecture"]["classes"] == 3
    assert {event["stage"] for event in events} == {1, 2, 3}  # pretraining, then the two of the preset
    assert not [*tmp_path.glob("*.state")]
    assert describe_file(out, 64).parameters > 0


@pytest.mark.usefixtures("small")
def test_pretraining_uses_synthetic_scenes_and_no_windows_with_look_alikes(
    folders: tuple[Path, Path], tmp_path, monkeypatch
):
    learned, train = [], training.train

    def seen(base, tiles, *args, **settings):
        learned.append([tile.name for tile in tiles])
        return train(base, tiles, *args, **settings)

    monkeypatch.setattr(training, "train", seen)
    out = tmp_path / "mine.safetensors"
    wish = ScratchOptions(classes=3, lookalikes=2, pretrain_epochs=1, device="cpu")
    with pytest.raises(SettingsError, match="Pretraining needs synthetic scenes"):
        train_folder(*folders, out, wish)
    assert not learned
    train_folder(*folders, out, replace(wish, synthetic=1))
    first, *others = learned
    assert first == ["synthetic.0"]
    assert len(others) == 2
    assert all(len([name for name in names if "lookalike" in name]) == 2 for names in others)


def break_loss(monkeypatch, at: int) -> None:
    """From so many steps on, counted from 1 over all stages, the loss is no number."""
    loss, count = total_loss, iter(range(1, 1000))

    def broken(*args, **settings):
        return loss(*args, **settings) * (float("nan") if next(count) >= at else 1.0)

    monkeypatch.setattr(step, "total_loss", broken)


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("at", [3, 4, 5])
def test_a_loss_that_is_no_number_leaves_the_best_network_of_before(
    folders: tuple[Path, Path], tmp_path, monkeypatch, at
):
    out, wish = tmp_path / "mine.safetensors", ScratchOptions(classes=3, device="cpu", epochs=2)
    break_loss(monkeypatch, at)
    with pytest.raises(LossError, match=r"(?s)the loss is nan at step .*mine\.safetensors contains the best"):
        train_folder(*folders, out, wish)
    kept = load_checkpoint(out)
    assert kept.card["name"] == "mine"
    assert all(tensor.isfinite().all() for tensor in kept.model.state_dict().values())
    assert [*tmp_path.glob("mine.stage*.state")]


@pytest.mark.usefixtures("small")
def test_without_an_epoch_before_it_a_loss_that_is_no_number_writes_nothing(
    folders: tuple[Path, Path], tmp_path, monkeypatch
):
    out = tmp_path / "mine.safetensors"
    break_loss(monkeypatch, 2)
    with pytest.raises(LossError, match="the loss is nan at step 2"):
        train_folder(*folders, out, ScratchOptions(classes=3, device="cpu"))
    assert not out.exists()


def test_synthetic_sea_teaches_what_is_seep_and_a_class_only_if_asked():
    network = UNetConfig(classes=3)
    assert not any(tile.classes_known for tile in synthetic_tiles(2, network, 0))
    assert all(tile.classes_known for tile in synthetic_tiles(2, network, 0, classes_known=True))


@pytest.mark.usefixtures("small")
def test_masks_in_colors_are_learned_by_a_list_of_classes(folders: tuple[Path, Path], tmp_path):
    classes = classes_of("m4d")
    colors = np.array([bytes.fromhex(one.color[1:]) for one in classes]).view(np.uint8).reshape(-1, 3)
    painted = tmp_path / "painted"
    painted.mkdir()
    for path in folders[1].iterdir():
        mask = tifffile.imread(path)
        tifffile.imwrite(painted / path.name, colors[np.where(mask > 4, 0, mask)], photometric="rgb")
    out = tmp_path / "mine.safetensors"
    with pytest.raises(SettingsError, match="--class-list"):
        train_folder(folders[0], painted, out, ScratchOptions(device="cpu"))
    report = train_folder(
        folders[0], painted, out, ScratchOptions(class_list=classes, device="cpu", synthetic=1)
    )
    assert report.classes == 5
    found = evaluate_folder(folders[0], painted, out, device="cpu", class_list=classes)
    assert found.without_mask == 0


@pytest.mark.usefixtures("small")
def test_a_training_that_was_killed_goes_on_and_ends_the_same(folders: tuple[Path, Path], tmp_path):
    wish = ScratchOptions(validation=["scene1"], test=[], device="cpu", classes=3)
    whole, cut = tmp_path / "whole.safetensors", tmp_path / "cut.safetensors"
    train_folder(*folders, whole, wish)

    class Killed(BaseException):
        pass

    def die(event: dict) -> None:
        if event["stage"] == 2 and event["kind"] == "epoch":
            raise Killed

    with pytest.raises(Killed):
        train_folder(*folders, cut, wish, die)
    train_folder(*folders, cut, wish)
    one, other = (load_checkpoint(path).model.state_dict() for path in (whole, cut))
    assert all((one[name] == other[name]).all() for name in one)


def test_scenes_are_split_by_name_and_by_wish():
    names = {f"scene{number}" for number in range(8)}
    splits = split_scenes(names, ScratchOptions(test=["scene3"]))
    assert splits["test"] == ["scene3"]
    assert sorted(name for some in splits.values() for name in some) == sorted(names)
    assert splits["train"]
    with pytest.raises(SettingsError, match="scene9"):
        split_scenes(names, ScratchOptions(validation=["scene9"]))
    with pytest.raises(SettingsError, match="No training scene"):
        split_scenes({"scene1"}, ScratchOptions(validation=["scene1"], test=[]))


@pytest.mark.parametrize(("asked", "used"), [(None, 12.0), (0.0, 0.0), (8.0, 8.0)])
def test_radius_above_which_slicks_are_ignored_is_the_presets_unless_given(asked, used):
    stages = _stages(preset("seep"), ScratchOptions(ignore_above_radius_px=asked))
    assert [stage.ignore_above_radius_px for stage in stages] == [used]


def test_presets_are_described_for_the_data_at_hand():
    rows = {row.name: row for row in describe_presets(None, 3, 12, 128)}
    assert rows["unet-rgb"].parameters == pytest.approx(34.5e6, rel=0.002)
    with pytest.raises(SettingsError, match="no preset"):
        describe_presets("best", 1, 2, 128)


def write_photos(folder: Path, count: int, *, wide: bool = True) -> tuple[Path, Path]:
    """RGB images without scenes in their names, each with one area: wide for a slick, or a thin line."""
    images, masks = folder / "photos", folder / "outlines"
    images.mkdir()
    masks.mkdir()
    random = np.random.default_rng(0)
    for number in range(count):
        mask = np.zeros((SIDE, SIDE), np.uint8)
        mask[10:50, 10:50] = wide
        mask[30:34, 10:50] = 1
        image = random.integers(90, 160, (SIDE, SIDE, 3)).astype(np.uint8)
        image[mask > 0] //= 2
        tifffile.imwrite(images / f"photo{number}.tif", image, photometric="rgb")
        tifffile.imwrite(masks / f"photo{number}.tif", mask)
    return images, masks


@pytest.mark.usefixtures("small")
def test_photos_without_scenes_are_split_by_tile_and_measured(tmp_path):
    events = []
    out = tmp_path / "photos.safetensors"
    report = train_folder(*write_photos(tmp_path, 8), out, ScratchOptions(device="cpu"), events.append)
    logs = [event["text"] for event in events if event["kind"] == "log" and "stage" not in event]
    assert [len(report.splits[split]) for split in ("train", "validation", "test")] == [5, 1, 2]
    assert report.metrics["validation"]["binary_iou"] is not None
    assert report.by_tile
    assert any("split at random" in text for text in logs)
    assert any("100.0% of the seep pixels" in text and "no slick is ignored" in text for text in logs)
    assert {
        stage["ignore_above_radius_px"] for stage in [load_checkpoint(out).card["training"]["config"]]
    } == {0}


@pytest.mark.usefixtures("small")
def test_a_radius_that_ignores_most_of_the_truth_is_refused(tmp_path):
    folders = write_photos(tmp_path, 4)
    out = tmp_path / "photos.safetensors"
    with pytest.raises(
        SettingsError, match=r"^100\.0% of the seep pixels .*--ignore-above-radius 12 ignores.*Use 0"
    ):
        train_folder(*folders, out, ScratchOptions(device="cpu", ignore_above_radius_px=12))
    assert not out.exists()


@pytest.mark.usefixtures("small")
def test_too_few_images_to_measure_are_refused(tmp_path):
    with pytest.raises(SettingsError, match="No validation scene or image is left"):
        train_folder(
            *write_photos(tmp_path, 2, wide=False), tmp_path / "m.safetensors", ScratchOptions(device="cpu")
        )
