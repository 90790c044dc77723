"""Hyperparameters of a fine-tuning run: the presets, their ranges, and the settings for the engine.

Half of each batch are corrected tiles, half are replay tiles, drawn evenly by class. The learning rate is a third
of the first training's, and batch norm statistics are frozen. Both reduce forgetting. Measurements:
docs/finetuning.md.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil
from typing import TYPE_CHECKING, TypeVar

from seep.core.text import number
from seep.errors import SettingsError

if TYPE_CHECKING:
    from seep.engine.training.schedule import TrainConfig
    from seep.engine.unet import UNetConfig

Item = TypeVar("Item")

BATCH_CROPS = 16
MAX_SEED = 2**31 - 1
CROP_PX = 160
"""As the shipped network was trained. With 128 px, IoU on unseen scenes was 0.01 higher in one draw of 40 tiles and
0.01 lower in another."""
IGNORE_ABOVE_RADIUS_PX = 12
"""As the shipped network was trained; see `seep.core.masks.wide_slicks`."""
WARMUP_STEPS = 20
"""The first steps of Adam do not depend on the size of the gradient. Without warm-up, 8 of them reduced IoU on
unseen scenes from 0.436 to 0.394."""


MIN_HOLDOUT_TILES = 3
"""Fewer held-out tiles are not conclusive; then none is held out."""


@dataclass(frozen=True)
class FinetuneRequest:
    """Tiles, base and hyperparameters of a fine-tuning run.

    Attributes:
        revision_ids: corrected masks to train on; None for all new ones.
        base_checkpoint_id: version to start from; None for the active one.
        epochs: maximum passes over the corrected tiles, 1 to 500.
        learning_rate: highest rate, above 0 and at most 0.1.
        replay_share: share of crops from other labeled tiles, 0 to 0.95.
        crop_px: side of the crops; a multiple of 32, 32 to 1024.
        seed: 0 to 2^31 - 1; the same seed on the same data and machine gives the same weights.
        around_changes: take crops around corrections, not from whole tiles.
        min_steps: minimum steps of the run, 1 to 1,000,000; small sets are repeated.
        max_steps: maximum steps of the run, 1 to 1,000,000, at least `epochs`; None for no limit. It takes
            precedence over `min_steps`.
        patience: epochs without validation improvement before the run stops, 1 to 500; 0 for never.
        interpolate: average old and new weights 50/50, unless another ratio scores more than 0.005 higher.
        keep_threshold: change the decision threshold only if validation IoU gains more than 0.005.
        validation_tiles: maximum validation tiles per epoch, 1 to 1000.
        ignore_above_radius_px: ignore true slicks with a larger inscribed radius, 0 to 1000; 0 for none. None to choose
            it when the run is queued, see `seep.workflow.training.wide_slicks.choose_radius`.
        slick_head: train only the slick head, which takes seconds; the network stays as it is. Of the other settings,
            only `HEAD_SETTINGS` may differ from the preset.
        holdout_share: share of corrected tiles reserved for model selection, 0 to 0.5; the next run replays
            them.
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
    ignore_above_radius_px: int | None = None
    slick_head: bool = False


FINETUNE = {
    "quick": FinetuneRequest(epochs=10, around_changes=True, max_steps=160, patience=3),
    "thorough": FinetuneRequest(min_steps=400, patience=10),
    "slick-head": FinetuneRequest(slick_head=True, replay_share=0, holdout_share=0),
}
"""Quick takes minutes and is for every few tiles; thorough is for a day of review; slick-head takes seconds."""
NETWORK_PRESETS = tuple(name for name, request in FINETUNE.items() if not request.slick_head)
"""Those that train the network."""
HEAD_SETTINGS = ("revision_ids", "base_checkpoint_id")
"""What can be chosen for a slick head; it does not use the other hyperparameters."""
FIELDS = tuple(FinetuneRequest.__dataclass_fields__)


def changed_request(
    request: FinetuneRequest, changes: Mapping[str, object], spelled: Mapping[str, str] | None = None
) -> FinetuneRequest:
    """Return a request with some other values; their ranges are not checked.

    Args:
        request: of a preset, or of an earlier run.
        changes: new values by field name.
        spelled: how messages name a field, where that is not its own name.

    Raises:
        SettingsError: a change has an unknown name, the request does not use it, or it is the preset's to say.
    """
    unknown = sorted(changes.keys() - {*FIELDS})
    if unknown:
        raise SettingsError(f"Unknown setting {unknown[0]!r} of a run. Use one of: {', '.join(FIELDS)}.")
    if changes.get("slick_head", request.slick_head) != request.slick_head:
        raise SettingsError('slick_head cannot be changed: the preset sets it. Use the preset "slick-head".')
    _check_used(request, changes, spelled or {})
    return replace(request, **changes)  # type: ignore[arg-type]


def _check_used(request: FinetuneRequest, given: Collection[str], spelled: Mapping[str, str]) -> None:
    """Refuse hyperparameters that a slick head would ignore."""
    ignored = [name for name in FIELDS if name in given and name not in (*HEAD_SETTINGS, "slick_head")]
    if request.slick_head and ignored:
        names = ", ".join(spelled.get(name, name) for name in ignored)
        raise SettingsError(
            f'The preset "slick-head" does not use {names}. Leave it out, or use the preset '
            f"{' or '.join(map(repr, NETWORK_PRESETS))}."
        )


