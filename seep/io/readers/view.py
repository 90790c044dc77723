"""Views: small JSON files in the workspace that stand for selected bands of an image.

If an import selects bands, the file of each tile is a view, so no pixels are copied and other code does not
depend on the selection. Only imports write views; a view in a folder of images is not an image.
"""

import json
from dataclasses import dataclass
from pathlib import Path

from seep.errors import ImageError

SUFFIX = ".view"
_LARGEST_BYTES = 64 * 1024


@dataclass(frozen=True)
class View:
    """Selected bands of an image, by number from 0, in order.

    Attributes:
        path: of the image.
        bands: numbers of the bands.
        remove_noise: remove the thermal noise of a Sentinel-1 product.
    """

    path: Path
    bands: tuple[int, ...]
    remove_noise: bool = False


def is_view(path: Path) -> bool:
    """Return whether the name of a file is that of a view."""
    return path.suffix == SUFFIX


def encode_view(view: View) -> bytes:
    """Encode a view; equal views give equal bytes."""
    values: dict[str, object] = {"path": str(view.path), "bands": list(view.bands)}
    if view.remove_noise:
        values["remove_noise"] = True
    return json.dumps(values, sort_keys=True).encode()


def read_view(path: Path) -> View:
    """Read a view.

    Raises:
        ImageError: the file is missing or damaged.
    """
    try:
        with path.open("rb") as file:
            values = json.loads(file.read(_LARGEST_BYTES))
        view = View(
            Path(values["path"]),
            tuple(int(band) for band in values["bands"]),
            values.get("remove_noise") is True,
        )
    except OSError as error:
        raise ImageError(f"{path.name} cannot be opened: {error.strerror or error}.") from error
    except (ValueError, KeyError, TypeError) as error:
        raise ImageError(f"The view {path.name[:16]} is damaged. Import its image again.") from error
    if not view.bands or min(view.bands) < 0 or view.path.suffix == SUFFIX:
        raise ImageError(f"The view {path.name[:16]} has no bands. Import its image again.")
    return view
