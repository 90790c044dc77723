"""What a model scores on scenes that never train: figures by class, plots, the worst tiles."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from seep.core.masks.classes import SeepClass
from seep.ui import formatting, plots
from seep.ui.components.mask_compare import Pair, pairs
from seep.ui.models import evaluation_plots
from seep.ui.models.metrics import Measured, measured
from seep.ui.session import author, base_url, current_workspace, shown_errors
from seep.ui.widgets import class_table
from seep.workflow import jobs
from seep.workflow.evaluation.checkpoints import enqueue_evaluate, evaluation_job, evaluation_of
from seep.workflow.models.lineage import met_in_training
from seep.workflow.review.revisions import get_tile
from seep.workflow.training.run_history import compared_by_run
from seep.workflow.workspace import Workspace

Model = Mapping[str, Any]
SPLITS = ("locked", "validation")


def show_evaluation(workspace: Workspace, model: Model, classes: Sequence[SeepClass]) -> None:
    """Draw all that is known of a model on scenes that never train, and the button that measures it anew.

    Args:
        workspace: where.
        model: a row of `seep.workflow.models.registry.list_models`.
        classes: of the workspace, in the order of their ids.
    """
    found = evaluation_of(workspace, int(model["id"]))
    figures = {split: one for split, one in found["splits"].items() if one} if found else model["figures"]
    there = [split for split in SPLITS if measured(figures, split)]
    with st.container(horizontal=True, vertical_alignment="center"):
        chosen = _choose_split(there)
        _say_when(found, model)
        _offer(workspace, model, again=found is not None)
    score = measured(figures, chosen) if chosen else None
    if score is None:
        st.markdown("Not measured yet on scenes of this workspace.")
        return
    if found:
        _warn_of_met(workspace, model, score)
    _figures(score, classes)
    if score.matrices:
        _plots(score.report, classes, f"{model['id']}-{chosen}")
    if "worst" in score.report:
        _worst(workspace, score.report["worst"], f"{model['id']}-{chosen}")


def figures_of_two(
    workspace: Workspace, old: Model, new: Model
) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Return the figures of two models by split, of one kind.

    As measured here, else as the run that made one compared it with the other, else those of their cards.

    Says which, and offers to measure both here where that is not so or not up to date.
    """
    found = [evaluation_of(workspace, int(one["id"])) for one in (old, new)]
    first, second = found
    if first and second and not first["stale"] and not second["stale"]:
        st.caption("As measured here, on the same masks.")
        return first["splits"], second["splits"]
    by_run = compared_by_run(workspace, int(old["id"]), int(new["id"]))
    basis = "By their cards, each as it was measured when it was made."
    if by_run:
        basis = "As the run compared them that made one of them, on the same masks."
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(basis, width="stretch")
        offer_both(workspace, (old, new))
    return by_run or (old["figures"], new["figures"])


def offer_both(workspace: Workspace, models: Sequence[Model]) -> None:
    """The button that measures two models, or how far that is."""
    listed = jobs.list_jobs(workspace, 100)
    going_on = [job for one in models if (job := evaluation_job(listed, int(one["id"])))]
    if going_on:
        st.fragment(_follow, run_every=1)(going_on[0].id)
    elif st.button("Measure both here", icon=":material/speed:", key="measure-both"):
        with shown_errors():
            for one in models:
                enqueue_evaluate(workspace, int(one["id"]), author())
            st.rerun()


def _choose_split(there: Sequence[str]) -> str | None:
    if len(there) < 2:
        return there[0] if there else None
    labels = {split: f"{formatting.SPLITS[split]} scenes" for split in there}
    chosen = st.segmented_control(
        "Measured on",
        there,
        default=there[0],
        required=True,
        format_func=labels.__getitem__,
        label_visibility="collapsed",
    )
    return chosen or there[0]


def _say_when(found: Mapping[str, Any] | None, model: Model) -> None:
    if found is None:
        whose = (
            "From the run that made it. " if model["run_id"] else "From its card, on scenes of its maker. "
        )
        there = whose if model["figures"] else ""
        st.caption(f"{there}Measure it here for curves, calibration and the worst tiles.")
    else:
        when = f"Measured {formatting.moment(found['made_at'])} by {formatting.plain(found['author'])}."
        changed = " :orange[Masks came or changed since: measure again.]" if found["stale"] else ""
        st.caption(when + changed)


def _offer(workspace: Workspace, model: Model, *, again: bool) -> None:
    """The button that measures, or how far it is."""
    job = evaluation_job(jobs.list_jobs(workspace, 100), int(model["id"]))
    if job is not None:
        st.fragment(_follow, run_every=1)(job.id)
        return
    if st.button("Measure again" if again else "Measure here", icon=":material/speed:", key="measure"):
        with shown_errors():
            enqueue_evaluate(workspace, int(model["id"]), author())
            st.rerun()


