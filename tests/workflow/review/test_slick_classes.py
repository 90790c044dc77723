import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest
import tifffile
from sqlalchemy import select, update

from seep.core.acquisition import OrderValues
from seep.core.geo.grid import Window
from seep.core.image.normalize import Statistics, normalize
from seep.core.masks.mask import Mask, encode_mask, encode_probability
from seep.core.masks.slick_features import slick_features
from seep.core.records import NewPrediction
from seep.engine.checkpoint import load_checkpoint, save_checkpoint
from seep.engine.slick_filter import rescored_probability
from seep.errors import ImageError, MaskError
from seep.settings import SHIPPED_CHECKPOINT
from seep.store import predictions, runs, scenes
from seep.store.schema import Checkpoint
from seep.workflow.classes import get_classes, set_classes
from seep.workflow.review.slick_classes import slick_classes
from seep.workflow.workspace import MASK_SUFFIX, Workspace
from tests.actors import ADA
from tests.workflow.making import fill, make_checkpoint, make_workspace

Floats = npt.NDArray[np.float32]
SIDE = 400
WHOLE = Window(0, 0, SIDE, SIDE)


def outlines() -> Mask:
    """A slick of two classes in one piece, and another one far away."""
    mask = np.zeros((SIDE, SIDE), np.uint8)
    cv2.ellipse(mask, (200, 180), (50, 6), 20, 0, 360, 1, -1)
    mask[150:230, 244:252] = 5
    mask[20:30, 300:390] = 2
    return mask


def sent(mask: Mask, class_id: int) -> Mask:
    """What Review sends for the slick of a class."""
    return np.where(mask == class_id, 1, np.where(mask > 0, 2, 0)).astype(np.uint8)


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Workspace, int, Floats]:
    """A workspace with the shipped checkpoint and one predicted tile; its probability before the slick head."""
    random = np.random.default_rng(1)
    mask = outlines()
    image = random.gamma(4, 2000, mask.shape) + 4000
    image[mask > 0] *= 0.3
    (tmp_path / "images").mkdir()
    tifffile.imwrite(tmp_path / "images" / "a.000001.tif", np.clip(image, 1, 65535).astype(np.uint16))
    shipped = load_checkpoint(SHIPPED_CHECKPOINT)
    assert shipped.slick_head is not None
    checkpoint = shipped.with_slick_head(shipped.slick_head, 0.2)  # keeps the slicks, whatever is shipped
    save_checkpoint(tmp_path / "headed.safetensors", checkpoint)
    monkeypatch.setattr("seep.workflow.workspace.SHIPPED_CHECKPOINT", tmp_path / "headed.safetensors")
    workspace = make_workspace(tmp_path / "workspace")
    (tile,) = fill(workspace, tmp_path / "images")
    before = np.where(mask > 0, random.uniform(0.7, 0.95, mask.shape), random.uniform(0, 0.2, mask.shape))
    before = before.astype(np.float32)
    assert checkpoint.slick_filter is not None
    slicks = slick_features(mask > 0, before, normalized(workspace, tile))
    scores = checkpoint.slick_filter.head.probabilities(slicks.values)
    thresholds = (checkpoint.slick_filter.threshold, checkpoint.threshold)
    assert scores.min() > thresholds[0]
    stored = rescored_probability(before, slicks, scores, thresholds)
    predict(workspace, tile, mask, np.round(255 * stored).astype(np.uint8))
    return workspace, tile, before


def normalized(workspace: Workspace, tile: int) -> Floats:
    with workspace.store.reading() as session:
        record = scenes.get_tile(session, tile)
        statistics = Statistics.from_dict(scenes.get_scene(session, record.scene_id).statistics)
    return normalize(tifffile.imread(record.path), statistics, record.nodata)


def predict(workspace: Workspace, tile: int, mask: Mask, probability: Mask | None) -> None:
    """Store a prediction of the active checkpoint."""
    files = workspace.store.files
    mask_sha = files.put(encode_mask(mask), MASK_SUFFIX)
    sha = None if probability is None else files.put(encode_probability(probability), MASK_SUFFIX)
    with workspace.store.transaction() as session:
        predictions.add_predictions(
            session, 1, [NewPrediction(tile, mask_sha, sha, OrderValues(0.5), {1: 9})]
        )


@pytest.mark.parametrize("class_id", [1, 2, 5])
def test_the_classes_are_those_of_the_head_for_the_present_outline(
    made: tuple[Workspace, int, Floats], class_id: int
) -> None:
    workspace, tile, probability = made
    mask = outlines()
    found = slick_classes(workspace, tile, WHOLE, sent(mask, class_id), ADA)["classes"]
    head = load_checkpoint(SHIPPED_CHECKPOINT).slick_head
    assert head is not None
    # The other class of the piece is cut off, so that the slick is a component of its own.
    own = (mask == class_id).astype(np.uint8)
    seep = (mask > 0) & ~((cv2.dilate(own, np.ones((3, 3), np.uint8)) > 0) & (own == 0))
    slicks = slick_features(seep, probability, normalized(workspace, tile))
    row = slicks.labels[own > 0].max() - 1
    expected = head.class_probabilities(slicks.values[row : row + 1])[0]
    assert len(found) == 3
    assert [number for number, _ in found] == (np.argsort(-expected)[:3] + 1).tolist()
    for number, value in found:
        assert value == pytest.approx(expected[number - 1], abs=0.02)


