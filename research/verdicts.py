"""How often the verdict "better" or "worse" is wrong, or right, by the number of scenes that it rests on.

    python -m research.verdicts

Draws pairs of models whose IoU scatters by scene: scenes differ in size by a factor of e and in difficulty
by 0.15 of IoU, each model adds a scatter of 0.04 of its own, about what old and new differ by on real scenes.
The second model is no better, or better by 0.03 or 0.06. Counts what is said by
`seep.core.metrics.intervals.paired_difference`, and what the plain percentile interval would have said. Prints a
table, and JSON in the last line.
"""

import argparse
import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from seep.core.metrics.confusion import Matrix
from seep.core.metrics.intervals import paired_difference, small_sample_factor

GAINS = (0.0, 0.03, 0.06)
SCENES = (3, 4, 6, 8, 14)
SPREAD, SCATTER = 0.15, 0.04


def main(arguments: Sequence[str] | None = None) -> None:
    """Draw, ask, count, print."""
    parser = argparse.ArgumentParser(prog="python -m research.verdicts")
    parser.add_argument("--pairs", type=int, default=500, help="of models, for each line (500)")
    pairs = parser.parse_args(arguments).pairs
    generator = np.random.default_rng(0)
    rows = [counted(gain, scenes, pairs, generator) for gain in GAINS for scenes in SCENES]
    print(f"Share of {pairs} pairs of models that are called better or worse")
    print(
        f"{'gain':>6}{'scenes':>8}{'better':>9}{'worse':>8}   by plain percentiles: {'better':>6}{'worse':>8}"
    )
    for row in rows:
        plain = row["plain"]
        print(
            f"{row['gain']:>6.2f}{row['scenes']:>8}{row['better']:>9.1%}{row['worse']:>8.1%}"
            f"{plain['better']:>31.1%}{plain['worse']:>8.1%}"
        )
    print(json.dumps({"pairs": pairs, "rows": rows}))


def counted(gain: float, scenes: int, pairs: int, generator: np.random.Generator) -> dict[str, Any]:
    """Say how often such pairs are called better and worse, and how often percentiles alone would."""
    told, plainly = Counter[str](), Counter[str]()
    for _ in range(pairs):
        old, new = drawn(gain, scenes, generator)
        found = paired_difference(old, new)
        told[found["verdict"]] += 1
        plainly[_plain(found)] += 1
    shares, plain = ({word: count[word] / pairs for word in ("better", "worse")} for count in (told, plainly))
    return {"gain": gain, "scenes": scenes, **shares, "plain": plain}


def drawn(gain: float, scenes: int, generator: np.random.Generator) -> list[dict[str, Matrix]]:
    """Return the confusion matrices by scene of two models, the second better by `gain` of IoU."""
    sizes = generator.lognormal(8, 1, scenes)
    hard = generator.normal(0.4, SPREAD, scenes)
    return [
        {
            f"{number}": _matrix(size, float(np.clip(iou, 0.02, 0.98)))
            for number, (size, iou) in enumerate(
                zip(sizes, hard + shift + generator.normal(0, SCATTER, scenes), strict=True)
            )
        }
        for shift in (0.0, gain)
    ]


def _matrix(union_px: float, iou: float) -> Matrix:
    hits = round(iou * union_px)
    wrong = round(union_px) - hits
    return np.array([[0, wrong // 2], [wrong - wrong // 2, hits]], np.int64)


def _plain(found: dict[str, float]) -> str:
    low, high = (
        found["difference"] + (found[end] - found["difference"]) / small_sample_factor(int(found["scenes"]))
        for end in ("low", "high")
    )
    return "better" if low > 0 else "worse" if high < 0 else "inconclusive"


if __name__ == "__main__":
    main()
