"""The typed Python side of the tree of versions."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from seep.ui.component import component

_ROW_PX, _EDGES_PX, _MOST_PX = 32, 6, 424
"""As `frontend/style.js` has them."""


def lineage(
    *, rows: Sequence[Mapping[str, Any]], columns: Sequence[str], selected: Sequence[int] = (), key: str
) -> list[int]:
    """Draw versions as a table, their lines of descent at its left.

    A click on a row chooses it alone; its box, or Ctrl or Shift with the click, adds a second one. Arrow keys
    move, Enter chooses, Space adds.

    Args:
        rows: in order; each with "id", "name", "state" ("active", "candidate", "kept" or "dropped"), "lane",
            "parent" (row or None) and "cells", one text a column.
        columns: their titles; the first is the version's name.
        selected: ids that are chosen when it is first drawn.
        key: names the component.

    Returns:
        The chosen ids in the order in which they were chosen, at most two.
    """
    mount = component("seep_lineage", "version_tree/frontend/main.js")
    height_px = min(_ROW_PX * (len(rows) + 1) + _EDGES_PX, _MOST_PX)
    with st.container(height=height_px, border=False):  # reserved, so that the rest keeps its place
        result = mount(
            key=key,
            data={"rows": [dict(row) for row in rows], "columns": list(columns), "selected": list(selected)},
            default={"selected": list(selected)},
            on_selected_change=_nothing,
        )
    shown = {int(row["id"]) for row in rows}
    return [int(one) for one in result.get("selected") or [] if int(one) in shown]


def _nothing() -> None:
    """Stand in for a callback: Streamlit keeps a value only where it has one."""
