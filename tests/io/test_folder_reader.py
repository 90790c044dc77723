import hashlib
import json
from typing import Any

import numpy as np
import pytest
import tifffile
from rasterio.transform import Affine

from seep.core.geo.grid import TilePosition
from seep.core.image.normalize import statistics_of
from seep.core.import_options import ImportOptions
from seep.errors import ImageError, ImportRefusedError, MaskError, SettingsError
from seep.io.folder_reader import ImportCandidate, find_candidates, read_candidate, scan_folder
from seep.io.masks import write_mask
from seep_testing.image_files import write_geotiff

OPTIONS = ImportOptions()


@pytest.fixture
def folders(tmp_path):
    images, masks = tmp_path / "images", tmp_path / "masks"
    images.mkdir()
    masks.mkdir()
    return images, masks


def speckle(shape=(32, 40), dtype=np.uint16):
    return (np.random.default_rng(0).gamma(3, 40, size=shape) + 1).astype(dtype)


def tile(folders, image=None, mask=None, name="041872.17.tif") -> ImportCandidate:
    """Write an image and its mask, and find them."""
    images, masks = folders
    tifffile.imwrite(images / name, speckle() if image is None else image, photometric="minisblack")
    if mask is not None:
        write_mask(masks / name, mask)
    return find_candidates(images, masks if mask is not None else None, OPTIONS)[0]


def test_a_folder_is_listed_by_name_with_masks_and_positions(folders):
    images, masks = folders
    for name in ("b.2.tif", "b.10.tif", "odd name.TIF", "notes.txt"):
        (images / name).write_bytes(b"")
    for name in ("b.2.tiff", "orphan.tif"):
        (masks / name).write_bytes(b"")
    for name in (".hidden.tif", "b.2.tif.aux.xml", "b.2.tif.ovr", "b.2.tfw"):
        (images / name).write_bytes(b"")
    (images / "folder.tif").mkdir()
    assert find_candidates(images, masks, OPTIONS) == [
        ImportCandidate(images / "b.10.tif", None, TilePosition("b", 10)),
        ImportCandidate(images / "b.2.tif", masks / "b.2.tiff", TilePosition("b", 2)),
        ImportCandidate(images / "notes.txt", None, TilePosition("images", 2, named=False)),
        ImportCandidate(images / "odd name.TIF", None, TilePosition("images", 3, named=False)),
    ]


def test_an_empty_or_missing_folder_is_refused(folders):
    images, masks = folders
    with pytest.raises(ImportRefusedError, match=r"images.*contains no files"):
        find_candidates(images, None, OPTIONS)
    with pytest.raises(
        ImportRefusedError, match=r"gone\.tif does not exist\. Check the path of the images: a folder"
    ):
        find_candidates(images / "gone.tif", None, OPTIONS)
    (images / "a.1.tif").write_bytes(b"")
    with pytest.raises(ImportRefusedError, match=r"folder of masks.*contains no files"):
        find_candidates(images, masks, OPTIONS)


def test_one_file_is_a_folder_of_itself(folders):
    images, masks = folders
    (images / "a.1.tif").write_bytes(b"")
    (images / "a.2.tif").write_bytes(b"")
    (masks / "a.1.png").write_bytes(b"")
    found = find_candidates(images / "a.1.tif", masks / "a.1.png", OPTIONS)
    assert found == [ImportCandidate(images / "a.1.tif", masks / "a.1.png", TilePosition("a", 1))]


def test_a_folder_without_an_image_is_refused_in_one_sentence(folders):
    images, _ = folders
    for number in range(30):
        (images / f"{number}.txt").write_text("no image")
    with pytest.raises(ImportRefusedError, match=r"No supported images.*'0\.txt'"):
        find_candidates(images, None, OPTIONS)


def test_masks_of_other_images_are_refused(folders):
    images, masks = folders
    (images / "a.1.tif").write_bytes(b"")
    (masks / "b.1.tif").write_bytes(b"")
    with pytest.raises(ImportRefusedError, match=r"No mask in .*masks has the name of an image"):
        find_candidates(images, masks, OPTIONS)


@pytest.mark.parametrize(
    "options",
    [
        ImportOptions(pattern="("),
        ImportOptions(class_count=1),
        ImportOptions(class_count=256),
        ImportOptions(columns=0),
        ImportOptions(nodata="none"),
    ],
)
def test_unusable_options_are_refused(folders, options):
    with pytest.raises(SettingsError):
        find_candidates(folders[0], None, options)


