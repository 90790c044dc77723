"""What is exported is read again by the importers, to the pixel."""

from pathlib import Path

import numpy as np
import pytest
import rasterio

from seep.core.geo.georeference import Georeference
from seep.core.geo.grid import Window
from seep.core.masks.classes import default_classes
from seep.core.masks.mask import UNSURE
from seep.errors import StorageError
from seep.io.annotations.reading import read_annotations
from seep.io.annotations.shapes import rasterize_shapes
from seep.io.exporting import rasters
from seep.io.exporting.coco import NamedMask, coco
from seep.io.exporting.rasters import png, write_geotiff
from seep.io.exporting.yolo import data_yaml, yolo_lines
from seep.io.images import read_header
from seep.io.masks import MaskEncoding, read_mask_as, write_mask

CLASSES = default_classes(8)
NAMES = [one.name for one in CLASSES]
PLACE = Georeference("EPSG:32631", (10.0, 0.0, 5e5, 0.0, -10.0, 4.6e6))


def blotches(seed: int, *, unsure: bool, holes: bool = True) -> np.ndarray:
    """Slicks of seven classes with ragged edges, corners that touch, and holes."""
    random = np.random.default_rng(seed)
    mask = np.kron(random.integers(0, 8, (13, 15)), np.ones((4, 5), int)).astype(np.uint8)
    mask[random.random(mask.shape) < 0.1] = 0
    if unsure:
        mask[random.random(mask.shape) < 0.05] = UNSURE
    if not holes:
        mask[:] = 0
        mask[2:9, 3:30] = 2
        mask[9:12, 30:33] = 2
        mask[20:40, 8:10] = 5
    return mask


def part(mask: np.ndarray):
    return lambda window: mask[window.y : window.y + window.height, window.x : window.x + window.width]


def again(path: Path, mask: np.ndarray) -> None:
    found = read_mask_as(path, mask.shape, MaskEncoding())
    np.testing.assert_array_equal(found.mask, mask)


@pytest.mark.parametrize("seed", range(3))
def test_mask_files_come_back_the_same(tmp_path: Path, seed: int) -> None:
    mask = blotches(seed, unsure=True)
    write_mask(tmp_path / "a.tif", mask)
    write_geotiff(tmp_path / "b.tif", mask.shape, part(mask), CLASSES, PLACE)
    (tmp_path / "c.png").write_bytes(png(mask, CLASSES))
    for name in ("a.tif", "b.tif", "c.png"):
        again(tmp_path / name, mask)


def test_masks_of_unsure_pixels_alone_are_not_taken_for_seep(tmp_path: Path) -> None:
    mask = np.zeros((20, 30), np.uint8)
    mask[5:9] = UNSURE
    write_mask(tmp_path / "a.tif", mask)
    write_geotiff(tmp_path / "b.tif", mask.shape, part(mask), CLASSES, None)
    (tmp_path / "c.png").write_bytes(png(mask, CLASSES))
    for name in ("a.tif", "b.tif", "c.png"):
        again(tmp_path / name, mask)


@pytest.mark.parametrize("seed", range(3))
def test_coco_comes_back_the_same(tmp_path: Path, seed: int) -> None:
    mask = blotches(seed, unsure=True)
    path = tmp_path / "annotations.json"
    path.write_bytes(coco([NamedMask("s.001.tif", mask)], CLASSES))
    found = read_annotations([path]).find(Path("s.001.tif"))
    assert found is not None
    np.testing.assert_array_equal(rasterize_shapes(found, mask.shape, NAMES, None), mask)


def test_polygons_of_coco_and_yolo_come_back_where_there_are_no_holes(tmp_path: Path) -> None:
    mask = blotches(0, unsure=False, holes=False)
    (tmp_path / "data.yaml").write_text(data_yaml(CLASSES))
    text, filled = yolo_lines(mask)
    (tmp_path / "s.001.txt").write_text(text)
    (tmp_path / "c.json").write_bytes(coco([NamedMask("s.002.tif", mask)], CLASSES, polygons=True))
    found = read_annotations(sorted(tmp_path.iterdir()))
    assert filled == 0
    for stem in ("s.001", "s.002"):
        np.testing.assert_array_equal(
            rasterize_shapes(found.find(Path(f"{stem}.tif")), mask.shape, NAMES, None), mask
        )


def test_yolo_tells_how_many_pixels_of_holes_it_filled() -> None:
    ring = np.ones((5, 5), np.uint8)
    ring[2, 1:4] = 0
    assert yolo_lines(ring)[1] == 3


def test_geotiffs_keep_the_place_and_large_ones_are_written_in_strips(tmp_path: Path) -> None:
    asked: list[Window] = []
    mask = np.zeros((1100, 700), np.uint8)
    mask[500:530, 100:600] = 3

    def read(window: Window) -> np.ndarray:
        asked.append(window)
        return part(mask)(window)

    points = tuple(
        (float(r), float(c), 3 + c * 1e-4, 41 - r * 1e-4) for r in (0, 500, 1100) for c in (0, 700)
    )
    by_points = Georeference(None, None, points, "EPSG:4326")
    for name, place in (("a.tif", PLACE), ("b.tif", by_points)):
        write_geotiff(tmp_path / name, mask.shape, read, CLASSES, place)
        again(tmp_path / name, mask)
    assert max(window.height for window in asked) == 512
    assert read_header(tmp_path / "a.tif").georeference == PLACE
    found = read_header(tmp_path / "b.tif").georeference
    assert found is not None
    np.testing.assert_allclose(found.gcps, points)
    with rasterio.open(tmp_path / "a.tif") as file:
        assert (file.crs.to_epsg(), file.compression.name) == (32631, "deflate")


def test_a_geotiff_that_is_not_on_the_disk_as_written_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mask = blotches(0, unsure=True)
    sums = iter([1, 2])
    monkeypatch.setattr(rasters.zlib, "crc32", lambda _: next(sums))
    with pytest.raises(StorageError, match="not on the disk as it was written"):
        write_geotiff(tmp_path / "a.tif", mask.shape, part(mask), CLASSES, PLACE)
