"""Other kinds of data through the whole loop: steel strips with defects in gray, street crops in color.

Import with class names, train a small network, predict, correct, fine-tune, export, read the masks back.
"""

import csv
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from seep.core.import_options import ImportOptions
from seep.core.masks.classes import SeepClass
from seep.core.records import TileRecord
from seep.engine import presets
from seep.settings import read_settings
from seep.store import tile_queries
from seep.workflow import tile_data
from seep.workflow.classes import adopt_classes, get_classes
from seep.workflow.exports.exporter import TileSelection, export
from seep.workflow.imports.importer import import_folder
from seep.workflow.inference.tiles import predict_tiles
from seep.workflow.jobs import get_job
from seep.workflow.models.promotion import promote
from seep.workflow.models.registry import list_models
from seep.workflow.review.tile_document import tile_document
from seep.workflow.scenes.listing import list_scenes, set_split
from seep.workflow.training.from_scratch import ScratchOptions, train_folder
from seep.workflow.training.job import run_finetune
from seep.workflow.training.presets import FinetuneRequest
from seep.workflow.training.requests import enqueue_finetune, list_runs
from seep.workflow.workspace import Workspace, install_checkpoint, open_workspace
from tests.actors import ADA
from tests.workflow.making import accept, never, quiet

pytestmark = pytest.mark.usefixtures("by_torch")

SCENES = ("a", "b", "c", "d")
EACH = 3
SIDE_PX = 64
STRIPE = slice(30, 33)
"""The rows that `accept` corrects."""
DEFECTS = (
    SeepClass(0, "Background", "#000000", key="0"),
    SeepClass(1, "Pit", "#ff0000", key="1"),
    SeepClass(2, "Scratch", "#00ff00", key="2"),
)
STREET = (
    SeepClass(0, "Sky", "#808080", key="0"),
    SeepClass(1, "Road", "#804080", key="1"),
    SeepClass(2, "Tree", "#808000", key="2"),
)


