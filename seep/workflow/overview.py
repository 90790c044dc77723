"""The state of the workspace, and the next step."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from seep.core.metrics.model_metrics import CROSS_VALIDATION, Metrics, scene_noun
from seep.core.records import OPEN, REVIEWED, CheckpointRecord, JobRecord
from seep.core.text import counted, percent
from seep.store import predictions, runs, scenes, statistics
from seep.workflow.checklist import ChecklistStep, SplitTiles, are_enough, checklist
from seep.workflow.classes import get_classes
from seep.workflow.commit_cache import cached_until_commit
from seep.workflow.compatibility import classes_fit, reads_bands
from seep.workflow.evaluation.comparable import version_metrics
from seep.workflow.evaluation.verdict import INCONCLUSIVE, RunVerdict
from seep.workflow.imports import background
from seep.workflow.inference.domain_shift import workspace_shift
from seep.workflow.inference.tiles import active_checkpoint
from seep.workflow.jobs import ACTIVE, list_jobs, missed_heartbeat_s
from seep.workflow.models.lineage import trained_scenes
from seep.workflow.models.registry import ModelVersion, active_model, list_models
from seep.workflow.review.label_errors import count_label_errors
from seep.workflow.review.quality_sample import QualitySample, measure_quality
from seep.workflow.workspace import Workspace

JOB_NOUNS = {"predict": "prediction", "finetune": "fine-tuning", "evaluate": "evaluation"}

IDLE = "no running jobs"


@dataclass(frozen=True)
class NextStep:
    """The suggested action: the label of its button, the page that it opens, and its tab, "" for the first."""

    label: str
    page: str
    tab: str = ""


@dataclass(frozen=True)
class VersionQuality:
    """Binary IoU of a model version on the scenes of the active one.

    Attributes:
        id: of the checkpoint.
        name: of the checkpoint.
        created_at: ISO 8601, UTC.
        active: whether it is the active version.
        split: "test", "validation", or "folds" (cross-validation).
        iou: 0 to 1.
        low, high: 95 % interval over scenes; None where it is not known.
        few_scenes: whether there are too few scenes with seep for an interval.
        scenes: number of scenes; None where it is not known.
        trained: number of these scenes that the version or one of its ancestors was trained on.
    """

    id: int
    name: str
    created_at: str
    active: bool
    split: str
    iou: float
    low: float | None
    high: float | None
    few_scenes: bool
    scenes: int | None
    trained: int = 0

    @property
    def text(self) -> str:
        """The IoU with its scenes in words: "0.44 on 3 test scenes"."""
        return f"{self.iou:.2f} on {self.basis}"

    @property
    def basis(self) -> str:
        """The scenes of the measurement in words: "3 test scenes, 1 of them in its training data"."""
        noun = scene_noun(self.split)
        scenes = counted(self.scenes, noun) if self.scenes else f"{noun}s"
        return f"{scenes}, {self.trained} of them in its training data" if self.trained else scenes


@dataclass(frozen=True)
class VersionChange:
    """What the active version changed, on the same scenes.

    Attributes:
        against: name of the version that it was compared with.
        difference: of the binary IoU, -1 to 1.
        split: "test" or "validation".
        scenes: number of scenes.
        conclusive: whether the verdict is "better" or "worse".
    """

    against: str
    difference: float
    split: str
    scenes: int
    conclusive: bool

    @property
    def basis(self) -> str:
        """The comparison in words: "IoU vs. seep-base on the same 3 test scenes"."""
        return f"IoU vs. {self.against} on the same {counted(self.scenes, scene_noun(self.split))}"


@dataclass(frozen=True)
class DailyReviews:
    """Number of tiles that a person accepted on a day (UTC, "2026-11-21")."""

    day: str
    author: str
    tiles: int


@dataclass(frozen=True)
class ClassBalance:
    """Tiles that contain a class in the shown masks: reviewed ones, and predictions that nobody has reviewed."""

    id: int
    name: str
    color: str
    tiles: int
    reviewed_tiles: int


@dataclass(frozen=True)
class JobSummary:
    """A line of the job list; see `seep.core.records.JobRecord`.

    Attributes:
        version: name of the version that a prediction was made with; None for other jobs and deleted versions.
        silent_s: seconds since the last heartbeat of a running job that does not respond, else None.
    """

    kind: str
    state: str
    progress: float
    message: str
    error: str | None
    author: str
    created_at: str
    version: str | None
    silent_s: float | None


@dataclass(frozen=True)
class Overview:
    """The content of the Overview page.

    Attributes:
        tiles: number of tiles.
        states: number of tiles by state.
        reviewed: number of accepted and corrected tiles.
        new_for_training: reviewed tiles of training scenes that no run has used.
        active: name of the active version; None without one.
        active_quality: its measurements, those on more scenes first; empty where it has no IoU, or cannot
            read the images.
        active_change: what it changed; None where no run compared it.
        activity: running and queued jobs and imports in words.
        next_step: the suggested action.
        checklist: the steps of the first use, in order.
        jobs: the ten newest jobs, newest first.
        quality: versions with an IoU that read images and classes of the workspace, oldest first.
        by_day: reviews by day and person, oldest first.
        quality_sample: quality of predictions on the sample.
        label_errors: number of possible label errors.
        classes: all classes but background.
        shift: says that the images are unlike the training images of the active version; "" where they are alike.
    """

    tiles: int
    states: dict[str, int]
    reviewed: int
    new_for_training: int
    active: str | None
    active_quality: Sequence[VersionQuality]
    active_change: VersionChange | None
    activity: str
    next_step: NextStep
    checklist: list[ChecklistStep]
    jobs: list[JobSummary]
    quality: list[VersionQuality]
    by_day: list[DailyReviews]
    quality_sample: QualitySample
    label_errors: int
    classes: list[ClassBalance]
    shift: str

    @property
    def sentence(self) -> str:
        """The state of the workspace in words."""
        if not self.tiles:
            return "No tiles." if self.activity == IDLE else f"No tiles; {self.activity}."
        model = "no active version"
        if self.active:
            model = f"active version {self.active}"
            if self.active_quality:
                model += f", IoU {' and '.join(quality.text for quality in self.active_quality)}"
        return (
            f"{self.reviewed} of {counted(self.tiles, 'tile')} reviewed, {self.new_for_training} new for "
            f"training; {model}; {self.activity}."
        )


@dataclass(frozen=True)
class _Stored:
    """What Overview takes from the database; the fields are those of `Overview`, with the records behind them."""

    progress: dict[str, Any]
    test: SplitTiles
    new_for_training: int
    untried: int
    reviewed_since_candidate: bool
    unpredicted: int
    active: CheckpointRecord | None
    models: list[ModelVersion]
    quality: list[VersionQuality]
    active_quality: list[VersionQuality]
    label_errors: int
    classes: list[ClassBalance]


def overview(workspace: Workspace) -> Overview:
    """Gather the content of the Overview page."""
    stored = _stored(workspace)
    active, states, models = stored.active, stored.progress["states"], stored.models
    undecided = _undecided(models)
    jobs = list_jobs(workspace, 10)
    running = [job for job in jobs if job.state in ACTIVE]
    last_import = background.last_run(workspace)
    importing = last_import if last_import and last_import.running else None
    return Overview(
        tiles=sum(states.values()),
        states=states,
        reviewed=sum(states.get(one, 0) for one in REVIEWED),
        new_for_training=stored.new_for_training,
        active=active.name if active else None,
        active_quality=stored.active_quality,
        active_change=_change(models),
        activity=_activity(running, importing),
        next_step=_next_step(
            states,
            stored.new_for_training,
            stored.unpredicted,
            active,
            running,
            untried=stored.untried,
            importing=importing is not None,
            undecided=undecided.name if undecided else None,
            reviewed_since=stored.reviewed_since_candidate,
        ),
        jobs=[_job(job, {model.id: model.name for model in models}) for job in jobs],
        checklist=checklist(states, stored.new_for_training, models, stored.test),
        quality=stored.quality,
        by_day=[DailyReviews(**one) for one in stored.progress["by_day"]],
        quality_sample=measure_quality(workspace),
        label_errors=stored.label_errors,
        classes=stored.classes,
        shift=shift.sentence if (shift := workspace_shift(workspace)) else "",
    )


@cached_until_commit
def _stored(workspace: Workspace) -> _Stored:
    active, models = active_checkpoint(workspace), list_models(workspace)
    candidate = _undecided(models)
    with workspace.store.reading() as session:
        progress = statistics.progress(session)
        test = progress["splits"]["test"]
        test = SplitTiles(
            sum(test["states"][state] for state in OPEN),
            test["scenes"],
            statistics.seep_scenes(session, "test"),
        )
        new = runs.revisions_since_last_run(session)
        untried = len(runs.untried_revisions(session, new))
        since = bool(runs.reviewed_revisions(session, candidate.created_at)) if candidate else False
        bands = {scene.bands for scene in scenes.list_scenes(session)}
        readers = [one for one in models if reads_bands(one, bands) and classes_fit(session, one)]
        unpredicted = predictions.count_without_prediction(session, active.id, OPEN) if active else 0
    return _Stored(
        progress=progress,
        test=test,
        new_for_training=len(new),
        untried=untried,
        reviewed_since_candidate=since,
        unpredicted=unpredicted,
        active=active,
        models=models,
        quality=_quality(workspace, readers),
        active_quality=_active_quality(workspace, readers),
        label_errors=count_label_errors(workspace),
        classes=_classes(workspace, progress["classes"]),
    )


def _job(job: JobRecord, names: Mapping[int, str]) -> JobSummary:
    return JobSummary(
        job.kind,
        job.state,
        job.progress,
        job.message,
        job.error,
        job.author,
        job.created_at,
        names.get(job.params.get("checkpoint_id", 0)) if job.kind == "predict" else None,
        missed_heartbeat_s(job),
    )


def _classes(workspace: Workspace, counts: list[dict[str, Any]]) -> list[ClassBalance]:
    by_id = {entry["id"]: entry for entry in counts}
    return [
        ClassBalance(
            id=one.id,
            name=one.name,
            color=one.color,
            tiles=by_id.get(one.id, {}).get("tiles", 0),
            reviewed_tiles=by_id.get(one.id, {}).get("reviewed_tiles", 0),
        )
        for one in get_classes(workspace)
        if one.id
    ]


def _quality(workspace: Workspace, models: list[ModelVersion]) -> list[VersionQuality]:
    """Binary IoU of the versions that were evaluated on the scenes of the active one, oldest first."""
    found = version_metrics(workspace, models)
    rows = []
    for model in reversed(models):
        version = found.get(model.id)
        if version is not None and version.comparable and version.metrics.binary_iou is not None:
            rows.append(
                _measured(workspace, model, version.split, version.metrics, version.metrics.binary_iou)
            )
    return rows


def _active_quality(workspace: Workspace, models: list[ModelVersion]) -> list[VersionQuality]:
    active = active_model(models)
    found = version_metrics(workspace, models).get(active.id) if active else None
    return [
        _measured(workspace, active, measurement.split, measurement.metrics, measurement.metrics.binary_iou)
        for measurement in (found.measurements if found else ())
        if active and measurement.metrics.binary_iou is not None
    ]


def _measured(
    workspace: Workspace, model: ModelVersion, split: str, metrics: Metrics, iou: float
) -> VersionQuality:
    interval = metrics.binary_iou_interval
    return VersionQuality(
        id=model.id,
        name=model.name,
        created_at=model.created_at,
        active=model.active,
        split=split,
        iou=iou,
        low=interval.low if interval else None,
        high=interval.high if interval else None,
        few_scenes=metrics.has_few_scenes,
        scenes=metrics.scenes,
        trained=_trained(workspace, model, split, metrics),
    )


def _trained(workspace: Workspace, model: ModelVersion, split: str, metrics: Metrics) -> int:
    """Count the scenes of a measurement that the version was trained on; none in a cross-validation."""
    if split == CROSS_VALIDATION:
        return 0
    return len(trained_scenes(workspace, [model.id], sorted(metrics.scene_names)))


def _change(models: list[ModelVersion]) -> VersionChange | None:
    """Return what the run that made the active version measured of it."""
    active = active_model(models)
    verdict = RunVerdict.from_outcome(active.outcome) if active else None
    basis = verdict.basis if verdict else None
    if verdict is None or basis is None or basis.difference is None:
        return None
    return VersionChange(
        verdict.against_name,
        basis.difference,
        basis.split,
        basis.scenes,
        conclusive=verdict.word != INCONCLUSIVE,
    )


def _undecided(models: list[ModelVersion]) -> ModelVersion | None:
    """Return the newest fine-tuned version if it was neither promoted nor dropped."""
    newest = next((model for model in models if model.run_id is not None), None)
    return newest if newest and newest.undecided else None


def _activity(running: list[JobRecord], importing: background.ImportRun | None) -> str:
    parts = [f"{JOB_NOUNS[job.kind]} {_progress(job)}" for job in running]
    if importing:
        parts.insert(0, f"import running, {percent(importing.fraction)}")
    return ", ".join(parts) or IDLE


def _progress(job: JobRecord) -> str:
    return f"{job.state}, {percent(job.progress)}" if missed_heartbeat_s(job) is None else "not responding"


def _next_step(
    states: dict[str, int],
    new_for_training: int,
    unpredicted: int,
    active: CheckpointRecord | None,
    running: list[JobRecord],
    *,
    untried: int,
    importing: bool,
    undecided: str | None,
    reviewed_since: bool,
) -> NextStep:
    """Return the first step that applies; a fine-tuning is not suggested again for the same tiles.

    A version that no tile was reviewed after is decided on before the next fine-tuning.
    """
    tiles, open_tiles = sum(states.values()), sum(states.get(one, 0) for one in OPEN)
    tuning = any(job.kind == "finetune" for job in running)
    enough = are_enough(states, untried)
    started = any(states.get(one, 0) for one in REVIEWED)
    decide = undecided is not None
    steps = (
        (not tiles and importing, "View import", "data"),
        (not tiles, "Import tiles", "data"),
        (active is None, "Choose a version", "models"),
        (tuning, "View fine-tuning", "finetune"),
        (decide and not reviewed_since, f"Promote or drop {undecided}", "finetune"),
        (enough, f"Fine-tune on {new_for_training} reviewed tiles", "finetune"),
        (decide, f"Promote or drop {undecided}", "finetune"),
        (bool(open_tiles) and unpredicted == open_tiles and not running, "Predict open tiles", "browse"),
        (bool(open_tiles), "Continue review" if started else "Start review", "review"),
    )
    found = next((NextStep(label, page) for applies, label, page in steps if applies), None)
    return found or NextStep("Export masks", "data", "Export")
