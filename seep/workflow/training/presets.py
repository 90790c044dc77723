"""How a fine-tuning learns: the two recipes of the product, every knob of them, and what they cost.

Half of each batch is what was corrected and half is replayed from other tiles with truth, drawn evenly by
class, at a third of the first training's rate, with the statistics of batch norm as they were: what the
network knew before stays. Published recipes and measurements: docs/finetuning.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING, TypeVar

from seep.errors import SettingsError

if TYPE_CHECKING:
    from seep.engine.training.schedule import TrainConfig

Item = TypeVar("Item")

BATCH_CROPS = 16
MAX_SEED = 2**31 - 1
CROP_PX = 160
"""As the shipped network was trained. Against 128 px it won one draw of 40 tiles and lost another
(`benchmarks.finetune_ablation`), by about 0.01 IoU on unseen scenes either way."""
WARMUP_STEPS = 20
"""Adam's first steps are as long as later ones however small the gradient: 8 of them at full rate took a
network from 0.436 to 0.394 IoU on scenes that it had not seen."""


MIN_HOLDOUT_TILES = 3
"""Corrected tiles that are held out at least, else none: fewer would say nothing."""


@dataclass(frozen=True)
class FinetuneRequest:
    """What a fine-tuning shall do.

    Attributes:
        revision_ids: what to train on; None for all that is new.
        base_checkpoint_id: what to start from; None for the active checkpoint.
        epochs: times that the data is gone through, 1 to 500; stops early when validation gets no better.
        learning_rate: highest rate, above 0 and at most 0.1.
        replay_share: share of crops from other tiles with truth, which keeps old skill; 0 to 0.95.
        crop_px: side of the crops; a multiple of 32, 32 to 1024.
        seed: 0 to 2^31 - 1; the same seed on the same data and machine gives the same weights.
        around_changes: cut crops around what was changed against the prediction, not from whole tiles.
        min_steps: least steps in all, 1 to 1,000,000; few tiles are gone through more often.
        max_steps: most steps in all, 1 to 1,000,000 and no fewer than epochs; None for as many as the epochs
            need. Where it is below the least, it holds.
        patience: epochs without a better score on validation scenes before it ends, 1 to 500; 0 never.
        interpolate: at the end take the mean of old and new weights, or the mixture that validation and
            hold-out tiles like clearly better.
        keep_threshold: move the seep threshold only if validation gains by more than 0.005 from it.
        validation_tiles: at most so many validation tiles are measured after an epoch, 1 to 1000.
        holdout_share: share of the corrected tiles that this run does not train on, so that the scenes at
            work have a say in what is kept, 0 to 0.5; the next run replays them.
    """

    revision_ids: tuple[int, ...] | None = None
    base_checkpoint_id: int | None = None
    epochs: int = 20
    learning_rate: float = 3e-4
    replay_share: float = 0.5
    crop_px: int = CROP_PX
    seed: int = 0
    around_changes: bool = False
    min_steps: int = 40
    max_steps: int | None = None
    patience: int = 5
    interpolate: bool = True
    keep_threshold: bool = True
    validation_tiles: int = 32
    holdout_share: float = 0.2


FINETUNE = {
    "quick": FinetuneRequest(epochs=10, around_changes=True, max_steps=160, patience=3),
    "thorough": FinetuneRequest(min_steps=400, patience=10),
}
"""By name: minutes after each handful of tiles, or once over a day's work. Both start from these values."""


def split_holdout(tiles: Sequence[Item], share: float) -> tuple[list[Item], list[Item]]:
    """Part corrected tiles into those that train and, evenly spread among them, those that are held out.

    Args:
        tiles: in the order in which they were corrected.
        share: 0 to 0.5.

    Returns:
        Those that train, and the rest: none of fewer than `MIN_HOLDOUT_TILES`.
    """
    percent = round(100 * share)
    if len(tiles) * percent // 100 < MIN_HOLDOUT_TILES:
        return list(tiles), []
    out = {at for at in range(len(tiles)) if (at + 1) * percent // 100 > at * percent // 100}
    return [one for at, one in enumerate(tiles) if at not in out], [tiles[at] for at in sorted(out)]


def train_config(request: FinetuneRequest, corrected_area_px: int) -> "TrainConfig":
    """Return the engine's settings for a request.

    Args:
        request: see `FinetuneRequest`.
        corrected_area_px: pixels of all corrected tiles; with `around_changes`, of the windows cut from them.
    """
    from seep.engine.training.schedule import TrainConfig

    each = steps_per_epoch(request, corrected_area_px)
    return TrainConfig(
        epochs=request.epochs,
        steps_per_epoch=each,
        batch_size=BATCH_CROPS,
        crop_px=request.crop_px,
        learning_rate=request.learning_rate,
        warmup_share=min(0.5, WARMUP_STEPS / (each * request.epochs)),
        replay_share=request.replay_share,
        freeze_batch_norm=True,
        validation_tiles=request.validation_tiles,
        patience=request.patience,
        interpolate=request.interpolate,
        keep_threshold=request.keep_threshold,
        seed=request.seed,
    )


def steps_per_epoch(request: FinetuneRequest, corrected_area_px: int) -> int:
    """Count the batches that show the corrected area once, replayed crops beside it.

    At least so many that all epochs together have `min_steps`, at most what `max_steps` leaves an epoch.
    """
    crops = corrected_area_px / request.crop_px**2 / max(0.05, 1 - request.replay_share)
    wanted = max(ceil(crops / BATCH_CROPS), ceil(request.min_steps / request.epochs))
    most = wanted if request.max_steps is None else request.max_steps // request.epochs
    return max(1, min(wanted, most))


def check_request(request: FinetuneRequest) -> None:
    """Check the ranges of a request.

    Raises:
        SettingsError: names the value and its range.
    """
    if not 1 <= request.epochs <= 500:
        raise SettingsError(f"Epochs are {request.epochs}; choose 1 to 500.")
    if not 0 < request.learning_rate <= 0.1:
        raise SettingsError(f"The learning rate is {request.learning_rate}; choose above 0 and at most 0.1.")
    if not 0 <= request.replay_share <= 0.95:
        raise SettingsError(f"The replay share is {request.replay_share}; choose 0 to 0.95.")
    if request.crop_px % 32 or not 32 <= request.crop_px <= 1024:
        raise SettingsError(f"Crops are {request.crop_px} px; choose a multiple of 32 from 32 to 1024.")
    if not 1 <= request.min_steps <= 1_000_000:
        raise SettingsError(f"At least {request.min_steps} steps were asked for; choose 1 to 1,000,000.")
    if request.max_steps is not None and not 1 <= request.max_steps <= 1_000_000:
        raise SettingsError(f"At most {request.max_steps} steps were asked for; choose 1 to 1,000,000.")
    if request.max_steps is not None and request.max_steps < request.epochs:
        raise SettingsError(
            f"At most {request.max_steps} steps cannot be shared by {request.epochs} epochs; choose fewer "
            "epochs or more steps."
        )
    if not 0 <= request.seed <= MAX_SEED:
        raise SettingsError(f"The seed is {request.seed}; choose 0 to {MAX_SEED:,}.")
    if not 0 <= request.patience <= 500:
        raise SettingsError(f"The patience is {request.patience} epochs; choose 0 (never) to 500.")
    if not 1 <= request.validation_tiles <= 1000:
        raise SettingsError(f"Validation tiles are {request.validation_tiles}; choose 1 to 1000.")
    if not 0 <= request.holdout_share <= 0.5:
        raise SettingsError(f"The hold-out share is {request.holdout_share}; choose 0 to 0.5.")
