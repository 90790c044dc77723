"""Runs beside each other: a table, the same curve of several, and what was set against what came of it."""

from collections.abc import Callable, Mapping, Sequence
from math import log10
from typing import Any

import streamlit as st

from seep.ui import formatting, plots
from seep.ui.finetune.form import CLONE
from seep.ui.finetune.hyperparameters import KNOBS, value_text
from seep.ui.finetune.run_plots import parallel
from seep.ui.widgets import nothing_here
from seep.workflow.training.run_history import MOST_RUNS, curves_of, run_table, varying
from seep.workflow.workspace import Workspace

Row = Mapping[str, Any]
MOST_TICKS = 6
MOST_CURVES = 6
"""As many as there are colors that can be told apart."""


def ask_view() -> str:
    """Draw the choice between one run and all of them, and the way back from an older run to the newest."""
    with st.container(horizontal=True, vertical_alignment="center"):
        view = st.segmented_control(
            "View",
            ["One run", "All runs"],
            default="One run",
            required=True,
            key="view",
            bind="query-params",
            label_visibility="collapsed",
        )
        older = "run" in st.query_params and view == "One run"
        if older and st.button("Newest run", key="newest-run", icon=":material/last_page:"):
            del st.query_params["run"]
            st.rerun()
    return str(view)


def compare_runs(workspace: Workspace) -> None:
    """Draw the comparison of all runs; those that are selected in the table are the ones that are drawn."""
    rows = run_table(workspace)
    if not rows:
        nothing_here("No run yet: start one, and then another with other settings.", ":material/show_chart:")
        return
    place = st.container(horizontal=True, vertical_alignment="center", height=40, border=False)
    chosen = _table(rows)
    with place:
        _actions(chosen, len(rows))
    shown = (chosen or rows)[:MOST_CURVES]
    left, right = st.columns(2, gap="large")
    for place, name, title in ((left, "binary_iou", "IoU"), (right, "validation_loss", "loss")):
        with place:
            found = curves_of(workspace, [row["id"] for row in shown], name)
            series = {f"run {run}": points for run, points in found.items()}
            said = f"{title} on validation scenes, by run"
            plots.show(plots.curve(series, "step", f"{title} on validation"), f"runs-{title}", said)
    if len(chosen or rows) > MOST_CURVES:
        st.caption(f"Curves of the first {MOST_CURVES} of {len(chosen or rows)}; select others in the table.")
    st.subheader("What was set, and what came of it", anchor=False)
    _parallel(rows, [row["id"] for row in shown])


def _actions(chosen: Sequence[Row], count: int) -> None:
    if len(chosen) != 1:
        told = (
            f"{formatting.count(len(chosen), 'run')} selected." if chosen else "Select runs to compare them."
        )
        most = f" The newest {MOST_RUNS} are listed." if count == MOST_RUNS else ""
        st.caption(told + " One alone can be opened or cloned." + most, width="stretch")
        return
    run = chosen[0]["id"]
    if st.button(f"Open run {run}", key="open-run", icon=":material/open_in_full:"):
        _go(run=str(run))
    if st.button("Clone with changes", key="clone-row", icon=":material/content_copy:"):
        _go(**{CLONE: str(run)})


def _go(**parameters: str) -> None:
    st.query_params.pop("view", None)
    st.query_params.update(parameters)
    st.session_state["view"] = "One run"
    st.rerun()


def _table(rows: Sequence[Row]) -> list[Row]:
    differing = varying(rows)
    event = st.dataframe(
        [table_row(row, differing) for row in rows],
        hide_index=True,
        height="content" if len(rows) < 9 else 320,
        row_height=32,
        on_select="rerun",
        selection_mode="multi-row",
        key="runs",
    )
    same = [name for name in KNOBS if name not in differing and name in rows[0]["knobs"]]
    told = "; ".join(
        f"{KNOBS[name].label.lower()} {value_text(name, rows[0]['knobs'][name])}" for name in same
    )
    if told:
        st.caption(formatting.plain(f"The same in all: {told}."))
    return [rows[at] for at in event["selection"]["rows"] if at < len(rows)]


