"""Small annotation files that stand for gigabytes of pixels are refused before anything is decoded."""

import json
import struct
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile

from seep.core.import_options import ImportOptions
from seep.errors import ImportRefusedError, MaskError, SettingsError
from seep.io.class_files import parse_classes
from seep.io.folder_reader import find_candidates, read_candidate
from seep.io.sandbox import SandboxPool
from seep.settings import read_settings

HEIGHT, WIDTH = 22_000, 23_000
PIXELS = HEIGHT * WIDTH
OPTIONS = ImportOptions(class_names=("No seep", "Oil"))


@pytest.fixture(scope="module")
def sandbox() -> Iterator[SandboxPool]:
    pool = SandboxPool(1)
    yield pool
    pool.close()


@pytest.fixture(autouse=True)
def small_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """No process may take more than 400 MB: less than one byte for each pixel of the bombs."""

    class Chosen:
        limits = replace(read_settings({}).limits, read_bytes=400 * 2**20)

    monkeypatch.setattr("seep.io.sandbox.settings", Chosen)


def coco(count: int) -> str:
    runs = {"size": [HEIGHT, WIDTH], "counts": [0, PIXELS]}
    one = {"image_id": 1, "category_id": 1, "segmentation": runs}
    return json.dumps(
        {
            "images": [{"id": 1, "file_name": "a.1.tif", "height": HEIGHT, "width": WIDTH}],
            "categories": [{"id": 1, "name": "Oil"}],
            "annotations": [one] * count,
        }
    )


def cvat(count: int) -> str:
    mask = f'<mask label="Oil" rle="0, {PIXELS}" left="0" top="0" width="{WIDTH}" height="{HEIGHT}"/>'
    image = f'<image id="0" name="a.1.tif" width="{WIDTH}" height="{HEIGHT}">{mask * count}</image>'
    return f"<annotations>{image}</annotations>"


def label_studio(count: int) -> str:
    data = list(struct.pack(">I", 4 * PIXELS) + b"\xff" * 600)
    brush: dict[str, Any] = {
        "type": "brushlabels",
        "value": {"format": "rle", "rle": data, "brushlabels": ["Oil"]},
        "original_width": WIDTH,
        "original_height": HEIGHT,
    }
    return json.dumps([{"data": {"image": "a.1.tif"}, "annotations": [{"result": [brush] * count}]}])


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("coco.json", coco(1)),
        ("coco.json", coco(16)),
        ("cvat.xml", cvat(16)),
        ("tasks.json", label_studio(1)),
        ("tasks.json", label_studio(16)),
    ],
    ids=["coco", "coco-many", "cvat-many", "label-studio", "label-studio-many"],
)
def test_masks_larger_than_the_image_are_never_decoded(
    tmp_path: Path, sandbox: SandboxPool, name: str, text: str
) -> None:
    images, masks = tmp_path / "images", tmp_path / "masks"
    images.mkdir()
    masks.mkdir()
    tifffile.imwrite(images / "a.1.tif", np.full((32, 40), 7, np.uint16))
    (masks / name).write_text(text)
    (candidate,) = find_candidates(images, masks, OPTIONS, sandbox.read_shapes)
    with pytest.raises(MaskError, match=r"but the image has 32 x 40"):
        read_candidate(candidate, OPTIONS, sandbox.decode)
    assert sandbox.deaths == 0


def test_annotations_that_fill_the_memory_refuse_the_file_only(tmp_path: Path, sandbox: SandboxPool) -> None:
    images, masks = tmp_path / "images", tmp_path / "masks"
    images.mkdir()
    masks.mkdir()
    tifffile.imwrite(images / "a.1.tif", np.full((32, 40), 7, np.uint16))
    (masks / "coco.json").write_text("[" + "[]," * 20_000_000 + "[]]")
    with pytest.raises(ImportRefusedError, match=r"coco\.json needs more memory to read than 400 MB"):
        find_candidates(images, masks, OPTIONS, sandbox.read_shapes)


def test_nested_aliases_in_a_class_list_are_refused() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 10)]
    with pytest.raises(SettingsError, match="no list of class names"):
        parse_classes("\n".join([*lines, "names: [*a9, *a9]"]), "data.yaml")
