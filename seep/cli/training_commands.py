"""`seep train` and `seep model-info`: train a network from scratch, and show the size and cost of networks."""

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tqdm import tqdm

from seep.cli.arguments import add_command, add_names
from seep.cli.import_arguments import add_class_list
from seep.core.text import counted
from seep.errors import SeepError, SettingsError
from seep.workflow.classes import classes_of

if TYPE_CHECKING:
    from seep.cli.arguments import Parsers
    from seep.workflow.training.from_scratch import TrainingReport


def add_training_commands(parsers: "Parsers") -> None:
    """Add both commands to the parser."""
    _add_train(parsers)
    _add_model_info(parsers)


def _add_train(parsers: "Parsers") -> None:
    parser = add_command(
        parsers,
        "train",
        train,
        "train a network from scratch on a folder of images and masks",
        "train_images_256 train_masks_256 --out mine.safetensors",
        "rgb rgb_masks --preset unet-rgb --class-list classes.txt --epochs 50 --out street.safetensors",
        "tiles masks --synthetic 24 --pretrain-epochs 3 --test 041871,045580 --out mine.safetensors",
    )
    parser.add_argument("images", type=Path, metavar="IMAGES", help="folder of images")
    parser.add_argument("masks", type=Path, metavar="MASKS", help="folder of masks with the same names")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="the checkpoint to write")
    parser.add_argument(
        "--preset", default="seep", metavar="NAME", help="see docs/presets.md (default: seep)"
    )
    _add_length(parser)
    parser.add_argument(
        "--classes",
        type=int,
        metavar="N",
        help="number of classes, background included (default: from the masks)",
    )
    add_class_list(parser)
    parser.add_argument("--validation", type=scenes, metavar="A,B", help="scenes that select the best epoch")
    parser.add_argument(
        "--test", type=scenes, metavar="A,B", help="test scenes, not used for training or selection"
    )
    parser.add_argument("--locked", type=scenes, dest="test", help=argparse.SUPPRESS)  # up to version 0.1
    parser.add_argument(
        "--synthetic", type=int, default=0, metavar="N", help="number of synthetic scenes to add"
    )
    parser.add_argument(
        "--lookalikes",
        type=int,
        default=0,
        metavar="N",
        help="number of windows of training scenes to add, with a look-alike in each",
    )
    parser.add_argument(
        "--synthetic-classes",
        action="store_true",
        help="also learn classes from synthetic scenes, not only seep",
    )
    parser.add_argument(
        "--pretrain-epochs",
        type=int,
        default=0,
        metavar="N",
        help="epochs of pretraining on synthetic scenes",
    )
    parser.add_argument("--single-tiles", action="store_true", help="do not stitch adjacent tiles")
    parser.add_argument("--seed", type=int, default=0, help="seed of splits, weights and crops (default: 0)")
    parser.add_argument("--device", help="cpu, cuda or cuda:N (default: cuda if available)")
    parser.add_argument("--skip-bad", action="store_true", help="skip unreadable files instead of stopping")
    add_names(parser)


