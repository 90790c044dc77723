"""Import options, and the preview of the files that they apply to."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import streamlit as st

from seep.core.import_options import RUN_ORDERS, ImportOptions
from seep.core.masks.palette import PRESETS, color_table
from seep.errors import SettingsError
from seep.ui import formatting
from seep.ui.session import current_actor
from seep.ui.widgets import facts
from seep.workflow.imports.importer import allowed_folder
from seep.workflow.imports.preview import PICTURES, ImportPreview
from seep.workflow.imports.preview_text import georeference_line, mask_lines
from seep.workflow.imports.upload_land import choose_land, land_candidates, land_file
from seep.workflow.workspace import Workspace

_LAND = "import-land-upload"
_SHOWN_NOTES = 3
_PATTERN_HELP = (
    "Regular expression for the file name without its suffix, with the groups `scene` and `tile`. Files that "
    "do not match belong to a scene with the name of the folder."
)
_UNITS = {
    "auto": "Detect automatically",
    "dn": "Digital numbers",
    "linear": "Linear backscatter",
    "db": "Decibels",
}
_RUN_ORDERS = {"columns": "By column", "rows": "By row"}
_MASK_FORMATS = {
    "auto": "Detect automatically",
    "index": "Class ids",
    "binary": "Black and white",
    "colors": "Colors",
}
_LAND_HELP = (
    "GeoPackage, Shapefile or GeoJSON with polygons of land, in any CRS. Their pixels become nodata: they are not "
    "predicted, and not used in training or metrics."
)
_COLORS = {"": "Class colors", "m4d": "M4D oil spills"}


def options_form(workspace: Workspace, *, token: str, masks: bool, bucket: bool = False) -> ImportOptions:
    """Draw the import options and return them.

    Args:
        workspace: its import roots or the upload may contain a land mask.
        token: of the upload, whose files are always copied; "" for server folders.
        masks: whether to show options for masks.
        bucket: whether the images are in a bucket.

    Raises:
        SettingsError: a value is invalid.
        ImportRefusedError: the land mask is outside the allowed folders.
    """
    options = ImportOptions(copy=bool(token), fit_classes=True)
    with st.expander("Import options", key="import-options"):
        options = _value_options(options)
        options = _layout_options(options)
        options = replace(options, land=_uploaded_land(workspace, token) if token else _land_path(workspace))
        if masks:
            options = _mask_options(options)
        if not token:
            copy = st.checkbox(
                "Copy the images into the workspace",
                help=f"Otherwise Seep reads them from their {'bucket' if bucket else 'folder'}.",
            )
            options = replace(options, copy=copy)
    if masks:
        reviewed = st.checkbox(
            "These masks are already reviewed",
            key="import-reviewed",
            help="Their tiles are imported as accepted, and the masks count as ground truth.",
        )
        options = replace(options, reviewed=reviewed)
    return options


def _value_options(options: ImportOptions) -> ImportOptions:
    left, middle, right = st.columns(3)
    unit = left.selectbox(
        "Pixel values", list(_UNITS), format_func=lambda name: _UNITS[name], filter_mode=None
    )
    nodata = middle.text_input(
        "Nodata value",
        value="auto",
        key="import-nodata",
        help="A number, `none`, or `auto`: the value in the file, else one that fills areas at the border.",
    )
    bands = right.text_input(
        "Bands",
        placeholder="All bands",
        help="Names in the file or numbers from 1, in the order to read: VV, VH.",
    )
    names = tuple(part.strip() for part in bands.split(",") if part.strip())
    remove_noise = st.checkbox(
        "Remove the thermal noise of Sentinel-1 products",
        key="import-remove-noise",
        help="From the noise annotation of the product. Other images are read as they are.",
    )
    return replace(options, unit=unit, nodata=parse_nodata(nodata), bands=names, remove_noise=remove_noise)


def _layout_options(options: ImportOptions) -> ImportOptions:
    pattern = st.text_input("Name pattern", value=options.pattern, help=_PATTERN_HELP)
    left, middle, right = st.columns(3)
    window = left.number_input(
        "Window size, pixels",
        min_value=64,
        max_value=2048,
        value=options.window_px,
        help="Images of more than twice this size on a side are split into windows, in place.",
    )
    overlap = middle.number_input("Window overlap, pixels", 0, 512, options.overlap_px)
    columns = right.number_input(
        "Tiles per row", min_value=0, value=0, help="0: inferred from how the pixels of the tiles continue."
    )
    keep_splits = st.checkbox(
        "Keep the splits of the data set",
        value=True,
        key="import-keep-splits",
        help="Folders named train, val and test, and the lists of Pascal VOC, give the splits of new scenes. Without "
        "this option the splits are chosen by scene.",
    )
    return replace(
        options,
        pattern=pattern,
        window_px=window,
        overlap_px=overlap,
        columns=int(columns) or None,
        keep_splits=keep_splits,
    )


def _land_path(workspace: Workspace) -> str:
    """Draw the field for a land mask; return its path, or "" for none."""
    text = st.text_input(
        "Land mask on the server (optional)",
        key="import-land",
        placeholder="/data/land.gpkg",
        help=_LAND_HELP,
    )
    return str(allowed_folder(workspace, Path(text.strip()))) if text.strip() else ""


def _uploaded_land(workspace: Workspace, token: str) -> str:
    """Draw the choice of an uploaded file as land mask; return its path, or "" for none."""
    chosen = land_file(workspace, token)
    st.session_state[_LAND] = chosen.name if chosen else ""
    st.selectbox(
        "Land mask (optional)",
        ["", *land_candidates(workspace, token)],
        key=_LAND,
        format_func=lambda name: name or "None",
        filter_mode=None,
        help=f"{_LAND_HELP} Upload the file with the images, then select it here.",
        on_change=_choose_land,
        args=(workspace, token),
    )
    return str(chosen) if chosen else ""


def _choose_land(workspace: Workspace, token: str) -> None:
    choose_land(workspace, token, str(st.session_state[_LAND]), current_actor())


def _mask_options(options: ImportOptions) -> ImportOptions:
    left, right = st.columns(2)
    mask_format = left.selectbox(
        "Mask format", list(_MASK_FORMATS), format_func=lambda name: _MASK_FORMATS[name], filter_mode=None
    )
    preset = right.selectbox(
        "Mask colors",
        list(_COLORS),
        format_func=lambda name: _COLORS[name],
        filter_mode=None,
        help="A pixel of another color gets the class of the nearest color. The report counts such pixels.",
    )
    again = st.checkbox(
        "Import masks of labeled tiles as new revisions", value=options.masks_again, key="import-masks-again"
    )
    mask_pattern = st.text_input(
        "Mask name pattern",
        value=options.mask_pattern,
        help="Regular expression with the group `image`, for masks whose names are not those of the images.",
    )
    boxes = st.checkbox(
        "Import boxes and ellipses as areas",
        key="import-boxes",
        help="Boxes of COCO, YOLO, CVAT, Pascal VOC and others cover more than the object. Without this option "
        "they are left out.",
    )
    left, middle, right = st.columns(3)
    attribute = left.text_input(
        "Class attribute",
        key="import-class-attribute",
        placeholder="class, label, name, ...",
        help="Attribute with the class in GeoPackages, Shapefiles, GeoJSON and VIA.",
    )
    layer = middle.text_input(
        "Layer",
        key="import-layer",
        placeholder="all",
        help="Layer of a GeoPackage. Without a name all are read.",
    )
    run_order = right.selectbox(
        "Run lengths in CSV",
        RUN_ORDERS,
        key="import-run-order",
        format_func=lambda name: _RUN_ORDERS[name],
        filter_mode=None,
    )
    colors = color_table(PRESETS[preset]) if preset else {}
    return replace(
        options,
        class_attribute=attribute.strip(),
        layer=layer.strip(),
        run_order=run_order,
        mask_format=mask_format,
        mask_pattern=mask_pattern,
        colors=colors,
        masks_again=again,
        boxes_as_areas=boxes,
    )


def parse_nodata(text: str) -> float | str | None:
    """Parse a nodata value: a number, "auto", or None for "none".

    Raises:
        SettingsError: the text is none of these.
    """
    text = text.strip().lower()
    if text in {"auto", ""}:
        return "auto"
    if text == "none":
        return None
    try:
        return float(text)
    except ValueError as error:
        raise SettingsError(
            f"The nodata value {text!r} is not a number. Enter a number, none or auto."
        ) from error


def show_preview(preview: ImportPreview) -> None:
    """Draw the preview of an import with its warnings."""
    files = formatting.number(preview.files)
    rows = {"Files": f"{files} in {formatting.count(len(preview.scenes), 'scene')}: {_names(preview.scenes)}"}
    if preview.headers:
        rows |= _pixel_rows(preview)
    if preview.has_masks:
        rows["Masks"] = f"{formatting.number(preview.with_mask)} of {files} images have a mask"
        rows |= mask_lines(preview)
    sample = formatting.count(len(preview.headers), "file")
    st.markdown(f"**Preview** :gray[(based on {sample})]")
    facts(rows)
    if preview.refused:
        total = len(preview.refused) + len(preview.headers)
        st.warning(
            formatting.plain(
                f"{len(preview.refused)} of {total} sampled files cannot be read. The import skips such files "
                f"and reports them. First one: {preview.refused[0].reason}"
            )
        )
    _show_pictures(preview)
    notes = list(dict.fromkeys(preview.notes))
    for note in notes[:_SHOWN_NOTES]:
        st.warning(formatting.plain(note))
    if notes[_SHOWN_NOTES:]:
        with st.expander(formatting.count(len(notes) - _SHOWN_NOTES, "more note")):
            for note in notes[_SHOWN_NOTES:]:
                st.markdown(formatting.plain(note))


def _show_pictures(preview: ImportPreview) -> None:
    """Draw random tiles with their masks, to look at before the masks count as ground truth."""
    if not preview.pictures:
        return
    st.caption("Random tiles with their masks")
    for column, picture in zip(st.columns(PICTURES), preview.pictures, strict=False):
        ids = ", ".join(map(str, picture.class_ids)) or "background only"
        column.image(picture.jpeg, caption=f"{formatting.shortened(picture.name)}: {ids}", width="stretch")


def _pixel_rows(preview: ImportPreview) -> dict[str, str]:
    headers = preview.headers
    names = [", ".join(header.band_names) for header in headers if header.band_names]
    return {
        "Reader": ", ".join(preview.readers),
        "Size": _most_frequent(f"{header.width} x {header.height} px" for header in headers),
        "Pixel values": _most_frequent(
            f"{header.dtype}, {_UNITS[header.unit].lower()}" for header in headers
        ),
        "Bands": _most_frequent(str(header.bands) for header in headers)
        + (f" ({names[0]})" if names else ""),
        "Nodata value": preview.nodata_line,
        "Georeference": georeference_line(preview),
        "Compression": _most_frequent(header.compression for header in headers),
    } | ({"Large images": "split into windows, read in place"} if preview.large else {})


def _most_frequent(values: Iterable[str]) -> str:
    """Return the most frequent value and the number of other values."""
    found = Counter(values).most_common()
    others = len(found) - 1
    return found[0][0] + (f" and {formatting.count(others, 'other value')}" if others else "")


def _names(names: list[str]) -> str:
    return ", ".join(formatting.shortened(name) for name in names[:4]) + (", …" if len(names) > 4 else "")
