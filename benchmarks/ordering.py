"""How well each order of the queue ranks wrong predictions.

    python -m benchmarks.ordering IMAGES MASKS --checkpoint FILE [--scenes 041871 045580]

Predicts the tiles of scenes that the checkpoint was not trained on, and compares the value of each order with the
error of the prediction: Spearman's rank correlation with 1 - Dice over tiles, and by scene; the mean 1 - Dice of
the 50 tiles that the order puts first. Every tile of the real set contains seep, which favors orders that put
empty predictions first. So the same is done on quarters of tiles, of which many are clean sea. Prints a table, and
JSON in the last line.
"""

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import spearmanr

from seep.core.acquisition import confidence, disagreement, likely_wrong, usefulness
from seep.core.geo.grid import DEFAULT_PATTERN
from seep.core.image.normalize import normalize
from seep.core.masks.mask import UNSURE
from seep.engine.checkpoint import Checkpoint, load_checkpoint
from seep.engine.decision import Decision
from seep.engine.inference.predict import Predictor, threshold_masks
from seep.engine.inference.windows import Ensemble, EnsembleOutput, run_ensemble
from seep.errors import SettingsError
from seep.io.images import read_image
from seep.settings import SHIPPED_CHECKPOINT
from seep.workflow.inference.folder_dataset import FolderTile, folder_options, scan_folder

TARGET = 0.5
FIRST = 50
ROWS = {
    "likely_wrong": "likely wrong: disagreement, or how near an empty mask came",
    "disagreement": "disagreement of flips alone",
    "confident": "1 - confidence",
    "soft_dice": "1 - soft Dice with itself, the order of old",
    "useful": "mean entropy",
    "seep_area": "seep area",
    "random": "random",
}


@dataclass(frozen=True)
class Measured:
    """A tile or a quarter of one: its scene, how wrong it is, whether truth and prediction are empty."""

    scene: str
    wrong: float
    wrong_px: int
    both_empty: bool
    values: dict[str, float]


def main(arguments: Sequence[str] | None = None) -> None:
    """Predict, correlate, print."""
    chosen = _parser().parse_args(arguments)
    checkpoint = load_checkpoint(chosen.checkpoint)
    scenes = chosen.scenes or _unseen(checkpoint)
    options = folder_options(DEFAULT_PATTERN, "auto", checkpoint.model.config.classes)
    dataset = scan_folder(chosen.images, chosen.masks, options, scenes)
    tiles = [tile for tile in dataset.tiles if tile.mask is not None]
    whole, quarters = list[Measured](), list[Measured]()
    for tile, voices, valid, truth in _predicted(Predictor(checkpoint), tiles, dataset.statistics):
        whole.append(_measure(tile.scene, voices, valid, truth, checkpoint.decision))
        for y, x in _quarters(truth.shape):
            part = EnsembleOutput(voices.classes[:, y, x], voices.seep[:, y, x])
            quarters.append(_measure(tile.scene, part, valid[y, x], truth[y, x], checkpoint.decision))
    found = {"tiles": _table("tiles", whole), "quarters": _table("quarters", quarters)}
    reached = found["tiles"]["orders"]["likely_wrong"]["rho"]
    verdict = "reached" if reached >= TARGET else "missed"
    print(f"\nlikely wrong: {reached:.2f}, the target is {TARGET}: {verdict}")
    print(
        json.dumps({"checkpoint": checkpoint.card.get("name"), "scenes": scenes, "target": TARGET, **found})
    )


def _unseen(checkpoint: Checkpoint) -> list[str]:
    """The scenes that the card says were held back."""
    splits = checkpoint.card.get("splits") or {}
    scenes = sorted([*splits.get("locked", []), *splits.get("validation", [])])
    if not scenes:
        raise SettingsError(
            "The checkpoint's card names no validation or test scenes. Name some with --scenes."
        )
    return scenes


def _predicted(predictor: Predictor, tiles: Sequence[FolderTile], statistics: Any) -> Any:
    """Yield each tile with what each flip says of it, its valid pixels and its truth."""
    decision = predictor.decision
    ensemble = Ensemble(
        predictor.networks,
        predictor.device,
        predictor.config.multiple,
        flips=True,
        seep=lambda classes: decision.seep(decision.calibrated(classes)),
    )
    for tile in tiles:
        pixels = normalize(read_image(tile.path), statistics[tile.scene], tile.nodata)
        yield tile, next(run_ensemble(ensemble, [pixels])), pixels[-1] > 0, tile.mask