def test_a_good_tile_is_read_with_all_that_an_import_needs(folders):
    image, mask = speckle(), np.zeros((32, 40), np.uint8)
    image[:5] = 0
    mask[10:12] = 7
    mask[20] = 255
    found = read_candidate(tile(folders, image, mask), OPTIONS)
    assert (found.name, found.position) == ("041872.17", TilePosition("041872", 17))
    assert found.sha256 == hashlib.sha256(found.path.read_bytes()).hexdigest()
    assert (found.header.height, found.header.width, found.header.dtype) == (32, 40, "uint16")
    assert found.nodata == 0
    np.testing.assert_array_equal(found.mask, mask)
    np.testing.assert_array_equal(found.statistics_sample, image)


@pytest.mark.parametrize("shape", [(300, 500), (256, 256), (200, 200, 2), (90, 1000)])
def test_statistics_of_the_sample_are_those_of_the_whole_image(folders, shape):
    image = speckle(shape)
    images, _ = folders
    options: dict[str, Any] = {"planarconfig": "contig"} if len(shape) == 3 else {}
    tifffile.imwrite(images / "a.1.tif", image, photometric="minisblack", **options)
    found = read_candidate(find_candidates(images, None, OPTIONS)[0], OPTIONS)
    assert found.statistics_sample.size <= 4 * 16_384 * (shape[2] if len(shape) == 3 else 1)
    assert statistics_of([found.statistics_sample], 0) == statistics_of([image], 0)


def test_a_file_that_is_no_tiff_is_refused_by_name(folders):
    images, _ = folders
    (images / "notes.txt").write_text("not an image, whatever its name")
    (images / "z.tif").write_bytes(b"")
    with pytest.raises(ImageError, match=r"notes\.txt is a text file, not an image"):
        read_candidate(find_candidates(images, None, OPTIONS)[0], OPTIONS)


@pytest.mark.parametrize("which", ["image", "mask"])
def test_a_truncated_file_is_refused_by_name(folders, which):
    candidate = tile(folders, mask=np.zeros((32, 40), np.uint8))
    path = candidate.path if which == "image" else candidate.mask_path
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(ImageError if which == "image" else MaskError, match=r"041872\.17\.tif is"):
        read_candidate(candidate, OPTIONS)


def test_a_mask_of_another_size_is_refused_with_both_sizes(folders):
    candidate = tile(folders, mask=np.zeros((32, 41), np.uint8))
    with pytest.raises(MaskError, match="32 x 41 pixels, but its image has 32 x 40"):
        read_candidate(candidate, OPTIONS)


def test_class_ids_out_of_range_are_refused_with_the_ids(folders):
    mask = np.zeros((32, 40), np.uint8)
    mask[0, :3] = (8, 9, 254)
    with pytest.raises(MaskError, match=r"041872\.17\.tif has class ids out of range: 8, 9, 254"):
        read_candidate(tile(folders, mask=mask), OPTIONS)


def test_more_classes_allow_more_ids(folders):
    mask = np.full((32, 40), 9, np.uint8)
    assert read_candidate(tile(folders, mask=mask), ImportOptions(class_count=10)).mask.max() == 9


def test_some_nan_is_nodata(folders):
    image = speckle(dtype=np.float32)
    image[:10] = np.nan
    found = read_candidate(tile(folders, image), OPTIONS)
    assert found.nodata is None
    assert np.isnan(found.statistics_sample).sum() == 400


@pytest.mark.parametrize(
    ("image", "nodata"),
    [
        (np.full((8, 8), np.nan, np.float32), "auto"),
        (np.full((8, 8), np.inf, np.float32), "auto"),
        (np.zeros((8, 8), np.uint16), "auto"),
        (np.full((8, 8), 7, np.uint16), 7),
    ],
)
def test_an_image_without_a_valid_pixel_is_refused(folders, image, nodata):
    with pytest.raises(ImageError, match=r"041872\.17\.tif has no valid pixel"):
        read_candidate(tile(folders, image), ImportOptions(nodata=nodata))


def test_zeros_are_valid_where_nodata_is_said_to_be_none(folders):
    found = read_candidate(tile(folders, np.zeros((8, 8), np.uint16)), ImportOptions(nodata=None))
    assert found.nodata is None


def test_a_file_that_vanishes_in_between_is_refused_by_name(folders):
    candidate = tile(folders)
    candidate.path.unlink()
    with pytest.raises(ImageError, match=r"041872\.17\.tif cannot be opened"):
        read_candidate(candidate, OPTIONS)


