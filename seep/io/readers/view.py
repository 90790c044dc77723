"""Views: JSON files in the workspace that stand for selected bands of an image, or for an image without its land.

If an import selects bands or masks land, the file of each tile is a view, so no pixels are copied and other code does
not depend on the selection. Only imports write views; a view in a folder of images is not an image.
"""

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from seep.errors import ImageError
from seep.io.readers.land_mask import LandMask

SUFFIX = ".view"
_LARGEST_BYTES = 256 * 2**20


@dataclass(frozen=True)
class View:
    """Selected bands of an image, by number from 0, in order.

    Attributes:
        locator: of the image: its path, or an address that `seep.workflow.locators` makes a path of.
        bands: numbers of the bands.
        remove_noise: remove the thermal noise of a Sentinel-1 product.
        land: pixels that become nodata; None for none.
        land_value: value of these pixels; None for NaN.
    """

    locator: str
    bands: tuple[int, ...]
    remove_noise: bool = False
    land: LandMask | None = None
    land_value: float | None = None

    @property
    def path(self) -> Path:
        """The image, where it is a file of this machine."""
        return Path(self.locator)


def is_view(path: Path) -> bool:
    """Return whether the name of a file is that of a view."""
    return path.suffix == SUFFIX


def encode_view(view: View) -> bytes:
    """Encode a view; equal views give equal bytes."""
    values: dict[str, object] = {"path": view.locator, "bands": list(view.bands)}
    if view.remove_noise:
        values["remove_noise"] = True
    if view.land is not None:
        values |= {"land": view.land.to_dict(), "land_value": view.land_value}
    return json.dumps(values, sort_keys=True).encode()


def read_view(path: Path) -> View:
    """Read a view.

    Raises:
        ImageError: the file is missing or damaged.
    """
    try:
        status = path.stat()
        return _parsed(path, status.st_mtime_ns, status.st_size)
    except OSError as error:
        raise ImageError(f"{path.name} cannot be opened: {error.strerror or error}.") from error


@lru_cache(maxsize=64)  # training reads hundreds of windows of one view
def _parsed(path: Path, _modified_ns: int, _size: int) -> View:
    try:
        with path.open("rb") as file:
            values: dict[str, Any] = json.loads(file.read(_LARGEST_BYTES))
        land = values.get("land")
        view = View(
            str(values["path"]),
            tuple(int(band) for band in values["bands"]),
            values.get("remove_noise") is True,
            LandMask.from_dict(land) if land else None,
            None if values.get("land_value") is None else float(values["land_value"]),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise ImageError(f"The view {path.name[:16]} is damaged. Import its image again.") from error
    if not view.bands or min(view.bands) < 0 or view.path.suffix == SUFFIX:
        raise ImageError(f"The view {path.name[:16]} has no bands. Import its image again.")
    return view
