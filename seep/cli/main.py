"""The command line: `python -m seep COMMAND` does everything that the pages do."""

import argparse
import io
import os
import sys
from collections.abc import Sequence

from seep.cli.access_commands import add_access_commands
from seep.cli.app_command import add_app
from seep.cli.data_commands import add_data_commands
from seep.cli.doctor import add_doctor
from seep.cli.inference_commands import add_inference_commands
from seep.cli.layer_commands import add_layer_commands
from seep.cli.maintenance_commands import add_maintenance_commands
from seep.cli.model_commands import add_model_commands
from seep.cli.place_commands import add_place_commands
from seep.cli.site_commands import add_site_commands
from seep.cli.training_commands import add_training_commands
from seep.cli.trash_commands import add_trash_commands
from seep.errors import PartlyImportedError, SeepError
from seep.settings import VERSION

OK, REFUSED, PARTLY, INTERRUPTED = 0, 1, 3, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        arguments: without the program's name; None for those of the process.

    Returns:
        The exit status: 0 done, 1 an error with a sentence on stderr, 3 files of an import were refused,
        130 interrupted.

    Raises:
        SystemExit: with status 2 for wrong usage, 0 for --help.
    """
    # OpenMP reads this when torch loads: its threads sleep while they wait. On busy cores a training step took
    # 3 to 5 s like this, 11 s by OpenMP's default, and 25 s with threads that spin ("active").
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # names may contain letters that the terminal cannot show
            stream.reconfigure(errors="backslashreplace")
    options = make_parser().parse_args(arguments)
    try:
        options.run(options)
    except SeepError as error:
        print(f"seep: {error}", file=sys.stderr)
        return PARTLY if isinstance(error, PartlyImportedError) else REFUSED
    except BrokenPipeError:  # the reader of our output, such as `head`, has closed it
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except OSError as error:
        print(f"seep: {error.strerror or error}: {error.filename or 'the disk'}.", file=sys.stderr)
        return REFUSED
    except KeyboardInterrupt:
        print("seep: Interrupted.", file=sys.stderr)
        return INTERRUPTED
    return OK


def make_parser() -> argparse.ArgumentParser:
    """Build the parser with all commands."""
    parser = argparse.ArgumentParser(
        prog="seep",
        description="Review, correct and retrain oil-seep masks of SAR images.",
        epilog="Help on a command: python -m seep COMMAND --help",
    )
    parser.add_argument("--version", action="version", version=f"Seep {VERSION}")
    parsers = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    add_data_commands(parsers)
    add_trash_commands(parsers)
    add_inference_commands(parsers)
    add_model_commands(parsers)
    add_training_commands(parsers)
    add_place_commands(parsers)
    add_site_commands(parsers)
    add_layer_commands(parsers)
    add_app(parsers)
    add_access_commands(parsers)
    add_doctor(parsers)
    add_maintenance_commands(parsers)
    return parser
