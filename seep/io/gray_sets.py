"""Sets of gray images in three equal bands: whether an import or a prediction reads them as one band."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from seep.core.image.gray import GREEN
from seep.core.import_options import ImportOptions
from seep.core.text import counted
from seep.errors import ImageError
from seep.io.decoding import Decoded, Request, decode

_DECIDING_IMAGES = 16
"""Images of a set that decide, spread over it."""


def decide_gray(
    images: Sequence[Path], options: ImportOptions, decoder: Callable[[Request], Decoded] = decode
) -> ImportOptions:
    """Return the options with `gray`, if most images of three bands in a set have three equal ones.

    Call it only where images of one band are wanted. Images in color keep their bands, in such a set too.

    Args:
        images: of the set; a sample of them is read. Unreadable ones do not count.
        options: with selected bands they are returned unchanged.
        decoder: reads an image: in this process by default, or in a sandbox (`seep.io.sandbox`).
    """
    if options.bands or not images:
        return options
    how = replace(options, gray=True, nodata=None, land="")
    equal = color = 0
    for path in images[:: -(-len(images) // _DECIDING_IMAGES)]:
        try:
            found = decoder(Request(path, None, how))
        except ImageError:
            continue
        equal += found.bands == (GREEN,)
        color += found.header.bands == 3
    return replace(options, gray=equal > color)


def gray_note(count: int, what: str = "image") -> tuple[str, ...]:
    """Return the note about images that were read as one band; nothing for none."""
    if not count:
        return ()
    verbs = ("has", "counts") if count == 1 else ("have", "count")
    return (f"{counted(count, what)} {verbs[0]} three equal bands (gray) and {verbs[1]} as one band.",)
