"""Outlines traced through pixel centers are told from those along pixel edges and from drawn ones."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from rasterio.features import shapes

from seep.core.import_options import ImportOptions
from seep.io.annotations.model import ImageShapes, Polygon, Ring
from seep.io.annotations.shapes import is_traced_through_centers
from seep.workflow.imports.importer import import_folder
from seep.workflow.workspace import Workspace
from tests.actors import ADA

SHAPE = (120, 160)


def slick() -> np.ndarray:
    """An oblique slick, 5 px wide."""
    mask = np.zeros(SHAPE, np.uint8)
    cv2.line(mask, (10, 20), (140, 90), 1, 5)
    return mask


def traced() -> list[Ring]:
    found, _ = cv2.findContours(slick(), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    return [ring[:, 0].astype(np.float64) for ring in found]


def along_edges() -> list[Ring]:
    return [np.asarray(shape["coordinates"][0], np.float64) for shape, value in shapes(slick()) if value]


def entry(rings: Sequence[Ring], **changes: Any) -> ImageShapes:
    return ImageShapes("a.json", [Polygon("Seep", (ring,)) for ring in rings], **changes)


@pytest.mark.parametrize(
    ("rings", "frame", "expected"),
    [
        (traced(), "pixels", True),
        ([np.round(ring / (160, 120), 6) for ring in traced()], "share", True),
        (along_edges(), "pixels", False),
        ([np.round(ring / (160, 120), 6) for ring in along_edges()], "share", False),
        ([ring + 0.37 for ring in traced()], "pixels", False),
        ([traced()[0][:4]], "pixels", False),
        (traced(), "lonlat", False),
        ([], "pixels", False),
    ],
)
def test_traced_outlines_are_told_from_others(rings: list[Ring], frame: str, expected: bool) -> None:
    assert is_traced_through_centers(entry(rings, frame=frame), SHAPE) is expected


@pytest.mark.parametrize(("outlines", "told"), [(traced, 1), (along_edges, 0)])
def test_an_import_tells_once_of_outlines_that_may_be_too_narrow(
    workspace: Workspace, tmp_path: Path, outlines: Callable[[], list[Ring]], told: int
) -> None:
    (tmp_path / "images").mkdir()
    names = ["a.1.png", "a.2.png"]
    for number, name in enumerate(names):
        cv2.imwrite(str(tmp_path / "images" / name), slick() * 90 + 50 + number)
    content = {
        "images": [{"id": n, "file_name": name, "height": 120, "width": 160} for n, name in enumerate(names)],
        "categories": [{"id": 1, "name": "Seep class 1"}],
        "annotations": [
            {"image_id": n, "category_id": 1, "segmentation": [ring.ravel().tolist() for ring in outlines()]}
            for n in range(len(names))
        ],
    }
    (tmp_path / "instances.json").write_text(json.dumps(content))
    report = import_folder(
        workspace, tmp_path / "images", tmp_path / "instances.json", ImportOptions(), actor=ADA
    )
    assert report.imported == len(names)
    assert sum("half a pixel too narrow" in note for note in report.notes) == told
