"""The history of runs: a table, one curve per run, and hyperparameters against results."""

from collections.abc import Callable, Mapping, Sequence
from math import log10
from typing import Any

import streamlit as st

from seep.ui import formatting, plots
from seep.ui.finetune.form import CLONE
from seep.ui.finetune.run_plots import Axis, parallel
from seep.ui.widgets import nothing_here
from seep.workflow.training.presets import ASKED, HYPERPARAMETERS
from seep.workflow.training.run_history import (
    MAX_RUNS,
    RunSummary,
    differing_hyperparameters,
    metric_curves,
    run_summaries,
)
from seep.workflow.workspace import Workspace

MAX_TICKS = 6
MAX_CURVES = 6
"""Number of colors that can be told apart."""


def ask_view() -> str:
    """Draw the choice between one run and all runs, and the button from an older run to the newest."""
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
        if older and st.button("Show newest run", key="newest-run", icon=":material/last_page:"):
            del st.query_params["run"]
            st.rerun()
    return str(view)


def compare_runs(workspace: Workspace) -> None:
    """Draw all runs; the curves are of the runs that are selected in the table."""
    rows = run_summaries(workspace)
    if not rows:
        nothing_here("No runs yet. Start two runs to compare them.", ":material/show_chart:")
        return
    place = st.container(horizontal=True, vertical_alignment="center", height=40, border=False)
    chosen = _table(rows)
    with place:
        _actions(chosen, len(rows))
    shown = (chosen or rows)[:MAX_CURVES]
    left, right = st.columns(2, gap="large")
    for place, name, title in ((left, "binary_iou", "IoU"), (right, "validation_loss", "loss")):
        with place:
            curves = metric_curves(workspace, [row.id for row in shown], name)
            series = {f"run {run}": points for run, points in curves.items()}
            figure = plots.curve(series, "step", f"validation {title}")
            plots.show(figure, f"runs-{title}", f"Validation {title} by run")
    if len(chosen or rows) > MAX_CURVES:
        st.caption(f"Curves of the first {MAX_CURVES} of {len(chosen or rows)} runs.")
    st.header("Hyperparameters and results", anchor=False)
    _parallel(rows, [row.id for row in shown])


def _actions(chosen: Sequence[RunSummary], count: int) -> None:
    if len(chosen) != 1:
        text = (
            f"{formatting.count(len(chosen), 'run')} selected." if chosen else "Select runs to compare them."
        )
        most = f" The newest {MAX_RUNS} are listed." if count == MAX_RUNS else ""
        st.caption(f"{text} Select one run to open or clone it.{most}", width="stretch")
        return
    run = chosen[0].id
    if st.button(f"Open run {run}", key="open-run", icon=":material/open_in_full:"):
        _go(run=str(run))
    if st.button("Clone with changes", key="clone-row", icon=":material/content_copy:"):
        _go(**{CLONE: str(run)})


def _go(**parameters: str) -> None:
    st.query_params.pop("view", None)
    st.query_params.update(parameters)
    st.session_state["view"] = "One run"
    st.rerun()


def _table(rows: Sequence[RunSummary]) -> list[RunSummary]:
    differing = differing_hyperparameters(rows)
    event = st.dataframe(
        [
            {name[0].upper() + name[1:]: value for name, value in table_row(row, differing).items()}
            for row in rows
        ],
        hide_index=True,
        height="content" if len(rows) < 9 else 320,
        row_height=32,
        on_select="rerun",
        selection_mode="multi-row",
        key="runs",
    )
    same = [name for name in ASKED if name not in differing and name in rows[0].hyperparameters]
    text = "; ".join(
        f"{HYPERPARAMETERS[name].label.lower()} {HYPERPARAMETERS[name].text(rows[0].hyperparameters[name])}"
        for name in same
    )
    if text:
        st.caption(formatting.plain(f"Same in all runs: {text}."))
    return [rows[at] for at in event["selection"]["rows"] if at < len(rows)]


