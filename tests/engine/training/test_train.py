import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
import torch

from seep.core.masks.dark_areas import DARK_AREA_DEPTH
from seep.core.masks.wide_slicks import wide_components
from seep.engine.checkpoint import Checkpoint
from seep.engine.training import step as step_module
from seep.engine.training import train as module
from seep.engine.training.losses.combined import total_loss
from seep.engine.training.schedule import TrainConfig
from seep.engine.training.train import TrainResult, train
from seep.engine.training.validation import Evaluator, Validation
from seep.errors import DeviceError, TrainingError
from tests.engine.conftest import TINY

CONFIG = TrainConfig(epochs=3, steps_per_epoch=4, batch_size=4, crop_px=32, learning_rate=3e-3, seed=5)


class Watcher:
    """Collects events and says stop after so many steps."""

    def __init__(self, stop_after: int | None = None) -> None:
        self.events, self.asked, self.stop_after = [], 0, stop_after

    def see(self, event):
        json.dumps(event, allow_nan=False)
        self.events.append(event)

    def should_stop(self) -> bool:
        self.asked += 1
        return self.stop_after is not None and self.asked > self.stop_after

    def kinds(self, kind):
        return [event for event in self.events if event["kind"] == kind]


def run(
    base, tiles, validation=(), config=CONFIG, *, state_path: Path | None = None, watcher=None
) -> TrainResult:
    watcher = watcher or Watcher()
    return train(
        base,
        tiles,
        validation,
        config,
        state_path=state_path,
        on_event=watcher.see,
        should_stop=watcher.should_stop,
        device="cpu",
    )


def same_weights(one: Checkpoint, two: Checkpoint) -> bool:
    pairs = zip(one.model.state_dict().values(), two.model.state_dict().values(), strict=True)
    return all(torch.equal(a, b) for a, b in pairs)


@pytest.fixture
def tiles(make_tile):
    return [make_tile(0), make_tile(1, class_id=2), make_tile(2, corrected=False)]


def test_a_small_network_learns_to_find_dark_slicks(tiles, make_tile):
    config = dataclasses.replace(CONFIG, epochs=2, steps_per_epoch=25, learning_rate=1e-2, ema_decay=0.9)
    watcher = Watcher()
    result = run(TINY, tiles, [make_tile(7)], config, watcher=watcher)
    epochs = watcher.kinds("epoch")
    assert epochs[-1]["train_loss"] < 0.8 * epochs[0]["train_loss"]
    assert result.checkpoint.card["figures"]["validation"]["binary_iou"] > 0.5
    assert result.epochs_done == 2
    assert not result.stopped


def test_events_tell_the_whole_story(monkeypatch, tiles, make_tile):
    monkeypatch.setattr(module, "REPORT_EVERY_S", 0.0)
    watcher = Watcher()
    run(TINY, tiles, [make_tile(7)], watcher=watcher)
    assert watcher.events[0] == {"kind": "start", "steps": 12, "device": "cpu"}
    assert [event["step"] for event in watcher.kinds("step")] == list(range(1, 13))
    assert [event["epoch"] for event in watcher.kinds("step")] == [1] * 4 + [2] * 4 + [3] * 4
    assert [(event["epoch"], event["step"]) for event in watcher.kinds("epoch")] == [(1, 4), (2, 8), (3, 12)]
    assert {"loss", "learning_rate", "steps"} <= watcher.kinds("step")[0].keys()
    assert {"train_loss", "validation_loss", "binary_iou", "mean_iou"} <= watcher.kinds("epoch")[0].keys()


def test_a_fine_tuning_measures_its_base_once_before_the_first_step(tmp_path, checkpoint, tiles, make_tile):
    validation, config = [make_tile(7)], dataclasses.replace(CONFIG, interpolate=True)
    state, first, second = tmp_path / "state.safetensors", Watcher(6), Watcher()
    assert run(checkpoint, tiles, validation, config, state_path=state, watcher=first).stopped
    run(checkpoint, tiles, validation, config, state_path=state, watcher=second)
    assert [event["kind"] for event in first.events[:2]] == ["start", "base"]
    assert not second.kinds("base")
    # The mixture without any of the new weights is the base, measured the same ensemble.
    assert first.kinds("base")[0]["binary_iou"] == second.kinds("alpha")[0]["scores"]["0"]


