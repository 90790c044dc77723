"""Editors of classes and splits, and facts about this installation."""

import platform
from importlib.metadata import version
from zlib import crc32

import streamlit as st

from seep.core.masks.classes import MAX_CLASSES, SeepClass, default_classes
from seep.core.masks.palette import PRESETS
from seep.ui import formatting
from seep.ui.session import current_actor, shown_errors
from seep.ui.widgets import facts, nothing_here
from seep.workflow.classes import adopt_classes, get_classes, parse_class_list, set_classes
from seep.workflow.scenes.listing import list_scenes, set_split
from seep.workflow.workspace import Workspace

_LIST_HELP = (
    "One class per line, background first: a name, optionally with its color as #rrggbb or three numbers."
)
_DRAWN = "classes-drawn"
_WIDTHS = [1, 2, 8, 2]
_LISTED_PX = 420


def class_editor(workspace: Workspace) -> None:
    """Draw one row per class (number, color, name, key) with a button that saves all."""
    now = get_classes(workspace)
    wanted = st.number_input(
        "Number of classes, background included",
        min_value=2,
        max_value=max(MAX_CLASSES, len(now)),  # an earlier version allowed one more
        value=len(now),
        width=280,
        help=f"2 to {MAX_CLASSES}. A class that masks use cannot be removed. "
        "The model is adapted at the next fine-tuning run.",
    )
    spare = default_classes(int(wanted))
    rows = [now[number] if number < len(now) else spare[number] for number in range(int(wanted))]
    with st.form("classes", border=True):
        _header()
        with st.container(height=_LISTED_PX if len(rows) > 10 else "content", border=False, gap="xsmall"):
            chosen = [_class_row(one) for one in rows]
        pressed = st.form_submit_button("Save classes", type="primary")
    if pressed:
        with shown_errors():
            set_classes(workspace, chosen, current_actor())
            st.toast("Classes saved.")


def class_list(workspace: Workspace) -> None:
    """Draw the form that replaces all classes by a preset or a list."""
    with st.expander("Replace classes by a preset or a list"), st.form("class-list", border=False):
        chosen = st.selectbox(
            "Preset",
            ["", *PRESETS],
            format_func=lambda name: name.upper() or "None (use the list)",
            width=280,
        )
        text = st.text_area("List of classes", placeholder="Sky #808080\n128 0 0 Building", help=_LIST_HELP)
        pressed = st.form_submit_button("Replace classes")
    if pressed:
        with shown_errors():
            classes = PRESETS[chosen] if chosen else parse_class_list(text)
            adopt_classes(workspace, classes, current_actor())
            st.session_state[_DRAWN] = (
                _drawn() + 1
            )  # new keys: fields with the old keys would keep their values
            st.rerun()


def _drawn() -> int:
    return int(st.session_state.get(_DRAWN, 0))


def _header() -> None:
    for place, text in zip(st.columns(_WIDTHS), ("No.", "Color", "Name", "Key"), strict=True):
        place.caption(text)


def _class_row(one: SeepClass) -> SeepClass:
    suffix = f"-{_drawn()}" if _drawn() else ""
    number, color, name, key = st.columns(_WIDTHS, vertical_alignment="center")
    number.markdown(str(one.id))
    value = color.color_picker(
        f"Color of class {one.id}", one.color, key=f"color-{one.id}{suffix}", label_visibility="collapsed"
    )
    label = name.text_input(
        f"Name of class {one.id}",
        one.name,
        key=f"name-{one.id}{suffix}",
        max_chars=80,
        label_visibility="collapsed",
    )
    shortcut = key.text_input(
        f"Key of class {one.id}",
        one.key,
        key=f"key-{one.id}{suffix}",
        max_chars=1,
        label_visibility="collapsed",
    )
    return SeepClass(id=one.id, color=value, name=label.strip(), key=shortcut.strip())


def split_editor(workspace: Workspace) -> None:
    """Draw a table of scenes and splits; a changed split is saved immediately."""
    scenes = list_scenes(workspace)
    if not scenes:
        nothing_here("No scenes. Import tiles first.", ":material/satellite_alt:")
        return
    st.caption(
        "Validation scenes select the best epoch. Test scenes are locked: never used for training or selection."
    )
    rows = [
        {"scene": one.name, "tiles": one.tile_count, "split": formatting.SPLITS[one.split]} for one in scenes
    ]
    edited = st.data_editor(
        rows,
        key=f"splits-{crc32(repr(rows).encode())}",  # new key for new values: old edits would undo them
        hide_index=True,
        disabled=["scene", "tiles"],
        height="content" if len(rows) < 12 else _LISTED_PX,
        row_height=32,
        column_config={
            "scene": st.column_config.TextColumn("scene", width="medium"),
            "tiles": st.column_config.NumberColumn("tiles", width="small"),
            "split": st.column_config.SelectboxColumn(
                "split", options=list(formatting.SPLITS.values()), required=True, width="small"
            ),
        },
    )
    names = {word: split for split, word in formatting.SPLITS.items()}
    for scene, row in zip(scenes, edited, strict=True):
        if names[str(row["split"])] != scene.split:
            set_split(workspace, scene.id, names[str(row["split"])], current_actor())
            st.toast(formatting.plain(f"{scene.name} is now a {str(row['split']).lower()} scene."))


def about(workspace: Workspace) -> None:
    """Draw facts about this installation."""
    facts(
        {
            "Workspace": workspace.settings.workspace,
            "Device": workspace.settings.device or "automatic: CUDA if available, else CPU",
            "Python": platform.python_version(),
            "Streamlit": version("streamlit"),
            "torch": version("torch"),
        }
    )
