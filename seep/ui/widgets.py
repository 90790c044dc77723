"""Elements that the pages share: page head, empty states, badges, tables, confirmations."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from html import escape
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from seep.core.text import percent, with_minus_signs
from seep.errors import SeepError
from seep.ui import formatting
from seep.ui.components.upload.mount import KEY, Content, upload_zone
from seep.ui.formatting import StateWord
from seep.ui.session import base_url, current_actor, shown_errors, why_not
from seep.workflow.overview import JobSummary
from seep.workflow.workspace import Workspace


def page_head(title: str, sentence: str = "") -> DeltaGenerator:
    """Draw a page's title and one sentence; return the container for its primary action.

    Args:
        sentence: state of the page's data, as plain text.
    """
    left, right = st.columns([3, 1], vertical_alignment="center")
    with left:
        st.title(title, anchor=False)
        st.caption(formatting.plain(sentence) if sentence else "\u200b")
    return right.container(horizontal=True, horizontal_alignment="right", key="primary-action")


def go_to(label: str, page: str, key: str, *, primary: bool = True, **query: object) -> None:
    """Draw a button that opens another page, with the query parameters that are not ""."""
    if st.button(label, key=key, type="primary" if primary else "secondary"):
        given = {name: str(value) for name, value in query.items() if value != ""}
        st.switch_page(page, query_params=given)


def nothing_here(
    sentence: str,
    icon: str,
    label: str = "",
    page: str = "",
    *,
    framed: bool = True,
    beside: Callable[[], object] | None = None,
    **query: object,
) -> None:
    """Draw an empty state: an icon, one sentence, and one button.

    Args:
        sentence: why there is nothing, and the remedy.
        icon: a Material symbol, `:material/...:`.
        label: the button's label; empty for none.
        page: the page that the button opens.
        framed: draw a border; not inside a card.
        beside: draws a second button beside the first; None for none.
        query: query parameters for that page.
    """
    with st.container(border=framed, horizontal_alignment="center", key=f"empty-{formatting.slug(sentence)}"):
        st.space("small")
        st.markdown(f":gray[{icon}]  {formatting.plain(sentence)}", width="content")
        with st.container(horizontal=True, horizontal_alignment="center"):
            if label:
                go_to(label, page, key=f"lead-{formatting.slug(label)}", primary=False, **query)
            if beside:
                beside()
        st.space("small")


def state_text(state: StateWord) -> str:
    """Return a state as a Markdown badge: word, color and shape."""
    return f":{state.color}-badge[{state.icon} {state.word}]"


def color_legend(entries: Iterable[tuple[str, str]]) -> None:
    """Draw what colors mean in one line: "#rrggbb" and text of each."""
    parts = [f'<span style="color:{escape(color)}">&#9632;</span> {escape(text)}' for color, text in entries]
    st.html(f'<p style="margin:0">{"&ensp;".join(parts)}</p>')


def quiet_table(rows: Sequence[Mapping[str, Any]]) -> None:
    """Draw rows as a static table; values are shown literally.

    Args:
        rows: by column name; `StateWord` values are drawn as badges, numbers with thin spaces.
    """
    st.table(
        [{name: _cell(value) for name, value in row.items()} for row in rows],
        border="horizontal",
        hide_index=True,
    )


_NOTHING = (formatting.class_figure(0.0), "0.000", "0.000 to 0.000", "–")
"""What the cells of a class hold of which nothing is found."""


def class_table(rows: Sequence[Mapping[str, str]]) -> None:
    """Draw metrics per class as a table, "absent" explained; absent classes are named below it.

    So are classes of which nothing is found, if there are several.
    """
    empty = [row for row in rows if set(list(row.values())[1:]) <= {formatting.NO_SLICK, "–"}]
    missed = [
        row for row in rows if _NOTHING[0] in row.values() and set(list(row.values())[1:]) <= {*_NOTHING}
    ]
    if len(missed) < 2:
        missed = []
    shown = [row for row in rows if row not in empty and row not in missed] or list(rows)
    quiet_table(shown)
    if any(formatting.NO_SLICK in row.values() for row in shown):
        st.caption(formatting.NO_SLICK_MEANS)
    if len(shown) == len(rows):
        return
    for sentence, folded in (("Absent in truth and prediction", empty), ("IoU 0, none found", missed)):
        if folded:
            names = ", ".join(next(iter(row.values())) for row in folded)
            st.caption(formatting.plain(f"{sentence}: {names}."))


def _cell(value: Any) -> str:
    if isinstance(value, StateWord):
        return state_text(value)
    return formatting.number(value) if isinstance(value, int) else formatting.plain(value)


def facts(values: Mapping[str, Any]) -> None:
    """Draw names and values as a table of two columns; values are shown literally."""
    rows = [
        {"name": f":gray[{formatting.plain(name)}]", "value": formatting.plain(value)}
        for name, value in values.items()
    ]
    st.table(rows, border="horizontal", hide_header=True, hide_index=True)


def job_list(jobs: Sequence[JobSummary]) -> None:
    """Draw jobs as a table, in the order given."""
    if not jobs:
        nothing_here("No jobs.", ":material/schedule:", framed=False)
        return
    quiet_table(
        [
            {
                "job": _job_name(job),
                "state": (
                    formatting.JOB_STATES[job.state] if job.silent_s is None else formatting.NOT_RESPONDING
                ),
                "details": _job_details(job),
                "by": job.author,
                "created": formatting.unbroken(formatting.moment(job.created_at)),
            }
            for job in jobs
        ]
    )


def _job_name(job: JobSummary) -> str:
    kind = formatting.JOB_KINDS.get(job.kind, job.kind)
    return f"{kind} with {job.version}" if job.version else formatting.unbroken(kind)


def _job_details(job: JobSummary) -> str:
    if job.silent_s is not None:
        return f"No heartbeat for {formatting.duration(job.silent_s)}, stopped at {percent(job.progress)}"
    if job.state == "running":
        return f"{percent(job.progress)}: {job.message or 'starting'}"
    if job.state == "canceled":  # its last message contains the time left
        return f"canceled at {percent(job.progress)}"
    return job.error or with_minus_signs(job.message or "")


def confirm(title: str, sentence: str, label: str, action: Callable[[], object], key: str) -> None:
    """Ask for confirmation in a dialog, then run an action.

    Args:
        sentence: the effect of the action, and how to undo it.
        label: label of the confirming button.
        action: runs after confirmation; a `SeepError` is shown in the dialog.
        key: prefix of the keys of the dialog's buttons.
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
    """Run the action as a callback: before the page is drawn, so that the page shows its result."""
    try:
        action()
    except SeepError as error:
        st.session_state[refused] = str(error)