def test_a_network_from_scratch_has_no_base_to_measure(tiles, make_tile):
    watcher = Watcher()
    run(TINY, tiles, [make_tile(7)], watcher=watcher)
    assert not watcher.kinds("base")


def widened(tile):
    mask = tile.mask.copy()
    mask[:40, 8:48] = 2  # background on the image: it would mislead
    return dataclasses.replace(tile, mask=mask)


def test_wide_slicks_are_ignored_in_training_and_validation(tiles, make_tile):
    config = dataclasses.replace(CONFIG, epochs=1, ignore_above_radius_px=12.0)
    first, second = Watcher(), Watcher()
    wide = run(TINY, [*map(widened, tiles)], [widened(make_tile(7))], config, watcher=first)
    by_hand = [dataclasses.replace(tile, mask=unsure_where_wide(tile.mask)) for tile in map(widened, tiles)]
    held = dataclasses.replace(make_tile(7), mask=unsure_where_wide(widened(make_tile(7)).mask))
    plain = run(TINY, by_hand, [held], dataclasses.replace(CONFIG, epochs=1), watcher=second)
    assert same_weights(wide.checkpoint, plain.checkpoint)
    assert first.kinds("epoch")[0]["binary_iou"] == second.kinds("epoch")[0]["binary_iou"]
    assert "radius above 12 px are ignored" in first.kinds("log")[0]["text"]
    assert wide.checkpoint.card["training"]["config"]["ignore_above_radius_px"] == 12.0


def test_a_network_that_ignores_wide_slicks_asks_about_dark_areas_and_fine_tuning_keeps_that(
    tiles, make_tile
):
    config = dataclasses.replace(CONFIG, epochs=1, ignore_above_radius_px=12.0)
    ignoring = run(TINY, tiles, [make_tile(7)], config).checkpoint
    plain = run(TINY, tiles, [make_tile(7)], dataclasses.replace(CONFIG, epochs=1)).checkpoint
    assert ignoring.decision.dark_area_depth == DARK_AREA_DEPTH
    assert "dark_area_depth" not in plain.card
    for base in (ignoring, plain):
        tuned = run(base, tiles, [make_tile(7)], config).checkpoint
        assert tuned.decision.dark_area_depth == base.decision.dark_area_depth


def unsure_where_wide(mask):
    wide = wide_components((mask > 0) & (mask != 255), 12) > 0
    return np.where(wide, np.uint8(255), mask)


def test_without_validation_the_last_average_is_kept(tiles):
    watcher = Watcher()
    result = run(TINY, tiles, watcher=watcher)
    assert watcher.kinds("epoch")[-1]["binary_iou"] is None
    assert result.checkpoint.card["training"]["epoch"] == 3
    assert result.checkpoint.card["threshold"] == 0.5


def test_the_same_seed_gives_the_same_weights(tiles):
    assert same_weights(run(TINY, tiles).checkpoint, run(TINY, tiles).checkpoint)
    other = dataclasses.replace(CONFIG, seed=6)
    assert not same_weights(run(TINY, tiles).checkpoint, run(TINY, tiles, config=other).checkpoint)


@pytest.mark.parametrize("stop_after", [1, 5, 9])
def test_an_interrupted_training_ends_with_the_same_weights(tmp_path, tiles, make_tile, stop_after):
    validation = [make_tile(7)]
    undisturbed = run(TINY, tiles, validation).checkpoint
    state = tmp_path / "state.safetensors"
    first = run(TINY, tiles, validation, state_path=state, watcher=Watcher(stop_after))
    assert first.stopped
    watcher = Watcher()
    resumed = run(TINY, tiles, validation, state_path=state, watcher=watcher)
    assert "goes on after step" in watcher.kinds("log")[0]["text"]
    assert same_weights(resumed.checkpoint, undisturbed)
    assert resumed.checkpoint.card == undisturbed.card


