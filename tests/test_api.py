"""The public API, as a script or a notebook uses it."""

import doctest
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
import tifffile

import seep
import seep.api
from seep.io.masks import is_prediction
from seep.workflow.exports.exporter import TileSelection
from seep_testing.image_files import write_geotiff
from tests.workflow.making import make_checkpoint, make_tile, write_tiles

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_checkpoint(tmp_path_factory.mktemp("api") / "tiny.safetensors")


@pytest.fixture
def data(tmp_path: Path, tiny: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with images and masks of four scenes, and a tiny network as the shipped one."""
    for module in ("seep.api", "seep.workflow.workspace"):
        monkeypatch.setattr(f"{module}.SHIPPED_CHECKPOINT", tiny)
    monkeypatch.setenv("SEEP_DEVICE", "cpu")
    monkeypatch.chdir(tmp_path)
    write_tiles(tmp_path)
    return tmp_path


def test_importing_seep_is_quick_and_loads_no_large_library() -> None:
    code = (
        "import time; began = time.perf_counter(); import seep, sys; elapsed = time.perf_counter() - began; "
        "print(elapsed, [name for name in ('torch', 'streamlit', 'numpy', 'sqlalchemy') if name in sys.modules])"
    )
    runs = [subprocess.check_output([sys.executable, "-c", code], text=True, cwd=ROOT) for _ in range(3)]
    assert all(run.split(" ", 1)[1].strip() == "[]" for run in runs)
    assert min(float(run.split()[0]) for run in runs) < 0.2


def test_the_prediction_functions_load_no_streamlit() -> None:
    code = "import sys, seep; seep.predict_folder; print([n for n in ('torch', 'streamlit') if n in sys.modules])"
    assert subprocess.check_output([sys.executable, "-c", code], text=True, cwd=ROOT).strip() == "[]"


def test_every_public_name_exists_and_is_documented() -> None:
    page = (ROOT / "docs" / "api.md").read_text()
    for name in seep.__all__:
        assert getattr(seep, name).__doc__, name
        assert f"\n## seep.{name}\n" in page, name
    assert set(seep.__all__) <= set(dir(seep))
    with pytest.raises(AttributeError, match="no attribute 'missing'"):
        seep.missing  # noqa: B018


@pytest.mark.parametrize("name", ["Run", "Workspace"])
def test_every_public_method_is_documented(name: str) -> None:
    page = (ROOT / "docs" / "api.md").read_text()
    for member in vars(getattr(seep, name)):
        if not member.startswith("_"):
            assert getattr(seep, name).__dict__[member].__doc__, member
            assert f"`{member}" in page, member


def test_predict_returns_a_mask_and_a_probability(data: Path) -> None:
    image, _ = make_tile(1)
    found = seep.predict(image)
    assert found.mask.shape == found.probability.shape == image.shape
    assert (found.mask.dtype, found.probability.dtype) == (np.uint8, np.float32)
    assert found.probability[image > 0].max() > 0
    assert not found.probability[image == 0].any()
    explicit = seep.predict(image.tolist(), nodata=0)
    np.testing.assert_array_equal(found.mask, explicit.mask)
    assert seep.predict(image, nodata=None).probability[image == 0].any()


def test_nan_is_nodata_in_a_floating_image(data: Path) -> None:
    image = make_tile(1)[0].astype(np.float32)
    image[image == 0] = np.nan
    found = seep.predict(image)
    assert not found.probability[np.isnan(image)].any()


def test_three_equal_bands_are_predicted_as_one(data: Path) -> None:
    image, _ = make_tile(1)
    gray = np.stack([image] * 3, axis=2)
    np.testing.assert_array_equal(seep.predict(gray).mask, seep.predict(image).mask)
    gray[::2, :, 0] += 500
    with pytest.raises(seep.SeepError, match="band"):
        seep.predict(gray)


def test_a_path_is_predicted_as_its_pixels_and_keeps_its_place(data: Path) -> None:
    image, _ = make_tile(1)
    path = write_geotiff(data / "placed.tif", image, nodata=0)
    found = seep.predict(path)
    np.testing.assert_array_equal(found.mask, seep.predict(image, nodata=0).mask)
    found.save("mask.tif")
    with rasterio.open("mask.tif") as mask, rasterio.open(path) as placed:
        np.testing.assert_array_equal(mask.read(1), found.mask)
        assert (mask.crs, mask.transform) == (placed.crs, placed.transform)
    with pytest.raises(seep.SeepError, match=r"gone\.tif cannot be opened"):
        seep.predict("gone.tif")


def test_masks_of_a_folder_keep_the_place_of_their_images(data: Path) -> None:
    (data / "placed").mkdir()
    path = write_geotiff(data / "placed" / "a.1.tif", make_tile(1)[0], nodata=0)
    done = list[tuple[int, int, str]]()
    seep.predict_folder("placed", "out", on_progress=lambda *one: done.append(one))
    assert done == [(1, 1, "a.1.tif")]
    with rasterio.open("out/a.1.tif") as mask, rasterio.open(path) as placed:
        assert (mask.crs, mask.transform) == (placed.crs, placed.transform)
    assert is_prediction(Path("out/a.1.tif"))


def test_probabilities_of_the_classes_sum_to_one(data: Path) -> None:
    image, _ = make_tile(1)
    found = seep.predict(image)
    assert found.probabilities.dtype == np.float16
    assert found.probabilities.shape == (8, *image.shape)
    np.testing.assert_allclose(found.probabilities.sum(axis=0, dtype=np.float32), 1, atol=4e-3)
    np.testing.assert_allclose(1 - found.probabilities[0].astype(float), found.probability, atol=1e-3)


def test_a_threshold_decides_what_is_seep(data: Path) -> None:
    image, _ = make_tile(1)
    middle = float(np.median(seep.predict(image).probability[image > 0]))
    found = seep.predict(image, threshold=middle)
    np.testing.assert_array_equal(found.mask > 0, found.probability >= np.float32(middle))
    assert 0 < np.count_nonzero(found.mask) < found.mask.size
    for wrong in (0, 1, 1.5):
        with pytest.raises(seep.SeepError, match="between 0 and 1"):
            seep.predict(image, threshold=wrong)


def test_bands_may_be_the_first_axis(data: Path, tmp_path: Path) -> None:
    two = make_checkpoint(tmp_path / "two.safetensors", bands=2)
    image, _ = make_tile(1)
    last = np.stack([image, image + 7], axis=2)
    expected = seep.predict(last, checkpoint=two, nodata=0)
    np.testing.assert_array_equal(
        seep.predict(np.moveaxis(last, 2, 0), checkpoint=two, nodata=0).probability, expected.probability
    )


def test_representations_are_short(data: Path) -> None:
    shown = [
        seep.predict(make_tile(1)[0]),
        seep.predict_folder("images", out="predictions"),
        seep.evaluate("images", "masks"),
        seep.open_workspace("survey").import_images("images", masks="masks"),
        seep.open_workspace("survey").export("exported"),
    ]
    for one in shown:
        assert re.fullmatch(rf"{type(one).__name__}\([^\n]*\)", repr(one)), repr(one)
        assert len(repr(one).replace(str(Path.cwd()), "")) < 80


def test_a_network_is_trained_from_scratch(data: Path) -> None:
    events = list[str]()
    Path("classes.txt").write_text("\n".join(f"class {number}" for number in range(11)))
    report = seep.train(
        "images",
        "masks",
        "mine.safetensors",
        preset="iou-instances",
        epochs=1,
        steps_per_epoch=1,
        batch_size=1,
        class_list=Path("classes.txt"),
        on_event=lambda event: events.append(event["kind"]),
    )
    assert (report.name, report.tiles, report.classes, report.written) == ("mine", 12, 11, True)
    assert {"step", "epoch"} <= {*events}
    assert len(repr(report)) < 120
    assert seep.predict(make_tile(1)[0], checkpoint="mine.safetensors").mask.dtype == np.uint8
    with pytest.raises(seep.SeepError, match="no training option 'epoch'"):
        seep.train("images", "masks", "mine.safetensors", epoch=1)
    with pytest.raises(seep.SeepError, match="has no threshold"):
        seep.predict(make_tile(1)[0], checkpoint="mine.safetensors", threshold=0.4)


@pytest.mark.parametrize("image", [np.zeros(4), np.zeros((0, 4)), np.array([["a"]]), np.zeros((2, 2), bool)])
def test_predict_refuses_what_is_no_image(data: Path, image: Any) -> None:
    with pytest.raises(seep.SeepError, match="The image has the shape"):
        seep.predict(image)


def test_predict_refuses_wrong_options(data: Path) -> None:
    image, _ = make_tile(1)
    with pytest.raises(seep.SeepError, match="nodata is 'none'"):
        seep.predict(image, nodata="none")
    with pytest.raises(seep.SeepError, match="missing"):
        seep.predict(image, checkpoint="missing.safetensors")
    with pytest.raises(seep.SeepError, match="band"):
        seep.predict(np.stack([image, image], axis=2))


def test_folders_are_predicted_and_evaluated(data: Path) -> None:
    report = seep.predict_folder("images", out="predictions")
    assert (report.written, report.refused) == (12, [])
    masks = [tifffile.imread(path) for path in Path("predictions").glob("*.tif")]
    assert len(masks) == 12
    assert all(mask.dtype == np.uint8 for mask in masks)
    found = seep.evaluate("images", "masks")
    assert found.iou is not None
    assert 0 <= found.iou <= 1
    assert found.metrics.tiles == 12


@pytest.mark.parametrize("page", ["README.md", "docs/api.md"])
def test_the_python_example_runs_as_written_and_changes_no_mask(data: Path, page: str) -> None:
    (example,) = re.findall(r"```python\n(.*?)```", (ROOT / page).read_text(), re.DOTALL)
    before = {path: path.read_bytes() for path in Path("masks").iterdir()}
    exec(example, {"array": make_tile(1)[0]})
    assert {path: path.read_bytes() for path in Path("masks").iterdir()} == before
    assert len(list(Path("predictions").glob("*.tif"))) == 12


def test_a_workspace_imports_trains_promotes_and_exports(data: Path) -> None:
    workspace = seep.open_workspace("survey", author="ada")
    assert (workspace.path, workspace.active, workspace.runs) == (data / "survey", "tiny", [])
    assert workspace.import_images("images", masks="masks").imported == 12
    run = workspace.finetune(preset="quick", epochs=1, min_steps=1, max_steps=1, crop_px=32, seed=3)
    assert (run.state, run.verdict, run.checkpoint, run.summary) == ("queued", None, None, "")
    assert run.wait() is run
    assert run.state == "done"
    assert run.verdict in {"better", "worse", "inconclusive"}
    assert run.summary.endswith(".")
    assert run.checkpoint is not None
    assert workspace.checkpoints == [run.checkpoint, "tiny"]
    assert [one.checkpoint for one in workspace.runs] == [run.checkpoint]
    workspace.promote(run.checkpoint)
    assert workspace.active == run.checkpoint
    assert workspace.roll_back() == workspace.active == "tiny"
    assert workspace.export("exported").written == 12
    assert len(list(Path("exported").rglob("*.tif"))) == 12
    assert "survey" in repr(workspace)
    assert "done" in repr(run)


def test_a_workspace_predicts_open_tiles(data: Path) -> None:
    workspace = seep.open_workspace("survey")
    workspace.import_images("images")
    workspace.predict()
    selection = TileSelection(states=("unreviewed",))
    assert workspace.export("exported", selection=selection).written == 12


def test_a_workspace_refuses_what_it_cannot_do(data: Path) -> None:
    workspace = seep.open_workspace("survey")
    for call, message in (
        (lambda: workspace.import_images("missing"), "missing"),
        (lambda: workspace.finetune(preset="slow"), "no preset 'slow'"),
        (lambda: workspace.finetune(steps=3), "'steps'"),
        (lambda: workspace.finetune("slick-head", crop_px=64), "not use crop_px. leave it out"),
        (workspace.finetune, "no newly reviewed tiles"),
        (lambda: workspace.promote("other"), "no checkpoint 'other'"),
        (lambda: workspace.export("out", "word"), "'word'"),
    ):
        with pytest.raises(seep.SeepError, match=f"(?i){message}"):
            call()


def test_the_examples_of_the_docstrings_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEEP_DEVICE", "cpu")
    monkeypatch.chdir(tmp_path)
    write_tiles(tmp_path, scenes=("a",), each=2)
    finder, runner = doctest.DocTestFinder(), doctest.DocTestRunner()
    found = [*finder.find(seep.api, "seep.api"), *finder.find(seep, "seep", globs={})]
    examples = [one for one in found if one.examples]
    assert len(examples) >= 6
    for number, example in enumerate(examples):
        workspace = seep.open_workspace(f"workspace-{number}")
        if example.name.endswith("export"):
            workspace.import_images("images", masks="masks")
        example.globs = {"seep": seep, "workspace": workspace}
        runner.run(example)
    assert runner.summarize().failed == 0
