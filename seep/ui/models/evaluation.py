"""The evaluation of a model on validation and test scenes: metrics by class, plots, the worst tiles."""

from collections.abc import Mapping, Sequence
from functools import partial

import streamlit as st

from seep.core.masks.classes import SeepClass, foreground, has_background
from seep.core.metrics.intervals import MIN_SCENES
from seep.core.metrics.model_metrics import (
    CROSS_VALIDATION,
    Interval,
    Metrics,
    WorstTile,
    metrics_by_split,
    scene_noun,
)
from seep.ui import formatting, plots
from seep.ui.components.mask_compare.mount import Pair, mask_compare
from seep.ui.session import base_url, current_actor, current_workspace, shown_errors, worded
from seep.ui.widgets import class_table, lazy_expander, quiet_table, role_button
from seep.workflow import jobs
from seep.workflow.evaluation.checkpoints import (
    CheckpointEvaluation,
    enqueue_evaluate,
    evaluation_job,
    evaluation_of,
)
from seep.workflow.evaluation.comparable import CARD, RUN, VersionMetrics
from seep.workflow.evaluation.plots import evaluation_plots
from seep.workflow.evaluation.tables import slick_error_rows
from seep.workflow.models.lineage import trained_scenes
from seep.workflow.models.registry import ModelVersion
from seep.workflow.review.revisions import get_tile
from seep.workflow.training.run_history import compared_by_run
from seep.workflow.workspace import Workspace

TILE_SPLITS = {"test": "Test scenes", "validation": "Validation scenes"}
"""The splits that are never trained on and have tiles in the workspace, as headings and labels."""
SCENES = {**TILE_SPLITS, CROSS_VALIDATION: "Cross-validation of the preset"}
"""The same, and the cross-validation that a model card may contain."""


def basis(split: str, metrics: Metrics) -> str:
    """Return the number of scenes and tiles: "3 test scenes, 173 tiles"."""
    noun = scene_noun(split)
    scenes = formatting.count(metrics.scenes, noun) if metrics.scenes else f"{noun}s"
    return f"{scenes}, {formatting.count(metrics.tiles, 'tile')}" if metrics.tiles else scenes


def interval_text(interval: Interval | None, digits: int = 2) -> str:
    """Return "0.41 to 0.52"; a dash without an interval."""
    return formatting.interval(interval.low, interval.high, digits) if interval else "–"


def interval_or_reason(metrics: Metrics) -> str:
    """Return the 95 % interval of the binary IoU, or why there is none."""
    if metrics.binary_iou_interval or metrics.binary_iou is None:
        return interval_text(metrics.binary_iou_interval)
    return f"fewer than {MIN_SCENES} scenes" if metrics.has_few_scenes else "not measured"


def show_evaluation(
    workspace: Workspace,
    model: ModelVersion,
    found: VersionMetrics | None,
    classes: Sequence[SeepClass],
) -> None:
    """Draw the metrics of a model, and the button that evaluates it in this workspace.

    Args:
        found: the metrics that stand for it everywhere on the page; None without any.
        classes: of the workspace, in the order of their ids.
    """
    evaluation = evaluation_of(workspace, model.id)
    splits = found.splits if found else {}
    with st.container(horizontal=True, vertical_alignment="center"):
        split = _select_split(list(splits))
        _show_source(evaluation, found)
        _evaluate_button(workspace, model, again=evaluation is not None)
    if split is None:
        st.markdown("Not evaluated on scenes of this workspace.")
        return
    metrics = splits[split]
    if evaluation:
        _warn_trained(workspace, model, metrics)
    _show_metrics(split, metrics, classes)
    if metrics.matrix:
        _show_plots(metrics, classes, f"{model.id}-{split}")
    _show_worst(workspace, metrics.worst, f"{model.id}-{split}")


def metrics_of_two(
    workspace: Workspace, old: ModelVersion, new: ModelVersion
) -> tuple[Mapping[str, Metrics], Mapping[str, Metrics]]:
    """Return the metrics of two models by split, from the same source for both.

    The source is, in this order: evaluations in this workspace, the run that compared the two, their cards.
    The source is shown, with a button to evaluate both where the evaluations are missing or outdated.
    """
    evaluations = [evaluation_of(workspace, one.id) for one in (old, new)]
    first, second = evaluations
    if first and second and not first.outdated and not second.outdated:
        st.caption("Both evaluated here on the same masks.")
        return first.splits, second.splits
    by_run = compared_by_run(workspace, old.id, new.id)
    source = "From their cards; each was evaluated when it was trained."
    if by_run:
        source = "From the run that compared the two on the same masks."
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(source, width="stretch")
        _evaluate_both_button(workspace, (old, new))
    if by_run:
        return metrics_by_split(by_run[0]), metrics_by_split(by_run[1])
    return old.metrics, new.metrics