def table_row(row: Row, differing: Sequence[str]) -> dict[str, Any]:
    """Return a run as a row of the table, with a column for each knob that is not the same in all.

    Args:
        row: from `seep.workflow.training.run_history.run_table`.
        differing: names of those knobs.
    """
    verdict = formatting.VERDICTS.get(row["verdict"] or "")
    state = verdict.word if verdict else formatting.JOB_STATES[row["state"]].word
    measured = f"{formatting.count(row['scenes'], row['basis'] + ' scene')}" if row["basis"] else "–"
    return {
        "run": row["id"],
        "outcome": state,
        "version": _version(row),
        "best IoU, validation": formatting.figure(row["best_iou"], 3),
        "IoU": formatting.figure(row["iou"], 3),
        "against before": formatting.difference(row["difference"]),
        "95 % interval": _signed(row["low"], row["high"]),
        "measured on": measured,
        "took": formatting.duration(row["seconds"]),
        "tiles": row["tiles"],
        **{KNOBS[name].short or KNOBS[name].label.lower(): _knob(row, name) for name in differing},
        "from": row["base"] or "–",
        "by": row["author"],
        "when": formatting.moment(row["created_at"]),
    }


def _signed(low: float | None, high: float | None) -> str:
    if low is None or high is None:
        return "–"
    return f"{formatting.difference(low)} to {formatting.difference(high)}"


def _version(row: Row) -> str:
    if row["checkpoint"] is None:
        return "–"
    return str(row["checkpoint"]) + ("" if row["standing"] == "kept" else f", {row['standing']}")


def _knob(row: Row, name: str) -> str:
    return value_text(name, row["knobs"][name]) if name in row["knobs"] else "–"


def _parallel(rows: Sequence[Row], marked: Sequence[int]) -> None:
    done = [row for row in rows if row["best_iou"] is not None]
    if len(done) < 2:
        st.caption("Two runs that have measured an epoch are needed to draw a line from each to its outcome.")
        return
    found = [row["id"] for row in done]
    figure = parallel(
        axes(done), [f"run {one}" for one in found], [found.index(one) for one in marked if one in found]
    )
    plots.show(figure, "runs-parallel", "One line a run through its settings to its best IoU on validation")
    st.caption("One line a run; those of the curves above in their colors, the others gray.")


def axes(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Return the axes of the parallel coordinates: knobs that differ, tiles, time, and what came of it.

    Args:
        rows: of runs that have a best IoU.
    """
    drawn = [_knob_axis(rows, name) for name in varying(rows) if name != "seed"]
    drawn.append(_axis("tiles", rows, "tiles", formatting.number))
    drawn.append(_axis("took", rows, "seconds", formatting.duration))
    drawn.append(_axis("best IoU", rows, "best_iou", lambda value: formatting.figure(value, 3)))
    if any(row["difference"] is not None for row in rows):
        drawn.append(_axis("against before", rows, "difference", formatting.difference))
    return drawn


def _axis(label: str, rows: Sequence[Row], name: str, text: Callable[[float], str]) -> dict[str, Any]:
    values = [row[name] for row in rows]
    return {
        "label": label,
        "values": values,
        "texts": ["–" if value is None else text(value) for value in values],
    }


def _knob_axis(rows: Sequence[Row], name: str) -> dict[str, Any]:
    """Return the axis of one knob, with a tick at each value that was used; rates by their logarithm."""
    found = [row["knobs"].get(name) for row in rows]
    used = sorted({value for value in found if value is not None})
    place = {value: log10(value) if name == "learning_rate" else float(value) for value in used}
    none = max(place.values(), default=0.0) * 1.25 + 1  # "no limit" stands above the highest
    values = [none if value is None else place[value] for value in found]
    texts = [_knob(row, name) for row in rows]
    return {
        "label": KNOBS[name].short or KNOBS[name].label.lower(),
        "values": values,
        "texts": texts,
        "ticks": _ticks(dict(zip(values, texts, strict=True))),
    }


def _ticks(named: Mapping[float, str]) -> dict[float, str]:
    """Name all places where there are few, else the ends."""
    places = sorted(named)
    shown = places if len(places) <= MOST_TICKS else [places[0], places[-1]]
    return {place: named[place] for place in shown}
