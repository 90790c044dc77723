"""What was recognised in the files of an import, and how a person changes the way they are read."""

from collections import Counter
from collections.abc import Iterable

import streamlit as st

from seep.errors import SettingsError
from seep.ui import words
from seep.ui.widgets import facts
from seep.workflow.importing import ImportOptions
from seep.workflow.looking import Look

_PATTERN_HELP = (
    "A regular expression for the file name without its ending; it names the groups `scene` and `tile`. "
    "Files that do not match get the folder's name as their scene."
)


def ask_options(*, uploaded: bool, masks: bool) -> ImportOptions:
    """Draw the choices about how files are read; return them.

    Args:
        uploaded: the files were uploaded, so they are copied in any case.
        masks: whether there are masks to ask about.

    Raises:
        SettingsError: a value cannot be used.
    """
    with st.expander("Change how the files are read"):
        pattern = st.text_input("Name pattern", value=ImportOptions().pattern, help=_PATTERN_HELP)
        left, right = st.columns(2)
        nodata = left.text_input(
            "Nodata value", value="auto", help="A number, `none`, or `auto`: the file's tag, else 0."
        )
        columns = right.number_input(
            "Tiles in a row of the scene",
            min_value=0,
            value=0,
            help="0: found by how the pixels continue from tile to tile.",
        )
        copy = uploaded or st.checkbox(
            "Copy the images into the workspace", help="Otherwise they are read where they lie."
        )
    reviewed = masks and st.checkbox(
        "These masks are reviewed already",
        key="import-reviewed",
        help="Their tiles come in as accepted, and count as truth.",
    )
    return ImportOptions(
        pattern=pattern,
        nodata=parse_nodata(nodata),
        columns=int(columns) or None,
        reviewed=reviewed,
        copy=copy,
    )


def parse_nodata(text: str) -> float | str | None:
    """Read what was typed as the nodata value: a number, "auto", or None for no such value.

    Raises:
        SettingsError: it is none of these.
    """
    text = text.strip().lower()
    if text in {"auto", ""}:
        return "auto"
    if text == "none":
        return None
    try:
        return float(text)
    except ValueError as error:
        raise SettingsError(f"Nodata is {text!r}; write a number, none or auto.") from error


def show_look(look: Look, *, masks: bool) -> None:
    """Draw what was recognised, guesses said to be guesses, and what of the sample cannot be read.

    Args:
        look: at the folder.
        masks: whether there are masks to tell of.
    """
    found = {
        "Files": f"{words.number(look.files)}, {words.count(len(look.scenes), 'scene')}: {_some(look.scenes)}"
    }
    if look.headers:
        found |= _about_pixels(look)
    if masks:
        found["Masks"] = f"{words.number(look.with_mask)} of {words.number(look.files)} images have one"
    st.markdown(f"**What was found** :gray[(from {words.count(len(look.headers), 'file')} looked at)]")
    facts(found)
    if look.refused:
        st.warning(
            words.plain(
                f"{len(look.refused)} of {len(look.refused) + len(look.headers)} files looked at cannot be "
                f"read; such files are left out and reported. The first: {look.refused[0].reason}"
            )
        )


def _about_pixels(look: Look) -> dict[str, str]:
    headers = look.headers
    names = [", ".join(one.band_names) for one in headers if one.band_names]
    placed = sum(1 for one in headers if one.georeference is not None)
    georeference = "none" if not placed else "in all" if placed == len(headers) else f"in {placed} of them"
    return {
        "Size": _most(f"{one.width} x {one.height} px" for one in headers),
        "Values": _most(f"{one.dtype}, {_UNITS.get(one.unit, one.unit)}" for one in headers),
        "Bands": _most(str(one.bands) for one in headers) + (f" ({names[0]})" if names else ""),
        "Nodata": ", ".join("none" if value is None else f"{value:g}" for value in look.nodata),
        "Georeference": georeference,
        "Compression": _most(one.compression for one in headers),
    }


_UNITS = {"dn": "digital numbers", "linear": "linear backscatter", "db": "decibels"}


def _most(values: Iterable[str]) -> str:
    """Say the most frequent value, and how many others there are."""
    found = Counter(values).most_common()
    others = len(found) - 1
    return found[0][0] + (f" and {words.count(others, 'other kind')}" if others else "")


def _some(names: list[str]) -> str:
    return ", ".join(names[:4]) + (", ..." if len(names) > 4 else "")
