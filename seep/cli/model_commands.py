"""Commands for model versions: `seep finetune`, `promote`, `rollback`, `model-export`, `model-import`."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from seep.cli.arguments import add_command, add_workspace, ids
from seep.cli.session import actor_of, run_job, workspace_of
from seep.core.text import counted, duration
from seep.errors import TrainingError
from seep.workflow.models.promotion import promote, roll_back
from seep.workflow.models.registry import find_checkpoint, list_models
from seep.workflow.models.transfer import FORMATS, export_checkpoint, import_checkpoint
from seep.workflow.training.presets import FIELDS, FINETUNE, HYPERPARAMETERS, changed_request
from seep.workflow.training.requests import enqueue_finetune, estimate, list_runs
from seep.workflow.training.selection import CHOICES, chosen_revisions
from seep.workflow.workspace import install_checkpoint

if TYPE_CHECKING:
    from seep.cli.arguments import Parsers


def add_model_commands(parsers: "Parsers") -> None:
    """Add the commands to the parser."""
    _add_finetune(parsers)
    parser = add_command(
        parsers,
        "promote",
        promote_checkpoint,
        "make a checkpoint the active one, and queue the prediction of open tiles",
        "seep-3",
        "models/seep-base.safetensors",
    )
    parser.add_argument("checkpoint", metavar="CHECKPOINT", help="name, number, or a file to import")
    add_workspace(parser)
    parser = add_command(
        parsers,
        "rollback",
        roll_back_checkpoint,
        "make the previously active checkpoint active again",
        "",
    )
    add_workspace(parser)
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
        "import a checkpoint file that Seep wrote, as a candidate",
        "exported/seep-3.safetensors",
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="safetensors file")
    add_workspace(parser)


def _add_finetune(parsers: "Parsers") -> None:
    parser = add_command(
        parsers,
        "finetune",
        finetune,
        "fine-tune the active checkpoint on reviewed tiles",
        "",
        "--preset thorough --epochs 30 --promote",
    )
    parser.add_argument("--base", metavar="CHECKPOINT", help="name or number (default: the active one)")
    tiles = parser.add_mutually_exclusive_group()
    tiles.add_argument(
        "--tiles", choices=list(CHOICES), default="new", help="which reviewed tiles (default: new)"
    )
    tiles.add_argument("--revisions", type=ids, metavar="1,2,3", help="train on these revisions")
    parser.add_argument("--preset", choices=sorted(FINETUNE), default="quick", help="default: quick")
    for name, declared in HYPERPARAMETERS.items():
        if declared.high is None:  # on or off, as the preset says
            continue
        parser.add_argument(
            _option(name),
            dest=name,
            type=float if isinstance(getattr(FINETUNE["quick"], name), float) else int,
            metavar=(declared.unit if declared.unit == "px" else "N").upper(),
            help=declared.help,
        )
    parser.add_argument(
        "--promote", action="store_true", help='promote the result if the verdict is "better"'
    )
    add_workspace(parser)


def _option(field: str) -> str:
    """Return the option of a field of a request: "--crop" for `crop_px`."""
    declared = HYPERPARAMETERS.get(field)
    return "--" + ((declared and declared.switch) or field).replace("_", "-")


def finetune(options: argparse.Namespace) -> None:
    """`seep finetune`."""
    workspace = workspace_of(options)
    actor = actor_of(options, workspace)
    given = {name: getattr(options, name) for name in FIELDS if getattr(options, name, None) is not None}
    if options.base:
        given["base_checkpoint_id"] = find_checkpoint(workspace, options.base)
    given["revision_ids"] = options.revisions or tuple(chosen_revisions(workspace, options.tiles))
    request = changed_request(FINETUNE[options.preset], given, {name: _option(name) for name in FIELDS})
    job_id = enqueue_finetune(workspace, request, actor)
    guess = estimate(workspace, request)
    tiles = f"{counted(guess.tiles, 'tile')}, {guess.holdout_tiles} of them held out"
    steps = f"{guess.steps} steps, " if guess.steps else ""
    print(f"{tiles}, {steps}about {duration(guess.seconds)} (based on {guess.basis})")
    if guess.radius:
        print(f"{guess.radius.sentence} --ignore-above-radius changes it.")
    print(run_job(workspace, job_id, "fine-tune", actor))
    run = next(one for one in list_runs(workspace) if one.job_id == job_id)
    if options.promote and run.outcome and run.checkpoint_id:
        if run.outcome["verdict"] != "better":
            raise TrainingError(f"Not promoted: the verdict is {run.outcome['verdict']!r}.")
        print(f"{promote(workspace, run.checkpoint_id, actor).name} is active")


def promote_checkpoint(options: argparse.Namespace) -> None:
    """`seep promote`."""
    workspace = workspace_of(options, create=True)
    actor = actor_of(options, workspace)
    path = Path(options.checkpoint)
    if path.suffix == ".safetensors":
        checkpoint_id = install_checkpoint(workspace, path, actor).id
    else:
        checkpoint_id = find_checkpoint(workspace, options.checkpoint)
    print(f"{promote(workspace, checkpoint_id, actor).name} is active")


def roll_back_checkpoint(options: argparse.Namespace) -> None:
    """`seep rollback`."""
    workspace = workspace_of(options)
    print(f"{roll_back(workspace, actor_of(options, workspace)).name} is active")


def model_export(options: argparse.Namespace) -> None:
    """`seep model-export`."""
    workspace = workspace_of(options)
    checkpoint_id = find_checkpoint(workspace, options.checkpoint)
    actor = actor_of(options, workspace)
    for path in export_checkpoint(workspace, checkpoint_id, options.out, options.format, actor):
        print(f"{path} written")


def model_import(options: argparse.Namespace) -> None:
    """`seep model-import`."""
    workspace = workspace_of(options, create=True)
    checkpoint_id = import_checkpoint(workspace, options.file, actor_of(options, workspace))
    name = next(model.name for model in list_models(workspace) if model.id == checkpoint_id)
    print(
        f"Imported {name} as number {checkpoint_id}. To activate it: python -m seep promote {checkpoint_id}"
    )
