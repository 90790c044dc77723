"""The typed Python side of the strip component."""

from collections.abc import Mapping, Sequence
from typing import Any

from seep.core.masks.classes import SeepClass
from seep.ui.component import component


def strip(
    *,
    epochs: Sequence[Mapping[str, Any]],
    classes: Sequence[SeepClass],
    base_url: str = "",
    key: str = "strip",
) -> int | None:
    """Draw the tiles whose prediction changes during a run, with a slider over its epochs.

    The newest epoch is shown until the slider is moved. What is as it was at the first epoch is pale, what is
    new is strong, what is gone is dotted; each tile keeps its place. Nothing of this runs the script again.

    Args:
        epochs: of `seep.workflow.jobs.job_view`, oldest first.
        classes: of the workspace, for their colors.
        base_url: prefix of the app's addresses, "" or "/name".
        key: names the component; another key for each run, so that the slider starts at the newest.

    Returns:
        The id of the tile to open, once, else None.
    """
    mount = component("seep_strip", "epoch_previews/frontend/main.js")
    result = mount(
        key=key,
        data={
            "name": key,
            "epochs": [dict(one) for one in epochs],
            "colors": {str(one.id): one.color for one in classes if one.id > 0},
            "base_url": base_url,
        },
        on_open_change=_nothing,
    )
    opened = result.get("open")
    shown = {int(tile["tile_id"]) for one in epochs for tile in one["tiles"]}
    return int(opened) if opened in shown else None


def _nothing() -> None:
    """Stand in for a callback: Streamlit keeps a value only where it has one."""
