"""Hyperparameters of a fine-tuning run: their declarations, the presets, and the settings for the engine.

`python -m seep.workflow.training.presets` prints the table of the guide.

Half of each batch are corrected tiles, half are replay tiles, drawn evenly by class. The learning rate is a third
of the first training's, and batch norm statistics are frozen. Both reduce forgetting. Measurements:
docs/finetuning.md.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from math import ceil
from typing import TYPE_CHECKING, TypeVar

from seep.errors import SettingsError
from seep.workflow.training.hyperparameter import Hyperparameter, hyperparameter

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
    """

    revision_ids: tuple[int, ...] | None = None
    base_checkpoint_id: int | None = None
    epochs: int = hyperparameter(20, "Epochs", "Maximum passes over the corrected tiles.", low=1, high=500)
    patience: int = hyperparameter(
        5,
        "Patience (epochs)",
        "Stop after N epochs without validation improvement (0 = never).",
        high=500,
        column="patience",
    )
    min_steps: int = hyperparameter(
        40,
        "Minimum steps",
        "Batches of 16 crops over the whole run; small sets are repeated.",
        low=1,
        high=1_000_000,
        column="min steps",
    )
    max_steps: int | None = hyperparameter(
        None,
        "Maximum steps",
        "Limits the time for large sets. Must be at least the number of epochs.",
        low=1,
        high=1_000_000,
        none="no limit",
        column="max steps",
    )
    learning_rate: float = hyperparameter(
        3e-4,
        "Learning rate",
        "The base model was trained with 1e-3. Higher rates learn faster and forget more.",
        high=0.1,
        above_low=True,
        options=(1e-5, 3e-5, 1e-4, 3e-4, 1e-3),
    )
    replay_share: float = hyperparameter(
        0.5,
        "Replay share",
        "Share of each batch from other labeled tiles. Replay reduces forgetting.",
        high=0.95,
        options=tuple(round(0.05 * step, 2) for step in range(20)),
        unit="%",
        scale=100,
        column="replay",
    )
    crop_px: int = hyperparameter(
        CROP_PX,
        "Crop size",
        "Side of the training crops. Time grows with its square.",
        low=32,
        high=1024,
        multiple=32,
        options=(64, 96, 128, 160, 192, 256),
        unit="px",
        switch="crop",
    )
    around_changes: bool = hyperparameter(
        False,
        "Correction crops",
        "Train on windows around your corrections, which is faster. If off, train on whole tiles.",
        column="around corrections",
    )
    interpolate: bool = hyperparameter(
        True,
        "Weight averaging",
        "Average the old and new weights 50/50, unless another ratio scores more than 0.005 IoU higher.",
    )
    keep_threshold: bool = hyperparameter(
        True,
        "Keep threshold",
        "Change the decision threshold only if IoU gains more than 0.005 on at least 8 validation and held-out tiles.",
    )
    validation_tiles: int = hyperparameter(
        32,
        "Validation tiles",
        "Maximum tiles measured after each epoch. More tiles are more reliable and slower.",
        low=1,
        high=1000,
    )
    holdout_share: float = hyperparameter(
        0.2,
        "Hold-out share",
        "Corrected tiles reserved for model selection. The next run replays them.",
        high=0.5,
        options=tuple(round(0.05 * step, 2) for step in range(11)),
        unit="%",
        scale=100,
        column="hold-out",
    )
    ignore_above_radius_px: int | None = hyperparameter(
        None,
        "Maximum slick radius",
        "True slicks with a larger inscribed radius are ignored. They look like areas of low wind, and training "
        "on them causes false alarms there (0 = no limit). By default, 12 px, or no limit if most of the seep pixels "
        "are in such slicks.",
        high=1000,
        unit="px",
        none="auto",
        column="max radius",
        switch="ignore-above-radius",
    )
    slick_head: bool = hyperparameter(
        False, "Slick head only", "Train only the slick head; the network stays as it is."
    )
    seed: int = hyperparameter(
        0,
        "Random seed",
        "The same seed, tiles and settings give the same weights on a CPU.",
        high=MAX_SEED,
        column="seed",
    )


HYPERPARAMETERS: dict[str, Hyperparameter] = {
    field.name: field.metadata["hyperparameter"] for field in fields(FinetuneRequest) if field.metadata
}
"""Declarations by field name."""
ASKED = tuple(name for name in HYPERPARAMETERS if name != "slick_head")
"""What a form asks; the slick head is a preset of its own."""


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
    return [tile for at, tile in enumerate(tiles) if at not in out], [tiles[at] for at in sorted(out)]


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
    for name, declared in HYPERPARAMETERS.items():
        value = getattr(request, name)
        if not declared.allows(value):
            raise SettingsError(f"{declared.label} cannot be {declared.text(value)}. Use {declared.span}.")
    if request.max_steps is not None and request.max_steps < request.epochs:
        raise SettingsError(
            f"The maximum steps ({request.max_steps}) are fewer than the epochs ({request.epochs}). Use fewer "
            "epochs or more steps."
        )


def hyperparameter_table() -> str:
    """Return the Markdown table of the guide."""
    rows = ["| hyperparameter | values | effect |", "| --- | --- | --- |"]
    for declared in (HYPERPARAMETERS[name] for name in ASKED):
        empty = f"; empty for {declared.none}" if declared.none else ""
        rows.append(f"| {declared.label} | {declared.span}{empty} | {declared.help} |")
    return "\n".join(rows) + "\n"


if __name__ == "__main__":
    print(hyperparameter_table(), end="")
