"""What each command of the command line takes: names, defaults, help and examples."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from seep.cli import workspace_commands
from seep.cli.import_arguments import add_class_list, add_reading
from seep.core.geo.grid import DEFAULT_PATTERN
from seep.workflow.exports.formats import FORMATS
from seep.workflow.exports.mosaics import MASKS
from seep.workflow.training.presets import FINETUNE
from seep.workflow.training.selection import CHOICES

if TYPE_CHECKING:
    Parsers = argparse._SubParsersAction[argparse.ArgumentParser]

WHAT = sorted(workspace_commands.LISTS)
SPLITS = ("train", "validation", "locked")


def add_commands(parsers: "Parsers") -> None:
    """Add all commands to the parser."""
    _add_import(parsers)
    _add_predict(parsers)
    _add_finetune(parsers)
    _add_evaluate(parsers)
    _add_export(parsers)
    _add_report(parsers)
    _add_worker(parsers)
    _add_demo(parsers)
    _add_list(parsers)
    _add_promote(parsers)
    _add_rollback(parsers)


def add_command(
    parsers: "Parsers", name: str, run: workspace_commands.Command, text: str, *examples: str
) -> argparse.ArgumentParser:
    """Add a command, with examples below its help."""
    lines = [f"  python -m seep {name} {example}".rstrip() for example in examples]
    parser = parsers.add_parser(
        name,
        help=text,
        description=text[0].upper() + text[1:] + ".",
        epilog="\n".join(["examples:", *lines]),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(run=run)
    return parser


def add_workspace(parser: argparse.ArgumentParser) -> None:
    """Add the options that say which workspace, and who acts."""
    parser.add_argument(
        "--workspace", type=Path, metavar="DIR", help="default: SEEP_WORKSPACE, else ./workspace"
    )
    parser.add_argument("--author", metavar="NAME", help="who does this (default: SEEP_USER, else the login)")


def add_names(parser: argparse.ArgumentParser) -> None:
    """Add the options that say how file names and pixels are read."""
    parser.add_argument(
        "--pattern",
        default=DEFAULT_PATTERN,
        help="regular expression with the groups scene and tile for file names (default: SCENE.TILE)",
    )
    parser.add_argument(
        "--nodata",
        type=nodata,
        default="auto",
        metavar="VALUE",
        help="value of pixels without data; none; or auto: the file's own, else 0 for integers (default)",
    )


def _network(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--checkpoint",
        type=Path,
        action="append",
        metavar="FILE",
        help="a safetensors file that Seep wrote (default: the shipped one); several are averaged",
    )
    parser.add_argument("--device", help="cpu, cuda or cuda:N (default: CUDA where there is one)")
    parser.add_argument("--skip-bad", action="store_true", help="leave out what cannot be read, and go on")


def _add_import(parsers: "Parsers") -> None:
    parser = add_command(
        parsers,
        "import",
        workspace_commands.import_images,
        "import images, with or without masks, into the workspace",
        "train_images_256 --masks train_masks_256",
        "products/S1A_IW_GRDH_....SAFE --bands VV",
        "images --masks coco.json --class-list classes.txt",
        "tiles --nodata 0 --pattern '(?P<scene>.+)_(?P<tile>\\d+)' --predict",
    )
    parser.add_argument("images", type=Path, metavar="IMAGES", help="folder, image, SAFE folder or zip")
    parser.add_argument("--masks", type=Path, metavar="MASKS", help="folder of masks, or annotations")
    add_names(parser)
    add_reading(parser)
    parser.add_argument("--classes", type=int, metavar="N", help="set the number of classes first")
    parser.add_argument("--columns", type=int, metavar="N", help="tiles in a row of each scene's grid")
    parser.add_argument("--reviewed", action="store_true", help="imported masks count as reviewed")
    parser.add_argument("--copy", action="store_true", help="keep a copy of each image in the workspace")
    parser.add_argument("--predict", action="store_true", help="predict the open tiles afterward")
    add_workspace(parser)


def _add_predict(parsers: "Parsers") -> None:
    parser = add_command(
        parsers,
        "predict",
        workspace_commands.predict,
        "predict a folder of images or one large raster, or the open tiles of the workspace",
        "train_images_256 --out masks",
        "tiles --out masks --checkpoint mine.safetensors --device cpu --probabilities",
        "scene.tif --out masks",
        "--workspace survey",
    )
    parser.add_argument("images", type=Path, nargs="?", metavar="IMAGES", help="folder of TIFFs")
    parser.add_argument("--out", type=Path, metavar="DIR", help="folder for the masks, needed with IMAGES")
    parser.add_argument(
        "--probabilities", action="store_true", help="also write float16 arrays, NAME.probabilities.npy"
    )
    add_names(parser)
    _network(parser)
    add_workspace(parser)
    parser.set_defaults(usage_error=parser.error)


def _add_finetune(parsers: "Parsers") -> None:
    parser = add_command(
        parsers,
        "finetune",
        workspace_commands.finetune,
        "fine-tune the active checkpoint on what was reviewed and is new to it",
        "",
        "--preset thorough --epochs 30 --promote",
    )
    parser.add_argument("--base", metavar="CHECKPOINT", help="name or number (default: the active one)")
    tiles = parser.add_mutually_exclusive_group()
    tiles.add_argument("--tiles", choices=list(CHOICES), default="new", help="which reviewed ones (new)")
    tiles.add_argument("--revisions", type=ids, metavar="1,2,3", help="train on these")
    parser.add_argument("--preset", choices=sorted(FINETUNE), default="quick", help="default: quick")
    parser.add_argument("--epochs", type=int, metavar="N", help="passes over the corrected tiles")
    parser.add_argument("--learning-rate", type=float, metavar="R", help="highest rate")
    parser.add_argument("--replay-share", type=float, metavar="S", help="share of crops from other tiles")
    parser.add_argument("--crop", type=int, metavar="PX", help="side of the crops")
    parser.add_argument("--min-steps", type=int, metavar="N", help="steps in all, at least")
    parser.add_argument("--max-steps", type=int, metavar="N", help="steps in all, at most")
    parser.add_argument("--patience", type=int, metavar="N", help="end after so many epochs without gain")
    parser.add_argument("--holdout-share", type=float, metavar="S", help="share of tiles to judge by")
    parser.add_argument("--seed", type=int, metavar="N", help="same seed and data, same weights on a CPU")
    parser.add_argument("--promote", action="store_true", help="promote if the verdict is better")
    add_workspace(parser)


def _add_evaluate(parsers: "Parsers") -> None:
    parser = add_command(
        parsers,
        "evaluate",
        workspace_commands.evaluate,
        "compare predictions of a folder with its masks",
        "--images train_images_256 --masks train_masks_256",
        "--images tiles --masks truth --scenes 041869,045520 --json figures.json",
    )
    parser.add_argument("--images", type=Path, required=True, metavar="DIR", help="folder of TIFFs")
    parser.add_argument("--masks", type=Path, required=True, metavar="DIR", help="folder of masks")
    parser.add_argument("--scenes", type=words, metavar="A,B", help="only these scenes")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there (default: stdout)")
    add_class_list(parser)
    parser.add_argument("--html", type=Path, metavar="FILE", help="also write a report with plots there")
    add_names(parser)
    _network(parser)


def _add_export(parsers: "Parsers") -> None:
    parser = add_command(
        parsers,
        "export",
        workspace_commands.export,
        "write results of the workspace: masks a tile, or slicks with their measures",
        "masks",
        "masks --states accepted,corrected,unreviewed --split train",
        "slicks --format geopackage --scenes 041869,045520",
    )
    parser.add_argument("out", type=Path, metavar="OUT", help="folder for the files")
    parser.add_argument(
        "--format",
        choices=sorted(FORMATS),
        default="mask-tiff",
        metavar="NAME",
        help=f"{', '.join(FORMATS)} (default: mask-tiff)",
    )
    parser.add_argument(
        "--states", type=words, metavar="A,B", help="tile states (default: accepted,corrected)"
    )
    parser.add_argument("--split", choices=SPLITS, help="only this split")
    parser.add_argument("--scenes", type=words, metavar="A,B", help="only these scenes")
    parser.add_argument(
        "--masks", choices=MASKS, default="shown", help="predictions too (default), or only truth"
    )
    parser.add_argument(
        "--simplify",
        type=float,
        default=0.0,
        metavar="PX",
        help="polygons may leave the pixels' edges so far",
    )
    parser.add_argument("--polygons", action="store_true", help="COCO as polygons, which lose holes")
    add_workspace(parser)


def _add_report(parsers: "Parsers") -> None:
    parser = add_command(
        parsers,
        "report",
        workspace_commands.report,
        "write a page about a scene: map, table of slicks, pictures",
        "--scene 041869 --out 041869.html",
    )
    parser.add_argument("--scene", required=True, metavar="NAME", help="which scene")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="the HTML file")
    add_workspace(parser)


def _add_worker(parsers: "Parsers") -> None:
    parser = add_command(
        parsers,
        "worker",
        workspace_commands.worker,
        "do the workspace's jobs until stopped",
        "",
        "--workspace survey --once",
    )
    parser.add_argument("--once", action="store_true", help="leave when no job is waiting")
    parser.add_argument("--parent", type=int, metavar="PID", help="leave when this process, the parent, ends")
    add_workspace(parser)


def _add_demo(parsers: "Parsers") -> None:
    parser = add_command(
        parsers,
        "demo",
        workspace_commands.demo,
        "fill an empty workspace with synthetic scenes",
        "",
        "--seed 7",
    )
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="default: 0")
    parser.add_argument("--if-new", action="store_true", help="do nothing when there are tiles already")
    parser.add_argument("--no-predict", action="store_true", help="leave the prediction to a worker")
    add_workspace(parser)


def _add_list(parsers: "Parsers") -> None:
    parser = add_command(
        parsers,
        "list",
        workspace_commands.list_things,
        "list what the workspace holds",
        "models",
        "tiles --json",
    )
    parser.add_argument("what", choices=WHAT, metavar="WHAT", help=", ".join(WHAT))
    parser.add_argument("--json", action="store_true", help="as JSON")
    add_workspace(parser)


def _add_promote(parsers: "Parsers") -> None:
    parser = add_command(
        parsers,
        "promote",
        workspace_commands.promote_checkpoint,
        "make a checkpoint the active one, and queue the prediction of open tiles",
        "seep-3",
        "models/seep-base.safetensors",
    )
    parser.add_argument("checkpoint", metavar="CHECKPOINT", help="name, number, or a file to install")
    add_workspace(parser)


def _add_rollback(parsers: "Parsers") -> None:
    parser = add_command(
        parsers,
        "rollback",
        workspace_commands.roll_back_checkpoint,
        "go back to the checkpoint that was active before",
        "",
    )
    add_workspace(parser)


def nodata(text: str) -> float | str | None:
    """Read a nodata value: a number, "none" or "auto"."""
    if text in {"auto", "none"}:
        return None if text == "none" else text
    return float(text)


def ids(text: str) -> tuple[int, ...]:
    """Read numbers between commas."""
    return tuple(int(part) for part in text.split(","))


def words(text: str) -> tuple[str, ...]:
    """Read words between commas."""
    return tuple(part.strip() for part in text.split(",") if part.strip())
