"""Error budget of a review: how many slicks may still be missing or false, and when to stop."""

from dataclasses import dataclass
from functools import lru_cache

from seep.core.masks.components import slicks
from seep.core.metrics.agreement import slicks_alone
from seep.core.metrics.error_budget import LEVEL, estimate_errors, open_shares
from seep.core.records import OPEN
from seep.core.text import counted, number, percent
from seep.errors import MaskError, SettingsError, StorageError
from seep.store import checkpoints, quality_sample
from seep.store.quality_sample import SamplePair
from seep.store.review.budget_tiles import BudgetTile, budget_tiles
from seep.workflow.commit_cache import cached_until_commit
from seep.workflow.review.quality_sample import MAX_TILES, MIN_TILES
from seep.workflow.tile_data import read_mask
from seep.workflow.workspace import Workspace

DEFAULT_TARGET = 0.05
MAX_TARGET = 0.5


@dataclass(frozen=True)
class ErrorBudget:
    """Missing and false slicks among the slicks that an export would have now.

    Reviewed tiles have no errors. An error of an open tile is a predicted slick without seep within 2 px in the mask
    that a person would accept, or a slick of that mask without predicted seep within 2 px.

    Attributes:
        target: share of missing and false slicks that is allowed, above 0 to `MAX_TARGET`.
        tiles: number of tiles.
        open: tiles that are not reviewed.
        unpredicted: open tiles without a prediction.
        slicks: slicks of the shown masks.
        sample: reviewed tiles of the quality sample with a prediction.
        errors: estimated number of missing and false slicks; None where it cannot be estimated.
        high: upper bound of this number, 95 %; None likewise.
    """

    target: float
    tiles: int
    open: int
    unpredicted: int
    slicks: int
    sample: int
    errors: float | None
    high: float | None

    @property
    def high_share(self) -> float | None:
        """Upper bound of the share of missing and false slicks, 0 to 1; None where it is not known."""
        return None if self.high is None else min(1.0, self.high / max(1, self.slicks))

    @property
    def share(self) -> float | None:
        """Estimated share of missing and false slicks, 0 to 1; None where it is not known."""
        return None if self.errors is None else min(1.0, self.errors / max(1, self.slicks))

    @property
    def filled(self) -> float:
        """How much of the bar is full, 0 to 1: the target divided by the upper bound, 1 where the review may stop."""
        high = self.high_share
        return 0.0 if high is None else 1.0 if high <= self.target else self.target / high

    @property
    def is_met(self) -> bool:
        """Whether the review may stop."""
        return self.filled >= 1

    @property
    def tiles_left(self) -> int | None:
        """About how many more tiles to review, if the open ones have the same share of errors; None if not known."""
        return None if self.high_share is None else round(self.open * (1 - self.filled))

    @property
    def sentence(self) -> str:
        """When to stop, and how sure this is, in words."""
        if self.unpredicted:
            return f"{counted(self.unpredicted, 'open tile')} without a prediction: predict them for an estimate."
        if self.share is None or self.high_share is None:
            return (
                f"{counted(self.sample, 'tile')} of the quality sample reviewed; an estimate needs {MIN_TILES}. "
                "The queue mixes them in."
            )
        basis = (
            f"At most {percent(self.high_share)} of {counted(self.slicks, 'slick')} are missing or false "
            f"({percent(LEVEL)} confidence; estimate {percent(self.share)}), from {self.sample} sample tiles."
        )
        if not self.open:
            return "Stop: all tiles are reviewed."
        if self.is_met:
            return f"Stop: the target of {percent(self.target)} is met with {counted(self.open, 'open tile')}. {basis}"
        return f"Continue: about {number(self.tiles_left or 0)} of {counted(self.open, 'open tile')} to review. {basis}"


@cached_until_commit
def error_budget(
    workspace: Workspace, target: float = DEFAULT_TARGET, import_id: int | None = None
) -> ErrorBudget:
    """Estimate the missing and false slicks of an import that is reviewed in part.

    Each mask is read once per process, about a second for a thousand tiles. Masks that are lost or damaged count as
    masks without slicks, and their sample tiles are left out.

    Args:
        target: share of missing and false slicks that is allowed, above 0 to `MAX_TARGET`.
        import_id: None for all tiles.

    Raises:
        SettingsError: the target is out of range.
    """
    if not 0 < target <= MAX_TARGET:
        raise SettingsError(
            f"The error budget is {percent(target)}; choose more than 0, up to {percent(MAX_TARGET)}."
        )
    with workspace.store.reading() as session:
        tiles = budget_tiles(session, import_id)
        pairs = quality_sample.pairs(session, MAX_TILES)
        active = checkpoints.active_checkpoint(session)
    own = [pair for pair in pairs if active and pair.checkpoint_id == active.id]
    is_open = [tile.state in OPEN for tile in tiles]
    sample = _sample(workspace, tiles, own if len(own) >= MIN_TILES else pairs)
    unpredicted = sum(tile.mask_sha256 is None for tile in tiles if tile.state in OPEN)
    estimate = None
    if not unpredicted and (len(sample) >= MIN_TILES or not any(is_open)):
        weights = open_shares(
            [tile.scene for tile in tiles],
            [tile.likely_wrong or 0.0 for tile in tiles],
            is_open,
            list(sample),
        )
        estimate = estimate_errors(weights, list(sample.values()), sum(is_open))
    return ErrorBudget(
        target=target,
        tiles=len(tiles),
        open=sum(is_open),
        unpredicted=unpredicted,
        slicks=sum(_count(workspace, tile.mask_sha256) for tile in tiles if tile.mask_sha256),
        sample=len(sample),
        errors=None if estimate is None else estimate.errors,
        high=None if estimate is None else estimate.high,
    )


def _sample(workspace: Workspace, tiles: list[BudgetTile], pairs: list[SamplePair]) -> dict[int, int]:
    """Return the errors of the reviewed sample tiles by their index among the tiles."""
    index = {tile.id: place for place, tile in enumerate(tiles) if tile.state not in OPEN}
    found = {}
    for pair in pairs:
        if pair.tile_id in index:
            try:
                missing, false = _errors(workspace, pair.mask_sha256, pair.prediction_sha256)
            except (MaskError, StorageError):  # opening the tile reports it
                continue
            found[index[pair.tile_id]] = missing + false
    return found


@lru_cache(maxsize=50_000)
def _errors(workspace: Workspace, mask_sha256: str, prediction_sha256: str) -> tuple[int, int]:
    """Return missing and false slicks; hashes name the content of masks, so the result never changes."""
    return slicks_alone(read_mask(workspace, mask_sha256), read_mask(workspace, prediction_sha256))


def _count(workspace: Workspace, mask_sha256: str) -> int:
    try:
        return _slick_count(workspace, mask_sha256)
    except (MaskError, StorageError):
        return 0


@lru_cache(maxsize=200_000)
def _slick_count(workspace: Workspace, mask_sha256: str) -> int:
    return len(slicks((read_mask(workspace, mask_sha256) % 255 > 0).astype("uint8"))[1])
