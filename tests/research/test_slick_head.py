from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from research import folds, slick_head, slick_refit
from research.slick_head import HEAD, NETWORK, ORACLE, PredictedTile
from seep.core.masks.slick_features import FEATURES, slick_features
from seep.engine.checkpoint import load_checkpoint, new_checkpoint, save_checkpoint
from seep.engine.slick_head import HeadTraining, Score, SlickExamples, fit_slick_head
from seep.engine.unet import UNetConfig
from seep.workflow.training.slick_head import tile_number


@pytest.fixture(autouse=True)
def quick_training(monkeypatch: pytest.MonkeyPatch) -> None:
    """Twenty small steps are enough for slicks that one feature tells apart."""
    monkeypatch.setattr(slick_head, "TRAINING", HeadTraining(steps=20, batch_slicks=32))


def slicks(count: int, groups: int) -> SlickExamples:
    """Every second slick is true."""
    generator = np.random.default_rng(0)
    is_true = np.arange(count) % 2
    features = generator.normal(size=(count, len(FEATURES))).astype(np.float32)
    features[:, 0] += 4 * is_true
    group = np.arange(count) // 2 % groups
    return SlickExamples(
        features, group, np.full(count, 10.0), np.asarray(8.0 * is_true, np.float64), is_true
    )


def tile(scene: str, wide: NDArray[np.bool_] | None = None) -> PredictedTile:
    """Two bars are predicted; the first one is true. Without `wide` there are no wide dark areas."""
    mask = np.zeros((64, 64), np.uint8)
    mask[10:16, 5:55], mask[40:46, 5:55] = 1, 2
    truth = np.where(np.arange(64)[:, np.newaxis] < 30, mask, 0).astype(np.uint8)
    seep = np.where(mask > 0, np.float32(0.7), np.float32(0.1))
    image = np.stack([-seep, np.ones_like(seep)])
    found = slick_features(mask > 0, seep, image)
    counted, true = np.array([300.0, 300.0]), np.array([300.0, 0.0])
    wide = np.zeros(mask.shape, np.bool_) if wide is None else wide
    return PredictedTile(
        f"{scene}.0", scene, truth, mask, seep, mask >= 0, found, wide, 0.5, counted, true, np.array([1, 0])
    )


def test_no_group_is_scored_by_what_was_learned_from_it() -> None:
    seen: list[set[int]] = []

    def fit(learned: SlickExamples) -> Score:
        seen.append(set(learned.groups.tolist()))
        return lambda features: np.full(len(features), float(len(seen)))

    every = slicks(40, groups=5)
    scores, thresholds = slick_head.unseen_scores(every, fit)
    for group in range(5):
        own = every.groups == group
        (number,) = set(scores[own].astype(int).tolist())
        assert seen[number - 1] == {0, 1, 2, 3, 4} - {group}
        assert len(set(thresholds[own].tolist())) == 1
    # The first fit of a group is for its scores, the others are for its threshold: they see less, and never itself.
    for number in range(5):
        inner = seen[number * 4 + 1 : number * 4 + 4]
        assert all(number not in one and len(one) < 4 for one in inner)


@pytest.mark.parametrize("places", [2, 3])
def test_few_places_are_split_by_scene_for_the_threshold(places: int) -> None:
    """With fewer scenes than inner folds they are split by tile."""
    every, seen = slicks(120, groups=places), list[SlickExamples]()
    rank = np.arange(120) // 2 // places
    tiles = 100 * every.groups + rank % 10

    def fit(learned: SlickExamples) -> Score:
        seen.append(learned)
        return lambda features: np.zeros(len(features))

    for scenes, expected in ((100 * every.groups + rank % 5, "scenes"), (every.groups, "tiles")):
        seen.clear()
        slick_head.unseen_scores(every, fit, finer=(scenes, tiles))
        groups = scenes if expected == "scenes" else tiles
        for place in range(places):
            inner = seen[place * 4 + 1 : place * 4 + 4]
            of_others = set(groups[every.groups != place].tolist())
            for one in inner:
                own = set(one.groups.tolist())
                assert own < of_others
                assert len(one) == np.isin(groups, [*own]).sum()  # no group is divided


def test_a_network_with_a_softmax_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    command = ["images", "masks", "--cache", "cache", "--variants", "unet-multiclass"]
    for main in (slick_head.main, slick_refit.main):
        with pytest.raises(SystemExit):
            main(command)
        assert "unet-multiclass has a softmax over classes" in capsys.readouterr().err


def test_a_scene_is_averaged_over_the_draws_that_have_it() -> None:
    def of(**ious: float) -> dict[str, Any]:
        empty = dict.fromkeys((figure.key for figure in folds.FIGURES), None)
        return {
            "pooled": empty,
            "per_scene": {name: empty | {"binary_iou": iou} for name, iou in ious.items()},
        }

    found = slick_head.averaged("row", [of(a=0.25), of(a=0.75, b=0.5)])["per_scene"]
    assert {name: one["binary_iou"] for name, one in found.items()} == {"a": 0.5, "b": 0.5}


