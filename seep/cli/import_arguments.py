"""The options of `seep import` about how files are read."""

import argparse

from seep.core.import_options import ImportOptions
from seep.workflow.classes import PRESETS

_USUAL = ImportOptions()
MASK_FORMATS = ("auto", "index", "binary", "colors")
UNITS = ("auto", "dn", "linear", "db")


def add_reading(parser: argparse.ArgumentParser) -> None:
    """Add the options to the parser."""
    group = parser.add_argument_group("how files are read")
    group.add_argument("--bands", metavar="A,B", help="names or numbers from 1, in order (default: all)")
    group.add_argument("--unit", choices=UNITS, default="auto", help="what the numbers are (default: auto)")
    group.add_argument(
        "--mask-format", choices=MASK_FORMATS, default="auto", help="how masks are meant (default: auto)"
    )
    add_class_list(group)
    group.add_argument(
        "--fit-classes", action="store_true", help="an empty workspace gets the classes that masks need"
    )
    group.add_argument(
        "--masks-again", action="store_true", help="masks of tiles that have a revision become revisions too"
    )
    group.add_argument(
        "--window", type=int, default=_USUAL.window_px, metavar="PX", help="side of windows of large images"
    )
    group.add_argument(
        "--overlap", type=int, default=_USUAL.overlap_px, metavar="PX", help="what windows share at least"
    )


def add_class_list(parser: argparse._ActionsContainer) -> None:
    """Add the option that names classes and their colors."""
    parser.add_argument(
        "--class-list",
        metavar="NAME|FILE",
        help=f"classes and colors: {', '.join(sorted(PRESETS))}, or a file of names and colors",
    )


def import_options(options: argparse.Namespace) -> ImportOptions:
    """Turn arguments into options."""
    return ImportOptions(
        pattern=options.pattern,
        nodata=options.nodata,
        columns=options.columns,
        reviewed=options.reviewed,
        copy=options.copy,
        window_px=options.window,
        overlap_px=options.overlap,
        bands=tuple(part.strip() for part in (options.bands or "").split(",") if part.strip()),
        unit=options.unit,
        mask_format=options.mask_format,
        masks_again=options.masks_again,
        fit_classes=options.fit_classes,
    )
