from typing import Any

import pytest

from research import folds
from research.model_card import abroad_figures, abroad_words, fold_figures, fold_threshold, scale_words, words
from seep.core.metrics.model_metrics import metrics_by_split
from seep.engine.checkpoint import new_checkpoint
from seep.engine.training.schedule import TrainConfig
from seep.engine.unet import UNetConfig


def result(variant: str, iou: float, wide: float) -> dict[str, Any]:
    scenes = {}
    for number in range(3):
        scenes[f"s{number}"] = {figure.key: 0.5 for figure in folds.FIGURES} | {
            "binary_iou": iou + 0.1 * number,
            "false_wide": wide,
        }
    decisions = [[{"threshold": 102, "least_px": 8}, {"threshold": 112, "least_px": 8}]]
    mean = folds.mean_figures([*scenes.values()])
    return {
        "variant": variant,
        "decisions": decisions,
        "pooled": mean | {"binary_iou": iou},
        "mean_over_scenes": mean,
        "per_scene": scenes,
    }


def document() -> dict[str, Any]:
    results = [result("seep-all-slicks", 0.2, 180.0), result("seep", 0.3, 2.0)]
    paired = {"seep-all-slicks": folds.paired(results[0]["per_scene"], results[1]["per_scene"])}
    return {"by": "scene", "steps": 600, "seeds": [0], "tiles": 9, "results": results, "paired": paired}


def test_the_card_cites_the_folds_of_its_variant_beside_those_before() -> None:
    assert fold_threshold(document()) == 0.42
    card = new_checkpoint(UNetConfig(width=4, stride=2), seed=0, name="seep-base").card
    config = TrainConfig(ignore_above_radius_px=12.0).to_dict()
    card |= {"data": "Tiles.", "limits": "Rough.", "splits": {"train": ["a", "b"]}}
    card |= {"training": {"config": config, "steps": 3000, "epoch": 12}}
    synthetic = {"binary_iou": 0.4, "clean_sea_called_seep": 0.001}
    lookalikes = {"before": {"real, all": {"false_px_per_mpx": 90000.0}}} | {
        "after": {"real, all": {"false_px_per_mpx": 4000.0}}
    }
    card["figures"] = {"folds": fold_figures(document()), "synthetic": synthetic, "lookalikes": lookalikes}
    text = words(card)
    assert "| Binary IoU, mean over scenes | 0.300 | 0.400 | +0.100 |" in text
    alone = document() | {"results": document()["results"][1:], "paired": {}}
    card["figures"]["folds"] = fold_figures(alone)
    assert "| Binary IoU, mean over scenes | 0.400 |\n" in words(card)
    assert "| False px per megapixel, above 20 px | 180 | 2 | -178 |" in text
    assert "| real, all | 90,000 | 4,000 |" in text
    assert "all 2 scenes: a, b" in text
    assert "grain" not in text
    assert "other seas" not in text
    (found,) = metrics_by_split(card["figures"]).values()
    assert (found.binary_iou, found.mean_scene_iou, found.tiles, found.scenes) == (0.3, 0.4, 9, 3)
    assert found.slick_errors is not None
    assert found.slick_errors.false_px_per_mpx["wide"] == 2


def test_the_card_of_a_checkpoint_with_a_slick_head_cites_the_rows_with_it() -> None:
    rows = document()["results"]
    head = {name: value for name, value in result("slick head", 0.35, 0.0).items() if name != "decisions"}
    measured = document() | {"results": [*rows, head]}
    assert fold_threshold(measured) == 0.42
    found = fold_figures(measured)
    assert found["columns"] == ["all slicks", "wide slicks ignored, slick head"]
    assert found["gain"]["binary_iou"]["difference"] == pytest.approx(0.15)


def test_the_card_has_a_table_by_sea_and_says_where_several_scales_are_used() -> None:
    tile = {"tiles": 90, "intervals": {"binary_iou": [0.1, 0.3]}, "many_false_share": 0.5}
    tile |= {"slick_errors": {"false_px_per_mpx": {"all": 1234.0}}}
    oil = {"binary_iou": 0.2, "tolerance": {"f1": 0.4}, "precision": 0.6, "recall": 0.3}
    document = {
        "results": {
            "gulf": {"base, auto": tile | {"figures": oil}},
            "sea": {"base, auto": tile | {"figures": {"recall": None}}},
        }
    }
    text = abroad_words({"abroad": abroad_figures(document)})
    assert (
        "| gulf | base at scale auto | 90 | 0.200 (0.100 to 0.300) | 0.400 | 0.600 | 0.300 | 1,234 |" in text
    )
    assert "| sea | base at scale auto | 90 |  |  |  |  | 1,234 |" in text
    assert "grain is above 0.45" in scale_words({"scales": [1.0, 0.5], "scales_above_grain": 0.45})
