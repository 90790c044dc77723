from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from seep.engine.training.schedule import check_config
from seep.engine.unet import UNetConfig
from seep.errors import SettingsError
from seep.workflow.training.presets import (
    BATCH_CROPS,
    FIELDS,
    FINETUNE,
    HEAD_SETTINGS,
    WARMUP_STEPS,
    FinetuneRequest,
    changed_request,
    check_request,
    hyperparameter_table,
    split_holdout,
    steps_per_epoch,
    train_config,
)

TILE_PX = 256 * 256


NETWORK = [name for name, request in FINETUNE.items() if not request.slick_head]
"""Presets that train the network."""


@pytest.mark.parametrize("name", NETWORK)
def test_the_recipes_of_the_product_hold_what_they_promise(name: str) -> None:
    request = FINETUNE[name]
    check_request(request)
    config = train_config(request, 40 * TILE_PX, UNetConfig())
    assert config.freeze_batch_norm
    assert (config.replay_share, config.validation_tiles, config.seed) == (0.5, 32, 0)
    assert config.learning_rate == 3e-4
    assert config.crop_px == 160


def test_the_loss_fits_the_heads_of_the_base() -> None:
    for heads, loss in (
        ("two", {"seep": 1.0, "type": 0.1}),
        ("softmax", {"cross_entropy": 1.0, "dice": 1.0}),
    ):
        network = UNetConfig(heads=heads)
        config = train_config(FINETUNE["quick"], TILE_PX, network)
        assert config.loss == loss
        check_config(config, network)


def test_quick_costs_no_more_for_many_tiles_than_it_may() -> None:
    quick = FINETUNE["quick"]
    assert quick.max_steps is not None
    assert quick.epochs * steps_per_epoch(quick, 4000 * TILE_PX) <= quick.max_steps


def test_few_tiles_are_trained_long_enough_and_warmed_up_to() -> None:
    for request in (FINETUNE[name] for name in NETWORK):
        config = train_config(request, 1, UNetConfig())
        steps = config.epochs * (config.steps_per_epoch or 0)
        assert steps >= request.min_steps
        assert round(config.warmup_share * steps) == WARMUP_STEPS


def test_every_fifth_tile_is_held_out_where_that_makes_enough() -> None:
    trained, out = split_holdout(range(16), 0.2)
    assert out == [4, 9, 14]
    assert sorted([*trained, *out]) == list(range(16))
    assert split_holdout(range(14), 0.2) == (list(range(14)), [])
    assert split_holdout(range(16), 0.0)[1] == []
    assert len(split_holdout(range(16), 0.5)[1]) == 8
    assert len(split_holdout(range(100), 0.35)[1]) == 35


def test_an_epoch_shows_the_corrected_area_once_beside_what_is_replayed() -> None:
    request = FinetuneRequest(epochs=1, replay_share=0.5)
    crops = BATCH_CROPS * steps_per_epoch(request, 400 * TILE_PX)
    assert crops == 2 * 400 * TILE_PX / request.crop_px**2


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"max_steps": 0}, "Maximum steps cannot be 0"),
        ({"max_steps": 5, "epochs": 6}, r"fewer than the epochs \(6\)"),
        ({"seed": -1}, "Random seed cannot be -1. Use 0 to 2"),
        ({"patience": -1}, "Patience .* cannot be -1. Use 0 to 500"),
        ({"min_steps": 0}, "Minimum steps cannot be 0"),
        ({"holdout_share": 0.6}, "Hold-out share cannot be 60 %. Use 0 % to 50 %"),
        ({"ignore_above_radius_px": -1}, "Maximum slick radius cannot be -1 px"),
        ({"validation_tiles": 0}, "Validation tiles cannot be 0"),
        ({"crop_px": 16}, "multiple of 32"),
    ],
)
def test_a_value_out_of_range_is_named(change: dict[str, int], word: str) -> None:
    with pytest.raises(SettingsError, match=word):
        check_request(replace(FinetuneRequest(), **change))  # type: ignore[arg-type]


@pytest.mark.parametrize("name", [one for one in FIELDS if one not in (*HEAD_SETTINGS, "slick_head")])
def test_a_slick_head_refuses_what_it_would_ignore(name: str) -> None:
    preset = FINETUNE["slick-head"]
    value = getattr(FinetuneRequest(), name)
    other = not value if isinstance(value, bool) else (value or 0) + 1
    changes: list[dict[str, Any]] = [{name: value}, {name: other}]
    for change in changes:
        with pytest.raises(
            SettingsError, match=f"not use {name}. Leave it out, or use the preset 'quick' or"
        ):
            changed_request(preset, change)
    with pytest.raises(SettingsError, match=f"not use {name}. Leave it out"):
        check_request(replace(preset, **changes[1]))


def test_a_slick_head_has_tiles_and_a_base() -> None:
    request = changed_request(FINETUNE["slick-head"], {"revision_ids": (1,), "base_checkpoint_id": 2})
    check_request(request)
    assert (request.revision_ids, request.base_checkpoint_id, request.slick_head) == ((1,), 2, True)


def test_only_the_preset_says_that_a_slick_head_is_trained() -> None:
    with pytest.raises(SettingsError, match='Use the preset "slick-head"'):
        changed_request(FINETUNE["quick"], {"slick_head": True})


def test_the_table_of_hyperparameters_is_generated() -> None:
    guide = Path(__file__).resolve().parents[3] / "docs" / "guide" / "finetune.md"
    assert hyperparameter_table() in guide.read_text(), (
        "Run `python -m seep.workflow.training.presets` and copy its table."
    )


@pytest.mark.parametrize("value", ["3", None, [1]])
def test_a_value_of_another_type_is_refused(value: object) -> None:
    with pytest.raises(SettingsError, match=r"Epochs cannot be .* Use 1 to 500"):
        check_request(changed_request(FinetuneRequest(), {"epochs": value}))
