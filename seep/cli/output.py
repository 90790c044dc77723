"""Output of commands: reasons of refused files, tables of metrics, progress bars."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

from tqdm import tqdm

from seep.core.import_options import RefusedFile
from seep.core.text import counted, is_printable
from seep.workflow.evaluation.folders import FolderEvaluation
from seep.workflow.evaluation.tables import group_rows, metric_rows


def refusal(refused: RefusedFile) -> str:
    """Return name and reason of a refused file on one line; most reasons begin with the name already."""
    name = refused.path.name
    if name in refused.reason or not is_printable(name):
        return refused.reason
    return f"{name}: {refused.reason}"


def print_metrics(found: FolderEvaluation, out: TextIO) -> None:
    """Print the metrics of an evaluation as a table."""
    metrics = found.metrics
    tiles, scenes = counted(metrics.tiles or 0, "tile"), counted(metrics.scenes or 0, "scene")
    print(f"{found.checkpoint}: {tiles} of {scenes}", file=out)
    for name, text in metric_rows(metrics):
        print(f"  {name:60}{text}", file=out)
    rows = group_rows(found.groups) if found.groups else []
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        print("  ".join(("", *map(str.ljust, row, widths))).rstrip(), file=out)


@contextmanager
def progress_bar(name: str, unit: str) -> Iterator[Callable[[int, int, str], None]]:
    """Show a progress bar on stderr; yields a function of (done, total, message)."""
    with tqdm(desc=name, unit=unit, file=sys.stderr, leave=False, disable=None) as bar:

        def show(done: int, total: int, message: str) -> None:
            bar.total = total
            bar.set_postfix_str(message[:60], refresh=False)
            bar.update(done - bar.n)

        yield show