def table_row(row: RunSummary, differing: Sequence[str]) -> dict[str, Any]:
    """Return a run as a row of the table, with a column per differing hyperparameter."""
    verdict, basis = row.verdict, row.verdict.basis if row.verdict else None
    word = formatting.VERDICTS[verdict.word] if verdict else formatting.JOB_STATES[row.state]
    measured = f"{formatting.SPLITS[basis.split].lower()} scene" if basis else ""
    return {
        "run": row.id,
        "result": word.word,
        "version": _version(row),
        "best network IoU": formatting.figure(row.best_iou, 3),
        "IoU": formatting.figure(basis.iou_now if basis else None, 3),
        "Δ IoU vs. previous": formatting.difference(row.difference),
        "95 % interval": "–"
        if basis is None or basis.low is None or basis.high is None
        else f"{formatting.difference(basis.low)} to {formatting.difference(basis.high)}",
        "measured on": formatting.count(basis.scenes, measured) if basis else "–",
        "duration": formatting.duration(row.seconds),
        "tiles": row.tiles,
        **{HYPERPARAMETERS[name].short: _value(row, name) for name in differing},
        "base": row.base or "–",
        "by": row.author,
        "created": formatting.moment(row.created_at),
    }


def _version(row: RunSummary) -> str:
    if row.checkpoint is None:
        return "–"
    return row.checkpoint + ("" if row.checkpoint_state == "kept" else f", {row.checkpoint_state}")


def _value(row: RunSummary, name: str) -> str:
    declared = HYPERPARAMETERS[name]
    return declared.text(row.hyperparameters[name]) if name in row.hyperparameters else "–"


def _parallel(rows: Sequence[RunSummary], marked: Sequence[int]) -> None:
    done = [row for row in rows if row.best_iou is not None]
    if len(done) < 2:
        st.caption("This plot needs two runs with at least one validated epoch.")
        return
    ids = [row.id for row in done]
    figure = parallel(
        axes(done), [f"run {one}" for one in ids], [ids.index(one) for one in marked if one in ids]
    )
    plots.show(figure, "runs-parallel", "One line per run through its hyperparameters and its results")
    st.caption("One line per run. Colors match the curves above; other runs are gray.")


def axes(rows: Sequence[RunSummary]) -> list[Axis]:
    """Return the axes of the parallel coordinates: differing hyperparameters, tiles, duration and results.

    Args:
        rows: runs that have a best IoU.
    """
    drawn = [_hyperparameter_axis(rows, name) for name in differing_hyperparameters(rows) if name != "seed"]
    drawn.append(_axis("tiles", [row.tiles for row in rows], formatting.number))
    drawn.append(_axis("duration", [row.seconds for row in rows], formatting.duration))
    best = [row.best_iou for row in rows]
    drawn.append(_axis("best IoU", best, lambda value: formatting.figure(value, 3)))
    differences = [row.difference for row in rows]
    if any(value is not None for value in differences):
        drawn.append(_axis("Δ IoU", differences, formatting.difference))
    return drawn


def _axis(label: str, values: Sequence[float | None], text: Callable[[float], str]) -> Axis:
    return Axis(label, values, ["–" if value is None else text(value) for value in values])


def _hyperparameter_axis(rows: Sequence[RunSummary], name: str) -> Axis:
    """Return the axis of one hyperparameter, with a tick at each value; learning rates are logarithmic."""
    found = [row.hyperparameters.get(name) for row in rows]
    used = sorted({value for value in found if value is not None})
    place = {value: log10(value) if name == "learning_rate" else float(value) for value in used}
    none = max(place.values(), default=0.0) * 1.25 + 1  # "no limit" is above the highest value
    values = [none if value is None else place[value] for value in found]
    texts = [_value(row, name) for row in rows]
    return Axis(HYPERPARAMETERS[name].short, values, texts, _ticks(dict(zip(values, texts, strict=True))))


def _ticks(named: Mapping[float, str]) -> Mapping[float, str]:
    """Return all ticks where there are few, else the lowest and the highest."""
    places = sorted(named)
    shown = places if len(places) <= MAX_TICKS else [places[0], places[-1]]
    return {place: named[place] for place in shown}
