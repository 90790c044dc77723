from dataclasses import replace

import pytest

from seep.workflow.training.eta import FINAL_VALIDATIONS, Costs, TimeLeft, Work
from seep.workflow.training.presets import BATCH_CROPS

WORK = Work(epochs=5, steps=50, crop_px=128, validated=10, compared=40)
STEP_S, VALIDATION_S, COMPARED_S, START_S = 2.0, 6.0, 0.5, 3.0


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize("earlier", [Costs(), Costs(start_s=9, crop_s=5, tile_s=8, compared_s=COMPARED_S)])
def test_after_the_first_epoch_the_time_left_is_right_whatever_was_estimated(earlier: Costs) -> None:
    clock = Clock()
    left = TimeLeft(WORK, earlier, clock)
    clock.now += START_S
    left.start()
    clock.now += VALIDATION_S
    left.validate()
    true_s = 50 * STEP_S + (5 + FINAL_VALIDATIONS) * VALIDATION_S
    for step in range(1, 51):
        clock.now += STEP_S
        true_s -= STEP_S
        left.step(step)
        if step % 10 == 0:
            clock.now += VALIDATION_S
            left.validate()
            true_s -= VALIDATION_S
            comparison_s = 40 * left.costs.compared_s  # measured only at the end
            assert left.seconds() - comparison_s == pytest.approx(true_s, abs=0.01 * true_s)
    assert left.costs.start_s == START_S
    assert left.costs.crop_s == pytest.approx(STEP_S / BATCH_CROPS, rel=0.01)
    left.compare(40, 20.0)
    assert Costs.from_outcome({"costs": left.to_dict()}) == left.costs
    assert left.costs.compared_s == COMPARED_S


@pytest.mark.parametrize("times", [0.2, 1.0, 5.0])
def test_the_comparison_is_scaled_by_the_speed_of_this_machine(times: float) -> None:
    earlier = Costs(START_S, times * STEP_S / BATCH_CROPS, times * VALIDATION_S / 10, times * COMPARED_S)
    clock = Clock()
    left = TimeLeft(replace(WORK, compared=2000), earlier, clock)
    for step in range(1, 11):
        clock.now += STEP_S
        left.step(step)
    clock.now += VALIDATION_S
    left.validate()
    true_s = 40 * STEP_S + (4 + FINAL_VALIDATIONS) * VALIDATION_S + 2000 * COMPARED_S
    assert left.seconds() == pytest.approx(true_s, rel=0.01)


def test_the_average_follows_a_machine_that_becomes_slower() -> None:
    clock = Clock()
    left = TimeLeft(WORK, Costs(), clock)
    for step in range(1, 41):
        clock.now += STEP_S if step <= 10 else 2 * STEP_S
        left.step(step)
    assert left.costs.crop_s == pytest.approx(2 * STEP_S / BATCH_CROPS, rel=0.01)


def test_a_resumed_run_does_not_count_the_steps_before() -> None:
    clock = Clock()
    left = TimeLeft(WORK, Costs(), clock)
    for step in (31, 32):
        clock.now += STEP_S
        left.step(step)
    assert left.costs.crop_s == pytest.approx(STEP_S / BATCH_CROPS)


def test_a_run_without_validation_tiles_has_an_estimate() -> None:
    clock = Clock()
    left = TimeLeft(replace(WORK, validated=0, patience=3), Costs(compared_s=0), clock)
    for step in range(1, 11):
        clock.now += STEP_S
        left.step(step)
    left.validate()
    assert left.seconds() == pytest.approx(40 * STEP_S)


def test_larger_crops_and_more_epochs_cost_more() -> None:
    costs = Costs()
    assert replace(WORK, crop_px=256).seconds(costs) > WORK.seconds(costs)
    assert replace(WORK, epochs=10, steps=100).seconds(costs) > WORK.seconds(costs)
    assert WORK.seconds(costs, steps_done=50) < WORK.seconds(costs)


def test_before_the_first_step_the_base_is_validated_too() -> None:
    costs = Costs(crop_s=0, compared_s=0)
    assert WORK.seconds(costs) == pytest.approx((5 + FINAL_VALIDATIONS + 1) * 10 * costs.tile_s)
    assert WORK.seconds(costs, steps_done=1) == pytest.approx((5 + FINAL_VALIDATIONS) * 10 * costs.tile_s)


def test_a_run_that_may_stop_early_is_expected_to_stop_midway() -> None:
    work = Work(epochs=10, steps=100, crop_px=128, validated=10, compared=40, patience=3)
    assert (work.expected(10).epochs, work.expected(10).steps) == (7, 70)  # between epochs 4 and 10
    assert work.expected(55).epochs == 9
    assert work.expected(80).epochs == work.expected(100).epochs == 10
    for never in (replace(work, patience=0), replace(work, validated=0)):
        assert never.expected(10) == never


def test_a_run_that_measured_nothing_gives_no_costs() -> None:
    assert Costs.from_outcome(None) is None
    assert Costs.from_outcome({"crops_a_second": 12}) is None
