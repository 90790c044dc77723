"""What the command line prints: refused files, figures, progress."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TextIO

from tqdm import tqdm

from seep.core.text import counted
from seep.workflow.imports.importer import Refused, is_text


def told(refused: Refused) -> str:
    """Return one line about a file that was refused; it is named once, and most reasons begin with it."""
    name = refused.path.name
    if name in refused.reason or not is_text(name):
        return refused.reason
    return f"{name}: {refused.reason}"


def print_figures(found: dict[str, Any], out: TextIO) -> None:
    """Print the figures of an evaluation as a table."""
    figures = found["figures"]
    interval = found["intervals"]["binary_iou"]
    rows = {
        "binary IoU": figures["binary_iou"],
        "binary Dice": figures["binary_dice"],
        "precision": figures["precision"],
        "recall": figures["recall"],
        "F1 within 2 px": figures["tolerance"]["f1"],
        "clDice": figures["cldice"],
        "AP25 any class": figures["instances"]["any_class"]["ap25"],
        "AP50 any class": figures["instances"]["any_class"]["ap50"],
        "mean IoU, seep classes": figures["mean_iou_seep"],
        "mean IoU, all classes": figures["mean_iou_all"],
        **{f"IoU class {number}": value for number, value in enumerate(figures["iou_per_class"])},
    }
    print(
        f"{found['checkpoint']}: {counted(found['tiles'], 'tile')} of {counted(found['scenes'], 'scene')}",
        file=out,
    )
    for name, value in rows.items():
        shown = "no support" if value is None else f"{value:.3f}"
        if name == "binary IoU" and interval:
            shown += f"  ({interval[0]:.3f} to {interval[1]:.3f}, 95 % over scenes)"
        print(f"  {name:24}{shown}", file=out)


@contextmanager
def bar(name: str, unit: str) -> Iterator[Callable[[int, int, str], None]]:
    """Show progress on stderr: absolute numbers in, a bar out."""
    with tqdm(desc=name, unit=unit, file=sys.stderr, leave=False, disable=None) as shown:

        def show(done: int, total: int, message: str) -> None:
            shown.total = total
            shown.set_postfix_str(message[:60], refresh=False)
            shown.update(done - shown.n)

        yield show
