"""Options of an import: how images and masks from outside are read; and files that were refused."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from seep.core.geo.grid import DEFAULT_PATTERN, compile_pattern
from seep.core.image.units import UNITS
from seep.core.masks.classes import MAX_CLASSES
from seep.core.name_patterns import NamePattern, compile_name_pattern
from seep.core.records import SPLITS
from seep.errors import SettingsError

MASK_FORMATS = ("auto", "index", "binary", "colors")
"""How the values of a mask are interpreted; "auto" detects it from the file."""
RUN_ORDERS = ("columns", "rows")
"""Order of the pixels that run lengths in CSV count: down the columns, as on Kaggle, or along the rows."""
MIN_WINDOW_PX = 32
DEFAULT_MASK_PATTERN = (
    r"(?P<image>.+?)(?:_gtFine)?[_-]"
    r"(?i:masks?|gt|labels?|labelids|labeltrainids|seg|segmentation|annotation|labelhand|l)"
)
"""Names of masks that are not those of their images: `a_mask`, `a_gt`, `a_L`, `a_labelIds` for `a`."""


@dataclass(frozen=True)
class AnnotationOptions:
    """How annotation files are read; see the attributes of the same names of `ImportOptions`."""

    boxes_as_areas: bool = False
    class_attribute: str = ""
    layer: str = ""
    run_order: str = "columns"


@dataclass(frozen=True)
class ImportOptions:
    """How a folder of images and masks is read.

    Attributes:
        pattern: regular expression for scene and tile number; see `seep.core.geo.grid.compile_pattern`.
        nodata: value of pixels without a measurement, None for no such value, or "auto": see
            `seep.io.nodata.nodata_of`.
        class_count: number of classes of the workspace, background included. Class ids in masks must be
            smaller, except 255 (unsure).
        columns: tiles per row of a scene's grid; None if unknown.
        reviewed: imported masks count as reviewed.
        copy: copy each image into the workspace.
        window_px: side of a window. Images of more than twice this side are split into windows.
        overlap_px: minimum overlap of neighboring windows.
        bands: names or numbers (from 1) of the bands to read, in order; empty for all.
        gray: images of three equal bands are read as one; `seep.io.gray_sets` decides it for the images of an import.
        unit: "dn", "linear", "db", or "auto" to detect it from the file.
        mask_format: one of `MASK_FORMATS`.
        unsure_255: with the mask format "auto", 255 is unsure in every mask; `seep.io.masks` decides it for the
            masks of an import.
        unsure_id: value of masks that is unsure beside 255 and -1, such as that of `ignore` in nnU-Net; None for none.
        mask_pattern: regular expression with the group `image`, for stems of masks that are not those of images.
        colors: class id by color "#rrggbb", for color masks; empty for the colors of the workspace.
        class_names: names of the workspace's classes by id, matched with the labels of annotations.
            `import_folder` sets them.
        masks_again: masks for tiles that already have a revision become a new revision.
        boxes_as_areas: boxes and ellipses of annotations become areas of their class; otherwise they are left
            out, with a note.
        class_attribute: attribute of vector features or VIA regions with their class; "" for one of the usual names.
        layer: layer of a GeoPackage that is read; "" for all.
        run_order: one of `RUN_ORDERS`.
        remove_noise: remove the thermal noise of Sentinel-1 products, from their noise annotation.
        land: path of a vector file; pixels inside its polygons become nodata. "" for none.
        keep_splits: folders and lists named for training, validation and test give the splits of new scenes.
        splits: chosen split of new scenes, by name; others get theirs as `keep_splits` says.
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
    gray: bool = False
    unit: str = "auto"
    mask_format: str = "auto"
    unsure_255: bool = False
    unsure_id: int | None = None
    mask_pattern: str = DEFAULT_MASK_PATTERN
    colors: Mapping[str, int] = field(default_factory=dict)
    class_names: tuple[str, ...] = ()
    masks_again: bool = False
    fit_classes: bool = False
    boxes_as_areas: bool = False
    class_attribute: str = ""
    layer: str = ""
    run_order: str = "columns"
    remove_noise: bool = False
    land: str = ""
    keep_splits: bool = True
    splits: Mapping[str, str] = field(default_factory=dict)

    @property
    def annotations(self) -> AnnotationOptions:
        """Options that concern annotation files."""
        return AnnotationOptions(self.boxes_as_areas, self.class_attribute, self.layer, self.run_order)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, ready for JSON."""
        return dataclasses.asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "ImportOptions":
        """Return the options that `to_dict` gave."""
        return cls(**{**values, "bands": tuple(values["bands"]), "class_names": tuple(values["class_names"])})


@dataclass(frozen=True)
class RefusedFile:
    """A file that was not imported, and the reason as a sentence."""

    path: Path
    reason: str


def compile_mask_pattern(pattern: str) -> NamePattern:
    """Compile a mask name pattern.

    Raises:
        SettingsError: it is not a regular expression with the group `image`; see `seep.core.name_patterns`.
    """
    return compile_name_pattern(pattern, ("image",), "mask name pattern", "GT_(?P<image>.+)")


def check_options(options: ImportOptions) -> None:
    """Check the values of import options.

    Raises:
        SettingsError: a value is out of range or unknown.
    """
    compile_pattern(options.pattern)
    compile_mask_pattern(options.mask_pattern)
    if not 2 <= options.class_count <= MAX_CLASSES:
        raise SettingsError(f"{options.class_count} classes are not supported. Use 2 to {MAX_CLASSES}.")
    if options.columns is not None and options.columns < 1:
        raise SettingsError(f"A grid cannot have {options.columns} columns. Use 1 or more, or none.")
    if isinstance(options.nodata, str) and options.nodata != "auto":
        raise SettingsError(f"The nodata value {options.nodata!r} is not a number. Use a number or auto.")
    if options.unit not in {"auto", *UNITS}:
        raise SettingsError(f"Unknown unit {options.unit!r}. Use auto, {', '.join(UNITS)}.")
    if options.mask_format not in MASK_FORMATS:
        raise SettingsError(f"Unknown mask format {options.mask_format!r}. Use {', '.join(MASK_FORMATS)}.")
    for scene, split in options.splits.items():
        if split not in SPLITS:
            raise SettingsError(f"Unknown split {split!r} of scene {scene}. Use {', '.join(SPLITS)}.")
    if options.run_order not in RUN_ORDERS:
        raise SettingsError(
            f"Unknown order {options.run_order!r} of run lengths. Use {' or '.join(RUN_ORDERS)}."
        )
    if options.window_px < MIN_WINDOW_PX or not 0 <= options.overlap_px < options.window_px:
        raise SettingsError(
            f"Windows of {options.window_px} px with an overlap of {options.overlap_px} px are not possible. "
            f"Use windows of {MIN_WINDOW_PX} px or more and a smaller overlap."
        )