def _evaluate_both_button(workspace: Workspace, models: Sequence[ModelVersion]) -> None:
    listed = jobs.list_jobs(workspace, 100)
    active = [job for model in models if (job := evaluation_job(listed, model.id))]
    if active:
        st.fragment(_show_progress, run_every=1)(active[0].id)
    elif role_button("Evaluate both here", enqueue_evaluate, icon=":material/speed:", key="evaluate-both"):
        with shown_errors():
            for model in models:
                enqueue_evaluate(workspace, model.id, current_actor())
            st.rerun()


def _select_split(splits: Sequence[str]) -> str | None:
    if len(splits) < 2:
        return splits[0] if splits else None
    chosen = st.segmented_control(
        "Scenes",
        splits,
        default=splits[0],
        required=True,
        format_func=SCENES.__getitem__,
        label_visibility="collapsed",
        key="evaluation-split",
    )
    return chosen or splits[0]


def _show_source(evaluation: CheckpointEvaluation | None, found: VersionMetrics | None) -> None:
    if evaluation is None:
        source = {RUN: "From a run in this workspace. ", CARD: "From its card, on the author's scenes. "}
        st.caption(
            f"{source[found.source] if found else ''}Evaluate it here to add curves, calibration and the worst "
            "tiles."
        )
        return
    when = f"Evaluated {formatting.moment(evaluation.evaluated_at)} by {formatting.plain(evaluation.author)}."
    changed = " :orange[Masks have changed since. Evaluate again.]" if evaluation.outdated else ""
    st.caption(when + changed)


def _evaluate_button(workspace: Workspace, model: ModelVersion, *, again: bool) -> None:
    """Draw the button that queues an evaluation, or the progress of a queued or running one."""
    job = evaluation_job(jobs.list_jobs(workspace, 100), model.id)
    if job is not None:
        st.fragment(_show_progress, run_every=1)(job.id)
        return
    if role_button(
        "Evaluate again" if again else "Evaluate here",
        enqueue_evaluate,
        icon=":material/speed:",
        key="evaluate",
    ):
        with shown_errors():
            enqueue_evaluate(workspace, model.id, current_actor())
            st.rerun()


@shown_errors()
def _show_progress(job_id: int) -> None:
    workspace = current_workspace()
    job = jobs.get_job(workspace, job_id)
    if job.state not in jobs.ACTIVE:
        st.rerun()
    text = "Evaluation queued" if job.state == "queued" else f"Evaluating: {job.message}"
    with st.container(horizontal=True, vertical_alignment="center", width=360):
        st.progress(job.progress, formatting.plain(text))
        if st.button("Cancel", key="cancel-evaluation"):
            jobs.cancel(workspace, job_id, current_actor())


def _warn_trained(workspace: Workspace, model: ModelVersion, metrics: Metrics) -> None:
    trained = trained_scenes(workspace, [model.id], sorted(metrics.per_scene))
    if trained:
        st.warning(
            f"This version or one of its ancestors was trained on {formatting.plain(', '.join(trained))}. "
            "These metrics are too optimistic.",
            icon=":material/warning:",
        )


def _show_metrics(split: str, metrics: Metrics, classes: Sequence[SeepClass]) -> None:
    interval = metrics.binary_iou_interval if has_background(classes) else None
    suffix = f"; 95 % interval of the binary IoU {interval_text(interval)}" if interval else ""
    st.caption(f"On {basis(split, metrics)}{suffix}")
    class_table(metric_rows(metrics, classes))
    _show_slick_metrics(metrics)


