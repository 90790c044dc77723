"""The Python side of the version tree component."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from seep.ui.component import component, no_callback

_ROW_PX, _EDGES_PX, _MOST_PX = 32, 6, 424
"""Must match `frontend/style.js`."""


def version_tree(
    *, rows: Sequence[Mapping[str, Any]], columns: Sequence[str], selected: Sequence[int] = (), key: str
) -> list[int]:
    """Draw a table of model versions with their lineage.

    A click on a row selects it. Its checkbox, Ctrl-click or Shift-click adds a second row. Arrow keys move,
    Enter selects, Space adds.

    Args:
        rows: in order; each with "id", "name", "state" ("active", "candidate", "kept" or "dropped"), "lane",
            "parent" (row or None) and "cells", one text per column.
        columns: titles of the columns; the first is the name of the version.
        selected: ids that are selected at first.

    Returns:
        The selected ids in the order of selection, at most two.
    """
    mount = component("seep_version_tree", "version_tree/frontend/main.js")
    height_px = min(_ROW_PX * (len(rows) + 1) + _EDGES_PX, _MOST_PX)
    with st.container(height=height_px, border=False):  # reserves the height
        result = mount(
            key=key,
            data={"rows": [dict(row) for row in rows], "columns": list(columns), "selected": list(selected)},
            default={"selected": list(selected)},
            on_selected_change=no_callback,
        )
    shown = {int(row["id"]) for row in rows}
    return [int(one) for one in result.get("selected") or [] if int(one) in shown]
