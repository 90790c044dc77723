"""The Python side of the epoch previews component."""

from collections.abc import Mapping, Sequence
from typing import Any

from seep.core.masks.classes import SeepClass
from seep.ui.component import component, no_callback


def epoch_previews(
    *,
    epochs: Sequence[Mapping[str, Any]],
    classes: Sequence[SeepClass],
    base_url: str = "",
    key: str = "previews",
) -> int | None:
    """Draw the held-out tiles whose prediction changes during a run, with a slider over its epochs.

    It shows the newest epoch until the slider is moved. Unchanged areas are pale, new ones strong, removed ones
    dotted. Moving the slider does not rerun the script.

    Args:
        epochs: fields of `seep.workflow.training.epoch_previews.EpochPreview`, oldest first.
        classes: of the workspace, for their colors.
        base_url: the app's base path, "" or "/name".
        key: of the component; use one per run, so that the slider starts at the newest epoch.

    Returns:
        The id of the tile to open, once, else None.
    """
    mount = component("seep_epoch_previews", "epoch_previews/frontend/main.js")
    result = mount(
        key=key,
        data={
            "name": key,
            "epochs": [dict(epoch) for epoch in epochs],
            "colors": {str(seep_class.id): seep_class.color for seep_class in classes if seep_class.id > 0},
            "base_url": base_url,
        },
        on_open_change=no_callback,
    )
    opened = result.get("open")
    shown = {int(tile["tile_id"]) for epoch in epochs for tile in epoch["tiles"]}
    return int(opened) if opened in shown else None
