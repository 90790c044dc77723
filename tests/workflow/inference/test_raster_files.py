from pathlib import Path

import numpy as np
import pytest
import rasterio

from seep.cli.main import main
from seep.engine.inference import streaming
from seep.errors import ImageError, ImportRefusedError, SettingsError
from seep.io.masks import is_prediction
from seep.workflow.inference.raster_files import predict_raster
from tests.streets import blocks, write_street_checkpoint
from tests.workflow.rasters import HEIGHT, WIDTH, sea, write_raster


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("seep.workflow.inference.raster_files.LOOK_AHEAD_PX", 32)
    monkeypatch.setattr("seep.workflow.inference.raster_files.WHOLE_PX", 256)
    monkeypatch.setattr(streaming, "STEP_PX", 192)
    monkeypatch.setattr(streaming, "BLOCK_PX", 192 + 2 * streaming.MARGIN_PX)


def test_a_large_raster_becomes_a_mask_of_its_size_and_place(tmp_path: Path, tiny_checkpoint: Path) -> None:
    image = sea(height=700)
    image[:, 600:] = 0
    path = write_raster(tmp_path / "whole.tif", image)
    told: list[tuple[int, int, str]] = []
    out = predict_raster(
        path, tmp_path / "out", tiny_checkpoint, device="cpu", on_progress=lambda *args: told.append(args)
    )
    with rasterio.open(out) as mask, rasterio.open(path) as source:
        assert (mask.crs, mask.transform, mask.shape) == (source.crs, source.transform, source.shape)
        found = mask.read(1)
    assert out.name == "whole.tif"
    assert np.isin(found, range(1, 8)).any()
    assert not found[:, 600:].any()
    assert told[-1] == (16, 16, "whole.tif")
    assert [one.name for one in out.parent.glob("[!.]*")] == ["whole.tif"]
    assert not list(out.parent.glob(".part-*"))
    assert is_prediction(out)


def test_the_mask_of_a_small_raster_is_marked_as_a_prediction(tmp_path: Path, tiny_checkpoint: Path) -> None:
    path = write_raster(tmp_path / "small.tif", sea()[:200, :200])
    assert is_prediction(predict_raster(path, tmp_path / "out", tiny_checkpoint, device="cpu"))


def test_a_file_that_seep_did_not_write_is_not_replaced(tmp_path: Path, tiny_checkpoint: Path) -> None:
    path = write_raster(tmp_path / "whole.tif", sea())
    out = tmp_path / "out"
    out.mkdir()
    (out / "whole.tif").write_bytes(b"by hand")
    with pytest.raises(SettingsError, match=r"contains whole\.tif, which Seep did not write"):
        predict_raster(path, out, tiny_checkpoint, device="cpu")
    assert (out / "whole.tif").read_bytes() == b"by hand"
    (out / "whole.tif").unlink()
    for _ in range(2):
        assert predict_raster(path, out, tiny_checkpoint, device="cpu").stat().st_size > 100


def test_classes_that_tile_the_image_are_not_voted_about(tmp_path: Path) -> None:
    """One slick of many classes: a vote would give all of it the same one."""
    path = write_raster(tmp_path / "street.tif", blocks())
    checkpoint = write_street_checkpoint(tmp_path / "street.safetensors")
    out = predict_raster(path, tmp_path / "out", checkpoint, device="cpu")
    with rasterio.open(out) as mask:
        found = mask.read(1)
    classes = [np.count_nonzero(found == one) for one in range(1, 5)]
    assert sorted(classes)[-2] > 1000


def test_a_raster_of_other_bands_is_refused(tmp_path: Path, tiny_checkpoint: Path) -> None:
    path = write_raster(tmp_path / "two.tif", np.stack([sea(), sea()], axis=2))
    with pytest.raises(ImageError, match="2 band"):
        predict_raster(path, tmp_path / "out", tiny_checkpoint, device="cpu")
    assert not (tmp_path / "out").exists()


def test_a_raster_without_data_is_refused(tmp_path: Path, tiny_checkpoint: Path) -> None:
    path = write_raster(tmp_path / "none.tif", np.zeros((HEIGHT, WIDTH), np.uint16))
    with pytest.raises(ImportRefusedError, match="no valid pixel"):
        predict_raster(path, tmp_path / "out", tiny_checkpoint, device="cpu")


def test_the_mask_is_never_written_beside_the_image(tmp_path: Path, tiny_checkpoint: Path) -> None:
    path = write_raster(tmp_path / "whole.tif", sea())
    with pytest.raises(ImportRefusedError, match="Choose another folder"):
        predict_raster(path, tmp_path, tiny_checkpoint, device="cpu")


def test_the_command_line_takes_one_file(
    tmp_path: Path, tiny_checkpoint: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_raster(tmp_path / "whole.tif", sea(height=190, width=300))
    arguments = ["predict", str(path), "--out", str(tmp_path / "out"), "--checkpoint", str(tiny_checkpoint)]
    assert main([*arguments, "--device", "cpu"]) == 0
    assert "whole.tif written" in capsys.readouterr().out
