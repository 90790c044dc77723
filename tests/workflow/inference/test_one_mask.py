"""One image has one mask, whether it is an array, a file, or alone in a folder; scenes are normalized as a whole."""

from pathlib import Path

import numpy as np
import tifffile

import seep
from seep.io.masks import read_mask
from seep.workflow.inference.folders import predict_folder
from seep.workflow.inference.raster_files import predict_raster


def test_one_image_has_one_mask_as_an_array_a_file_and_alone_in_a_folder(tmp_path: Path) -> None:
    image = seep.synthesize_scene(seed=1, height=300, width=260).image
    (tmp_path / "images").mkdir()
    path = tmp_path / "images" / "radar.tif"
    tifffile.imwrite(path, image)
    wanted = seep.predict(image).mask
    assert wanted.any()
    report = predict_folder(path.parent, tmp_path / "folder")
    assert len(report.notes) == 1
    assert report.notes[0].startswith("Nodata: ")
    np.testing.assert_array_equal(read_mask(tmp_path / "folder" / "radar.tif"), wanted)
    out = predict_raster(path, tmp_path / "file")
    np.testing.assert_array_equal(read_mask(out), wanted)


def test_images_of_a_scene_are_normalized_together_and_the_report_says_so(tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    for number in range(3):
        image = seep.synthesize_scene(seed=number, height=96, width=96).image // (1 + number)
        tifffile.imwrite(tmp_path / "images" / f"radar{number}.tif", image)
    report = predict_folder(tmp_path / "images", tmp_path / "out")
    assert report.notes[1].startswith("Normalized by the statistics of the whole scene: 3 images of images.")