def test_a_training_killed_between_saves_repeats_only_what_was_lost(tmp_path, monkeypatch, tiles):
    undisturbed = run(TINY, tiles).checkpoint
    state = tmp_path / "state.safetensors"
    learn = module._Trainer._training_step

    def die_at_seven(self):
        if self.state.step == 6:
            raise KeyboardInterrupt
        return learn(self)

    monkeypatch.setattr(module._Trainer, "_training_step", die_at_seven)
    with pytest.raises(KeyboardInterrupt):
        run(TINY, tiles, state_path=state)
    monkeypatch.setattr(module._Trainer, "_training_step", learn)
    watcher = Watcher()
    assert same_weights(run(TINY, tiles, state_path=state, watcher=watcher).checkpoint, undisturbed)
    assert watcher.kinds("log")[0]["text"] == "goes on after step 4 of 12"


def test_the_state_of_another_training_is_not_continued(tmp_path, tiles):
    state = tmp_path / "state.safetensors"
    run(TINY, tiles, state_path=state, watcher=Watcher(5))
    other = dataclasses.replace(CONFIG, seed=6)
    watcher = Watcher()
    resumed = run(TINY, tiles, config=other, state_path=state, watcher=watcher)
    assert "begins anew" in watcher.kinds("log")[0]["text"]
    assert same_weights(resumed.checkpoint, run(TINY, tiles, config=other).checkpoint)


@pytest.mark.parametrize("damage", [b"", b"not a state at all"])
def test_a_damaged_state_is_not_continued(tmp_path, tiles, damage):
    state = tmp_path / "state.safetensors"
    state.write_bytes(damage)
    assert same_weights(run(TINY, tiles, state_path=state).checkpoint, run(TINY, tiles).checkpoint)


def test_stopping_takes_effect_at_the_next_step(tiles):
    result = run(TINY, tiles, watcher=Watcher(2))
    assert result.stopped
    assert result.checkpoint.card["training"]["steps"] == 2
    assert result.epochs_done == 0


def test_fine_tuning_starts_from_the_base_and_leaves_it_alone(checkpoint, tiles):
    before = {name: tensor.clone() for name, tensor in checkpoint.model.state_dict().items()}
    gentle = dataclasses.replace(CONFIG, epochs=1, steps_per_epoch=1, learning_rate=1e-9, weight_decay=0.0)
    tuned = run(checkpoint, tiles, config=dataclasses.replace(gentle, freeze_batch_norm=True)).checkpoint
    for name, tensor in tuned.model.state_dict().items():
        torch.testing.assert_close(tensor, before[name], atol=1e-6, rtol=1e-5)
    assert all(torch.equal(t, before[n]) for n, t in checkpoint.model.state_dict().items())
    assert tuned.card["parent"] == "tiny"


def test_frozen_batch_norm_keeps_its_statistics(checkpoint, tiles):
    frozen = run(checkpoint, tiles, config=dataclasses.replace(CONFIG, freeze_batch_norm=True)).checkpoint
    moved = run(checkpoint, tiles).checkpoint
    name = "down.0.norm1.running_mean"
    before = checkpoint.model.state_dict()[name]
    assert torch.equal(frozen.model.state_dict()[name], before)
    assert not torch.equal(moved.model.state_dict()[name], before)


def test_a_loss_that_is_not_finite_stops_with_step_and_tiles(tmp_path, checkpoint, tiles):
    state = tmp_path / "state.safetensors"
    with torch.no_grad():
        checkpoint.model.seep_head.bias.fill_(float("nan"))
    with pytest.raises(TrainingError, match=r"loss is nan at step 1, with crops of tile 1, tile 2"):
        run(checkpoint, tiles, state_path=state)
    assert not state.exists()


def figures(score: float, threshold: float = 0.3) -> Validation:
    return Validation(loss=1.0, threshold=threshold, binary_iou=score, mean_iou=None, score=score)


@pytest.fixture
def scored(monkeypatch):
    """Makes a evaluator of a list of scores, one for each measuring without flips; keeps what it saw."""

    def judge_by(*scores: float) -> list[dict[str, torch.Tensor]]:
        left, kept = iter(scores), []

        def evaluator(_self, model, *, flips=False):
            if flips:
                return figures(0.6, 0.36)
            kept.append({name: tensor.clone() for name, tensor in model.state_dict().items()})
            return figures(next(left))

        monkeypatch.setattr(Evaluator, "__call__", evaluator)
        return kept

    return judge_by


