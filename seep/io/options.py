"""How a folder is imported: every choice that a person has, and a check of them."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from seep.core.geo.grid import DEFAULT_PATTERN, compile_pattern
from seep.core.image.units import UNITS
from seep.core.masks.classes import MAX_CLASSES
from seep.errors import ImageError, SettingsError
from seep.io.header import ImageHeader
from seep.io.masks import FORMS, MaskForm


@dataclass(frozen=True)
class ImportOptions:
    """How a folder is read.

    Attributes:
        pattern: how scene and number are read from file names; see `seep.core.geo.grid.compile_pattern`.
        nodata: the value that means "not measured", None for no such value, "auto": see `nodata_of`.
        class_count: classes of the workspace, background included; masks may hold ids below it.
        columns: tiles in a row of a scene's grid, if known.
        reviewed: masks that come along count as reviewed.
        copy: keep a copy of every image in the workspace.
        window_px: side of the windows that images of more than twice this side are cut into.
        overlap_px: what such windows share with their neighbors at least.
        bands: which bands, in which order: names of the file, or numbers from 1; empty for all.
        unit: "dn", "linear", "db", or "auto" for what the file and its numbers say.
        mask_format: how masks of pixels are meant, one of `seep.io.masks.FORMS`.
        colors: class id by color "#rrggbb", for masks in colors; empty for the workspace's own colors.
        class_names: of the workspace, by id, to which labels of annotations are matched; `import_folder`
            fills it in.
        masks_again: masks of tiles that are there already and have a revision become revisions too.
        fit_classes: an empty workspace gets as many classes as the masks need.
    """

    pattern: str = DEFAULT_PATTERN
    nodata: float | str | None = "auto"
    class_count: int = 8
    columns: int | None = None
    reviewed: bool = False
    copy: bool = False
    window_px: int = 1024
    overlap_px: int = 64
    bands: tuple[str, ...] = ()
    unit: str = "auto"
    mask_format: str = "auto"
    colors: Mapping[str, int] = field(default_factory=dict)
    class_names: tuple[str, ...] = ()
    masks_again: bool = False
    fit_classes: bool = False

    @property
    def mask_form(self) -> MaskForm:
        """How masks of pixels are meant."""
        return MaskForm(self.mask_format, self.colors)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        return dataclasses.asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "ImportOptions":
        """The inverse of `to_dict`."""
        return cls(**{**values, "bands": tuple(values["bands"]), "class_names": tuple(values["class_names"])})


def check_options(options: ImportOptions) -> None:
    """Check that options can be used.

    Raises:
        SettingsError: one cannot.
    """
    compile_pattern(options.pattern)
    if not 2 <= options.class_count <= MAX_CLASSES:
        raise SettingsError(f"{options.class_count} classes cannot be used; choose 2 to {MAX_CLASSES}.")
    if options.columns is not None and options.columns < 1:
        raise SettingsError(f"A grid of {options.columns} columns cannot be; give 1 or more, or none.")
    if isinstance(options.nodata, str) and options.nodata != "auto":
        raise SettingsError(f"The nodata value {options.nodata!r} is no number; give a number or auto.")
    if options.unit not in {"auto", *UNITS}:
        raise SettingsError(f"There is no unit {options.unit!r}; use auto, {', '.join(UNITS)}.")
    if options.mask_format not in FORMS:
        raise SettingsError(f"Masks cannot be read as {options.mask_format!r}; use {', '.join(FORMS)}.")
    if options.window_px < 32 or not 0 <= options.overlap_px < options.window_px:
        raise SettingsError(
            f"Windows of {options.window_px} px with {options.overlap_px} px overlap cannot be laid; use 32 "
            f"px "
            "or more, and a smaller overlap."
        )


def chosen_bands(header: ImageHeader, wanted: tuple[str, ...], name: str) -> tuple[int, ...]:
    """Find the bands that an import asks for.

    Args:
        header: of the image.
        wanted: names, whatever their case, or numbers from 1; empty for all.
        name: of the file, for the message.

    Returns:
        Numbers from 0, in the order asked for.

    Raises:
        ImageError: the image has no such band, or one is asked for twice.
    """
    if not wanted:
        return tuple(range(header.bands))
    names = [one.casefold() for one in header.band_names]
    found = []
    for one in wanted:
        text = one.strip().casefold()
        if text in names:
            found.append(names.index(text))
        elif text.isascii() and text.isdecimal() and 1 <= int(text) <= header.bands:
            found.append(int(text) - 1)
        else:
            known = ", ".join(header.band_names) or f"1 to {header.bands}"
            raise ImageError(f"{name} has no band {one!r}; it has {known}. Choose among them.")
    if len(set(found)) < len(found):
        raise ImageError(f"{name}: a band is chosen twice ({', '.join(wanted)}); choose each once.")
    return tuple(found)