def small(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Make a preset small enough for a test."""
    chosen = presets.PRESETS[name]
    stage = replace(
        chosen.stages[0], epochs=8, steps_per_epoch=30, batch_size=4, crop_px=64, learning_rate=3e-3
    )
    network = replace(chosen.network, width=4, levels=2)
    monkeypatch.setitem(presets.PRESETS, name, replace(chosen, network=network, stages=(stage,)))


def names() -> list[str]:
    return [f"{scene}.{number:06d}" for scene in SCENES for number in range(EACH)]


def write_strips(folder: Path) -> tuple[Path, Path, dict[str, np.ndarray]]:
    """Gray strips with dark pits and bright scratches, and run lengths in CSV; every third has no defect."""
    random = np.random.default_rng(3)
    images = folder / "strips"
    images.mkdir()
    truth = {}
    with (folder / "train.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["ImageId", "ClassId", "EncodedPixels"])
        for index, name in enumerate(names()):
            mask = np.zeros((SIDE_PX, SIDE_PX), np.uint8)
            if index % EACH:
                top, left = random.integers(4, 40, 2)
                mask[top : top + 14, left : left + 14] = 1
                mask[top : top + 16, 56:60] = 2
            image = random.normal(120, 6, mask.shape) - 80 * (mask == 1) + 100 * (mask == 2)
            cv2.imwrite(str(images / f"{name}.png"), image.clip(1, 255).astype(np.uint8))
            for class_id in (1, 2) if mask.any() else (1,):
                rows.writerow([f"{name}.png", class_id, runs_of(mask == class_id)])
            truth[name] = mask
    return images, folder / "train.csv", truth


def runs_of(pixels: np.ndarray) -> str:
    """Starts from 1 and lengths, down the columns."""
    flat = np.concatenate([[0], pixels.ravel(order="F").astype(int), [0]])
    edges = np.flatnonzero(np.diff(flat)) + 1
    edges[1::2] -= edges[::2]
    return " ".join(map(str, edges))


def write_streets(folder: Path) -> tuple[Path, Path, dict[str, np.ndarray]]:
    """Crops in color with a sky, a road and a tree, and masks in the colors of the classes."""
    random = np.random.default_rng(5)
    images, masks = folder / "crops", folder / "labels"
    images.mkdir()
    masks.mkdir()
    paint = np.array([(120, 170, 240), (90, 90, 90), (40, 120, 40)])
    colors = np.array([tuple(bytes.fromhex(one.color[1:])) for one in STREET], np.uint8)
    truth = {}
    for name in names():
        mask = np.zeros((SIDE_PX, SIDE_PX), np.uint8)
        mask[int(random.integers(30, 44)) :] = 1
        left = int(random.integers(4, 40))
        mask[10:50, left : left + 14] = 2
        image = (paint[mask] + random.normal(0, 8, (*mask.shape, 3))).clip(1, 255).astype(np.uint8)
        cv2.imwrite(str(images / f"{name}.png"), image[:, :, ::-1])
        cv2.imwrite(str(masks / f"{name}_L.png"), colors[mask][:, :, ::-1])
        truth[name] = mask
    return images, masks, truth


def tiles_of(workspace: Workspace) -> dict[str, TileRecord]:
    with workspace.store.reading() as session:
        return {one.name: one for one in tile_queries.list_tiles(session, order="name", limit=None)}


def heads_of(workspace: Workspace) -> dict[str, np.ndarray]:
    """The newest mask of every tile."""
    return {
        name: tile_data.revision_mask(workspace, one.head_revision_id or 0)
        for name, one in tiles_of(workspace).items()
    }


def equal(found: dict[str, np.ndarray], expected: dict[str, np.ndarray]) -> None:
    assert found.keys() == expected.keys()
    for name, mask in expected.items():
        np.testing.assert_array_equal(found[name], mask, err_msg=name)


def bring_in(workspace: Workspace, images: Path, masks: Path, classes: Sequence[SeepClass]) -> None:
    adopt_classes(workspace, tuple(classes), ADA)
    assert [one.name for one in get_classes(workspace)] == [one.name for one in classes]
    report = import_folder(workspace, images, masks, ImportOptions(), ADA)
    assert (report.imported, report.refused, report.without_mask) == (len(names()), [], [])
    splits = dict(zip(SCENES, ("train", "train", "validation", "test"), strict=True))
    for scene in list_scenes(workspace):
        set_split(workspace, scene.id, splits[scene.name], ADA)


def trained(images: Path, masks: Path, out: Path, preset: str, classes: Sequence[SeepClass]) -> Path:
    wish = ScratchOptions(
        preset=preset, class_list=tuple(classes), validation=["c"], test=["d"], device="cpu"
    )
    report = train_folder(images, masks, out, wish)
    assert (report.classes, report.tiles) == (len(classes), len(names()))
    return out


def predicted(workspace: Workspace, checkpoint: Path, truth: dict[str, np.ndarray]) -> float:
    """Promote a checkpoint and predict all tiles; the share of foreground that it finds in test scenes."""
    record = install_checkpoint(workspace, checkpoint, ADA)
    promote(workspace, record.id, ADA)
    tiles = tiles_of(workspace)
    done = predict_tiles(workspace, [one.id for one in tiles.values()], record.id, quiet, never)
    assert (done.done, done.unreadable) == (len(tiles), [])
    both = either = 0
    for name, tile in tiles.items():
        document = tile_document(workspace, tile.id, ADA)
        mask = tile_data.prediction_mask(workspace, document["prediction"]["id"])
        assert mask.shape == truth[name].shape
        if name.startswith("d."):
            both += int(((mask > 0) & (truth[name] > 0)).sum())
            either += int(((mask > 0) | (truth[name] > 0)).sum())
    return both / either


def corrected(workspace: Workspace, truth: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Accept four training tiles with a stripe; the masks of all tiles as they must be now."""
    expected = {name: mask.copy() for name, mask in truth.items()}
    for name, tile in tiles_of(workspace).items():
        if name.startswith(("a.", "b.")) and not name.endswith("0"):
            accept(workspace, tile.id, stripe=2)
            expected[name][STRIPE] = 2
    return expected


def fine_tuned(workspace: Workspace) -> None:
    request = FinetuneRequest(epochs=1, crop_px=32, max_steps=4, min_steps=1, holdout_share=0)
    job = get_job(workspace, enqueue_finetune(workspace, request, ADA))
    assert run_finetune(workspace, job, quiet, never)
    run = list_runs(workspace)[0]
    assert run.state == "done"
    candidate = list_models(workspace)[0]
    assert candidate.state == "candidate"
    assert candidate.card["data"]["corrected_tiles"] == 4


def read_back(workspace: Workspace, root: Path, images: Path, masks: Path) -> dict[str, np.ndarray]:
    """Import exported masks into a new workspace with the same classes."""
    other = open_workspace(read_settings({"SEEP_WORKSPACE": str(root), "SEEP_USER": "bob"}))
    adopt_classes(other, get_classes(workspace), ADA)
    report = import_folder(other, images, masks, ImportOptions(), ADA)
    assert (report.refused, report.without_mask) == ([], [])
    found = heads_of(other)
    other.store.close()
    return found


def through_the_loop(
    workspace: Workspace,
    folder: Path,
    data: tuple[Path, Path, dict[str, np.ndarray]],
    preset: str,
    classes: Sequence[SeepClass],
) -> dict[str, np.ndarray]:
    """Import images, masks and truth, train, predict, correct and fine-tune; the masks of all tiles after that."""
    images, masks, truth = data
    bring_in(workspace, images, masks, classes)
    equal(heads_of(workspace), truth)
    checkpoint = trained(images, masks, folder / "trained.safetensors", preset, classes)
    assert predicted(workspace, checkpoint, truth) > 0.5
    expected = corrected(workspace, truth)
    fine_tuned(workspace)
    equal(heads_of(workspace), expected)
    return expected


def exported(workspace: Workspace, out: Path, form: str, count: int) -> Path:
    """Export all tiles; the folder."""
    report = export(workspace, out, form, TileSelection(states=None), actor=ADA)
    assert report.written == count
    return out


@pytest.mark.slow
def test_defects_in_gray_go_through_the_whole_loop(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small(monkeypatch, "resunet-defects")
    data = write_strips(tmp_path)
    expected = through_the_loop(workspace, tmp_path, data, "resunet-defects", DEFECTS)
    out = exported(workspace, tmp_path / "out", "rle-csv", len(expected))
    equal(read_back(workspace, tmp_path / "other", data[0], next(out.glob("*.csv"))), expected)


@pytest.mark.slow
def test_crops_in_color_go_through_the_whole_loop(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small(monkeypatch, "unet-rgb")
    expected = through_the_loop(workspace, tmp_path, write_streets(tmp_path), "unet-rgb", STREET)
    assert {one.bands for one in tiles_of(workspace).values()} == {3}
    out = exported(workspace, tmp_path / "out", "training-set", len(expected))
    equal(read_back(workspace, tmp_path / "other", out, None), expected)