def test_the_best_epoch_is_kept(scored, tiles, make_tile):
    kept = scored(0.3, 0.5, 0.4)
    result = run(TINY, tiles, [make_tile(7)])
    assert result.checkpoint.card["training"]["epoch"] == 2
    assert result.checkpoint.card["threshold"] == 0.36
    assert result.checkpoint.card["figures"]["validation"]["binary_iou"] == 0.6
    assert all(torch.equal(t, kept[1][n]) for n, t in result.checkpoint.model.state_dict().items())


def test_unusable_requests_are_refused(tiles):
    with pytest.raises(TrainingError, match="no tiles"):
        run(TINY, [])
    with pytest.raises(TrainingError, match="crop_px is 30"):
        run(TINY, tiles, config=dataclasses.replace(CONFIG, crop_px=30))
    with pytest.raises(TrainingError, match="class 2"):
        run(dataclasses.replace(TINY, classes=2), tiles)
    with pytest.raises(DeviceError):
        train(
            TINY, tiles, [], CONFIG,
            state_path=None, on_event=print, should_stop=lambda: False, device="cuda:63",
        )  # fmt: skip


def test_at_most_so_many_validation_tiles_are_measured(monkeypatch, tiles, make_tile):
    seen = []
    monkeypatch.setattr(
        Evaluator, "__call__", lambda evaluator, _model, **_: seen.append(len(evaluator.tiles))
    )
    config = dataclasses.replace(CONFIG, epochs=1, validation_tiles=4)
    run(TINY, tiles, [make_tile(n) for n in range(10)], config)
    assert seen == [4]


def test_images_of_floats_with_nan_train(tiles):
    image = tiles[0].image.astype(np.float32)
    image[10:20, 10:20] = np.nan
    result = run(TINY, [dataclasses.replace(tiles[0], image=image)])
    assert all(torch.isfinite(t).all() for t in result.checkpoint.model.state_dict().values())


def test_a_training_ends_when_it_has_got_no_better_for_long_enough(scored, tmp_path, tiles, make_tile):
    scored(0.3, 0.5, 0.4, 0.45, 0.9)
    patient = dataclasses.replace(CONFIG, epochs=9, patience=2)
    watcher, state = Watcher(), tmp_path / "state.safetensors"
    result = run(TINY, tiles, [make_tile(7)], patient, state_path=state, watcher=watcher)
    assert (result.epochs_done, result.stopped) == (4, False)
    assert result.checkpoint.card["training"]["epoch"] == 2
    assert watcher.kinds("log")[-1]["text"] == "ends after epoch 4: none was better than epoch 2"
    again = run(TINY, tiles, [make_tile(7)], patient, state_path=state)
    assert same_weights(again.checkpoint, result.checkpoint)


def test_without_a_figure_patience_never_ends(tiles):
    patient = dataclasses.replace(CONFIG, epochs=4, steps_per_epoch=1, patience=1)
    assert run(TINY, tiles, config=patient).epochs_done == 4


@pytest.mark.parametrize(
    "case",
    [
        ((0.1, 0.2, 0.7, 0.3), 0.25),
        ((0.1, 0.1, 0.1, 0.49), 1.0),
        ((0.1, 0.1, 0.1, 0.496), 0.0),
        ((0.499, 0.498, 0.3, 0.5), 0.5),
    ],
)
def test_half_of_the_new_weights_are_taken_unless_validation_clearly_likes_another_share(
    checkpoint, scored, tiles, make_tile, case
):
    scores, chosen = case
    seen = scored(0.45, 0.5, *scores)
    config = dataclasses.replace(CONFIG, epochs=1, interpolate=True)
    watcher = Watcher()
    tuned = run(checkpoint, tiles, [make_tile(7)], config, watcher=watcher).checkpoint
    (event,) = watcher.kinds("alpha")
    assert event["chosen"] == tuned.card["training"]["alpha"] == chosen
    assert event["scores"] == dict(zip(["1", "0.75", "0.5", "0.25", "0"], (0.5, *scores), strict=True))
    name = "down.0.conv1.weight"
    old, new = checkpoint.model.state_dict()[name], seen[1][name]
    torch.testing.assert_close(tuned.model.state_dict()[name], old + chosen * (new - old))
    assert torch.equal(seen[0][name], old)
    assert torch.equal(seen[5][name], old)


