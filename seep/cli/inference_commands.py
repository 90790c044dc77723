"""`seep predict` and `seep evaluate`: a checkpoint on folders of images, or on the workspace's tiles."""

import argparse
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from seep.cli.arguments import add_command, add_names, add_network, add_workspace, words
from seep.cli.import_arguments import add_class_list
from seep.cli.output import print_metrics, progress_bar, refusal
from seep.cli.session import actor_of, predict_open_tiles, workspace_of
from seep.core.text import counted
from seep.errors import StorageError
from seep.settings import SHIPPED_CHECKPOINT
from seep.workflow.classes import classes_of
from seep.workflow.evaluation.folders import evaluate_folder, write_json
from seep.workflow.inference.folders import predict_folder
from seep.workflow.inference.raster_files import predict_raster

if TYPE_CHECKING:
    from seep.cli.arguments import Parsers


def add_inference_commands(parsers: "Parsers") -> None:
    """Add the commands to the parser."""
    parser = add_command(
        parsers,
        "predict",
        predict,
        "predict a folder of images, one large raster, or the open tiles of the workspace",
        "train_images_256 --out predictions",
        "tiles --out predictions --checkpoint mine.safetensors --device cpu --probabilities",
        "scene.tif --out predictions",
        "--workspace survey",
    )
    parser.add_argument(
        "images", type=Path, nargs="?", metavar="IMAGES", help="folder of TIFFs, or one raster"
    )
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="folder for the predictions; required with IMAGES"
    )
    parser.add_argument(
        "--probabilities", action="store_true", help="also write NAME.probabilities.npy (float16)"
    )
    add_names(parser)
    add_network(parser)
    add_workspace(parser)
    parser.set_defaults(usage_error=parser.error)

    parser = add_command(
        parsers,
        "evaluate",
        evaluate,
        "compare the predictions of a folder of images with its masks",
        "--images train_images_256 --masks train_masks_256",
        "--images tiles --masks truth --scenes 041869,045520 --json metrics.json --html report.html",
        "--images tiles --masks truth --groups '^(?P<group>[a-z]+)'",
    )
    parser.add_argument("--images", type=Path, required=True, metavar="DIR", help="folder of TIFFs")
    parser.add_argument("--masks", type=Path, required=True, metavar="DIR", help="folder of masks")
    parser.add_argument("--scenes", type=words, metavar="A,B", help="evaluate only these scenes")
    parser.add_argument(
        "--json", type=Path, metavar="FILE", help="write the metrics to this file (default: stdout)"
    )
    parser.add_argument("--html", type=Path, metavar="FILE", help="also write an HTML report with plots")
    parser.add_argument(
        "--groups",
        metavar="PATTERN",
        help="regular expression with the group `group` for names of scenes: also print a row by sea or sensor",
    )
    add_class_list(parser)
    add_names(parser)
    add_network(parser)


def predict(options: argparse.Namespace) -> None:
    """`seep predict`."""
    if options.images is None:
        if options.out or options.probabilities or options.checkpoint:
            options.usage_error("--out, --probabilities and --checkpoint require IMAGES")
        workspace = workspace_of(options)
        predict_open_tiles(workspace, actor_of(options, workspace))
        return
    if options.out is None:
        options.usage_error("IMAGES requires --out")
    checkpoint = options.checkpoint or SHIPPED_CHECKPOINT
    if options.images.is_file():
        notes: list[str] = []
        with progress_bar("predict", "blocks") as show:
            path = predict_raster(
                options.images,
                options.out,
                checkpoint,
                device=options.device,
                nodata=options.nodata,
                on_progress=show,
                scale=options.scale,
                on_note=notes.append,
            )
        for note in notes:
            print(note, file=sys.stderr)
        print(f"{path} written")
        return
    with progress_bar("predict", "tiles") as show:
        report = predict_folder(
            options.images,
            options.out,
            checkpoint,
            device=options.device,
            probabilities=options.probabilities,
            on_progress=show,
            pattern=options.pattern,
            nodata=options.nodata,
            skip_bad=options.skip_bad,
            scale=options.scale,
        )
    for note in report.notes:
        print(note, file=sys.stderr)
    for refused in report.refused:
        print(f"skipped {refusal(refused)}", file=sys.stderr)
    print(f"{counted(report.written, 'mask')} written to {report.folder}")
    if report.scales:
        print(f"Predicted: {report.scales}")


def evaluate(options: argparse.Namespace) -> None:
    """`seep evaluate`."""
    for path in (options.json, options.html):
        if path is not None and not os.access(path.parent, os.W_OK):
            raise StorageError(f"{path} cannot be written. Choose a file in an existing folder.")
    with progress_bar("evaluate", "tiles") as show:
        found = evaluate_folder(
            options.images,
            options.masks,
            options.checkpoint or SHIPPED_CHECKPOINT,
            scenes=options.scenes,
            device=options.device,
            on_progress=show,
            pattern=options.pattern,
            nodata=options.nodata,
            skip_bad=options.skip_bad,
            html=options.html,
            class_list=classes_of(options.class_list) if options.class_list else (),
            scale=options.scale,
            groups=options.groups,
        )
    for note in found.notes:
        print(note, file=sys.stderr)
    print_metrics(found, sys.stdout if options.json else sys.stderr)
    if found.without_mask:
        print(f"{counted(found.without_mask, 'image')} without a mask skipped", file=sys.stderr)
    if options.json is None:
        print(json.dumps(found.document, indent=2))
    else:
        write_json(options.json, found.document)
