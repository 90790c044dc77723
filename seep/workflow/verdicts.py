"""Whether a model is better than another, in a word and in a sentence that names its evidence."""

from collections.abc import Mapping, Sequence
from typing import Any

from seep.core.intervals import MIN_SCENES
from seep.core.nouns import counted

MAX_NAMED = 3


def verdict(splits: Mapping[str, Any], met: Sequence[str]) -> dict[str, Any]:
    """Decide, and say on what: locked scenes where there is truth, else those that chose the epoch.

    Args:
        splits: what was measured, as `seep.workflow.comparing.compare_masks` returns it.
        met: names of scenes that were left out, since one of the two was trained on them.

    Returns:
        "verdict", "basis", "scenes", "tiles" and "sentence" as there.
    """
    basis = next((split for split in ("locked", "validation") if splits[split]["tiles"]), None)
    if basis is None:
        return {
            "verdict": "cannot tell",
            "basis": None,
            "scenes": 0,
            "tiles": 0,
            "sentence": "Cannot tell: no tile of a locked or validation scene has a reviewed or imported "
            f"mask that can be used; review some there and compare again.{_told_met(met)}",
        }
    found = splits[basis]
    difference = found["difference"]
    return {
        "verdict": difference["verdict"],
        "basis": basis,
        "scenes": found["scenes"],
        "tiles": found["tiles"],
        "sentence": f"{str(difference['verdict']).capitalize()}: {_evidence(found, basis)}"
        f"{_told_own(found['own'])}{_told_left_out(found['left_out'])}{_told_met(met)}",
    }


def _evidence(found: Mapping[str, Any], basis: str) -> str:
    """The figures, how sure they are, and on how much they rest."""
    difference = found["difference"]
    old, new = (found[one]["figures"]["binary_iou"] for one in ("old", "new"))
    on = f"{counted(found['tiles'], 'tile')} of {counted(found['scenes'], f'{basis} scene')}"
    figures = f"IoU {_number(old)} before, {_number(new)} now"
    if difference["low"] is not None:
        sure = f"95 %: {difference['low']:+.3f} to {difference['high']:+.3f}"
        return f"{figures}, difference {difference['difference']:+.3f} ({sure}), on {on}."
    holding = difference["scenes"]
    hold = "none of them holds" if not holding else f"{holding} {'holds' if holding == 1 else 'hold'}"
    return f"{figures}, on {on}; {hold} seep, and a verdict takes {MIN_SCENES} scenes that do."


def _told_own(own: int) -> str:
    if not own:
        return ""
    are = "is" if own == 1 else "are"
    return f" {own} of these masks {are} the old model's own, accepted unchanged, which favours it."


def _told_left_out(names: Sequence[str]) -> str:
    if not names:
        return ""
    return f" {counted(len(names), 'tile')} left out, which could not be read or predicted: {_some(names)}."


def _told_met(names: Sequence[str]) -> str:
    if not names:
        return ""
    told = f"{counted(len(names), 'scene')} left out, which one of the two was trained on"
    return f" {told}: {_some(names)}."


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - MAX_NAMED} more" if len(names) > MAX_NAMED else ""
    return ", ".join(names[:MAX_NAMED]) + more


def _number(value: float | None) -> str:
    return "none" if value is None else f"{value:.3f}"
