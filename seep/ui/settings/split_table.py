"""The table of scenes and their splits, on Settings and before an import."""

from collections.abc import Mapping, Sequence
from zlib import crc32

import streamlit as st

from seep.ui import formatting

_ROW_PX = 32
_ROWS = 22
"""Rows that fit into a window of 900 px; the table scrolls with more."""


def split_table(
    splits: Mapping[str, str], tiles: Sequence[int] | None = None, *, disabled: bool = False
) -> dict[str, str]:
    """Draw a table in which splits are changed; return the splits as they are in it, by scene.

    Args:
        splits: "train", "validation" or "test" by name of the scene.
        tiles: number of tiles of each scene; None where it is not known.
        disabled: nothing can be changed.
    """
    rows: list[dict[str, object]] = [
        {"scene": scene, **({"tiles": tiles[at]} if tiles else {}), "split": formatting.SPLITS[split]}
        for at, (scene, split) in enumerate(splits.items())
    ]
    edited = st.data_editor(
        rows,
        key=f"splits-{crc32(repr(rows).encode())}",  # new key for new values: old edits would undo them
        hide_index=True,
        disabled=disabled or ["scene", "tiles"],
        height="content" if len(rows) < _ROWS else (_ROWS + 1) * _ROW_PX,
        row_height=_ROW_PX,
        column_config={
            "scene": st.column_config.TextColumn("Scene", width="medium"),
            "tiles": st.column_config.NumberColumn("Tiles", width="small"),
            "split": st.column_config.SelectboxColumn(
                "Split", options=list(formatting.SPLITS.values()), required=True, width="small"
            ),
        },
    )
    names = {word: split for split, word in formatting.SPLITS.items()}
    return {scene: names[str(row["split"])] for scene, row in zip(splits, edited, strict=True)}
