"""Parts of the Agreement page: the request dialog, tables of agreement, and the adjudication of one tile."""

from collections.abc import Mapping, Sequence

import streamlit as st

from seep.core.metrics.agreement import FIGURES
from seep.core.text import percent
from seep.ui import formatting
from seep.ui.session import current_actor, shown_errors, worded
from seep.ui.widgets import color_legend, quiet_table, role_button
from seep.workflow.agreement.adjudication import DIFFERENCE_COLORS, adjudicate, pair_pictures
from seep.workflow.agreement.report import Agreement, Interval, TileAgreement
from seep.workflow.agreement.unchanged import UnchangedAccepts
from seep.workflow.classes import people
from seep.workflow.review.orders import QUEUE_ORDERS
from seep.workflow.review.second_masks import (
    RANDOM,
    REPEAT_AFTER_DAYS,
    request_second_masks,
    withdraw_requests,
)
from seep.workflow.workspace import Workspace

LABELS = {
    "f1": "F1 within 2 px",
    "cldice": "center lines (clDice)",
    "slicks_found": "slicks found by both",
    "iou": "IoU",
    "kappa": "kappa of classes",
}
HELP = (
    "F1 counts pixels with seep of the other mask within 2 px. Kappa compares the classes of overlapping slicks. "
    "Intervals are 95 % over scenes; three scenes with seep are needed."
)
UNCHANGED_HELP = (
    "First accepts of predicted tiles by version. Confirmed: a blind second mask of another person has the same "
    "slicks. Intervals are 95 % Wilson intervals of the share."
)
REPEAT = "The same people (repeat)"
CHOICES = {"first": "Use first", "second": "Use second", "both": "Use both"}
_DECISIONS = {
    "first": "first mask",
    "second": "second mask",
    "both": "both masks",
    "third": "third mask",
    None: "open",
}


def request_button(workspace: Workspace) -> None:
    """Draw the button that requests second masks."""
    if role_button("Request second masks", request_second_masks, icon=":material/person_add:", key="request"):
        request_dialog(workspace)


@st.dialog("Request second masks")
def request_dialog(workspace: Workspace) -> None:
    """Ask who draws which tiles again, and request these second masks."""
    known = [REPEAT, *sorted({current_actor().name, *people(workspace)} - {"import"})]
    person = st.selectbox("Second annotator", known, index=len(known) - 1, accept_new_options=True)
    percent = st.slider("Share of reviewed tiles, %", 1, 100, 10)
    columns = [one for one in QUEUE_ORDERS.values() if one.key in ("likely_wrong", "useful", "confident")]
    orders = {RANDOM: "Random", **{column.column: column.label for column in columns}}
    order = st.selectbox(
        "Tiles",
        list(orders),
        format_func=orders.__getitem__,
        help="A random sample represents all reviewed tiles; the first tiles of an order do not.",
    )
    repeat = person == REPEAT
    days = st.number_input(
        "Minimum age of the first mask, days", 0, 365, REPEAT_AFTER_DAYS if repeat else 0, key=f"age-{repeat}"
    )
    shown = st.checkbox(
        "Show the prediction", help="Both masks then start from it, and agree more than blind ones."
    )
    unchanged = st.checkbox(
        "Only predictions that were accepted unchanged",
        help="Whether accepts without an edit were right: the second annotator does not see the prediction.",
    )
    if st.button("Request", type="primary", disabled=not person):
        with shown_errors():
            drawn = request_second_masks(
                workspace,
                None if repeat else person,
                percent / 100,
                current_actor(),
                order=order,
                shows_prediction=shown,
                after_days=float(days),
                unchanged_only=unchanged,
            )
            if not drawn.tiles:
                st.warning(
                    "No reviewed tile fits: they are too new, have a second mask, or this person saved a mask on them."
                )
                return
            st.toast(
                f"{formatting.count(drawn.tiles, 'second mask')} of {formatting.number(drawn.eligible)} requested."
            )
            st.rerun()


