"""Parts of the Overview page: the state of the workspace, the first steps, and the demo."""

from collections.abc import Mapping, Sequence

import streamlit as st

from seep.core.sites.causes import CAUSES
from seep.ui import formatting
from seep.ui.session import current_actor, shown_errors, worded
from seep.ui.widgets import role_button
from seep.workflow.checklist import ChecklistStep
from seep.workflow.demo import load_demo
from seep.workflow.overview import IDLE, Overview
from seep.workflow.workspace import Workspace


def status_strip(state: Overview) -> None:
    """Draw the state of the workspace: reviewed tiles, tiles for training, the active version, the jobs."""
    with st.container(horizontal=True, border=True, key="status", gap="large"):
        total = formatting.count(state.tiles, "tile")
        st.metric("Reviewed", f"{formatting.number(state.reviewed)} of {total}")
        st.metric(
            "New for training",
            formatting.count(state.new_for_training, "tile"),
            help="Reviewed tiles of training scenes that no run has used.",
        )
        change, quality = state.active_change, state.active_quality
        name = formatting.plain(state.active or "none")
        if change:
            st.metric(
                "Active version",
                name,
                # with a hyphen: Streamlit takes a true minus for a gain
                f"{change.difference:+.3f}" if change.conclusive else "inconclusive",
                delta_description=formatting.plain(change.basis),
                delta_color="normal" if change.conclusive and round(change.difference, 3) else "off",
                delta_arrow="auto" if change.conclusive else "off",
            )
        else:
            ious = [f"IoU {measured.text}" for measured in quality]
            st.metric(
                "Active version",
                name,
                ious[0] if ious else None,
                delta_description=", ".join(ious[1:]) or None,
                delta_color="off",
                delta_arrow="off",
            )
        st.metric("Jobs", "None" if state.activity == IDLE else state.activity.capitalize())


def demo_button(workspace: Workspace) -> None:
    """Draw the button that fills the empty workspace with synthetic tiles."""
    if role_button("Load demo", load_demo, help="64 synthetic tiles.", key="load-demo"):
        with shown_errors(), st.spinner("Loading the demo. This takes up to a minute."):
            load_demo(workspace, current_actor())
            st.rerun()


def causes_text(counts: Mapping[str, int]) -> str | None:
    """Return "Tiles by cause: natural seep 3, vessel 1."; None without a decided cause."""
    texts = [f"{CAUSES[cause]} {formatting.number(count)}" for cause, count in counts.items()]
    return f"Tiles by cause: {', '.join(texts)}." if texts else None


def show_checklist(steps: Sequence[ChecklistStep]) -> None:
    """Draw the steps of the first use as links, and how the next one is done; nothing when all are done."""
    to_do = next((step for step in steps if not step.done), None)
    if to_do is None:
        return
    with st.container(border=True, gap="xsmall", key="checklist"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption("First steps", width="content")
            for step in steps:
                icon = ":material/check_circle:" if step.done else ":material/radio_button_unchecked:"
                page = f"pages/{step.page}.py"
                st.page_link(
                    page, label=worded(step.label), icon=icon, width="content", query_params=step.query
                )
        st.caption(worded(f"**{to_do.label}:** {to_do.about}"))
