"""`seep import --dry-run`: prints what would be imported."""

import argparse
from dataclasses import replace

from seep.cli.import_arguments import import_options
from seep.cli.output import refusal
from seep.core.masks.palette import color_table
from seep.core.text import counted
from seep.workflow.classes import classes_of
from seep.workflow.imports.preview import preview_import, write_pictures
from seep.workflow.imports.preview_text import georeference_line, mask_lines
from seep.workflow.workspace import Workspace


def print_preview(workspace: Workspace, options: argparse.Namespace) -> None:
    """Print the preview of an import, and write its pictures to the folder of `--pictures`."""
    how = import_options(options)
    if options.class_list is not None:
        listed = classes_of(options.class_list)
        names = tuple(one.name for one in listed)
        how = replace(how, class_names=names, class_count=len(listed), colors=color_table(listed))
    found = preview_import(workspace, options.images, options.masks, how)
    print(f"{counted(found.files, 'file')} in {counted(len(found.scenes), 'scene')}; nothing was imported")
    if found.headers:
        print(f"Reader: {', '.join(found.readers)}")
        print(f"Georeference: {georeference_line(found)}")
        print(f"Nodata in the sample: {found.nodata_line}")
    if found.has_masks:
        print(f"Masks: {found.with_mask} of {counted(found.files, 'image')} with a mask")
    for name, text in mask_lines(found).items():
        print(f"{name}: {text}")
    for note in dict.fromkeys(found.notes):
        print(f"note {note}")
    for refused in found.refused:
        print(f"refused {refusal(refused)}")
    if options.pictures is not None:
        print(f"{counted(write_pictures(found, options.pictures), 'picture')} written to {options.pictures}")
