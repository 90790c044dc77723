"""Arguments that several commands share, and the form of a command's help."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from seep.core.geo.grid import DEFAULT_PATTERN

if TYPE_CHECKING:
    Parsers = argparse._SubParsersAction[argparse.ArgumentParser]

Command = Callable[[argparse.Namespace], None]


def add_command(
    parsers: "Parsers", name: str, run: Command, text: str, *examples: str
) -> argparse.ArgumentParser:
    """Add a command to the parser.

    Args:
        run: called with the parsed arguments.
        text: what the command does: an imperative without a full stop.
        examples: arguments for the examples below the help.
    """
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


def add_actions(parsers: "Parsers", name: str, text: str, *examples: str) -> "Parsers":
    """Add a command that has actions, such as `seep places merge`; return the parsers for `add_action`.

    Args:
        text: what the command does: an imperative without a full stop.
        examples: actions with their arguments for the examples below the help.
    """
    parser = add_command(parsers, name, lambda _options: None, text, *examples)
    return parser.add_subparsers(dest="action", required=True, metavar="ACTION", help="what to do")


def add_action(actions: "Parsers", name: str, run: Command, text: str) -> argparse.ArgumentParser:
    """Add an action to a command, with the options for the workspace and the person."""
    parser = actions.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
    parser.set_defaults(run=run)
    add_workspace(parser)
    return parser


def add_workspace(parser: argparse.ArgumentParser) -> None:
    """Add the options for the workspace and the person."""
    parser.add_argument(
        "--workspace", type=Path, metavar="DIR", help="default: SEEP_WORKSPACE, else ./workspace"
    )
    parser.add_argument(
        "--author", metavar="NAME", help="name to record (default: SEEP_USER, else the login name)"
    )


def add_names(parser: argparse.ArgumentParser) -> None:
    """Add the options for the pattern of file names and the nodata value."""
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
        help="value of pixels without data: a number, none, or auto (default: the file's own value, "
        "else a value that fills areas at the border)",
    )


def add_network(parser: argparse.ArgumentParser) -> None:
    """Add the options for the checkpoint and the device."""
    parser.add_argument(
        "--checkpoint",
        type=Path,
        action="append",
        metavar="FILE",
        help="safetensors file that Seep wrote (default: the shipped one); repeat it to average several",
    )
    parser.add_argument("--device", help="cpu, cuda or cuda:N (default: cuda if available)")
    parser.add_argument(
        "--scale",
        choices=("auto", "all", "1", "1/2", "1/4"),
        default="auto",
        help="resolution of the prediction (default: as the checkpoint says, by the grain of the image)",
    )
    parser.add_argument("--skip-bad", action="store_true", help="skip files that cannot be read")


def nodata(text: str) -> float | str | None:
    """Parse a nodata value: a number, "none" or "auto"."""
    if text in {"auto", "none"}:
        return None if text == "none" else text
    return float(text)


def ids(text: str) -> tuple[int, ...]:
    """Parse comma-separated integers."""
    return tuple(int(part) for part in text.split(","))


def words(text: str) -> tuple[str, ...]:
    """Parse comma-separated words; empty ones are dropped."""
    return tuple(part.strip() for part in text.split(",") if part.strip())