def test_rows_differ_by_what_is_kept() -> None:
    tiles = [tile("a"), tile("b")]
    found = slick_head.slicks_of(tiles, None)
    assert found.groups.tolist() == [0, 0, 1, 1]
    assert found.is_slick.tolist() == [1, 0, 1, 0]
    kept = slick_head.figures(slick_head.filtered(tiles, found.is_slick > 0, np.ones(4)), 3)
    every = slick_head.figures(slick_head.filtered(tiles, np.ones(4, bool), np.ones(4)), 3)
    assert (kept["pooled"]["binary_iou"], every["pooled"]["binary_iou"]) == (1, 0.5)
    assert kept["per_scene"]["b"]["false_narrow"] == 0 < every["per_scene"]["b"]["false_narrow"]
    rescored = slick_head.rescored(tiles, np.array([0.9, 0.1, 0.4, 0.4]), np.full(4, 0.5))
    (_, _, _, first, seep, _), (_, _, _, second, _, _) = rescored
    assert seep is not None
    assert (np.count_nonzero(first), np.count_nonzero(second)) == (300, 0)
    assert seep[12, 20] > 0.5 > seep[42, 20]
    of_tiles = slick_head.by_tile(tiles)
    assert of_tiles.groups.tolist() == [tile_number("a.0")] * 2 + [tile_number("b.0")] * 2
    by_place = slick_head.slicks_of([tile("a1"), tile("a2"), tile("b1")], 1)
    assert by_place.groups.tolist() == [0, 0, 0, 0, 1, 1]


def test_a_wide_slick_is_not_rescored() -> None:
    one = tile("a")
    mask = np.zeros((64, 64), np.uint8)
    mask[2:50, 2:50], mask[58:62, 2:50] = 1, 2
    seep = np.where(mask > 0, np.float32(0.7), np.float32(0.1))
    found = slick_features(mask > 0, seep, np.stack([-seep, np.ones_like(seep)]))
    one = replace(one, mask=mask, seep=seep, slicks=found)
    ((_, _, _, kept, after, _),) = slick_head.rescored([one], np.array([0.1, 0.1]), np.full(2, 0.5))
    assert after is not None
    np.testing.assert_array_equal(kept, np.where(mask == 1, 1, 0))
    assert (after[mask == 1] == seep[mask == 1]).all()
    assert (after[mask == 2] < 0.5).all()


def test_a_head_is_trained_as_in_the_product() -> None:
    every = slicks(40, 4)
    every = replace(every, counted_px=np.where(np.arange(40) < 10, 0, every.counted_px))
    head, _ = fit_slick_head(every, slick_head.TRAINING)
    np.testing.assert_array_equal(
        slick_head.fit_head(every)(every.features), head.probabilities(every.features)
    )


def test_wide_dark_areas_are_kept_where_they_are_mostly_true() -> None:
    wide = np.zeros((64, 64), np.bool_)
    wide[4:17, 0:60] = wide[30:38, 0:60] = True  # 39 % and 0 % of them are seep
    one = tile("a", wide)
    truth = np.where(wide & (np.arange(64)[:, np.newaxis] < 20), 3, one.truth).astype(np.uint8)
    truth[10:16, 5:55] = 1
    pairs = list(slick_head.filtered([one], np.array([False, False]), np.zeros(2)))
    (_, _, _, as_it_was, _, _), *_ = slick_head.answered([one], pairs)
    assert not as_it_was.any()
    ((_, _, _, taken, seep, _),) = slick_head.answered(
        [replace(one, truth=truth)], [(*pairs[0][:2], truth, *pairs[0][3:])]
    )
    assert seep is not None
    assert set(taken[4:17, 0:60].ravel().tolist()) == {3}
    assert (np.count_nonzero(taken), seep[5, 5], seep[33, 5]) == (13 * 60, 1, 0)
    assert not pairs[0][3].any()


def test_all_rows_come_from_one_set_of_scores() -> None:
    tiles = [tile(scene) for scene in "abcd"]
    rows, facts = slick_head.measure(tiles, slick_head.slicks_of(tiles, None), with_forest=False)
    assert (facts["slicks"], facts["true_slicks"], len(facts["thresholds"])) == (8, 4, 4)
    ious = {name: slick_head.figures(pairs, 3)["pooled"]["binary_iou"] for name, pairs in rows.items()}
    assert next(iter(ious)) == NETWORK
    assert [*ious][-1] == HEAD
    assert (ious[NETWORK], ious[ORACLE]) == (0.5, 1)
    assert facts["auc"]["network"] == 0.5


def test_a_head_is_added_to_a_copy_of_a_checkpoint(tmp_path: Path) -> None:
    base, out = tmp_path / "base.safetensors", tmp_path / "headed.safetensors"
    save_checkpoint(base, new_checkpoint(UNetConfig(levels=1, width=4), 0, "base"))
    told = slick_head.write_head(base, out, [slicks(40, 2), slicks(20, 2)], 0.45)
    assert (told["slicks"], told["threshold"]) == (60, 0.45)
    made = load_checkpoint(out, told["sha256"])
    assert made.slick_filter is not None
    assert made.slick_filter.threshold == 0.45
    assert made.slick_filter.head.examples is not None
    assert len(made.slick_filter.head.examples) == 60
    every = slicks(40, 2)
    assert made.slick_filter.head.probabilities(every.features)[1::2].mean() > 0.6
    assert load_checkpoint(base).slick_filter is None
    with pytest.raises(SystemExit):
        slick_head.main(["images", "masks", "--cache", "cache", "--checkpoint", str(base)])