def split_holdout(tiles: Sequence[Item], share: float) -> tuple[list[Item], list[Item]]:
    """Split corrected tiles into training and hold-out tiles, evenly spread.

    Args:
        tiles: in the order in which they were corrected.
        share: 0 to 0.5.

    Returns:
        Training and hold-out tiles; no hold-out tiles if there were fewer than `MIN_HOLDOUT_TILES`.
    """
    percent = round(100 * share)
    if len(tiles) * percent // 100 < MIN_HOLDOUT_TILES:
        return list(tiles), []
    out = {at for at in range(len(tiles)) if (at + 1) * percent // 100 > at * percent // 100}
    return [one for at, one in enumerate(tiles) if at not in out], [tiles[at] for at in sorted(out)]


def train_config(request: FinetuneRequest, corrected_area_px: int, network: "UNetConfig") -> "TrainConfig":
    """Return the settings of the engine for a request.

    Args:
        request: see `FinetuneRequest`.
        corrected_area_px: pixels of all corrected tiles, or of their windows with `around_changes`.
        network: of the base version; its heads determine the loss.
    """
    from seep.engine.training.losses.combined import DEFAULT_LOSS_WEIGHTS, SOFTMAX_LOSS_WEIGHTS
    from seep.engine.training.schedule import TrainConfig

    each, radius_px = steps_per_epoch(request, corrected_area_px), request.ignore_above_radius_px
    return TrainConfig(
        epochs=request.epochs,
        steps_per_epoch=each,
        batch_size=BATCH_CROPS,
        crop_px=request.crop_px,
        learning_rate=request.learning_rate,
        warmup_share=min(0.5, WARMUP_STEPS / (each * request.epochs)),
        replay_share=request.replay_share,
        freeze_batch_norm=True,
        loss=dict(DEFAULT_LOSS_WEIGHTS if network.heads == "two" else SOFTMAX_LOSS_WEIGHTS),
        validation_tiles=request.validation_tiles,
        patience=request.patience,
        interpolate=request.interpolate,
        keep_threshold=request.keep_threshold,
        ignore_above_radius_px=IGNORE_ABOVE_RADIUS_PX if radius_px is None else radius_px,
        seed=request.seed,
    )


def steps_per_epoch(request: FinetuneRequest, corrected_area_px: int) -> int:
    """Return the batches per epoch that cover the corrected area once, within `min_steps` and `max_steps`."""
    crops = corrected_area_px / request.crop_px**2 / max(0.05, 1 - request.replay_share)
    wanted = max(ceil(crops / BATCH_CROPS), ceil(request.min_steps / request.epochs))
    most = wanted if request.max_steps is None else request.max_steps // request.epochs
    return max(1, min(wanted, most))


def check_request(request: FinetuneRequest) -> None:
    """Check the ranges of a request.

    Raises:
        SettingsError: a value is out of range, or a slick head would ignore it; the message names it and the remedy.
    """
    preset = FINETUNE["slick-head"]
    _check_used(request, [name for name in FIELDS if getattr(request, name) != getattr(preset, name)], {})
    if not 1 <= request.epochs <= 500:
        raise SettingsError(f"Epochs are {request.epochs}. Use 1 to 500.")
    if not 0 < request.learning_rate <= 0.1:
        raise SettingsError(
            f"The learning rate is {request.learning_rate}. Use a value above 0, at most 0.1."
        )
    if not 0 <= request.replay_share <= 0.95:
        raise SettingsError(f"The replay share is {request.replay_share}. Use 0 to 0.95.")
    if request.crop_px % 32 or not 32 <= request.crop_px <= 1024:
        raise SettingsError(f"The crop size is {request.crop_px} px. Use a multiple of 32 from 32 to 1024.")
    if not 1 <= request.min_steps <= 1_000_000:
        raise SettingsError(f"The minimum steps are {request.min_steps}. Use 1 to 1,000,000.")
    if request.max_steps is not None and not 1 <= request.max_steps <= 1_000_000:
        raise SettingsError(f"The maximum steps are {request.max_steps}. Use 1 to 1,000,000.")
    if request.max_steps is not None and request.max_steps < request.epochs:
        raise SettingsError(
            f"The maximum steps ({request.max_steps}) are fewer than the epochs ({request.epochs}). Use fewer "
            "epochs or more steps."
        )
    if not 0 <= request.seed <= MAX_SEED:
        raise SettingsError(f"The random seed is {request.seed}. Use 0 to {number(MAX_SEED)}.")
    if not 0 <= request.patience <= 500:
        raise SettingsError(f"The patience is {request.patience} epochs. Use 0 (never) to 500.")
    if not 1 <= request.validation_tiles <= 1000:
        raise SettingsError(f"The validation tiles are {request.validation_tiles}. Use 1 to 1000.")
    if request.ignore_above_radius_px is not None and not 0 <= request.ignore_above_radius_px <= 1000:
        raise SettingsError(
            f"The radius above which slicks are ignored is {request.ignore_above_radius_px} px. Use 0 to 1000."
        )
    if not 0 <= request.holdout_share <= 0.5:
        raise SettingsError(f"The hold-out share is {request.holdout_share}. Use 0 to 0.5.")
