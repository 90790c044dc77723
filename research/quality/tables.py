"""Results as a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

COLUMNS = (
    *("variant", "steps", "binary IoU", "95 % over scenes", "F1 within 2 px", "clDice", "mean IoU 1.."),
    *("AP50 any class", "AP50 mean of classes", "the first is ahead by"),
)
HEAD = f"| {' | '.join(COLUMNS)} |\n{'| --- ' * len(COLUMNS)}|"


def table(results: Sequence[dict[str, Any]]) -> str:
    """Markdown, a line each variant."""
    return "\n".join([HEAD, *map(_line, results)]) + "\n"


def _line(one: dict[str, Any]) -> str:
    low, high = one["interval"] or (None, None)
    behind = one.get("behind_first")
    cells = [
        one["variant"],
        str(one["steps"]),
        _shown(one["binary_iou"]),
        f"{_shown(low)} to {_shown(high)}",
        _shown(one["f1_2px"]),
        _shown(one["cldice"]),
        _shown(one["mean_iou_seep"]),
        _shown(one["ap50_any"]),
        _shown(one["ap50_mean"]),
        _difference(behind) if behind else "",
    ]
    return f"| {' | '.join(cells)} |"


def _difference(of: dict[str, Any]) -> str:
    if of["low"] is None:
        return f"{of['difference']:+.3f}"
    return f"{of['difference']:+.3f} ({of['low']:+.3f} to {of['high']:+.3f}), {of['scenes']} scenes"


def _shown(value: float | None) -> str:
    return "none" if value is None else f"{value:.3f}"
