import json
import os
import signal
from dataclasses import replace

import cv2
import numpy as np
import pytest
import tifffile

from seep.core.import_options import ImportOptions
from seep.errors import ImageError, MaskError
from seep.io.annotations.reading import read_shapes
from seep.io.annotations.shapes import rasterize_shapes
from seep.io.decoding import Request, decode
from seep.io.masks import write_mask
from seep.io.sandbox import SandboxPool
from seep.settings import read_settings
from seep_testing.image_files import write_geotiff, write_safe


@pytest.fixture(scope="module")
def children():
    made = SandboxPool(1)
    yield made
    made.close()


@pytest.fixture
def limits(monkeypatch):
    def set_limits(**values):
        class Chosen:
            limits = replace(read_settings({}).limits, **values)

        monkeypatch.setattr("seep.io.sandbox.settings", Chosen)

    return set_limits


def requests(tmp_path):
    image = (np.random.default_rng(0).random((50, 60)) * 200 + 1).astype(np.uint16)
    tifffile.imwrite(tmp_path / "a.tif", image)
    write_mask(tmp_path / "mask.tif", (image > 100).astype(np.uint8))
    colors = np.repeat((image > 100)[:, :, None], 3, axis=2).astype(np.uint8) * 255
    cv2.imwrite(str(tmp_path / "mask.png"), colors)
    write_geotiff(tmp_path / "geo.tif", np.stack([image] * 2, axis=-1).astype(np.float32), names=("VV", "VH"))
    table = {"#000000": 0, "#ffffff": 3}
    yield Request(tmp_path / "a.tif", tmp_path / "mask.tif", ImportOptions())
    yield Request(tmp_path / "a.tif", tmp_path / "mask.png", ImportOptions(colors=table))
    yield Request(tmp_path / "geo.tif", None, ImportOptions(bands=("VH",), unit="db"))
    yield Request(tmp_path / "geo.tif", None, ImportOptions(bands=("2", "vv")))
    yield Request(tmp_path / "a.tif", None, ImportOptions(window_px=32, overlap_px=0))
    yield Request(write_safe(tmp_path), None, ImportOptions())


def test_a_child_reads_what_would_be_read_here(tmp_path, children):
    for request in requests(tmp_path):
        there, here = children.decode(request), decode(request)
        assert (there.header, there.bands, there.large) == (here.header, here.bands, here.large)
        assert (there.nodata, there.notes) == (here.nodata, here.notes)
        for one, other in ((there.sample, here.sample), (there.mask, here.mask)):
            assert (one is None) == (other is None)
            if one is not None:
                np.testing.assert_array_equal(one, other)


def test_a_child_reads_annotations_as_this_process_does(tmp_path, children):
    outline = [[0, 0, 9, 0, 9, 9], [2, 2, 4, 2, 4, 4, 2, 4]]
    runs = {"size": [32, 40], "counts": [100, 30, 32 * 40 - 130]}
    images = [{"id": n, "file_name": f"a.{n}.tif", "height": 32, "width": 40} for n in range(3)]
    found = [
        {"image_id": 0, "category_id": 1, "segmentation": outline},
        {"image_id": 0, "category_id": 2, "segmentation": runs},
        {"image_id": 1, "category_id": 1, "segmentation": outline, "iscrowd": 0},
    ]
    names = [{"id": 1, "name": "Oil"}, {"id": 2, "name": "Ship"}]
    path = tmp_path / "coco.json"
    path.write_text(json.dumps({"images": images, "categories": names, "annotations": found}))
    stems = {"a.0", "a.2"}
    there, here = children.read_shapes(path, stems).images, read_shapes(path, stems).images
    assert [one.image for one in there] == ["a.0.tif", "a.2.tif"]
    for one, other in zip(there, here, strict=True):
        assert replace(one, shapes=[]) == replace(other, shapes=[])
        mine, theirs = (
            rasterize_shapes(shapes, (32, 40), ("No", "Oil", "Ship"), None) for shapes in (one, other)
        )
        np.testing.assert_array_equal(mine, theirs)
    tifffile.imwrite(tmp_path / "a.0.tif", np.full((32, 40), 7, np.uint16))
    request = Request(tmp_path / "a.0.tif", None, ImportOptions(class_names=("No", "Oil", "Ship")), there[0])
    np.testing.assert_array_equal(children.decode(request).mask, decode(request).mask)


def test_refusals_come_back_as_they_are(tmp_path, children):
    (tmp_path / "bad.tif").write_bytes(b"II*\0")
    tifffile.imwrite(tmp_path / "a.tif", np.ones((4, 4), np.uint8))
    with pytest.raises(ImageError, match=r"bad\.tif is"):
        children.decode(Request(tmp_path / "bad.tif", None, ImportOptions()))
    with pytest.raises(MaskError, match=r"The mask bad\.tif is"):
        children.decode(Request(tmp_path / "a.tif", tmp_path / "bad.tif", ImportOptions()))
    with pytest.raises(ImageError, match=r"has no band 'VX'; it has one band\. Choose 1\."):
        children.decode(Request(tmp_path / "a.tif", None, ImportOptions(bands=("VX",))))
    tifffile.imwrite(tmp_path / "two.tif", np.ones((4, 4, 2), np.uint8), planarconfig="contig")
    with pytest.raises(ImageError, match=r"no band 'VX'; it has bands 1 to 2\. Choose among them\."):
        children.decode(Request(tmp_path / "two.tif", None, ImportOptions(bands=("VX",))))


def test_a_process_that_hangs_is_ended_and_the_file_refused(tmp_path, children, limits):
    os.mkfifo(tmp_path / "a.tif")  # opening it waits for a writer, for ever
    limits(read_s=1)
    with pytest.raises(ImageError, match=r"more than 1 s to read \(SEEP_READ_SECONDS\)"):
        children.decode(Request(tmp_path / "a.tif", None, ImportOptions()))


def test_a_process_that_crashes_costs_one_file(tmp_path, children, monkeypatch):
    tifffile.imwrite(tmp_path / "a.tif", np.ones((4, 4), np.uint8))
    request = Request(tmp_path / "a.tif", None, ImportOptions())
    children.decode(request)
    (child,) = children._free
    send = child.send

    def crash(*arguments):
        os.kill(child.process.pid, signal.SIGSEGV)
        child.process.wait()
        return send(*arguments)

    monkeypatch.setattr(child, "send", crash)
    before = children.deaths
    with pytest.raises(ImageError, match=r"a\.tif could not be decoded"):
        children.decode(request)
    assert children.deaths == before + 1
    assert children.decode(request).header.width == 4


def test_a_process_killed_while_it_waited_is_replaced(tmp_path, children):
    tifffile.imwrite(tmp_path / "a.tif", np.ones((4, 4), np.uint8))
    request = Request(tmp_path / "a.tif", None, ImportOptions())
    children.decode(request)
    children._free[0].process.kill()
    children._free[0].process.wait()
    assert children.decode(request).header.width == 4


def test_memory_is_limited(tmp_path, limits):
    tifffile.imwrite(tmp_path / "a.tif", np.ones((2000, 2000), np.float32))
    limits(read_bytes=1 * 2**20)
    children = SandboxPool(1)
    try:
        with pytest.raises(ImageError, match=r"SEEP_READ_MB|cannot be read|damaged"):
            children.decode(Request(tmp_path / "a.tif", None, ImportOptions()))
    finally:
        children.close()
