"""Writes masks as a CSV table of run lengths, as in the Kaggle competitions (Severstal steel defects and others).

Source: https://www.kaggle.com/c/severstal-steel-defect-detection/data. Pixels are numbered from 1, column by column.
"""

import csv
import io
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from seep.core.masks.mask import UNSURE
from seep.io.exporting.shapes import NamedMask

HEADER = ("ImageId", "ClassId", "EncodedPixels")
NOTE = "Run lengths in CSV cannot store unsure pixels; they are omitted."


def rle_csv(masks: Iterable[NamedMask]) -> str:
    """Return masks as CSV: one row per image and class, `start length start length ...`.

    An image without seep has a row of class 1 without run lengths.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADER)
    for mask in masks:
        found = [int(value) for value in np.unique(mask.mask) if value not in {0, UNSURE}]
        for class_id in found or [1]:
            writer.writerow([mask.file_name, class_id, _runs(mask.mask == class_id)])
    return text.getvalue()


def _runs(pixels: npt.NDArray[np.bool_]) -> str:
    flat = np.concatenate([[False], pixels.ravel(order="F"), [False]])
    edges = np.flatnonzero(np.diff(flat)) + 1
    starts, ends = edges[::2], edges[1::2]
    return " ".join(f"{start} {end - start}" for start, end in zip(starts, ends, strict=True))
