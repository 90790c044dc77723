"""Metrics of model versions that can be compared: all on the same scenes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from seep.core.metrics.model_metrics import Metrics, metrics_by_split
from seep.store import runs
from seep.store.key_value import get_value
from seep.workflow.commit_cache import cached_until_commit
from seep.workflow.evaluation.checkpoints import evaluation_key
from seep.workflow.models.registry import ModelVersion, active_model
from seep.workflow.workspace import Workspace

HERE, RUN, CARD = "here", "run", "card"
"""Sources of metrics: an evaluation in this workspace, the comparison of a run, the card of the version."""


@dataclass(frozen=True)
class Measurement:
    """Metrics of a version with their split and their source: `HERE`, `RUN` or `CARD`."""

    source: str
    split: str
    metrics: Metrics


@dataclass(frozen=True)
class VersionMetrics:
    """The metrics that stand for a version.

    Attributes:
        split: "test", "validation", or "folds" (cross-validation of the preset).
        metrics: on this split.
        comparable: whether they are on the same scenes as those of the active version.
        splits: the metrics by split, all from the same source.
        source: `HERE`, `RUN` or `CARD`; a card may be about scenes of another workspace.
        card: the metrics of the card, which may be on more scenes.
    """

    split: str
    metrics: Metrics
    comparable: bool
    splits: Mapping[str, Metrics]
    source: str = CARD
    card: Mapping[str, Metrics] = field(default_factory=dict)

    @property
    def measurements(self) -> list[Measurement]:
        """These metrics and those of the card, with a binary IoU, the stronger ones first.

        Metrics on too few scenes for an interval stand behind those on more scenes.
        """
        own = Measurement(self.source, self.split, self.metrics)
        of_card = [Measurement(CARD, split, metrics) for split, metrics in list(self.card.items())[:1]]
        both = [own, *(of_card if self.source != CARD else [])]
        measured = [one for one in both if one.metrics.binary_iou is not None]
        return sorted(measured, key=lambda measurement: measurement.metrics.has_few_scenes)


def version_metrics(workspace: Workspace, models: Sequence[ModelVersion]) -> dict[int, VersionMetrics]:
    """Return the metrics that stand for each version, by its id.

    An evaluation in this workspace stands before the comparison of a run, and that before the card, which may
    be on scenes of another workspace. The split and the scenes of the active version decide which of the others
    are comparable; without an active version, those of the newest.
    """
    from_runs = _from_runs(workspace)
    cards = {model.id: model.metrics for model in models}
    by_source = {one.id: _splits(workspace, one, from_runs) for one in models}
    found = {model_id: splits for model_id, (_, splits) in by_source.items() if splits}
    if not found:
        return {}
    active = active_model(models)
    reference_id = active.id if active and active.id in found else max(found)
    split, reference = next(iter(found[reference_id].items()))
    chosen = {}
    for model_id, splits in found.items():
        own_split, metrics = (split, splits[split]) if split in splits else next(iter(splits.items()))
        comparable = own_split == split and metrics.scene_names == reference.scene_names
        chosen[model_id] = VersionMetrics(
            own_split, metrics, comparable, splits, by_source[model_id][0], cards[model_id]
        )
    return chosen


def _splits(
    workspace: Workspace, model: ModelVersion, from_runs: Mapping[int, Mapping[str, Metrics]]
) -> tuple[str, Mapping[str, Metrics]]:
    """Return the source of a version's metrics, and the metrics by split."""
    local = _evaluated(workspace, model.id)
    if local:
        return HERE, local
    return (RUN, from_runs[model.id]) if model.id in from_runs else (CARD, model.metrics)


@cached_until_commit
def _evaluated(workspace: Workspace, checkpoint_id: int) -> Mapping[str, Metrics]:
    """Return what an evaluation in this workspace measured of a version by split, empty without one."""
    with workspace.store.reading() as session:
        evaluation = get_value(session, evaluation_key(checkpoint_id))
    return metrics_by_split(evaluation["splits"]) if evaluation else {}


@cached_until_commit
def _from_runs(workspace: Workspace) -> dict[int, Mapping[str, Metrics]]:
    """Return what runs measured of the versions that they compared, by id; the newest run counts."""
    with workspace.store.reading() as session:
        found = runs.list_runs(session)
    metrics: dict[int, Mapping[str, Metrics]] = {}
    for run in found:
        outcome = run.outcome or {}
        splits = outcome.get("splits") or {}
        for side, checkpoint_id in (
            ("new", run.checkpoint_id),
            ("old", (outcome.get("against") or {}).get("id")),
        ):
            read = metrics_by_split({split: one.get(side) for split, one in splits.items()})
            if checkpoint_id is not None and read:
                metrics.setdefault(checkpoint_id, read)
    return metrics