def test_half_of_the_new_weights_are_taken_where_nothing_judges(checkpoint, tiles):
    watcher = Watcher()
    config = dataclasses.replace(CONFIG, interpolate=True)
    interpolate_weights = run(checkpoint, tiles, config=config, watcher=watcher).checkpoint.model.state_dict()
    assert watcher.kinds("alpha") == [{"kind": "alpha", "scores": {}, "chosen": 0.5}]
    old, new = checkpoint.model.state_dict(), run(checkpoint, tiles).checkpoint.model.state_dict()
    name = "down.0.conv1.weight"
    torch.testing.assert_close(interpolate_weights[name], (old[name] + new[name]) / 2)


def test_a_network_from_scratch_has_nothing_to_be_mixed_with(tiles, make_tile):
    watcher = Watcher()
    run(TINY, tiles, [make_tile(7)], dataclasses.replace(CONFIG, interpolate=True), watcher=watcher)
    assert not watcher.kinds("alpha")


def test_a_stop_while_the_end_is_measured_is_made_good_when_it_goes_on(
    tmp_path, checkpoint, tiles, make_tile
):
    validation, config = [make_tile(7)], dataclasses.replace(CONFIG, interpolate=True)
    undisturbed = run(checkpoint, tiles, validation, config).checkpoint
    state = tmp_path / "state.safetensors"
    # The base, 12 steps and 3 measurings ask once each; the next question comes while mixtures are measured.
    assert run(checkpoint, tiles, validation, config, state_path=state, watcher=Watcher(17)).stopped
    resumed = run(checkpoint, tiles, validation, config, state_path=state).checkpoint
    assert same_weights(resumed, undisturbed)
    assert resumed.card == undisturbed.card


def test_the_average_of_each_epoch_is_shown(tiles):
    seen = []
    train(
        TINY, tiles, [], CONFIG,
        state_path=None, on_event=print, should_stop=lambda: False, device="cpu",
        on_average=lambda model, step: seen.append((model.training, step)),
    )  # fmt: skip
    assert seen == [(False, 4), (False, 8), (False, 12)]


def test_a_training_goes_on_with_the_last_good_step_after_a_loss_that_is_not_finite(
    tmp_path, monkeypatch, tiles
):
    undisturbed, state = run(TINY, tiles).checkpoint, tmp_path / "state.safetensors"
    loss = total_loss

    def break_once(*args, **settings):
        monkeypatch.setattr(step_module, "total_loss", loss)
        return loss(*args, **settings) * float("nan")

    def break_at_seven(event):
        if event["kind"] == "step" and event["step"] == 6:
            monkeypatch.setattr(step_module, "total_loss", break_once)

    monkeypatch.setattr(module, "REPORT_EVERY_S", 0.0)
    with pytest.raises(TrainingError, match="the loss is nan at step 7"):
        train(
            TINY, tiles, [], CONFIG,
            state_path=state, on_event=break_at_seven, should_stop=lambda: False, device="cpu",
        )  # fmt: skip
    kept = run(TINY, tiles, state_path=state, watcher=Watcher(0))
    assert kept.stopped
    assert kept.checkpoint.card["training"]["steps"] == 6
    assert all(tensor.isfinite().all() for tensor in kept.checkpoint.model.state_dict().values())
    watcher = Watcher()
    resumed = run(TINY, tiles, state_path=state, watcher=watcher).checkpoint
    assert watcher.kinds("log")[0]["text"] == "goes on after step 6 of 12"
    assert same_weights(resumed, undisturbed)


def test_memory_that_runs_out_halves_the_batch_for_good(tmp_path, monkeypatch, tiles):
    loss, state = total_loss, tmp_path / "state.safetensors"

    def short_of_memory(outputs, masks, *args, **settings):
        if len(masks) > 2:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return loss(outputs, masks, *args, **settings)

    monkeypatch.setattr(step_module, "total_loss", short_of_memory)
    watcher = Watcher()
    whole = run(TINY, tiles, watcher=watcher).checkpoint
    (event,) = watcher.kinds("memory")
    assert event["halved_to"] == 2
    assert event["text"] == "Out of memory: batches of 4 crops are split into parts of 2 from now on."
    run(TINY, tiles, state_path=state, watcher=Watcher(5))
    resumed = Watcher()
    assert same_weights(run(TINY, tiles, state_path=state, watcher=resumed).checkpoint, whole)
    assert not resumed.kinds("memory")