def open_line(workspace: Workspace, waiting: Mapping[str, int]) -> None:
    """Draw who still has second masks to draw, with a button that withdraws these requests."""
    if not waiting:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        names = ", ".join(f"{name} {formatting.number(count)}" for name, count in sorted(waiting.items()))
        st.caption(formatting.plain(f"Waiting: {names}."), width="stretch")
        if role_button("Withdraw requests", withdraw_requests, type="tertiary", key="withdraw"):
            withdraw_requests(workspace, current_actor())
            st.rerun()


def agreement_table(rows: Sequence[Agreement], kind: str) -> None:
    """Draw groups of pairs with their figures and intervals as a table.

    Args:
        kind: heading of the first column.
    """
    quiet_table(
        [
            {
                kind: row.name,
                "tiles": row.tiles,
                "scenes": row.scenes,
                **{worded(LABELS[name]): _figure(row.figures[name], row.intervals[name]) for name in FIGURES},
            }
            for row in rows
        ]
    )


def unchanged_table(rows: Sequence[UnchangedAccepts]) -> None:
    """Draw by version how many predictions were accepted unchanged, and how many of these were drawn again alike."""
    quiet_table(
        [
            {
                "version": one.checkpoint,
                "accepted": one.accepts,
                "unchanged": _share(one.unchanged, one.interval),
                "drawn again": one.drawn_again,
                "confirmed": _share(one.confirmed, one.confirmed_interval) if one.drawn_again else "–",
            }
            for one in rows
        ]
    )


def _share(count: int, interval: Interval | None) -> str:
    if interval is None:
        return str(count)
    return "{} ({} to {})".format(formatting.number(count), *map(percent, interval))


def tile_table(rows: Sequence[TileAgreement]) -> TileAgreement | None:
    """Draw the pairs as a table; return the selected one, or else the first."""
    if not rows:
        return None
    event = st.dataframe(
        [
            {
                "tile": row.pair.tile,
                "first": row.pair.first_author,
                "second": row.pair.second_author,
                **{worded(LABELS[name]): row.figures[name] for name in FIGURES if name != "kappa"},
                "different pixels": row.differing_px,
                "ground truth": "repeat" if row.pair.is_repeat else _DECISIONS[row.pair.decision],
            }
            for row in rows
        ],
        height=min(36 * (len(rows) + 1), 254),
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        key="pairs",
        column_config={
            worded(LABELS[name]): st.column_config.NumberColumn(format="%.2f")
            for name in FIGURES
            if name != "kappa"
        },
    )
    chosen = event["selection"]["rows"]
    return rows[chosen[0] if chosen and chosen[0] < len(rows) else 0]


def pair_view(workspace: Workspace, one: TileAgreement) -> None:
    """Draw a tile under both masks and their difference, with the buttons of the adjudication."""
    pair = one.pair
    # A click belongs to what the page showed when it was clicked, not to what this run of the script finds.
    shown_id, shown_head_id = st.session_state.get("shown-pair", (pair.id, pair.head_id))
    st.session_state["shown-pair"] = pair.id, pair.head_id
    with st.container(horizontal=True, vertical_alignment="center"):
        st.header(formatting.plain(pair.tile), anchor=False, width="stretch")
        if not pair.is_repeat:
            for choice, label in CHOICES.items():
                if role_button(label, adjudicate, disabled=pair.is_changed, key=f"use-{choice}"):
                    with shown_errors():
                        adjudicate(workspace, shown_id, choice, current_actor(), shown_head_id=shown_head_id)
                        st.rerun()
        if st.button("Draw a third mask", icon=":material/draw:", key="third"):
            st.switch_page("pages/review.py", query_params={"tile": str(pair.tile_id)})
    with shown_errors():
        pictures = pair_pictures(workspace, pair)
        names = (f"First: {pair.first_author}", f"Second: {pair.second_author}", "Difference")
        contents = (pictures.first, pictures.second, pictures.difference)
        for column, name, content in zip(st.columns(3), names, contents, strict=True):
            column.image(content, width="stretch")
            column.caption(formatting.plain(name))
        words = ("both", "only first", "only second", "other class")
        color_legend(zip(DIFFERENCE_COLORS.values(), words, strict=True))


def _figure(value: float | None, interval: Interval | None) -> str:
    if value is None:
        return "–"
    if interval is None:
        return f"{value:.2f}"
    return "{:.2f} ({:.2f} to {:.2f})".format(value, *interval)
