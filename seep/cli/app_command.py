"""`seep app`: the browser app of an installed package."""

import argparse
import os
import sys
from typing import TYPE_CHECKING

from seep.cli.arguments import add_command, add_workspace
from seep.settings import APP

if TYPE_CHECKING:
    from seep.cli.arguments import Parsers


def add_app(parsers: "Parsers") -> None:
    """Add the command to the parser."""
    parser = add_command(
        parsers, "app", run_app, "run the app for the browser", "", "--workspace survey --port 8600"
    )
    parser.add_argument(
        "--address", default="127.0.0.1", metavar="HOST", help="address to listen on (default: 127.0.0.1)"
    )
    parser.add_argument("--port", type=int, default=8501, metavar="N", help="default: 8501")
    add_workspace(parser)


def run_app(options: argparse.Namespace) -> None:
    """`seep app`: replaces this process by Streamlit's."""
    if options.workspace is not None:
        os.environ["SEEP_WORKSPACE"] = str(options.workspace.expanduser().resolve())
    if options.author is not None:
        os.environ["SEEP_USER"] = options.author
    flags = ["--server.address", options.address, "--server.port", str(options.port)]
    os.execv(  # noqa: S606 - this interpreter and no shell
        sys.executable,
        [sys.executable, "-m", "streamlit", "run", str(APP), "--server.headless", "true", *flags],
    )
