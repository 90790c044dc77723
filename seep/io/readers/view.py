"""Views: a small JSON file of the workspace that stands for some bands of an image, in an order.

A tile names the file that its pixels come from. Where bands were chosen at import, that file is a view, so
that nothing else needs to know of the choice and no pixel is copied. Views are written by imports only: one
that lies in a folder of images is no image.
"""

import json
from dataclasses import dataclass
from pathlib import Path

from seep.errors import ImageError

SUFFIX = ".view"
_LARGEST_BYTES = 64 * 1024


@dataclass(frozen=True)
class View:
    """Some bands of an image, by their numbers from 0, in the order in which they are wanted."""

    path: Path
    bands: tuple[int, ...]


def is_view(path: Path) -> bool:
    """Tell by its name whether a file is a view."""
    return path.suffix == SUFFIX


def encode_view(view: View) -> bytes:
    """Return the bytes of a view's file: the same for the same view."""
    return json.dumps({"path": str(view.path), "bands": list(view.bands)}, sort_keys=True).encode()


def read_view(path: Path) -> View:
    """Read a view.

    Raises:
        ImageError: it is missing or damaged.
    """
    try:
        with path.open("rb") as file:
            values = json.loads(file.read(_LARGEST_BYTES))
        view = View(Path(values["path"]), tuple(int(band) for band in values["bands"]))
    except OSError as error:
        raise ImageError(f"{path.name} cannot be opened: {error.strerror or error}. Check it.") from error
    except (ValueError, KeyError, TypeError) as error:
        raise ImageError(f"The view {path.name[:16]} is damaged; import its image again.") from error
    if not view.bands or min(view.bands) < 0 or view.path.suffix == SUFFIX:
        raise ImageError(f"The view {path.name[:16]} names no bands; import its image again.")
    return view
