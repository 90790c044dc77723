"""`seep model-export` and `seep model-import`: checkpoints out of a workspace and into one."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from seep.cli.arguments import add_command, add_workspace
from seep.cli.workspace_commands import author_of, workspace_of
from seep.workflow.models.registry import find_checkpoint, list_models
from seep.workflow.models.transfer import FORMATS, export_checkpoint, import_checkpoint

if TYPE_CHECKING:
    from seep.cli.arguments import Parsers


def add_model_commands(parsers: "Parsers") -> None:
    """Add both commands to the parser."""
    parser = add_command(
        parsers,
        "model-export",
        model_export,
        "write a checkpoint and its card as files",
        "seep-3 --out exported",
        "seep-3 --out exported --format onnx",
    )
    parser.add_argument("checkpoint", metavar="CHECKPOINT", help="name or number")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder for the files")
    parser.add_argument(
        "--format",
        choices=FORMATS,
        default=FORMATS[0],
        help="onnx is for other programs (default: safetensors)",
    )
    add_workspace(parser)
    parser = add_command(
        parsers,
        "model-import",
        model_import,
        "take a checkpoint file that Seep wrote into the workspace, as a candidate",
        "exported/seep-3.safetensors",
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="a safetensors file")
    add_workspace(parser)


def model_export(options: argparse.Namespace) -> None:
    """`seep model-export`."""
    workspace = workspace_of(options)
    chosen = find_checkpoint(workspace, options.checkpoint)
    for path in export_checkpoint(
        workspace, chosen, options.out, options.format, author_of(options, workspace)
    ):
        print(f"{path} written")


def model_import(options: argparse.Namespace) -> None:
    """`seep model-import`."""
    workspace = workspace_of(options)
    made = import_checkpoint(workspace, options.file, author_of(options, workspace))
    name = next(one.name for one in list_models(workspace) if one.id == made)
    print(f"{name} is there as number {made}; python -m seep promote {made} makes it the active one")
