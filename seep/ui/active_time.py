"""Active time on Overview: seconds per tile, by hour, state and share of the prediction kept, and the forecast."""

from functools import partial

import streamlit as st

from seep.core.text import counted
from seep.ui import formatting
from seep.ui.session import current_actor, why_not
from seep.ui.widgets import lazy_expander, quiet_table
from seep.workflow.review.active_time import ActiveTimeSummary, Pace, active_time_summary
from seep.workflow.workspace import Workspace

HELP = (
    "Time with input in Review, up to 20 s after each input, in the visible tab only. Only you see your times, "
    "unless the setting `SEEP_ACTIVE_TIME` is `people`: leads then see totals by person."
)
_KEPT = {"all": "all kept", "most": "90 % or more kept", "some": "less kept"}


def active_time_part(workspace: Workspace) -> None:
    """Draw the forecast in one line, and the active time of this person in an expander; nothing without times."""
    summary = None if why_not(active_time_summary) else active_time_summary(workspace, current_actor())
    if summary is None or not (sum(summary.seconds) or summary.people):
        return
    if summary.forecast:
        st.caption(formatting.plain(f"Forecast at your pace: {summary.forecast}."), help=HELP)
    lazy_expander("Active time", partial(_details, summary), key="active-time")


def _details(summary: ActiveTimeSummary) -> None:
    looking, drawing, deciding = (formatting.duration(one) for one in summary.seconds)
    pace = ""
    if summary.seconds_per_tile is not None:
        pace = f" {summary.seconds_per_tile:.0f} s per tile over {counted(summary.tiles, 'decided tile')}."
    st.markdown(f"Looking {looking}, drawing {drawing}, deciding {deciding}.{pace}", help=HELP)
    columns = st.columns(3)
    kept = [Pace(_KEPT[one.name], one.tiles, one.seconds_per_tile) for one in summary.by_kept]
    groups = {"state": summary.by_state, "prediction": kept, "hour (UTC)": summary.by_hour}
    for column, (name, rows) in zip(columns, groups.items(), strict=True):
        with column:
            _table(name, rows)
    if summary.people:
        _table("person", summary.people)


def _table(name: str, rows: list[Pace]) -> None:
    if rows:
        quiet_table(
            [
                {name: row.name, "tiles": row.tiles, "seconds per tile": f"{row.seconds_per_tile:.0f}"}
                for row in rows
            ]
        )
