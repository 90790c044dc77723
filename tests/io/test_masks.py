import cv2
import numpy as np
import pytest
import tifffile
from rasterio import open as rasterio_open

from seep.core.geo.georeference import Georeference
from seep.core.masks.mask import UNSURE
from seep.core.masks.palette import M4D, color_table
from seep.errors import MaskError
from seep.io.masks import MaskEncoding, check_same_ground, read_mask, read_mask_as, write_mask

AUTO = MaskEncoding(colors=color_table(M4D))


def ids(high=5):
    return np.random.default_rng(0).integers(0, high, (20, 30)).astype(np.uint8)


def painted(mask):
    table = np.zeros((256, 3), np.uint8)
    for one in M4D:
        table[one.id] = [int(one.color[at : at + 2], 16) for at in (1, 3, 5)]
    return table[mask]


def write_palette(path, mask):
    with rasterio_open(path, "w", driver="PNG", height=20, width=30, count=1, dtype="uint8") as dataset:
        dataset.write(mask, 1)
        dataset.write_colormap(1, {n: (*painted(np.uint8(n)), 255) for n in range(5)})


def test_index_masks_are_read_from_every_kind_of_file(tmp_path):
    mask = ids()
    write_mask(tmp_path / "a.tif", mask)
    cv2.imwrite(str(tmp_path / "a.png"), mask)
    np.save(tmp_path / "a.npy", mask)
    for name in ("a.tif", "a.png", "a.npy"):
        np.testing.assert_array_equal(read_mask_as(tmp_path / name, (20, 30), AUTO).mask, mask)
        np.testing.assert_array_equal(read_mask(tmp_path / name, (20, 30)), mask)


