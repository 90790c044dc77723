"""What was recognized in the files of an import, and how a person changes the way they are read."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

import streamlit as st

from seep.core.masks.palette import PRESETS, color_table
from seep.errors import SettingsError
from seep.ui import formatting
from seep.ui.widgets import facts
from seep.workflow.imports.importer import ImportOptions
from seep.workflow.imports.preview import Look

_PATTERN_HELP = (
    "A regular expression for the file name without its ending; it names the groups `scene` and `tile`. "
    "Files that do not match get the folder's name as their scene."
)
_UNITS = {
    "auto": "As the files tell",
    "dn": "Digital numbers",
    "linear": "Linear backscatter",
    "db": "Decibels",
}
_MASK_FORMS = {
    "auto": "As the files tell",
    "index": "Class ids",
    "binary": "Black and white",
    "colors": "Colors",
}
_COLORS = {"": "The classes' own", "m4d": "M4D oil spills"}


def ask_options(*, uploaded: bool, masks: bool) -> ImportOptions:
    """Draw the choices about how files are read; return them.

    Args:
        uploaded: the files were uploaded, so they are copied in any case.
        masks: whether there are masks to ask about.

    Raises:
        SettingsError: a value cannot be used.
    """
    options = ImportOptions(copy=uploaded, fit_classes=True)
    with st.expander("Change how the files are read"):
        options = _ask_values(options)
        options = _ask_layout(options)
        if masks:
            options = _ask_masks(options)
        if not uploaded:
            copy = st.checkbox(
                "Copy the images into the workspace", help="Otherwise they are read where they lie."
            )
            options = replace(options, copy=copy)
    if masks:
        reviewed = st.checkbox(
            "These masks are reviewed already",
            key="import-reviewed",
            help="Their tiles come in as accepted, and count as truth.",
        )
        options = replace(options, reviewed=reviewed)
    return options


def _ask_values(options: ImportOptions) -> ImportOptions:
    left, middle, right = st.columns(3)
    unit = left.selectbox(
        "Values",
        list(_UNITS),
        format_func=lambda name: _UNITS[name],
        filter_mode=None,
        help="What the numbers mean; left to itself, by the file and its numbers.",
    )
    nodata = middle.text_input(
        "Nodata value", value="auto", help="A number, `none`, or `auto`: the file's own, else 0."
    )
    bands = right.text_input(
        "Bands", placeholder="all", help="Names of the file or numbers from 1, in the order wanted: VV, VH."
    )
    wanted = tuple(part.strip() for part in bands.split(",") if part.strip())
    return replace(options, unit=unit, nodata=parse_nodata(nodata), bands=wanted)


def _ask_layout(options: ImportOptions) -> ImportOptions:
    pattern = st.text_input("Name pattern", value=options.pattern, help=_PATTERN_HELP)
    left, middle, right = st.columns(3)
    window = left.number_input(
        "Window of large images, px",
        min_value=64,
        max_value=2048,
        value=options.window_px,
        help="Images of more than twice this side are opened in place as a scene of such windows.",
    )
    overlap = middle.number_input("Overlap of windows, px", 0, 512, options.overlap_px)
    columns = right.number_input(
        "Tiles in a row of the scene", min_value=0, value=0,
        help="0: found by how the pixels continue from tile to tile.",
    )  # fmt: skip
    return replace(
        options, pattern=pattern, window_px=window, overlap_px=overlap, columns=int(columns) or None
    )


def _ask_masks(options: ImportOptions) -> ImportOptions:
    left, right = st.columns(2)
    form = left.selectbox(
        "Masks are",
        list(_MASK_FORMS),
        format_func=lambda name: _MASK_FORMS[name],
        filter_mode=None,
    )
    preset = right.selectbox(
        "Colors of masks",
        list(_COLORS),
        format_func=lambda name: _COLORS[name],
        filter_mode=None,
        help="Pixels between two colors take the nearest one, and the report says how many.",
    )
    again = st.checkbox(
        "Take masks of tiles that are reviewed here already, as another revision", value=options.masks_again
    )
    colors = color_table(PRESETS[preset]) if preset else {}
    return replace(options, mask_format=form, colors=colors, masks_again=again)


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
    """Draw what was recognized, and what of the files looked at cannot be read.

    Args:
        look: at what would be imported.
        masks: whether there are masks to tell of.
    """
    if not look.files:
        st.info("A zip: it is unpacked and looked at when it is imported.")
        return
    named = f"{formatting.count(len(look.scenes), 'scene')}: {_some(look.scenes)}"
    found = {"Files": f"{formatting.number(look.files)}, {named}"}
    if look.headers:
        found |= _about_pixels(look)
    if masks:
        ids = f"; class ids {', '.join(map(str, look.class_ids[:12]))}" if look.class_ids else ""
        found["Masks"] = (
            f"{formatting.number(look.with_mask)} of {formatting.number(look.files)} images have one{ids}"
        )
    st.markdown(f"**What was found** :gray[(guessed from {formatting.count(len(look.headers), 'file')})]")
    facts(found)
    if look.refused:
        sample = len(look.refused) + len(look.headers)
        st.warning(
            formatting.plain(
                f"{len(look.refused)} of {sample} files looked at cannot be read; such files are left out "
                f"and reported. The first: {look.refused[0].reason}"
            )
        )
    if look.notes:
        st.info(formatting.plain(look.notes[0]))


def _about_pixels(look: Look) -> dict[str, str]:
    headers = look.headers
    names = [", ".join(one.band_names) for one in headers if one.band_names]
    placed = sum(1 for one in headers if one.georeference is not None)
    georeference = "none" if not placed else "in all" if placed == len(headers) else f"in {placed} of them"
    return {
        "Size": _most(f"{one.width} x {one.height} px" for one in headers),
        "Values": _most(f"{one.dtype}, {_UNITS[one.unit].lower()}" for one in headers),
        "Bands": _most(str(one.bands) for one in headers) + (f" ({names[0]})" if names else ""),
        "Nodata": ", ".join("none" if value is None else f"{value:g}" for value in look.nodata),
        "Georeference": georeference,
        "Compression": _most(one.compression for one in headers),
    } | ({"Large": "opened in place, as scenes of windows"} if look.large else {})


def _most(values: Iterable[str]) -> str:
    """Say the most frequent value, and how many others there are."""
    found = Counter(values).most_common()
    others = len(found) - 1
    return found[0][0] + (f" and {formatting.count(others, 'other kind')}" if others else "")


def _some(names: list[str]) -> str:
    return ", ".join(formatting.shortened(name) for name in names[:4]) + (", ..." if len(names) > 4 else "")