def test_a_window_of_96_px_around_the_slick_is_enough(made: tuple[Workspace, int, Floats]) -> None:
    workspace, tile, _ = made
    marks = sent(outlines(), 5)
    whole = slick_classes(workspace, tile, WHOLE, marks, ADA)["classes"]
    window = Window(148, 52, 200, 276)
    part = slick_classes(workspace, tile, window, marks[52:328, 148:348], ADA)["classes"]
    assert [number for number, _ in part] == [number for number, _ in whole]
    np.testing.assert_allclose([one for _, one in part], [one for _, one in whole], atol=0.05)


def test_with_a_wide_radius_of_0_no_scaling_is_undone(made: tuple[Workspace, int, Floats]) -> None:
    workspace, tile, probability = made
    sha = workspace.store.files.put(
        encode_probability(np.round(255 * probability).astype(np.uint8)), MASK_SUFFIX
    )
    with workspace.store.transaction() as session:
        for one in session.scalars(select(Checkpoint)):
            one.card = {**one.card, "wide_radius_px": 0}
        session.connection().exec_driver_sql(f"UPDATE prediction SET probability_sha256 = '{sha}'")
    found = slick_classes(workspace, tile, WHOLE, sent(outlines(), 2), ADA)["classes"]
    head = load_checkpoint(SHIPPED_CHECKPOINT).slick_head
    assert head is not None
    slicks = slick_features(outlines() > 0, probability, normalized(workspace, tile))
    row = slicks.labels[outlines() == 2].max() - 1
    expected = head.class_probabilities(slicks.values[row : row + 1])[0]
    for number, value in found:
        assert value == pytest.approx(expected[number - 1], abs=0.005)


def test_another_outline_has_other_probabilities(made: tuple[Workspace, int, Floats]) -> None:
    workspace, tile, _ = made
    before = slick_classes(workspace, tile, WHOLE, sent(outlines(), 2), ADA)
    drawn = outlines()
    drawn[20:90, 300:390] = 2
    assert slick_classes(workspace, tile, WHOLE, sent(drawn, 2), ADA) != before


def test_nothing_is_told_without_a_probability(made: tuple[Workspace, int, Floats]) -> None:
    workspace, tile, _ = made
    with workspace.store.transaction() as session:
        session.connection().exec_driver_sql("UPDATE prediction SET probability_sha256 = NULL")
    assert slick_classes(workspace, tile, WHOLE, sent(outlines(), 5), ADA) == {"classes": []}
    with workspace.store.transaction() as session:
        session.connection().exec_driver_sql("UPDATE tile SET prediction_id = NULL")
    assert slick_classes(workspace, tile, WHOLE, sent(outlines(), 5), ADA) == {"classes": []}


def test_nothing_is_told_in_a_workspace_with_other_classes(made: tuple[Workspace, int, Floats]) -> None:
    workspace, tile, _ = made
    set_classes(workspace, get_classes(workspace)[:2], ADA)
    assert slick_classes(workspace, tile, WHOLE, sent(outlines(), 5), ADA) == {"classes": []}


def test_nothing_is_told_where_classes_have_other_names_until_they_are_trained(
    made: tuple[Workspace, int, Floats],
) -> None:
    workspace, tile, _ = made
    background, first, *others = get_classes(workspace)
    set_classes(workspace, [background, replace(first, name="Ship discharge"), *others], ADA)
    assert slick_classes(workspace, tile, WHOLE, sent(outlines(), 5), ADA) == {"classes": []}
    with workspace.store.transaction() as session:
        run = runs.add_run(session, None, base_checkpoint_id=1, config={}, revision_ids=[], author=ADA.name)
        session.execute(update(Checkpoint).values(run_id=run.id))
    assert len(slick_classes(workspace, tile, WHOLE, sent(outlines(), 5), ADA)["classes"]) == 3


def test_nothing_is_told_on_images_of_another_sensor(made: tuple[Workspace, int, Floats]) -> None:
    workspace, tile, _ = made
    marks = sent(outlines(), 5)

    def told(above_grain: float) -> int:
        with workspace.store.transaction() as session:
            for one in session.scalars(select(Checkpoint)):
                one.card = {**one.card, "scales": [1.0, 0.5, 0.25], "scales_above_grain": above_grain}
        return len(slick_classes(workspace, tile, WHOLE, marks, ADA)["classes"])

    assert told(0.6) == 3
    assert told(0.1) == 0


def test_nothing_is_told_by_a_checkpoint_without_a_slick_head(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = make_checkpoint(tmp_path / "plain.safetensors")
    monkeypatch.setattr("seep.workflow.workspace.SHIPPED_CHECKPOINT", plain)
    (tmp_path / "images").mkdir()
    tifffile.imwrite(tmp_path / "images" / "a.000001.tif", np.full((SIDE, SIDE), 9, np.uint16))
    workspace = make_workspace(tmp_path / "workspace")
    (tile,) = fill(workspace, tmp_path / "images")
    predict(workspace, tile, outlines(), outlines())
    assert slick_classes(workspace, tile, WHOLE, sent(outlines(), 5), ADA) == {"classes": []}


def test_what_cannot_be_answered_is_said(made: tuple[Workspace, int, Floats]) -> None:
    workspace, tile, _ = made
    with pytest.raises(MaskError, match="No pixel of the slick was sent"):
        slick_classes(workspace, tile, WHOLE, np.full((SIDE, SIDE), 2, np.uint8), ADA)
    with workspace.store.reading() as session:
        record = scenes.get_tile(session, tile)
    Path(record.path).unlink()
    with pytest.raises(ImageError, match=r"pixels of tile a\.000001 cannot be read"):
        slick_classes(workspace, tile, WHOLE, sent(outlines(), 5), ADA)


def test_the_app_server_answers_without_torch() -> None:
    code = "import sys, seep.engine.slick_classes, seep.workflow.review.slick_classes; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