def _show_slick_metrics(metrics: Metrics) -> None:
    """Draw metrics of slicks and scenes beside those of pixels; nothing for cards that lack them."""
    rows = [
        ("Pixel accuracy", formatting.figure(metrics.pixel_accuracy, 3)),
        ("Binary IoU, mean over scenes", formatting.figure(metrics.mean_scene_iou, 3)),
        ("F1 within 2 px", formatting.figure(metrics.f1_2px, 3)),
        ("clDice", formatting.figure(metrics.cldice, 3)),
        ("AP50 of slicks", formatting.figure(metrics.ap_any_class.ap50, 3)),
        *(slick_error_rows(metrics.slick_errors) if metrics.slick_errors else []),
    ]
    table = [{"Metric": worded(name), "Value": value} for name, value in rows]
    lazy_expander(worded("Scenes, slicks and false alarms"), partial(quiet_table, table), key="slick-metrics")


def headline(metrics: Metrics, classes: Sequence[SeepClass]) -> dict[str, float | None]:
    """Return the metrics that stand for a version: of seep, or of all classes where none is background."""
    if not has_background(classes):
        return {"Mean IoU": metrics.mean_iou_all, "Pixel accuracy": metrics.pixel_accuracy}
    return {
        "Binary IoU": metrics.binary_iou,
        "Precision": metrics.precision,
        "Recall": metrics.recall,
        "F1 within 2 px": metrics.f1_2px,
    }


def metric_rows(metrics: Metrics, classes: Sequence[SeepClass]) -> list[dict[str, str]]:
    """Return one row for any seep and one per seep class: IoU, its interval, precision, recall.

    Without a background class, the first row is the mean of all classes.
    """
    intervals, listed = metrics.class_intervals, foreground(classes)
    rows = [
        _metric_row("Mean of classes", formatting.class_figure(metrics.mean_iou_all), None, None, None)
        if not has_background(classes)
        else _metric_row(
            "Any seep",
            formatting.class_figure(metrics.binary_iou),
            metrics.binary_iou_interval,
            metrics.precision,
            metrics.recall,
        )
    ]
    for seep_class in listed:
        if seep_class.id < len(metrics.iou_per_class):
            iou = formatting.class_figure(
                metrics.class_iou(seep_class.id), metrics.class_support_px(seep_class.id)
            )
            interval = intervals[seep_class.id] if seep_class.id < len(intervals) else None
            rows.append(
                _metric_row(seep_class.name, iou, interval, *_precision_recall(metrics, seep_class.id))
            )
    return rows


def _metric_row(
    name: str, iou: str, interval: Interval | None, precision: float | None, recall: float | None
) -> dict[str, str]:
    return {
        "Class": name,
        "IoU": iou,
        "95 % interval": interval_text(interval, 3),
        "Precision": formatting.figure(precision, 3),
        "Recall": formatting.figure(recall, 3),
    }


def _precision_recall(metrics: Metrics, class_id: int) -> tuple[float | None, float | None]:
    matrix = metrics.matrix
    if class_id >= len(matrix):
        return None, None
    hits, predicted = matrix[class_id][class_id], sum(row[class_id] for row in matrix)
    true = sum(matrix[class_id])
    return hits / predicted if predicted else None, hits / true if true else None


def _show_plots(metrics: Metrics, classes: Sequence[SeepClass], key: str) -> None:
    columns = st.columns(2, gap="large")
    for place, (title, figure) in enumerate(evaluation_plots(metrics, classes)):
        with columns[place % 2]:
            st.markdown(f"**{title}**")
            plots.show(figure, f"evaluation-{key}-{formatting.slug(title)}", title)


def _show_worst(workspace: Workspace, worst: Sequence[WorstTile], key: str) -> None:
    rows = [one for one in worst if one.prediction_id is not None]
    if not rows:
        return
    st.markdown("**Worst tiles**")
    st.caption("Lowest binary IoU first. Left: mask; right: prediction. Click a tile to enlarge it.")
    opened = mask_compare(
        [_pair(workspace, row) for row in rows],
        labels=("mask", "prediction"),
        base_url=base_url(),
        key=f"worst-{key}",
    )
    if opened:
        st.switch_page("pages/review.py", query_params={"tile": str(opened)})


def _pair(workspace: Workspace, one: WorstTile) -> Pair:
    tile = get_tile(workspace, one.tile_id)
    return Pair(
        tile=tile.id,
        name=tile.name,
        width=tile.width,
        height=tile.height,
        part=(0, 0, tile.width, tile.height),
        first={"revision": one.revision_id},
        second={"prediction": int(one.prediction_id or 0)},
        title=f"IoU {formatting.figure(one.binary_iou)}",
        note=f"scene {tile.scene}",
    )
