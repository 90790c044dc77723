"""The editor of classes: one row per class, rows added and removed, and classes from a preset or a list."""

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from seep.core.masks.classes import MAX_CLASSES, SeepClass, default_classes
from seep.core.masks.palette import PRESETS
from seep.ui.session import current_actor, shown_errors, why_not
from seep.ui.widgets import role_button
from seep.workflow.classes import (
    adopt_classes,
    class_usage,
    free_keys,
    get_classes,
    parse_class_list,
    set_classes,
)
from seep.workflow.workspace import Workspace

_LIST_HELP = (
    "One class per line, background first: a name, optionally with its color as #rrggbb or three numbers."
)
_DRAWN = "classes-drawn"
_ROWS = "classes-rows"
_WIDTHS = [1, 2, 8, 2, 2]
_LISTED_PX = 420


def class_editor(workspace: Workspace) -> None:
    """Draw one row per class (number, color, name, key), buttons to add and remove rows, and one that saves."""
    now = get_classes(workspace)
    rows: Sequence[SeepClass] = st.session_state.get(_ROWS) or now
    used = [id_ for id_, tiles in class_usage(workspace).items() if tiles]
    first_unused = max([*used, 1]) + 1  # masks hold numbers, so no class in front of a used one can go
    reason = why_not(set_classes)
    if reason:
        st.info(reason)
    with st.container(border=True, key="classes"):
        _header()
        with st.container(height=_LISTED_PX if len(rows) > 10 else "content", border=False, gap="xsmall"):
            chosen = [
                _class_row(row, len(rows), removable=not reason and row.id >= first_unused) for row in rows
            ]
        st.caption(
            f"Keys: {free_keys()}. Write a capital letter for Shift. Classes that masks use, and the classes before "
            "them, cannot be removed."
        )
        with st.container(horizontal=True, vertical_alignment="center"):
            pressed = role_button("Save classes", set_classes, type="primary", key="save-classes")
            st.button(
                "Add class",
                icon=":material/add:",
                key="add-class",
                disabled=bool(reason) or len(rows) >= MAX_CLASSES,
                on_click=_add,
                args=(len(rows),),
                help=f"Up to {MAX_CLASSES}, background included. The model is adapted at the next fine-tuning run.",
            )
            if tuple(chosen) != now:
                st.markdown(":orange[:material/edit:] Not saved yet", width="content")
    if pressed:
        with shown_errors():
            set_classes(workspace, chosen, current_actor())
            _draw_again(None)
            st.toast("Classes saved.")
            st.rerun()


def class_list(workspace: Workspace) -> None:
    """Draw the form that replaces all classes by a preset or a list."""
    with st.form("class-list", border=True):
        chosen = st.selectbox(
            "Preset",
            ["", *PRESETS],
            format_func=lambda name: name.upper() or "None (use the list)",
            width=280,
        )
        text = st.text_area(
            "List of classes", placeholder="Natural seep #e69f00\n0 114 178 Ship wake", help=_LIST_HELP
        )
        reason = why_not(adopt_classes)
        pressed = st.form_submit_button("Replace classes", disabled=bool(reason), help=reason)
    if pressed:
        with shown_errors():
            classes = PRESETS[chosen] if chosen else parse_class_list(text)
            adopt_classes(workspace, classes, current_actor())
            _draw_again(None)
            st.rerun()


def _drawn() -> int:
    return int(st.session_state.get(_DRAWN, 0))


def _key(field: str, number: int) -> str:
    return f"{field}-{number}-{_drawn()}" if _drawn() else f"{field}-{number}"


def _draw_again(rows: Sequence[SeepClass] | None) -> None:
    """Draw these rows, or the saved ones, in fields with new keys: the old ones would keep their values."""
    st.session_state[_ROWS] = rows
    st.session_state[_DRAWN] = _drawn() + 1


def _typed(count: int) -> list[SeepClass]:
    """Return the rows as their fields are now."""
    state = st.session_state
    return [
        SeepClass(number, *(str(state[_key(field, number)]).strip() for field in ("name", "color", "key")))
        for number in range(count)
    ]


def _add(count: int) -> None:
    rows = _typed(count)
    new = default_classes(count + 1)[-1]
    taken = new.key in {row.key for row in rows}
    _draw_again([*rows, replace(new, key="") if taken else new])


def _remove(removed: int, count: int) -> None:
    rows = [one for one in _typed(count) if one.id != removed]
    _draw_again([replace(row, id=number) for number, row in enumerate(rows)])


def _header() -> None:
    for place, text in zip(st.columns(_WIDTHS), ("No.", "Color", "Name", "Key", ""), strict=True):
        place.caption(text)


def _class_row(one: SeepClass, count: int, *, removable: bool) -> SeepClass:
    """Draw one row of `count`; return the class as its fields are now."""
    number, color, name, key, remove = st.columns(_WIDTHS, vertical_alignment="center")
    number.markdown(str(one.id))
    value = color.color_picker(
        f"Color of class {one.id}", one.color, key=_key("color", one.id), label_visibility="collapsed"
    )
    label = name.text_input(
        f"Name of class {one.id}",
        one.name,
        key=_key("name", one.id),
        max_chars=80,
        label_visibility="collapsed",
    )
    shortcut = key.text_input(
        f"Key of class {one.id}",
        one.key,
        key=_key("key", one.id),
        max_chars=1,
        label_visibility="collapsed",
    )
    if removable:
        remove.button(
            "Remove", key=_key("remove", one.id), type="tertiary", on_click=_remove, args=(one.id, count)
        )
    return SeepClass(id=one.id, name=label.strip(), color=value, key=shortcut.strip())
