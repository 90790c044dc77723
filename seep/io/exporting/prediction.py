"""Predictions out: files that other programs read, named like the images they belong to."""

from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from seep.core.masks.mask import Mask
from seep.errors import StorageError
from seep.io.files import write_atomic
from seep.io.masks import write_mask

PROBABILITIES_SUFFIX = ".probabilities.npy"


def write_prediction(
    folder: Path, name: str, mask: Mask, probabilities: npt.NDArray[Any] | None = None
) -> list[Path]:
    """Write the prediction of one image.

    Args:
        folder: where to; made if it is missing.
        name: of the image file without its suffix.
        mask: (H, W) uint8, written as `name.tif`.
        probabilities: (classes, H, W), written as float16 to `name.probabilities.npy`; None: not written.

    Returns:
        The files written. Each is there whole or not at all; older ones of the same name are replaced.

    Raises:
        StorageError: the name is no plain file name, or the file cannot be written.
    """
    if not name or Path(name).name != name or "\0" in name:
        raise StorageError(f"{name!r} cannot be the name of a file; name images without slashes.")
    written = [folder / f"{name}.tif"]
    write_mask(written[0], mask)
    if probabilities is not None:
        buffer = BytesIO()
        np.save(buffer, np.asarray(probabilities, dtype=np.float16), allow_pickle=False)
        written.append(folder / f"{name}{PROBABILITIES_SUFFIX}")
        write_atomic(written[1], buffer.getvalue())
    return written