def _quarters(shape: tuple[int, ...]) -> list[tuple[slice, slice]]:
    half = [side // 2 for side in shape[:2]]
    rows, columns = ((slice(0, one), slice(one, None)) for one in half)
    return [(y, x) for y in rows for x in columns]


def _measure(
    scene: str, voices: EnsembleOutput, valid: NDArray[np.bool_], truth: NDArray[np.uint8], decision: Decision
) -> Measured:
    import torch

    classes = decision.calibrated(torch.from_numpy(np.ascontiguousarray(voices.classes))[None])[0]
    seep: NDArray[np.float32] = np.where(valid, 1 - classes[0].numpy(), np.float32(0))
    mask = (decision.mask(classes) > 0) & valid
    flips = [one & valid for one in voices.seep]
    voices_ = flips if len(flips) > 1 else threshold_masks(seep, decision)
    counted = valid & (truth != UNSURE)
    true, found = (truth > 0) & counted, mask & counted
    total = int(true.sum()) + int(found.sum())
    values = {
        "likely_wrong": likely_wrong(voices_, seep, mask, decision.seep_threshold),
        "disagreement": disagreement(flips),
        "confident": 1 - confidence(seep, mask),
        "soft_dice": _soft_dice_of_old(seep, mask),
        "useful": usefulness(seep, valid),
        "seep_area": float(mask.sum()),
    }
    dice = 2 * int((true & found).sum()) / total if total else 1.0
    return Measured(scene, 1 - dice, int((true != found).sum()), not total, values)


def _soft_dice_of_old(seep: NDArray[np.float32], mask: NDArray[np.bool_]) -> float:
    """The order of old: 1 - soft Dice of probability and mask, 1 for any empty mask above 0.05."""
    if seep.max() <= 0.05:
        return 0.0
    return 1 - 2 * float(seep[mask].sum()) / (float(seep.sum()) + int(mask.sum()))


def _table(name: str, rows: Sequence[Measured]) -> dict[str, Any]:
    """Print one table, and return what it says."""
    random = np.random.default_rng(0).random(len(rows))
    wrong = np.array([row.wrong for row in rows])
    wrong_px = np.array([row.wrong_px for row in rows])
    scenes = np.array([row.scene for row in rows])
    empty = np.array([row.both_empty for row in rows])
    print(f"\n{len(rows)} {name} of {len(set(scenes))} scenes, mean 1 - Dice {wrong.mean():.2f};")
    print(f"{int(empty.sum())} of them are clean sea and predicted so\n")
    print(f"{'order':<60} rho   by scene{'':<22} first {FIRST}: 1 - Dice, clean sea   rho with wrong px")
    orders = {}
    for order, words in ROWS.items():
        values = random if order == "random" else np.array([row.values[order] for row in rows])
        first = np.argsort(-values, kind="stable")[:FIRST]
        by_scene = [_rho(values[scenes == one], wrong[scenes == one]) for one in sorted(set(scenes))]
        orders[order] = {
            "rho": _rho(values, wrong),
            "by_scene": by_scene,
            "first_wrong": float(wrong[first].mean()),
            "first_clean": int(empty[first].sum()),
            "rho_wrong_px": _rho(values, wrong_px),
        }
        shown = " ".join(f"{one:5.2f}" for one in by_scene)
        print(f"{words:<60}{orders[order]['rho']:5.2f} {shown:<32} {orders[order]['first_wrong']:.2f} "
              f"{orders[order]['first_clean']:4d} {orders[order]['rho_wrong_px']:24.2f}")  # fmt: skip
    return {
        "count": len(rows),
        "clean": int(empty.sum()),
        "mean_wrong": float(wrong.mean()),
        "orders": orders,
    }


def _rho(values: NDArray[Any], wrong: NDArray[Any]) -> float:
    if len(set(values.tolist())) < 2 or len(set(wrong.tolist())) < 2:
        return 0.0
    return float(spearmanr(values, wrong).statistic)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("images", type=Path)
    parser.add_argument("masks", type=Path)
    parser.add_argument("--checkpoint", type=Path, default=SHIPPED_CHECKPOINT)
    parser.add_argument(
        "--scenes",
        nargs="+",
        help="scenes that were not trained on (default: validation and test scenes on its card)",
    )
    return parser


if __name__ == "__main__":
    main()
