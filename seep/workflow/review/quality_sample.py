"""Prediction quality on a random sample of tiles: the quality sample."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from seep.core.masks.mask import UNSURE
from seep.core.metrics.confusion import Matrix, confusion, scores
from seep.core.metrics.intervals import binary_iou_interval, wilson
from seep.core.text import counted, percent
from seep.errors import MaskError, SettingsError, StorageError
from seep.store import audit_log, checkpoints, quality_sample
from seep.store.quality_sample import SamplePair
from seep.workflow.actor import Actor, requires
from seep.workflow.commit_cache import cached_until_commit
from seep.workflow.tile_data import read_mask
from seep.workflow.workspace import Workspace

MAX_SHARE = 0.5
CORRECT_DICE = 0.9
"""A prediction counts as correct from this Dice on; two masks drawn by one person agree no better."""

MAX_TILES = 1000
"""Only the newest sample tiles are measured: older ones were predicted by older models."""

MIN_TILES = 10
"""Minimum number of reviewed sample tiles for an estimate."""


@dataclass(frozen=True)
class QualitySample:
    """Quality of predictions on sample tiles that were reviewed later.

    Attributes:
        drawn: number of tiles in the sample.
        open: sample tiles that are not reviewed yet.
        unavailable: tiles that were reviewed before the share was raised and could not be drawn.
        tiles: reviewed sample tiles with a prediction.
        scenes: scenes of these tiles.
        checkpoint: name of the version that predicted them; None for several versions.
        iou: binary IoU over all pixels of these tiles; None without seep.
        dice: binary Dice, likewise.
        iou_interval: 95 % interval of the IoU over scenes; None for fewer than three scenes.
        correct: tiles with a Dice of `CORRECT_DICE` or more.
        correct_interval: 95 % Wilson interval of their share; None without tiles.
    """

    drawn: int
    open: int
    unavailable: int
    tiles: int
    scenes: int
    checkpoint: str | None
    iou: float | None
    dice: float | None
    iou_interval: tuple[float, float] | None
    correct: int
    correct_interval: tuple[float, float] | None

    @property
    def sufficient(self) -> bool:
        """Whether enough tiles were reviewed for an estimate."""
        return self.tiles >= MIN_TILES

    @property
    def sentence(self) -> str:
        """The result in words, and what it is based on."""
        late = ""
        if self.unavailable:
            late = (
                f" {counted(self.unavailable, 'tile')} reviewed before the share was raised could not be "
                "drawn; the sample may be easier."
            )
        return self._result() + late

    def _result(self) -> str:
        if not self.drawn:
            return (
                "The quality sample is empty. It is drawn from tiles imported without masks, once its share in "
                "Settings is above 0 %."
            )
        if not self.sufficient:
            return (
                f"Quality sample: {self.tiles} of {counted(self.drawn, 'tile')} reviewed; an estimate needs "
                f"{MIN_TILES}."
            )
        basis = f"{counted(self.tiles, 'tile')} of {counted(self.scenes, 'scene')}"
        correct = f"{self.correct} of {self.tiles} predictions with a Dice of {CORRECT_DICE} or more"
        if self.correct_interval:
            correct += " ({} to {})".format(*map(percent, self.correct_interval))
        title = f"Quality sample, {self.checkpoint or 'several versions'}"
        if self.iou is None:
            return f"{title}: no seep on {basis}; {correct}."
        interval = "{:.2f} to {:.2f}".format(*self.iou_interval) if self.iou_interval else "no interval"
        return f"{title}: IoU {self.iou:.2f} ({interval}) on {basis}; {correct}."


def quality_sample_share(workspace: Workspace) -> float:
    """Return the share of tiles in the quality sample, 0 to 0.5."""
    with workspace.store.reading() as session:
        return quality_sample.quality_sample_share(session)


@requires("lead", "change the quality sample")
def set_quality_sample_share(workspace: Workspace, share: float, actor: Actor) -> int:
    """Set the share and redraw untouched tiles; others stay in or out of the sample.

    Returns:
        The number of tiles in the sample.

    Raises:
        SettingsError: the share is not 0 to 0.5.
    """
    if not 0 <= share <= MAX_SHARE:
        raise SettingsError(f"The share of the quality sample is {share}; choose 0 to {MAX_SHARE}.")
    with workspace.store.transaction() as session:
        drawn = quality_sample.set_quality_sample_share(session, share)
        audit_log.add(session, actor.name, "set sample share", "workspace", {"share": share, "tiles": drawn})
    return drawn


def measure_quality(workspace: Workspace) -> QualitySample:
    """Measure predictions on sample tiles that a person has reviewed since.

    Each prediction was made before its tile's mask, so no run can have trained on it. Only predictions by the
    active checkpoint count, or by all if it has fewer than `MIN_TILES`; of either the newest `MAX_TILES`.
    Tiles with a missing or damaged mask are left out.
    """
    sample, unreadable = _measured(workspace)
    # A file may be back without a change of the database.
    return _measure(workspace)[0] if unreadable else sample


def _measure(workspace: Workspace) -> tuple[QualitySample, int]:
    """Return the sample, and the number of tiles that were left out."""
    with workspace.store.reading() as session:
        drawn, still_open = quality_sample.counts(session)
        pairs = quality_sample.pairs(session, MAX_TILES)
        active = checkpoints.active_checkpoint(session)
        unavailable = quality_sample.reviewed_before(session)
    own = [pair for pair in pairs if active and pair.checkpoint_id == active.id]
    checkpoint = active.name if active and len(own) >= MIN_TILES else None
    counted_pairs = own if checkpoint else pairs
    matrices, dice = _matrices(workspace, counted_pairs)
    total = scores(sum(matrices.values(), np.zeros((2, 2), np.int64)))
    correct = sum(one is None or one >= CORRECT_DICE for one in dice)
    sample = QualitySample(
        drawn=drawn,
        open=still_open,
        unavailable=unavailable,
        tiles=len(dice),
        scenes=len(matrices),
        checkpoint=checkpoint,
        iou=total["binary_iou"],
        dice=total["binary_dice"],
        iou_interval=binary_iou_interval(matrices),
        correct=correct,
        correct_interval=wilson(correct, len(dice)),
    )
    return sample, len(counted_pairs) - len(dice)


_measured = cached_until_commit(_measure)


def _matrices(
    workspace: Workspace, pairs: Sequence[SamplePair]
) -> tuple[dict[str, Matrix], list[float | None]]:
    """Return the confusion matrix of each scene, and the Dice of each tile (None without seep)."""
    matrices: dict[str, Matrix] = defaultdict(lambda: np.zeros((2, 2), np.int64))
    dice = []
    for pair in pairs:
        try:
            matrix = np.array(_confusion(workspace, pair.prediction_sha256, pair.mask_sha256), np.int64)
        except (MaskError, StorageError):  # opening the tile reports it; Overview must still open
            continue
        matrices[pair.scene] = matrices[pair.scene] + matrix
        dice.append(scores(matrix)["binary_dice"])
    return dict(matrices), dice


@lru_cache(maxsize=50_000)
def _confusion(workspace: Workspace, prediction_sha256: str, mask_sha256: str) -> tuple[tuple[int, ...], ...]:
    """Count seep and no seep of a pair of masks; hashes name their content, so the result never changes."""
    truth, prediction = read_mask(workspace, mask_sha256), read_mask(workspace, prediction_sha256)
    seep = np.where(truth == UNSURE, UNSURE, truth > 0).astype(np.uint8)
    matrix = confusion(seep, (prediction > 0).astype(np.uint8), 2)
    return tuple(tuple(int(value) for value in row) for row in matrix)
