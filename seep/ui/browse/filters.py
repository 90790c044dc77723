"""Which tiles, in which order: one row of choices, kept in the address so that a view can be sent on."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from seep.ui import formatting
from seep.workflow.classes import get_classes, people
from seep.workflow.review.assignments import assigned_people
from seep.workflow.review.queue import ORDERS, TileFilter, offered_orders
from seep.workflow.scenes.listing import list_scenes
from seep.workflow.workspace import Workspace

ORDER_WORDS = {
    "likely_wrong": "Likely wrong first",
    "useful": "Most useful first",
    "confident": "Confident first",
    "has_something": "Has something first",
    "name": "By scene",
    "seep_area": "By seep area",
    "class": "By class area",
    "updated": "Changed last first",
    "second_look": "Second look",
}
NAMES = ("scene", "split", "state", "class", "author", "assigned", "order")
PLACEHOLDERS = {"author": "Any person", "assigned": "Assigned to any"}
NOBODY = "nobody"
_WRITTEN = "filters-in-address"
_LEFT_OUT = "filters-left-out"


def filter_row(workspace: Workspace) -> tuple[TileFilter, str]:
    """Draw the filters in one row; return what was chosen and the order.

    The address wins when it says something else than what was last chosen here, as after a deep link.
    """
    options, orders = _options(workspace), offered_orders(workspace)
    left_out = _take_from_address({**options, "order": orders})
    if st.session_state.get(_key("order")) not in orders:  # the active model is another one by now
        st.session_state.pop(_key("order"), None)
    places = st.columns(len(NAMES), gap="small")
    chosen = {
        name: _choice(place, PLACEHOLDERS.get(name, f"Any {name}"), name, choices)
        for place, (name, choices) in zip(places, options.items(), strict=False)
    }
    order = places[-1].selectbox(
        "Order",
        list(orders),
        format_func=lambda name: ORDER_WORDS.get(name, name),
        key=_key("order"),
        persist_state="session",
        label_visibility="collapsed",
        filter_mode=None,
    )
    _write_address({**chosen, "order": order})
    _say_left_out(left_out)
    found = _tile_filter(chosen)
    possible = _possible(found, order)
    missing = "" if possible == order else "No class is chosen in the filters, so all count. "
    st.caption(formatting.plain(missing + ORDERS[possible]))
    return found, possible


def filter_from_address(workspace: Workspace) -> tuple[TileFilter, str, str]:
    """Return the filter and order that the address names, for pages without the row.

    Returns:
        The filter, the order, and a sentence about what the address asks for that does not exist and was left
        out, "" where there is nothing to say.
    """
    options = {**_options(workspace), "order": offered_orders(workspace)}
    address = {name: st.query_params[name] for name in NAMES if st.query_params.get(name)}
    values = {name: value for name, value in address.items() if value in options[name]}
    order = values.pop("order", "likely_wrong")
    found = _tile_filter(values)
    return found, _possible(found, order), _ignored(address, options)


def review_address(chosen: TileFilter, order: str) -> dict[str, str]:
    """Return the query parameters that carry a filter and an order to Review."""
    values = {
        "scene": chosen.scene,
        "split": chosen.split,
        "state": chosen.state,
        "class": chosen.class_id,
        "author": chosen.author,
        "assigned": NOBODY if chosen.assigned_to == "" else chosen.assigned_to,
        "order": order,
    }
    return {name: str(value) for name, value in values.items() if value is not None}


def _options(workspace: Workspace) -> dict[str, Mapping[str, str]]:
    return {
        "scene": {scene["name"]: scene["name"] for scene in list_scenes(workspace)},
        "split": formatting.SPLITS,
        "state": {name: state.word for name, state in formatting.TILE_STATES.items()},
        "class": {str(one.id): one.name for one in get_classes(workspace)},
        "author": {name: name for name in people(workspace)},
        "assigned": {NOBODY: "Assigned to nobody"}
        | {name: f"Assigned to {name}" for name in assigned_people(workspace)},
    }


def _ignored(address: Mapping[str, str], options: Mapping[str, Mapping[str, str]]) -> str:
    """Say which values of the address do not exist here."""
    wrong = [f"{name} {address[name][:60]!r}" for name in address if address[name] not in options[name]]
    if not wrong:
        return ""
    what = "that does not exist here and was" if len(wrong) == 1 else "those do not exist here and were"
    return f"The address asks for {', '.join(wrong)}: {what} left out."


def _tile_filter(values: Mapping[str, str | None]) -> TileFilter:
    class_id = values.get("class")
    return TileFilter(
        scene=values.get("scene"),
        split=values.get("split") if values.get("split") in formatting.SPLITS else None,
        state=values.get("state") if values.get("state") in formatting.TILE_STATES else None,
        class_id=int(class_id) if class_id and class_id.isdecimal() else None,
        author=values.get("author"),
        assigned_to="" if values.get("assigned") == NOBODY else values.get("assigned"),
    )


def _possible(chosen: TileFilter, order: str) -> str:
    """Return the order, or by all seep where the order by class has no class to go by."""
    return "seep_area" if order == "class" and not chosen.class_id else order


def _choice(place: Any, label: str, name: str, choices: Mapping[str, str]) -> str | None:
    chosen: str | None = place.selectbox(
        label,
        list(choices),
        index=None,
        placeholder=label,
        format_func=lambda value: choices.get(value, value),
        key=_key(name),
        persist_state="session",
        label_visibility="collapsed",
    )
    return chosen


def _take_from_address(options: Mapping[str, Mapping[str, str]]) -> str:
    """Take what the address says over; return a sentence about what of it does not exist, or ""."""
    address = {name: st.query_params[name] for name in NAMES if name in st.query_params}
    if not address or address == st.session_state.get(_WRITTEN):
        return ""
    for name in NAMES:
        value = address.get(name)
        if value in options[name]:
            st.session_state[_key(name)] = value
        else:
            st.session_state.pop(_key(name), None)
    return _ignored(address, options)


def _say_left_out(sentence: str) -> None:
    """Show the sentence until another filter is chosen."""
    if sentence:
        st.session_state[_LEFT_OUT] = (sentence, st.session_state[_WRITTEN])
    said, at = st.session_state.get(_LEFT_OUT, ("", None))
    if said and at == st.session_state[_WRITTEN]:
        st.warning(formatting.plain(said), icon=":material/filter_alt_off:")


def _write_address(values: Mapping[str, str | None]) -> None:
    wanted = {name: value for name, value in values.items() if value}
    if wanted.get("order") == "likely_wrong":
        del wanted["order"]
    for name in NAMES:
        if name in wanted and st.query_params.get(name) != wanted[name]:
            st.query_params[name] = wanted[name]
        elif name not in wanted and name in st.query_params:
            del st.query_params[name]
    st.session_state[_WRITTEN] = wanted


def _key(name: str) -> str:
    return f"filter-{name}"