def test_a_tiff_that_calls_itself_a_palette_without_colors_is_black_and_white(tmp_path):
    mask = np.array([[0, 255], [255, 0]], np.uint8)
    tifffile.imwrite(tmp_path / "a.tif", mask, photometric="minisblack")
    with tifffile.TiffFile(tmp_path / "a.tif", mode="r+") as file:
        file.pages.first.tags["PhotometricInterpretation"].overwrite(3)
    read = read_mask_as(tmp_path / "a.tif", None, MaskEncoding())
    np.testing.assert_array_equal(read.mask, mask // 255)


@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
def test_a_palette_png_is_read_by_index_or_by_its_colors(tmp_path):
    mask = ids()
    write_palette(tmp_path / "a.png", mask)
    np.testing.assert_array_equal(read_mask_as(tmp_path / "a.png", None, AUTO).mask, mask)
    by_color = MaskEncoding("colors", {one.color: 10 + one.id for one in M4D})
    np.testing.assert_array_equal(read_mask_as(tmp_path / "a.png", None, by_color).mask, mask + 10)


def test_black_and_white_is_class_one(tmp_path):
    mask = ids(2)
    cv2.imwrite(str(tmp_path / "a.png"), mask * 255)
    np.testing.assert_array_equal(read_mask_as(tmp_path / "a.png", None, AUTO).mask, mask)
    assert read_mask_as(tmp_path / "a.png", None, MaskEncoding("index")).mask.max() == UNSURE


def test_unsure_stays_unsure_in_masks_that_seep_wrote(tmp_path):
    mask = np.where(ids(2) > 0, UNSURE, 0).astype(np.uint8)
    write_mask(tmp_path / "a.tif", mask)
    np.testing.assert_array_equal(read_mask_as(tmp_path / "a.tif", None, AUTO).mask, mask)


def test_nearly_black_and_white_is_snapped_and_told(tmp_path):
    grays = np.where(ids(2) > 0, 250, 3).astype(np.uint8)
    grays[0] = 0
    cv2.imwrite(str(tmp_path / "a.png"), grays)
    found = read_mask_as(tmp_path / "a.png", None, MaskEncoding("binary"))
    np.testing.assert_array_equal(found.mask, grays > 128)
    assert found.notes == ("a.png: 570 pixels that were nearly 0 or 255 were rounded.",)
    grays[3, 3] = 130
    cv2.imwrite(str(tmp_path / "a.png"), grays)
    with pytest.raises(MaskError, match="1 pixels of grays between"):
        read_mask_as(tmp_path / "a.png", None, MaskEncoding("binary"))


@pytest.mark.parametrize("suffix", ["png", "jpg", "tif"])
def test_white_on_black_in_three_bands_is_class_one(tmp_path, suffix):
    mask = np.zeros((64, 64), np.uint8)
    mask[16:40, 8:48] = 1
    path = tmp_path / f"a.{suffix}"
    cv2.imwrite(str(path), np.repeat(mask[..., np.newaxis] * 255, 3, axis=2))
    for form in (AUTO, MaskEncoding("binary")):
        np.testing.assert_array_equal(read_mask_as(path, (64, 64), form).mask, mask)


def test_white_is_its_class_where_a_class_is_white_and_colors_are_not_black_and_white(tmp_path):
    mask = ids(2)
    cv2.imwrite(str(tmp_path / "a.png"), np.repeat(mask[..., np.newaxis] * 255, 3, axis=2))
    table = {"#000000": 0, "#FFFFFF": 4}
    found = read_mask_as(tmp_path / "a.png", None, MaskEncoding(colors=table)).mask
    np.testing.assert_array_equal(found, 4 * mask)
    cv2.imwrite(str(tmp_path / "b.png"), painted(mask))
    with pytest.raises(MaskError, match="has colors"):
        read_mask_as(tmp_path / "b.png", None, MaskEncoding("binary"))
    with pytest.raises(MaskError, match="has 3 bands"):
        read_mask_as(tmp_path / "b.png", None, MaskEncoding("index"))


@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_m4d_colors_become_their_classes(tmp_path, suffix):
    mask = ids()
    path = tmp_path / f"a.{suffix}"
    if suffix == "png":
        cv2.imwrite(str(path), painted(mask)[:, :, ::-1])
    else:
        tifffile.imwrite(path, painted(mask), photometric="rgb")
    found = read_mask_as(path, (20, 30), AUTO)
    np.testing.assert_array_equal(found.mask, mask)
    assert found.notes == ()


def test_colors_that_are_off_are_snapped_and_told_or_refused(tmp_path):
    mask = np.zeros((20, 30), np.uint8)
    mask[5:10] = 1
    colors = painted(mask)
    colors[5, :7] = (10, 240, 250)
    cv2.imwrite(str(tmp_path / "a.png"), colors[:, :, ::-1])
    found = read_mask_as(tmp_path / "a.png", None, AUTO)
    np.testing.assert_array_equal(found.mask, mask)
    assert found.notes == (
        "a.png: 7 pixels with other colors got the class of the nearest color (7 of class 1).",
    )
    colors[0, :3] = (255, 0, 255)
    cv2.imwrite(str(tmp_path / "a.png"), colors[:, :, ::-1])
    with pytest.raises(MaskError, match=r"3 pixels of colors that belong to no class: #ff00ff \(3 px\)"):
        read_mask_as(tmp_path / "a.png", None, AUTO)


def test_a_mask_of_another_size_or_kind_is_refused(tmp_path):
    write_mask(tmp_path / "a.tif", ids())
    with pytest.raises(MaskError, match="20 x 30 pixels, but its image has 20 x 31"):
        read_mask_as(tmp_path / "a.tif", (20, 31), AUTO)
    np.save(tmp_path / "a.npy", np.full((20, 30), 0.5, np.float32))
    with pytest.raises(MaskError, match="float32 values that are not whole"):
        read_mask_as(tmp_path / "a.npy", None, AUTO)
    np.save(tmp_path / "b.npy", np.zeros((20, 30, 5), np.uint8))
    with pytest.raises(MaskError, match="5 bands"):
        read_mask_as(tmp_path / "b.npy", None, AUTO)


@pytest.mark.parametrize("dtype", ["float32", "float64", "int16", "int32", "uint32"])
def test_whole_numbers_of_any_dtype_are_class_ids(tmp_path, dtype):
    tifffile.imwrite(tmp_path / "a.tif", ids().astype(dtype))
    np.testing.assert_array_equal(read_mask_as(tmp_path / "a.tif", (20, 30), AUTO).mask, ids())
    for value, reason in ((300, "300"), (-2, "−2")):
        if dtype != "uint32" or value > 0:
            tifffile.imwrite(tmp_path / "b.tif", np.full((20, 30), value, dtype))
            with pytest.raises(MaskError, match=f"class ids from {reason}"):
                read_mask_as(tmp_path / "b.tif", (20, 30), AUTO)


def test_masks_of_one_bit_are_class_ids(tmp_path):
    bits = ids(2) > 0
    tifffile.imwrite(tmp_path / "a.tif", bits, photometric="minisblack")
    np.testing.assert_array_equal(read_mask_as(tmp_path / "a.tif", (20, 30), AUTO).mask, bits)


def test_a_mask_lies_on_its_image_within_a_pixel():
    image = Georeference("EPSG:32633", (10.0, 0.0, 500_000.0, 0.0, -10.0, 6_000_000.0))
    near = Georeference("EPSG:32633", (10.0, 0.0, 500_005.0, 0.0, -10.0, 6_000_005.0))
    far = Georeference("EPSG:32633", (10.0, 0.0, 500_120.0, 0.0, -10.0, 6_000_000.0))
    flipped = Georeference("EPSG:32633", (10.0, 0.0, 500_000.0, 0.0, 10.0, 5_999_800.0))
    nowhere = Georeference(None, far.transform)
    for one in (image, near, nowhere, None):
        check_same_ground(one, image, (20, 30), "a.tif")
        check_same_ground(image, one, (20, 30), "a.tif")
    with pytest.raises(MaskError, match=r"The mask a\.tif lies elsewhere than its image: .* by 12 pixels"):
        check_same_ground(far, image, (20, 30), "a.tif")
    with pytest.raises(MaskError, match="by 20 pixels"):
        check_same_ground(flipped, image, (20, 30), "a.tif")
