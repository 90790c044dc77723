"""Simulate the learning loop: true masks replace the annotator; docs/simulation.md shows the results.

    python -m research.simulation IMAGES MASKS --checkpoint start.safetensors
    python -m research.simulation IMAGES MASKS --checkpoint mine.safetensors --orders useful,random --seeds 3
    python -m research.simulation IMAGES MASKS --checkpoint few.safetensors --start a,b,c --test e,f --replay both

Prints a table and, as its last line, all curves as JSON.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from tqdm import tqdm

from research.simulation.curves import table
from research.simulation.options import ORDERS, SimulationOptions, check_options
from research.simulation.simulation import simulate
from seep.cli.arguments import add_names, ids, words
from seep.core.acquisition import RANDOM
from seep.errors import SeepError, SettingsError
from seep.workflow.evaluation.folders import write_json
from seep.workflow.training.presets import FINETUNE, NETWORK_PRESETS

DEFAULT_ORDERS = ("likely_wrong", "useful", RANDOM)
DEFAULT_AFTER = (20, 40, 80, 160)
REPLAY = {"with": (True,), "without": (False,), "both": (True, False)}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a simulation; returns the exit status: 0 done, 1 refused with a sentence on stderr."""
    try:
        run_simulation(_parser().parse_args(arguments))
    except SeepError as error:
        print(f"simulation: {error}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m research.simulation", description="Simulate the learning loop with true masks."
    )
    parser.add_argument("images", type=Path, metavar="IMAGES", help="folder of images")
    parser.add_argument("masks", type=Path, metavar="MASKS", help="folder of masks with the same names")
    _add_start(parser)
    _add_loop(parser)
    parser.add_argument("--device", help="cpu, cuda or cuda:N (default: cuda if available)")
    parser.add_argument("--skip-bad", action="store_true", help="skip files that cannot be read")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write all curves to this file")
    add_names(parser)
    return parser


def _add_start(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--checkpoint",
        type=Path,
        required=True,
        metavar="FILE",
        help="checkpoint to start from; if it is missing, it is trained on the scenes of --start and kept",
    )
    parser.add_argument(
        "--epochs", type=int, metavar="N", help="epochs of that training (default: from the preset)"
    )
    parser.add_argument("--steps-per-epoch", type=int, metavar="N", help="batches per epoch of that training")
    parser.add_argument("--start", type=words, metavar="A,B", help="start scenes (default: three drawn ones)")
    parser.add_argument(
        "--validation",
        type=words,
        metavar="A,B",
        help="scenes that select epoch, weight average and threshold",
    )
    parser.add_argument("--test", type=words, metavar="A,B", help="test scenes")


def _add_loop(parser: argparse.ArgumentParser) -> None:
    known = ", ".join(ORDERS)
    parser.add_argument(
        "--orders",
        type=words,
        default=DEFAULT_ORDERS,
        metavar="A,B",
        help=f"some of {known} (default: all but confident)",
    )
    parser.add_argument(
        "--after",
        type=ids,
        default=DEFAULT_AFTER,
        metavar="N,M",
        help="numbers of corrected tiles after which to fine-tune (default: 20,40,80,160)",
    )
    parser.add_argument(
        "--replay",
        choices=REPLAY,
        default="with",
        help="replay tiles of the start and of earlier rounds (default: with)",
    )
    parser.add_argument(
        "--seeds", type=int, default=1, metavar="N", help="number of curves of each kind (default: 1)"
    )
    parser.add_argument(
        "--preset", choices=NETWORK_PRESETS, default="quick", help="preset of fine-tuning (default: quick)"
    )
    parser.add_argument("--crop", type=int, metavar="PX", help="side of the crops (default: from the preset)")


def run_simulation(options: argparse.Namespace) -> None:
    """Simulate, print a table, and print all curves as JSON."""
    if options.checkpoint.suffix != ".safetensors":
        raise SettingsError(f"{options.checkpoint} does not end in .safetensors; checkpoints of Seep do.")
    taken = [
        *("checkpoint", "epochs", "steps_per_epoch", "start", "validation", "test", "orders", "after"),
        *("device", "pattern", "nodata", "skip_bad"),
    ]
    preset = FINETUNE[options.preset]
    wish = SimulationOptions(
        **{name: getattr(options, name) for name in taken},
        replay=REPLAY[options.replay],
        seeds=range(options.seeds),
        request=preset if options.crop is None else replace(preset, crop_px=options.crop),
    )
    check_options(wish)
    with tqdm(desc="simulate", unit="step", file=sys.stderr, leave=False, disable=None) as bar:
        found = simulate(options.images, options.masks, wish, lambda event: _show(bar, event))
    for part, names in found["scenes"].items():
        print(f"{part}: {', '.join(names) or 'none'} ({found['tiles'][part]} tiles)")
    print("binary IoU on the test scenes, by tiles corrected:")
    print(table(found["summary"]))
    if options.json:
        write_json(options.json, found)
    print(json.dumps(found))


def _show(bar: "tqdm[Any]", event: dict[str, Any]) -> None:
    if event["kind"] == "step":
        bar.total, bar.n = event["steps"], event["step"]
        bar.set_postfix_str("start" if event.get("stage") else f"{event['order']}, {event['tiles']} tiles")
    elif event["kind"] == "point":
        replay = "" if event["replay"] else " without replay"
        score, took = event["test"]["binary_iou"], sum(event["seconds"].values())
        tqdm.write(
            f"{event['order']}{replay}, seed {event['seed']}, {event['tiles']} tiles: "
            f"IoU {'none' if score is None else f'{score:.3f}'}, {took:.0f} s",
            file=sys.stderr,
        )


if __name__ == "__main__":
    sys.exit(main())
