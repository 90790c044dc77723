from dataclasses import replace

import pytest

from seep.workflow.training.eta import FINAL_LOOKS, Costs, Pace, Work
from seep.workflow.training.presets import BATCH_CROPS, FINETUNE

WORK = Work(epochs=5, steps=50, crop_px=128, measured=10, compared=40)
STEP_S, LOOK_S, COMPARED_S, START_S = 2.0, 6.0, 0.5, 3.0


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize("guess", [Costs(), Costs(start_s=9, crop_s=5, tile_s=8, compared_s=COMPARED_S)])
def test_after_the_first_epoch_the_time_left_is_right_whatever_was_guessed(guess: Costs) -> None:
    clock = Clock()
    pace = Pace(WORK, guess, clock)
    clock.now += START_S
    pace.started()
    true_s = 50 * STEP_S + (5 + FINAL_LOOKS) * LOOK_S + 40 * COMPARED_S
    for step in range(1, 51):
        clock.now += STEP_S
        true_s -= STEP_S
        pace.step(step)
        if step % 10 == 0:
            clock.now += LOOK_S - 1
            pace.measured(new=True)
            clock.now += 1
            pace.measured(new=False)
            true_s -= LOOK_S
            # What the comparison costs is known from the last run only.
            left = pace.seconds_left() - 40 * pace.costs.compared_s
            assert left == pytest.approx(true_s - 40 * COMPARED_S, abs=0.02 * true_s)
    assert pace.to_dict()["start_s"] == START_S
    assert pace.to_dict()["crop_s"] == pytest.approx(STEP_S / BATCH_CROPS, rel=0.01)
    pace.compared(40, 20.0)
    assert Costs.from_outcome({"costs": pace.to_dict()}) == pace.costs
    assert pace.costs.compared_s == COMPARED_S


@pytest.mark.parametrize("times", [0.2, 1.0, 5.0])
@pytest.mark.parametrize("lag", [0.8, 1.25])
def test_after_the_first_epoch_a_machine_of_another_speed_is_known_to_compare_as_fast(
    times: float, lag: float
) -> None:
    """The last run was `times` as slow in all it did; this one's looks are a little off that."""
    crop_s, tile_s = STEP_S / BATCH_CROPS, lag * LOOK_S / 10
    known = Costs(times * START_S, times * crop_s, times * tile_s, times * COMPARED_S)
    clock = Clock()
    pace = Pace(replace(WORK, compared=2000), known, clock)
    for step in range(1, 11):
        clock.now += STEP_S
        pace.step(step)
    clock.now += LOOK_S
    pace.measured(new=True)
    true_s = 40 * STEP_S + (4 + FINAL_LOOKS) * LOOK_S + 2000 * COMPARED_S
    assert pace.seconds_left() == pytest.approx(true_s, rel=0.3)


def test_what_is_kept_of_a_run_that_compared_nothing_is_of_one_speed() -> None:
    clock = Clock()
    pace = Pace(WORK, Costs(crop_s=1.0, compared_s=4.0), clock)
    for step in (1, 2):
        clock.now += BATCH_CROPS / 2
        pace.step(step)
    assert (pace.costs.crop_s, pace.costs.compared_s) == (0.5, 2.0)


def test_larger_crops_and_more_epochs_cost_more() -> None:
    costs = Costs()
    larger = Work(5, 50, 256, 10, 40)
    longer = Work(10, 100, 128, 10, 40)
    assert larger.seconds(costs) > WORK.seconds(costs)
    assert longer.seconds(costs) > WORK.seconds(costs)
    assert WORK.seconds(costs, steps_done=50) < WORK.seconds(costs)


def test_before_the_first_step_the_base_is_measured_too() -> None:
    costs = Costs(crop_s=0, compared_s=0)
    assert WORK.seconds(costs) == pytest.approx((5 + FINAL_LOOKS + 1) * 10 * costs.tile_s)
    assert WORK.seconds(costs, steps_done=1) == pytest.approx((5 + FINAL_LOOKS) * 10 * costs.tile_s)


def test_work_is_counted_within_the_limits_of_the_request() -> None:
    quick = FINETUNE["quick"]
    work = Work.of(quick, steps=60, measured=32, compared=300)
    assert work == Work(quick.epochs, 60, quick.crop_px, 32, 300, quick.patience)


def test_a_run_that_may_end_early_is_taken_to_end_midway() -> None:
    work = Work(epochs=10, steps=100, crop_px=128, measured=10, compared=40, patience=3)
    assert (work.likely(10).epochs, work.likely(10).steps) == (7, 70)  # after epoch 4 at the earliest, or 10
    assert work.likely(55).epochs == 9
    assert work.likely(80).epochs == work.likely(100).epochs == 10
    for never in (replace(work, patience=0), replace(work, measured=0)):
        assert never.likely(10) == never
    assert work.likely(10).seconds(Costs(), 10) < work.seconds(Costs(), 10)


def test_a_run_that_measured_nothing_gives_no_costs() -> None:
    assert Costs.from_outcome(None) is None
    assert Costs.from_outcome({"crops_a_second": 12}) is None