def lazy_expander(title: str, draw: Callable[[], None], key: str) -> None:
    """Draw an expander, closed at first. Its content is drawn while it is open, without the page around it.

    Args:
        draw: draws the content; outside of the page's script, so all that it needs is bound to it.
    """

    @st.fragment
    @shown_errors()
    def part() -> None:
        box = st.expander(title, key=key, on_change="rerun")
        if box.open:
            with box:
                draw()

    part()


def role_button(
    label: str, function: Callable[..., Any], *, disabled: bool = False, help: str | None = None, **look: Any
) -> bool:
    """Draw a button for a workflow function; without the role for it, it is disabled and its tooltip says why.

    Args:
        function: a workflow function that names its role.
        disabled: whether there is another reason why it cannot be pressed.
        help: tooltip for those who may press it.
        look: further arguments of `st.button`.
    """
    reason = why_not(function)
    return st.button(label, disabled=disabled or reason is not None, help=reason or help, **look)


def drop_zone(
    workspace: Workspace, token: str, content: Content = "tiles", key: str = KEY, max_bytes: int | None = None
) -> None:
    """Draw zones for files, with the limits of the settings.

    Args:
        content: decides which zones there are.
        key: of the component; one per page.
        max_bytes: largest allowed file, if that is less than the setting.
    """
    settings = workspace.settings
    upload_zone(
        token=token,
        author=current_actor().name,
        file_bytes=min(max_bytes or settings.upload_file_bytes, settings.upload_file_bytes),
        total_bytes=settings.upload_total_bytes,
        base_url=base_url(),
        content=content,
        key=key,
    )
