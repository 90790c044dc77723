"""Pieces that every page is made of: its head, its empty and failed states, state badges, fact lists."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from seep.core.text import minus
from seep.errors import SeepError
from seep.ui import formatting
from seep.ui.formatting import StateWord


def page_head(title: str, sentence: str = "") -> DeltaGenerator:
    """Draw a page's title and one sentence; return the corner for its one primary action.

    Args:
        title: the page's name.
        sentence: where things stand, as plain text.
    """
    left, right = st.columns([3, 1], vertical_alignment="center")
    with left:
        st.title(title, anchor=False)
        st.caption(formatting.plain(sentence) if sentence else "\u200b")
    return right.container(horizontal=True, horizontal_alignment="right", key="primary-action")


def go_to(label: str, page: str, key: str, *, primary: bool = True, **query: object) -> None:
    """Draw a button that opens another page, with query parameters if any are given."""
    if st.button(label, key=key, type="primary" if primary else "secondary"):
        st.switch_page(page, query_params={name: str(value) for name, value in query.items()})


def nothing_here(
    sentence: str, icon: str, label: str = "", page: str = "", *, framed: bool = True, **query: object
) -> None:
    """Draw an empty state: an icon, one sentence, and one button that leads on.

    Args:
        sentence: why there is nothing, and what would change that.
        icon: a Material symbol, `:material/...:`.
        label: the button's label; empty for none.
        page: the page that the button opens.
        framed: draw a border around it; not where it stands in a card already.
        query: query parameters for that page.
    """
    with st.container(border=framed, horizontal_alignment="center", key=f"empty-{formatting.slug(sentence)}"):
        st.space("small")
        st.markdown(f":gray[{icon}]  {formatting.plain(sentence)}", width="content")
        if label:
            go_to(label, page, key=f"lead-{formatting.slug(label)}", primary=False, **query)
        st.space("small")


def state_text(state: StateWord) -> str:
    """Return a state as a Markdown badge: word, color and shape."""
    return f":{state.color}-badge[{state.icon} {state.word}]"


def quiet_table(rows: Sequence[Mapping[str, Any]]) -> None:
    """Draw rows that are only read: no grid to load, and every value letter for letter.

    Args:
        rows: by column name; `StateWord` values are drawn as badges, numbers with thin spaces.
    """
    st.table(
        [{name: _cell(value) for name, value in row.items()} for row in rows],
        border="horizontal",
        hide_index=True,
    )


def class_table(rows: Sequence[Mapping[str, str]]) -> None:
    """Draw figures by class as a quiet table, and say under it what "no slick" means where it stands."""
    quiet_table(rows)
    if any(formatting.NO_SLICK in row.values() for row in rows):
        st.caption(formatting.NO_SLICK_MEANS)


def _cell(value: Any) -> str:
    if isinstance(value, StateWord):
        return state_text(value)
    return formatting.number(value) if isinstance(value, int) else formatting.plain(value)


def facts(values: Mapping[str, Any]) -> None:
    """Draw names and values as a quiet table of two columns; values are shown letter for letter."""
    rows = [
        {"name": f":gray[{formatting.plain(name)}]", "value": formatting.plain(value)}
        for name, value in values.items()
    ]
    st.table(rows, border="horizontal", hide_header=True, hide_index=True)


def job_list(jobs: Sequence[Mapping[str, Any]]) -> None:
    """Draw jobs as a table: what, how it stands, what it says, when.

    Args:
        jobs: {"kind", "state", "progress", "message", "error", "author", "created_at"}, newest first.
    """
    if not jobs:
        nothing_here("No job was run yet.", ":material/schedule:", framed=False)
        return
    quiet_table(
        [
            {
                "job": formatting.unbroken(formatting.JOB_KINDS.get(job["kind"], job["kind"])),
                "state": formatting.JOB_STATES[job["state"]],
                "what": _what(job),
                "by": job["author"],
                "when": formatting.unbroken(formatting.moment(job["created_at"])),
            }
            for job in jobs
        ]
    )


def _what(job: Mapping[str, Any]) -> str:
    if job["state"] == "running":
        return f"{job['progress']:.0%}: {job['message'] or 'starts'}"
    if job["state"] == "canceled":  # its last message tells of time left
        return f"ended at {job['progress']:.0%}"
    return job.get("error") or minus(job["message"] or "")


def confirm(title: str, sentence: str, label: str, action: Callable[[], object], key: str) -> None:
    """Ask once, in a dialogue that says what will happen, and do it when it is confirmed.

    Args:
        title: the question.
        sentence: what confirming will do, and how it is taken back.
        label: what the confirming button says.
        action: what is done; an error that it raises on purpose is shown in the dialogue.
        key: names the dialogue's buttons.
    """

    refused = f"{key}-refused"
    st.session_state.pop(refused, None)

    @st.dialog(formatting.plain(title), width="small")
    def ask() -> None:
        st.markdown(formatting.plain(sentence))
        with st.container(horizontal=True, horizontal_alignment="right"):
            if st.button("Cancel", key=f"{key}-cancel"):
                st.rerun()
            confirmed = st.button(
                label, key=f"{key}-confirm", type="primary", on_click=_attempt, args=(action, refused)
            )
        if refused in st.session_state:
            st.error(formatting.plain(st.session_state[refused]), icon=":material/error:")
        elif confirmed:
            st.rerun()

    ask()


def _attempt(action: Callable[[], object], refused: str) -> None:
    """Do it, as a callback: before anything is drawn, so that the page shows what is true now."""
    try:
        action()
    except SeepError as error:
        st.session_state[refused] = str(error)