def _add_length(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--epochs", type=int, metavar="N", help="epochs per stage (default: from the preset)")
    parser.add_argument(
        "--steps-per-epoch", type=int, metavar="N", help="batches per epoch (default: from the preset)"
    )
    parser.add_argument(
        "--batch-size", type=int, metavar="N", help="crops per step (default: from the preset)"
    )
    parser.add_argument(
        "--patience",
        type=int,
        default=0,
        metavar="N",
        help="stop a stage after N epochs without validation improvement (default: never)",
    )

    parser.add_argument(
        "--ignore-above-radius",
        type=float,
        dest="ignore_above_radius_px",
        metavar="PX",
        help="ignore true slicks with a larger inscribed radius; 0 for none (default: from the preset, or 0 if "
        "most seep pixels are in such slicks)",
    )


def _add_model_info(parsers: "Parsers") -> None:
    parser = add_command(
        parsers,
        "model-info",
        model_info,
        "show the architecture, weights, operations and memory of a network",
        "",
        "models/seep-base.safetensors --size 1024",
        "--preset unet-rgb --bands 3 --classes 12 --json",
    )
    parser.add_argument(
        "checkpoint", type=Path, nargs="?", metavar="FILE", help="a checkpoint (default: all presets)"
    )
    parser.add_argument("--preset", metavar="NAME", help="preset instead of a file")
    parser.add_argument("--bands", type=int, default=1, help="bands of the images, for a preset (default: 1)")
    parser.add_argument(
        "--classes", type=int, default=8, help="classes, background included, for a preset (default: 8)"
    )
    parser.add_argument(
        "--size", type=int, default=256, metavar="PX", help="side of the image (default: 256)"
    )
    parser.add_argument("--json", action="store_true", help="print JSON")


def scenes(text: str) -> list[str]:
    """Return the comma-separated names; none for an empty text."""
    return [name for name in text.split(",") if name]


def train(options: argparse.Namespace) -> None:
    """`seep train`."""
    from seep.workflow.training.from_scratch import ScratchOptions, train_folder

    if options.out.suffix != ".safetensors":
        raise SettingsError(f"{options.out} does not end in .safetensors. Use that suffix for a checkpoint.")
    names = [
        *(
            "preset",
            "epochs",
            "steps_per_epoch",
            "batch_size",
            "patience",
            "ignore_above_radius_px",
            "classes",
            "validation",
            "test",
            "synthetic",
            "lookalikes",
        ),
        *("synthetic_classes", "pretrain_epochs", "seed", "device", "pattern", "nodata", "skip_bad"),
    ]
    chosen = {name: getattr(options, name) for name in names}
    class_list = classes_of(options.class_list) if options.class_list else ()
    training = ScratchOptions(**chosen, stitched=not options.single_tiles, class_list=class_list)
    with tqdm(desc="train", unit="step", file=sys.stderr, leave=False, disable=None) as bar:
        report = train_folder(
            options.images, options.masks, options.out, training, lambda event: _show(bar, event)
        )
    if report.written:
        _print_report(options.out, report)


def _print_report(out: Path, report: "TrainingReport") -> None:
    print(f"{out}: {report.preset}, {report.classes} classes, {report.tiles} tiles")
    for split, names in report.splits.items():
        listed = counted(len(names), "image") if report.by_tile else ", ".join(names)
        print(f"  {split}: {listed or 'none'}")
    print(
        f"  metrics: {json.dumps(report.metrics) if report.metrics else 'none, without a validation scene'}"
    )
    if report.splits["test"] and not report.by_tile:
        named = ",".join(report.splits["test"])
        print(
            f"  evaluate on the test scenes: python -m seep evaluate --images IMAGES --masks MASKS --scenes {named}"
        )


def _show(bar: "tqdm[Any]", event: dict[str, Any]) -> None:
    if event["kind"] == "step":
        bar.total, bar.n = event["steps"], event["step"]
        bar.set_postfix_str(f"stage {event['stage']}, loss {event['loss']:.3f}")
    elif event["kind"] in {"memory", "log"}:
        stage = f"stage {event['stage']}: " if "stage" in event else ""  # none before the first
        tqdm.write(f"{stage}{event['text']}", file=sys.stdout)
    elif event["kind"] == "epoch":
        score = event["binary_iou"]
        figure = "" if score is None else f", binary IoU {score:.3f} on validation scenes"
        tqdm.write(
            f"stage {event['stage']}, epoch {event['epoch']}: loss {event['train_loss']:.4f}{figure}",
            file=sys.stdout,
        )


def model_info(options: argparse.Namespace) -> None:
    """`seep model-info`."""
    from seep.workflow.models.summary import describe_file, describe_presets

    try:
        if options.checkpoint and not options.preset:
            rows = [describe_file(options.checkpoint, options.size)]
        else:
            rows = describe_presets(options.preset, options.bands, options.classes, options.size)
    except ValueError as error:
        raise SeepError(f"{error}.") from error
    if options.json:
        print(json.dumps([asdict(row) for row in rows], indent=2))
        return
    for row in rows:
        print(f"{row.name}: {row.description}")
        print(f"  {row.parameters / 1e6:.2f} million parameters, {row.weights_bytes / 1e6:.1f} MB")
        print(
            f"  image of {row.size_px} x {row.size_px} px: {row.flops_forward / 1e9:.1f} GFLOP forward, "
            f"{row.memory_forward_bytes / 1e6:.0f} MB; training {row.memory_training_bytes / 1e6:.0f} MB"
        )
        print("  " + ", ".join(f"{name} {value}" for name, value in row.network.items()))