@pytest.mark.parametrize("name", ["line\nbreak.1.tif", "tab\t.1.tif", "bytes\udcff.1.tif"])
def test_a_name_that_is_no_line_of_text_is_refused(folders, name):
    with pytest.raises(ImageError, match=r"name '.*' contains control characters"):
        read_candidate(tile(folders, name=name), OPTIONS)


def test_markup_and_letters_of_all_languages_are_names(folders):
    name = "<b>é漢🛰 &amp; =1+1.1.tif"
    assert read_candidate(tile(folders, name=name), OPTIONS).name == name.removesuffix(".tif")


def test_two_masks_of_one_image_are_refused(folders):
    images, masks = folders
    for path in (images / "a.1.tif", masks / "a.1.tif", masks / "a.1.tiff"):
        path.write_bytes(b"")
    with pytest.raises(ImportRefusedError, match=r"a\.1\.tif and a\.1\.tiff .* same image"):
        find_candidates(images, masks, OPTIONS)


def test_a_reason_says_when_it_is_the_mask_that_is_wrong(folders):
    candidate = tile(folders, mask=np.zeros((32, 40), np.uint8))
    candidate.mask_path.write_bytes(b"no mask")
    with pytest.raises(MaskError, match=r"The mask 041872\.17\.tif is not a TIFF"):
        read_candidate(candidate, OPTIONS)


@pytest.mark.parametrize("nodata", [np.nan, np.inf])
def test_what_is_never_valid_needs_no_nodata_value(folders, nodata):
    assert read_candidate(tile(folders), ImportOptions(nodata=nodata)).nodata is None


def test_text_files_that_are_no_labels_are_ignored(folders):
    images, masks = folders
    tifffile.imwrite(images / "a.1.tif", speckle())
    (masks / "README.dataset.txt").write_text("Exported from a tool.\n")
    (masks / "data.yaml").write_text("names: [Oil]\n")
    (masks / "a.1.txt").write_text("0 0 0 1 0 1 1 0 1\n")
    (candidate,) = find_candidates(images, masks, OPTIONS)
    options = ImportOptions(class_names=("No seep", "Oil"))
    assert read_candidate(candidate, options).mask.min() == 1


def test_an_ambiguous_annotation_refuses_its_image_only(folders):
    images, masks = folders
    for name in ("a.1.tif", "b.1.tif"):
        tifffile.imwrite(images / name, speckle())
    listed = [{"id": n, "file_name": "a.1.tif", "width": 40, "height": 32} for n in range(2)]
    outline = [[0, 0, 9, 0, 9, 9]]
    found = [{"image_id": n, "category_id": 1, "segmentation": outline} for n in range(2)]
    content = {"images": listed, "annotations": found, "categories": [{"id": 1, "name": "1"}]}
    (masks / "coco.json").write_text(json.dumps(content))
    first, second = find_candidates(images, masks, OPTIONS)
    with pytest.raises(MaskError, match=r"a\.1\.tif in coco\.json and a\.1\.tif in coco\.json are both"):
        read_candidate(first, OPTIONS)
    assert read_candidate(second, OPTIONS).mask is None


@pytest.mark.parametrize(("corner", "covered"), [((10.0, 45.0), True), ((45.0, 10.0), False)])
def test_geojson_that_covers_no_pixel_is_no_mask(folders, corner, covered):
    images, masks = folders
    write_geotiff(images / "a.1.tif", speckle(), crs="EPSG:4326", transform=Affine(0.01, 0, 10, 0, -0.01, 45))
    x, y = corner
    ring = [[x, y], [x + 0.1, y], [x + 0.1, y - 0.1], [x, y - 0.1], [x, y]]
    (masks / "all.geojson").write_text(json.dumps({"type": "Polygon", "coordinates": [ring]}))
    (candidate,) = find_candidates(images, masks, OPTIONS)
    found = read_candidate(candidate, OPTIONS)
    assert (found.mask is not None) == covered
    assert len(found.notes) == (not covered)


def test_a_stray_file_beside_masks_stops_no_import(folders):
    images, masks = folders
    tifffile.imwrite(images / "a.1.tif", speckle())
    tifffile.imwrite(masks / "a.1.tif", np.ones(speckle().shape, np.uint8))
    (masks / "notes.json").write_text("{}")
    (masks / "captions.json").write_text(
        json.dumps({"images": [], "annotations": [{"image_id": 1, "caption": "calm"}]})
    )
    scan = scan_folder(images, masks, OPTIONS)
    assert [one.mask_path for one in scan.candidates] == [masks / "a.1.tif"]
    assert ["captions.json is COCO captions" in scan.notes[0], "notes.json is not" in scan.notes[1]] == [
        True
    ] * 2
