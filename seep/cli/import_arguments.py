"""Arguments of `seep import` that set the import options."""

import argparse
from pathlib import Path

from seep.core.image.units import UNITS
from seep.core.import_options import DEFAULT_MASK_PATTERN, MASK_FORMATS, RUN_ORDERS, ImportOptions
from seep.core.masks.palette import PRESETS

_DEFAULTS = ImportOptions()


def add_reading(parser: argparse.ArgumentParser) -> None:
    """Add the arguments to a parser."""
    group = parser.add_argument_group("import options")
    group.add_argument("--bands", metavar="A,B", help="names or numbers from 1, in order (default: all)")
    group.add_argument(
        "--unit", choices=("auto", *UNITS), default="auto", help="unit of the pixel values (default: auto)"
    )
    group.add_argument(
        "--mask-format", choices=MASK_FORMATS, default="auto", help="format of mask images (default: auto)"
    )
    group.add_argument(
        "--mask-pattern",
        default=DEFAULT_MASK_PATTERN,
        metavar="REGEX",
        help="names of masks that differ from those of images, with the group image (default: a_mask, a_gt, a_L)",
    )
    add_class_list(group)
    group.add_argument(
        "--fit-classes",
        action="store_true",
        help="give an empty workspace as many classes as the masks need",
    )
    group.add_argument(
        "--boxes-as-areas", action="store_true", help="take boxes and ellipses of annotations as masks"
    )
    group.add_argument(
        "--class-attribute",
        default="",
        metavar="NAME",
        help="attribute with the class in vector files and VIA (default: class, label, name, ...)",
    )
    group.add_argument("--layer", default="", metavar="NAME", help="layer of a GeoPackage (default: all)")
    group.add_argument(
        "--run-order",
        choices=RUN_ORDERS,
        default="columns",
        help="order of the pixels in run lengths in CSV (default: columns)",
    )
    group.add_argument(
        "--remove-noise",
        action="store_true",
        help="remove the thermal noise of Sentinel-1 products, from their noise annotation",
    )
    group.add_argument(
        "--land",
        type=Path,
        metavar="FILE",
        help="polygons of land (GeoPackage, Shapefile, GeoJSON): their pixels become nodata",
    )
    group.add_argument(
        "--new-splits",
        action="store_true",
        help="ignore splits of the data set, such as folders named train, val and test",
    )
    group.add_argument(
        "--masks-again", action="store_true", help="import masks of labeled tiles as new revisions"
    )
    group.add_argument(
        "--window",
        type=int,
        default=_DEFAULTS.window_px,
        metavar="PX",
        help=f"window size of large images, pixels (default: {_DEFAULTS.window_px})",
    )
    group.add_argument(
        "--overlap",
        type=int,
        default=_DEFAULTS.overlap_px,
        metavar="PX",
        help=f"minimum window overlap, pixels (default: {_DEFAULTS.overlap_px})",
    )


def add_class_list(parser: argparse._ActionsContainer) -> None:
    """Add the argument for class names and colors."""
    parser.add_argument(
        "--class-list",
        metavar="NAME|FILE",
        help=f"class names and colors: {', '.join(sorted(PRESETS))}, or a file",
    )


def import_options(arguments: argparse.Namespace) -> ImportOptions:
    """Return the import options that the arguments describe."""
    return ImportOptions(
        pattern=arguments.pattern,
        nodata=arguments.nodata,
        columns=arguments.columns,
        reviewed=arguments.reviewed,
        copy=arguments.copy,
        window_px=arguments.window,
        overlap_px=arguments.overlap,
        bands=tuple(part.strip() for part in (arguments.bands or "").split(",") if part.strip()),
        unit=arguments.unit,
        mask_format=arguments.mask_format,
        mask_pattern=arguments.mask_pattern,
        masks_again=arguments.masks_again,
        fit_classes=arguments.fit_classes,
        boxes_as_areas=arguments.boxes_as_areas,
        class_attribute=arguments.class_attribute,
        layer=arguments.layer,
        run_order=arguments.run_order,
        remove_noise=arguments.remove_noise,
        keep_splits=not arguments.new_splits,
        land="" if arguments.land is None else str(arguments.land.expanduser().resolve()),
    )
