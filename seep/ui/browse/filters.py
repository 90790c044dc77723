"""The filters and the order of tiles: one row of choices, kept in the URL so that a view can be shared."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from seep.core.records import TileFilter, current_split
from seep.core.tile_states import TILE_STATES
from seep.ui import formatting
from seep.ui.session import current_actor, worded
from seep.workflow.classes import get_classes, people
from seep.workflow.review.assignments import assigned_people
from seep.workflow.review.causes import CAUSE_FILTERS, cause_name, tiles_by_cause, with_cause
from seep.workflow.review.comments import COMMENT_FILTERS, has_comments, with_comments
from seep.workflow.review.orders import DEFAULT_ORDER, QUEUE_ORDERS, QueueOrder, available_orders
from seep.workflow.review.queue import QueueItem, queue
from seep.workflow.review.second_masks import seen_items
from seep.workflow.scenes.listing import list_scenes
from seep.workflow.workspace import Workspace

NAMES = ("scene", "split", "state", "class", "author", "assigned", "comments", "cause", "order", "text")
PLACEHOLDERS = {
    "author": "Any person",
    "assigned": "Any assignee",
    "comments": "Any comments",
    "cause": "Any or no cause",
}
NOBODY = "nobody"
FILTER_PX, ORDER_PX = 136, 200
"""Widths at which the longest placeholder and order can be read."""
MAX_TEXT = 80
"""Longest text to search for, characters."""
_WRITTEN = "filters-in-url"
_IGNORED = "filters-ignored"


def seen_queue(workspace: Workspace, chosen: TileFilter, order: str, limit: int) -> list[QueueItem]:
    """Return the first tiles of an order as this person sees them; see `seep.workflow.review.second_masks`."""
    return seen_items(workspace, queue(workspace, chosen, order, limit), current_actor())


def filter_row(workspace: Workspace) -> tuple[TileFilter, QueueOrder]:
    """Draw the filters in one row and return the chosen filter and order.

    The URL wins over the last choice when they differ, as after a deep link.
    """
    options, orders = _options(workspace), available_orders(workspace)
    ignored = _read_url({**options, "order": orders})
    if st.session_state.get(_key("order")) not in orders:  # the active model has changed
        st.session_state.pop(_key("order"), None)
    row = st.container(horizontal=True, gap="small")  # it wraps in a narrow window
    chosen = {
        name: _choice(row, PLACEHOLDERS.get(name, f"Any {name}"), name, choices)
        for name, choices in options.items()
        if choices or name not in ("comments", "cause")
    }
    key = row.selectbox(
        "Order",
        list(orders),
        format_func=lambda key: orders[key].label,
        key=_key("order"),
        persist_state="session",
        label_visibility="collapsed",
        filter_mode=None,
        width=ORDER_PX,
    )
    text = row.text_input(
        "Search",
        placeholder="Search name, note, person",
        key=_key("text"),
        persist_state="session",
        label_visibility="collapsed",
        icon=":material/search:",
        max_chars=MAX_TEXT,
        width=ORDER_PX,
    )
    chosen["text"] = text.strip() or None
    _write_url({**chosen, "order": key})
    _show_ignored(ignored)
    tile_filter = _tile_filter(chosen)
    order = _effective_order(orders, tile_filter, key)
    fallback = "" if order.key == key else worded("No class in the filter: sorted by the area of all seep. ")
    st.caption(formatting.plain(fallback + order.help))
    return tile_filter, order


def filter_from_url(workspace: Workspace) -> tuple[TileFilter, QueueOrder, str]:
    """Return the filter and order in the URL, for pages without the row.

    Returns:
        The filter, the order, and a sentence about unknown values that were ignored, "" for none.
    """
    orders = available_orders(workspace)
    options = {**_options(workspace), "order": orders}
    url = {name: value for name, value in _url().items() if value}
    values = {name: value for name, value in url.items() if name == "text" or value in options[name]}
    order = values.pop("order", DEFAULT_ORDER)
    tile_filter = _tile_filter(values)
    return tile_filter, _effective_order(orders, tile_filter, order), _ignored_sentence(url, options)


def review_query(chosen: TileFilter, order: QueueOrder) -> dict[str, str]:
    """Return the query parameters that carry a filter and an order to Review."""
    values = {
        "scene": chosen.scene,
        "split": chosen.split,
        "state": chosen.state,
        "class": chosen.class_id,
        "author": chosen.author,
        "text": chosen.text,
        "assigned": NOBODY if chosen.assigned_to == "" else chosen.assigned_to,
        "comments": "mentions" if chosen.mentioned else "open" if chosen.commented else None,
        "cause": cause_name(chosen),
        "order": order.key,
    }
    return {name: str(value) for name, value in values.items() if value is not None}


def filter_text(workspace: Workspace, chosen: TileFilter) -> str:
    """Return a filter in words, such as "Test scenes, Unreviewed"; "" without one."""
    values = review_query(chosen, QUEUE_ORDERS[DEFAULT_ORDER])
    texts = {name: options.get(values.get(name, ""), "") for name, options in _options(workspace).items()}
    if chosen.split:
        texts["split"] += " scenes"
    return ", ".join(text for text in texts.values() if text)


def _options(workspace: Workspace) -> dict[str, Mapping[str, str]]:
    return {
        "scene": {scene.name: scene.name for scene in list_scenes(workspace)},
        "split": formatting.SPLITS,
        "state": {key: state.label for key, state in TILE_STATES.items()},
        "class": {str(seep_class.id): seep_class.name for seep_class in get_classes(workspace)},
        "author": {name: name for name in people(workspace)},
        "assigned": {NOBODY: "Unassigned"}
        | {name: f"Assigned to {name}" for name in assigned_people(workspace)},
        "comments": COMMENT_FILTERS if has_comments(workspace) else {},
        "cause": CAUSE_FILTERS if tiles_by_cause(workspace) else {},
    }


def _ignored_sentence(url: Mapping[str, str], options: Mapping[str, Mapping[str, Any]]) -> str:
    """Return a sentence that names the unknown values in the URL, "" for none."""
    known = {name: url[name] in options[name] for name in url if name != "text"}
    unknown = [f"{name} {url[name][:60]!r}" for name in known if not known[name]]
    noun = "filter" if len(unknown) == 1 else "filters"
    return f"Ignored unknown {noun} in the URL: {', '.join(unknown)}." if unknown else ""


def _tile_filter(values: Mapping[str, str | None]) -> TileFilter:
    class_id = values.get("class")
    chosen = TileFilter(
        scene=values.get("scene"),
        split=values.get("split") if values.get("split") in formatting.SPLITS else None,
        state=values.get("state") if values.get("state") in TILE_STATES else None,
        class_id=int(class_id) if class_id and class_id.isdecimal() else None,
        author=values.get("author"),
        text=values.get("text"),
        assigned_to="" if values.get("assigned") == NOBODY else values.get("assigned"),
    )
    chosen = with_comments(chosen, values.get("comments"), current_actor().name)
    return with_cause(chosen, values.get("cause"))


def _effective_order(orders: Mapping[str, QueueOrder], chosen: TileFilter, key: str) -> QueueOrder:
    """Return the order, or the one by seep area where it needs a class and the filter has none."""
    order = orders[key]
    return orders["seep_area"] if order.requires == "class" and not chosen.class_id else order


def _choice(row: Any, label: str, name: str, choices: Mapping[str, str]) -> str | None:
    # None is an option of its own: Escape would clear a select box that is empty by default.
    chosen: str | None = row.selectbox(
        label,
        [None, *choices],
        format_func=lambda value: label if value is None else choices.get(value, value),
        key=_key(name),
        persist_state="session",
        label_visibility="collapsed",
        width=FILTER_PX,
    )
    return chosen


def _url() -> dict[str, str]:
    """Return the filters and the order in the URL; "test" for the split name "locked" of earlier versions."""
    url = {name: st.query_params[name] for name in NAMES if name in st.query_params}
    if "text" in url:
        url["text"] = url["text"].strip()[:MAX_TEXT]
    return {name: current_split(value) if name == "split" else value for name, value in url.items()}


def _read_url(options: Mapping[str, Mapping[str, Any]]) -> str:
    """Copy the URL's values into the choices; return a sentence about unknown values, "" for none."""
    url = _url()
    if not url or url == st.session_state.get(_WRITTEN):
        return ""
    for name in NAMES:
        value = url.get(name)
        if (name == "text" and value) or value in options.get(name, ()):
            st.session_state[_key(name)] = value
        else:
            st.session_state.pop(_key(name), None)
    return _ignored_sentence(url, options)


def _show_ignored(sentence: str) -> None:
    """Show the sentence until another filter is chosen."""
    if sentence:
        st.session_state[_IGNORED] = (sentence, st.session_state[_WRITTEN])
    shown, written = st.session_state.get(_IGNORED, ("", None))
    if shown and written == st.session_state[_WRITTEN]:
        st.warning(formatting.plain(shown), icon=":material/filter_alt_off:")


def _write_url(values: Mapping[str, str | None]) -> None:
    wanted = {name: value for name, value in values.items() if value}
    if wanted.get("order") == DEFAULT_ORDER:
        del wanted["order"]
    for name in NAMES:
        if name in wanted and st.query_params.get(name) != wanted[name]:
            st.query_params[name] = wanted[name]
        elif name not in wanted and name in st.query_params:
            del st.query_params[name]
    st.session_state[_WRITTEN] = wanted


def _key(name: str) -> str:
    return f"filter-{name}"
