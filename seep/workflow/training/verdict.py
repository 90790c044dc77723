"""The verdict of a run: the comparison of its version with an earlier one, read from the stored outcome."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from seep.core.records import SPLITS

SCORE = "binary_iou"
BETTER, WORSE, INCONCLUSIVE = "better", "worse", "inconclusive"


@dataclass(frozen=True)
class SplitResult:
    """Old and new version on the labeled tiles of one split.

    Attributes:
        split: "validation" or "locked".
        tiles: compared tiles.
        scenes: scenes of these tiles.
        iou_before: IoU of seep of the old version, 0 to 1; None without seep.
        iou_now: of the new version.
        difference: iou_now - iou_before; None without seep.
        low: lower end of its 95 % interval; None with too few scenes.
        high: upper end.
        class_iou_before: IoU by class id, None for a class without support.
        class_iou_now: likewise.
        class_px: labeled pixels by class id; empty where the run did not store them.
    """

    split: str
    tiles: int
    scenes: int
    iou_before: float | None
    iou_now: float | None
    difference: float | None
    low: float | None
    high: float | None
    class_iou_before: Sequence[float | None]
    class_iou_now: Sequence[float | None]
    class_px: Sequence[int]

    @classmethod
    def of(cls, split: str, stored: Mapping[str, Any]) -> Self:
        """Read the result of a split from a stored outcome."""
        old, new = ((stored.get(which) or {}).get("figures") or {} for which in ("old", "new"))
        difference = stored.get("difference") or {}
        return cls(
            split=split,
            tiles=int(stored["tiles"]),
            scenes=int(stored["scenes"]),
            iou_before=old.get(SCORE),
            iou_now=new.get(SCORE),
            difference=difference.get("difference"),
            low=difference.get("low"),
            high=difference.get("high"),
            class_iou_before=old.get("iou_per_class", ()),
            class_iou_now=new.get("iou_per_class", ()),
            class_px=new.get("support_px", ()),
        )


@dataclass(frozen=True)
class ChangedTile:
    """A held-out tile on which the two versions differ, with the number of pixels."""

    tile_id: int
    name: str
    split: str
    changed_px: int


@dataclass(frozen=True)
class RunVerdict:
    """Whether the version of a run is better than another one.

    Attributes:
        word: "better", "worse" or "inconclusive".
        sentence: the verdict with its evidence.
        against_id: id of the version that it was compared with; None where it is not stored.
        against_name: its name.
        basis: the result that decides; None without labeled tiles.
        results: one per split that has labeled tiles.
        changed: the tiles that differ most, most changed first.
    """

    word: str
    sentence: str
    against_id: int | None
    against_name: str
    basis: SplitResult | None
    results: Sequence[SplitResult]
    changed: Sequence[ChangedTile]

    @classmethod
    def from_outcome(cls, outcome: Mapping[str, Any] | None) -> Self | None:
        """Read the verdict from the outcome of a run; None where the run has none."""
        if not outcome or "verdict" not in outcome:
            return None
        stored, against = outcome.get("splits") or {}, outcome.get("against") or {}
        results = [
            SplitResult.of(name, stored[name]) for name in SPLITS if (stored.get(name) or {}).get("tiles")
        ]
        return cls(
            word=outcome["verdict"],
            sentence=str(outcome.get("sentence", "")),
            against_id=against.get("id"),
            against_name=against.get("name", "another version"),
            basis=next((one for one in results if one.split == outcome.get("basis")), None),
            results=results,
            changed=[
                ChangedTile(one["tile_id"], one["name"], one["split"], one["changed_px"])
                for one in outcome.get("changed", ())
            ],
        )
