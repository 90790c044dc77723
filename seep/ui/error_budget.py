"""The error budget on Overview: a bar that fills until the review may stop."""

from functools import partial

import streamlit as st

from seep.core.text import counted
from seep.ui import formatting
from seep.ui.session import worded
from seep.ui.widgets import lazy_expander
from seep.workflow.review.error_budget import DEFAULT_TARGET, MAX_TARGET, error_budget
from seep.workflow.trash import list_imports
from seep.workflow.workspace import Workspace

HELP = (
    "Share of the slicks of an export that may be missing or false. Reviewed tiles count as free of errors. The errors "
    "of open tiles are estimated from reviewed tiles of the quality sample that are like them."
)
_PER_CENT = 100


def error_budget_part(workspace: Workspace) -> None:
    """Draw the error budget in an expander; it reads every mask once."""
    lazy_expander("Error budget", partial(_budget, workspace), key="error-budget")


def _budget(workspace: Workspace) -> None:
    imports = {
        one.id: f"{one.source}, {one.created_at[:10]}, {counted(one.tiles, 'tile')}"
        for one in list_imports(workspace)
    }
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.selectbox(
            "Tiles",
            [None, *imports],
            format_func=lambda one: "All tiles" if one is None else imports[one],
            key="budget-import",
        )
        target = st.number_input(
            worded("Missing or false slicks, %"),
            min_value=0.5,
            max_value=MAX_TARGET * _PER_CENT,
            value=DEFAULT_TARGET * _PER_CENT,
            step=0.5,
            format="%.1f",
            key="budget-target",
            help=worded(HELP),
            width=220,
        )
    budget = error_budget(workspace, target / _PER_CENT, chosen)
    st.progress(budget.filled, formatting.plain(worded(budget.sentence)))
