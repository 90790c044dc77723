"""Figures of a card in one form, whichever of the two forms a card has them in."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from seep.core.metrics.intervals import class_iou_intervals
from seep.ui import formatting


@dataclass(frozen=True)
class Measured:
    """What a model scored on one split.

    Attributes:
        split: "locked" or "validation".
        iou, precision, recall, near_f1: binary, 0 to 1; None without support. `near_f1` forgives 2 px.
        low, high: 95 % interval of `iou` over scenes, or None.
        scenes, tiles: on how many; None where the card does not say.
        by_class: IoU by class id; None where a class has no support.
        true_px: pixels of truth by class id; empty where the card does not say.
        matrices: confusion matrix by scene; empty where the card does not keep them.
        report: all of it, as it was measured or as the card has it.
    """

    split: str
    iou: float | None
    precision: float | None
    recall: float | None
    near_f1: float | None
    low: float | None
    high: float | None
    scenes: int | None
    tiles: int | None
    by_class: tuple[float | None, ...]
    true_px: tuple[int, ...]
    matrices: Mapping[str, Any]
    report: Mapping[str, Any]

    @property
    def intervals_by_class(self) -> list[tuple[float, float] | None]:
        """95 % interval of the IoU by class id, over scenes; empty where no matrices are kept."""
        return class_iou_intervals(self.matrices)

    @property
    def basis(self) -> str:
        """What it was measured on: "3 locked scenes, 173 tiles"."""
        scenes = (
            formatting.count(self.scenes, f"{self.split} scene") if self.scenes else f"{self.split} scenes"
        )
        return f"{scenes}, {formatting.count(self.tiles, 'tile')}" if self.tiles else scenes


def measured(figures: Mapping[str, Any], split: str) -> Measured | None:
    """Read the figures of a split from a card's "figures"; None where it has none.

    A card of this workspace has what `seep.core.metrics.evaluate.evaluate` returns; a shipped one a flat summary.
    """
    found = figures.get(split)
    if not isinstance(found, Mapping):
        return None
    scores = found.get("figures", found)
    interval = (found.get("intervals") or {}).get("binary_iou") or found.get("binary_iou_interval")
    per_scene = found.get("per_scene") or {}
    scenes = found.get("scenes", len(found.get("binary_iou_per_scene", ())) or None)
    near = scores.get("tolerance") or {}
    return Measured(
        split=split,
        iou=scores.get("binary_iou"),
        precision=scores.get("precision"),
        recall=scores.get("recall"),
        near_f1=near.get("f1", scores.get("f1_within_2_px")),
        low=interval[0] if interval else None,
        high=interval[1] if interval else None,
        scenes=len(scenes) if isinstance(scenes, list) else scenes,
        tiles=found.get("tiles"),
        by_class=tuple(scores.get("iou_per_class") or ()),
        true_px=tuple(scores.get("support_px") or ()),
        matrices={scene: one["matrix"] for scene, one in per_scene.items()},
        report=found,
    )


def headline(figures: Mapping[str, Any]) -> Measured | None:
    """Return what stands for a model: its score on locked scenes where there is one, else on validation."""
    return measured(figures, "locked") or measured(figures, "validation")
