"""The first steps of a workspace, until a version that was trained here is promoted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from seep.core.metrics.intervals import MIN_SCENES
from seep.core.records import OPEN
from seep.core.text import counted
from seep.workflow.labels import MIN_CORRECTIONS
from seep.workflow.models.registry import ModelVersion

_ABOUT_IMPORT = "Import a folder of SAR images, with or without masks, or load the demo."
_ABOUT_REVIEW = (
    "Paint what the prediction missed, erase what is no seep, then accept the tile. Only tiles of training scenes "
    "count here."
)
_ABOUT_TEST = (
    f"A conclusive verdict needs reviewed seep in {MIN_SCENES} test scenes. Correct these tiles with care: the new "
    "version is measured on them and never trained on them."
)
_ABOUT_MORE_SCENES = (
    f"A conclusive verdict needs reviewed seep in {MIN_SCENES} test scenes. Import more scenes, or move scenes to "
    "the test split on the Settings page. Scenes that trained a version do not count for it."
)
_ABOUT_FINETUNE = (
    "Train a new version on the reviewed tiles. The run ends with a verdict: better, worse or inconclusive."
)
_ABOUT_PROMOTION = (
    "Read the verdict, then promote the version or drop it. A promoted version predicts the open tiles again."
)


@dataclass(frozen=True)
class ChecklistStep:
    """A step of the first use.

    Attributes:
        label: what to do, with the progress.
        page: where it is done.
        done: whether it was done here.
        about: how it is done, in sentences.
        query: query parameters of the page.
    """

    label: str
    page: str
    done: bool
    about: str
    query: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class SplitTiles:
    """Number of open tiles in test scenes, of test scenes, and of those with labeled seep."""

    open_tiles: int
    scenes: int
    seep_scenes: int

    def step(self) -> ChecklistStep:
        """Return the step that leads to a conclusive verdict."""
        done = f"{self.seep_scenes} of {MIN_SCENES}"
        if self.seep_scenes >= MIN_SCENES:
            return ChecklistStep("Review test tiles", "review", True, _ABOUT_TEST, {"split": "test"})
        if self.scenes < MIN_SCENES or not self.open_tiles:
            label = f"Import more scenes ({done} test scenes with seep)"
            return ChecklistStep(label, "data", False, _ABOUT_MORE_SCENES)
        label = f"Review {counted(self.open_tiles, 'test tile')} ({done} scenes)"
        return ChecklistStep(label, "review", False, _ABOUT_TEST, {"split": "test"})


def checklist(
    states: dict[str, int], new_for_training: int, models: Sequence[ModelVersion], test: SplitTiles
) -> list[ChecklistStep]:
    """Return the steps of the first use; enough tiles are reviewed when Overview suggests a fine-tuning.

    The step for test tiles stays open after a promotion, since later verdicts need them too.
    """
    trained = [model for model in models if model.run_id is not None]
    reviewed = bool(trained) or are_enough(states, new_for_training)
    review = "Review tiles" if reviewed else f"Review tiles ({new_for_training} of {MIN_CORRECTIONS})"
    promoted = [model for model in trained if model.active or model.state == "kept"]
    return [
        ChecklistStep("Import tiles", "data", any(states.values()), _ABOUT_IMPORT),
        ChecklistStep(review, "review", reviewed, _ABOUT_REVIEW),
        *([test.step()] if any(states.values()) else []),
        ChecklistStep("Fine-tune a version", "finetune", bool(trained), _ABOUT_FINETUNE),
        ChecklistStep("Promote the new version", "models", bool(promoted), _ABOUT_PROMOTION),
    ]


def are_enough(states: dict[str, int], new_for_training: int) -> bool:
    """Return whether the tiles that no run has used are enough for a fine-tuning, or all that there are."""
    some_open = any(states.get(state, 0) for state in OPEN)
    return new_for_training >= MIN_CORRECTIONS or (new_for_training > 0 and not some_open)
