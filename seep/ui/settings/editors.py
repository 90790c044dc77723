"""Editors of what a workspace shares: classes and splits; and what this installation is."""

import platform
from importlib.metadata import version
from zlib import crc32

import streamlit as st

from seep.core.masks.classes import MAX_CLASSES, SeepClass, default_classes
from seep.core.masks.palette import PRESETS
from seep.ui import formatting
from seep.ui.session import author, shown_errors
from seep.ui.widgets import facts, nothing_here
from seep.workflow.classes import adopt_classes, get_classes, parse_classes, set_classes
from seep.workflow.scenes.listing import list_scenes, set_split
from seep.workflow.workspace import Workspace

_LIST_HELP = (
    "A line each, in the order of the ids, background first: a name, alone or with its color as #rrggbb or "
    "as three numbers."
)
_DRAWN = "classes-drawn"
_WIDTHS = [1, 2, 8, 2]
_LISTED_PX = 420


def class_editor(workspace: Workspace) -> None:
    """Draw one row a class (number, color, name, key) and save them together."""
    now = get_classes(workspace)
    wanted = st.number_input(
        "How many classes, background included",
        min_value=2,
        max_value=max(MAX_CLASSES, len(now)),  # an earlier version allowed one more
        value=len(now),
        width=280,
        help=f"2 to {MAX_CLASSES}. A class that masks still use cannot be removed. "
        "A model is adapted when it is fine-tuned next.",
    )
    spare = default_classes(int(wanted))
    rows = [now[number] if number < len(now) else spare[number] for number in range(int(wanted))]
    with st.form("classes", border=True):
        _heads()
        with st.container(height=_LISTED_PX if len(rows) > 10 else "content", border=False, gap="xsmall"):
            chosen = [_class_row(one) for one in rows]
        pressed = st.form_submit_button("Save classes", type="primary")
    if pressed:
        with shown_errors():
            set_classes(workspace, chosen, author())
            st.toast("Classes saved.")


def class_list(workspace: Workspace) -> None:
    """Draw the field that takes all classes from a list, such as a data set brings."""
    with st.expander("Take the classes of a data set"), st.form("class-list", border=False):
        chosen = st.selectbox(
            "Classes of", ["", *PRESETS], format_func=lambda name: name.upper() or "The list below", width=280
        )
        text = st.text_area("List of classes", placeholder="Sky #808080\n128 0 0 Building", help=_LIST_HELP)
        pressed = st.form_submit_button("Take these classes")
    if pressed:
        with shown_errors():
            classes = PRESETS[chosen] if chosen else parse_classes(text, "The list")
            adopt_classes(workspace, classes, author())
            st.session_state[_DRAWN] = _drawn() + 1  # new fields: the old ones would keep what they show
            st.rerun()


def _drawn() -> int:
    return int(st.session_state.get(_DRAWN, 0))


def _heads() -> None:
    for place, text in zip(st.columns(_WIDTHS), ("No.", "Color", "Name", "Key"), strict=True):
        place.caption(text)


def _class_row(one: SeepClass) -> SeepClass:
    again = f"-{_drawn()}" if _drawn() else ""
    number, color, name, key = st.columns(_WIDTHS, vertical_alignment="center")
    number.markdown(str(one.id))
    shade = color.color_picker(
        f"Color of class {one.id}", one.color, key=f"color-{one.id}{again}", label_visibility="collapsed"
    )
    called = name.text_input(
        f"Name of class {one.id}",
        one.name,
        key=f"name-{one.id}{again}",
        max_chars=80,
        label_visibility="collapsed",
    )
    pressed = key.text_input(
        f"Key of class {one.id}",
        one.key,
        key=f"key-{one.id}{again}",
        max_chars=1,
        label_visibility="collapsed",
    )
    return SeepClass(id=one.id, color=shade, name=called.strip(), key=pressed.strip())


def split_editor(workspace: Workspace) -> None:
    """Draw every scene with its split; a changed split is saved at once."""
    scenes = list_scenes(workspace)
    if not scenes:
        nothing_here("No scenes yet: they come with the first import.", ":material/satellite_alt:")
        return
    st.caption("Training scenes train, validation scenes choose, locked scenes only judge.")
    rows = [
        {"scene": one.name, "tiles": one.tile_count, "split": formatting.SPLITS[one.split]} for one in scenes
    ]
    edited = st.data_editor(
        rows,
        key=f"splits-{crc32(repr(rows).encode())}",  # other values, other edits: old ones would undo them
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
            set_split(workspace, scene.id, names[str(row["split"])], author())
            st.toast(formatting.plain(f"{scene.name} is now a {str(row['split']).lower()} scene."))


def about(workspace: Workspace) -> None:
    """Draw what runs here."""
    facts(
        {
            "Workspace": workspace.settings.workspace,
            "Device": workspace.settings.device or "picked: CUDA where there is one, else CPU",
            "Python": platform.python_version(),
            "Streamlit": version("streamlit"),
            "torch": version("torch"),
        }
    )