@shown_errors()
def _follow(job_id: int) -> None:
    workspace = current_workspace()
    job = jobs.get_job(workspace, job_id)
    if job.state not in jobs.ACTIVE:
        st.rerun()
    with st.container(horizontal=True, vertical_alignment="center", width=360):
        st.progress(job.progress, f"Measures: {formatting.plain(job.message or 'waits for the worker')}")
        if st.button("Cancel", key="cancel-measure"):
            jobs.cancel(workspace, job_id, author())


def _warn_of_met(workspace: Workspace, model: Model, score: Measured) -> None:
    met = met_in_training(workspace, [int(model["id"])], sorted(score.matrices))
    if met:
        verb = "was" if len(met) == 1 else "were"
        st.warning(
            f"{formatting.plain(', '.join(met))} {verb} trained on by this model or by one that it came from, so "
            "these figures flatter it.",
            icon=":material/warning:",
        )


def _figures(score: Measured, classes: Sequence[SeepClass]) -> None:
    sure = (
        f"; binary IoU with 95 % {formatting.interval(score.low, score.high)}"
        if score.low is not None
        else ""
    )
    st.caption(f"On {score.basis}{sure}")
    rows = figure_rows(score, classes)
    if rows:
        class_table(rows)


def figure_rows(score: Measured, classes: Sequence[SeepClass]) -> list[dict[str, str]]:
    """Return one row a seep class, and one for any seep: IoU, its interval over scenes, precision, recall."""
    intervals = score.intervals_by_class
    matrix = score.report.get("matrix")
    low_high = (score.low, score.high) if score.low is not None else None
    rows = [
        _figure_row("Any seep", formatting.class_figure(score.iou), low_high, (score.precision, score.recall))
    ]
    for one in classes[1:]:
        if one.id < len(score.by_class):
            interval = intervals[one.id] if one.id < len(intervals) else None
            shares = _precision_recall(matrix, one.id) if matrix else (None, None)
            true_px = score.true_px[one.id] if one.id < len(score.true_px) else None
            told = formatting.class_figure(score.by_class[one.id], true_px)
            rows.append(_figure_row(one.name, told, interval, shares))
    return rows


def _figure_row(
    name: str,
    iou: str,
    interval: tuple[float | None, float | None] | None,
    shares: tuple[float | None, float | None],
) -> dict[str, str]:
    return {
        "class": name,
        "IoU": iou,
        "95 % over scenes": formatting.interval(*(interval or (None, None)), digits=3),
        "precision": formatting.figure(shares[0]),
        "recall": formatting.figure(shares[1]),
    }


def _precision_recall(matrix: Sequence[Sequence[int]], class_id: int) -> tuple[float | None, float | None]:
    hits, called = matrix[class_id][class_id], sum(row[class_id] for row in matrix)
    held = sum(matrix[class_id])
    return hits / called if called else None, hits / held if held else None


def _plots(report: Mapping[str, Any], classes: Sequence[SeepClass], key: str) -> None:
    drawn = [
        ("Confusion", evaluation_plots.confusion(report["matrix"], classes)),
        ("Binary IoU by scene, with its 95 % interval", evaluation_plots.by_scene(report)),
    ]
    if "curves" in report:
        curves = report["curves"]
        drawn[1:1] = [("Precision and recall", evaluation_plots.precision_recall(curves, classes))]
        drawn += [
            ("Calibration near seeps", evaluation_plots.calibration(curves["calibration"])),
            ("Slicks by class", evaluation_plots.slick_counts(report["slicks"], classes)),
        ]
    columns = st.columns(2, gap="large")
    for place, (title, figure) in enumerate(drawn):
        with columns[place % 2]:
            st.markdown(f"**{title}**")
            plots.show(figure, f"evaluation-{key}-{formatting.slug(title)}", title)


def _worst(workspace: Workspace, worst: Sequence[Mapping[str, Any]], key: str) -> None:
    rows = [one for one in worst if one["prediction_id"] is not None]
    if not rows:
        return
    st.markdown("**Worst tiles**")
    st.caption("Lowest binary IoU first: the truth left, the prediction right; a click shows a tile large.")
    opened = pairs(
        [_worst_pair(workspace, one) for one in rows],
        labels=("truth", "prediction"),
        base_url=base_url(),
        key=f"worst-{key}",
    )
    if opened:
        st.switch_page("pages/review.py", query_params={"tile": str(opened)})


def _worst_pair(workspace: Workspace, one: Mapping[str, Any]) -> Pair:
    tile = get_tile(workspace, int(one["tile_id"]))
    return Pair(
        tile=tile.id,
        name=tile.name,
        width=tile.width,
        height=tile.height,
        part=(0, 0, tile.width, tile.height),
        first={"revision": int(one["revision_id"])},
        second={"prediction": int(one["prediction_id"])},
        title=f"IoU {formatting.figure(one['binary_iou'])}",
        note=f"scene {tile.scene}",
    )
