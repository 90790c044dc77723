"""The verdict of a run, read from its stored outcome, and its evidence in sentences."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from seep.core.metrics.intervals import MIN_SCENES
from seep.core.metrics.model_metrics import scene_noun
from seep.core.records import SPLITS
from seep.core.text import counted

SCORE = "binary_iou"
BETTER, WORSE, INCONCLUSIVE = "better", "worse", "inconclusive"
MAX_NAMES = 3


@dataclass(frozen=True)
class SplitResult:
    """Old and new version on the labeled tiles of one split.

    Attributes:
        split: "validation" or "test".
        tiles: compared tiles.
        scenes: scenes of these tiles.
        iou_before: IoU of seep of the old version, 0 to 1; None without seep.
        iou_now: of the new version.
        difference: iou_now - iou_before; None without seep.
        low: lower end of its 95 % interval; None with too few scenes.
        high: upper end.
        scenes_with_seep: scenes that count for the interval.
        class_iou_before: IoU by class id, None for a class without support.
        class_iou_now: likewise.
        class_px: labeled pixels by class id; empty where the run did not store them.
        with_seep: tiles whose mask contains seep.
        own: those of them whose mask is the unchanged prediction of the old version.
        left_out: names of tiles that could not be read or predicted.
    """

    split: str
    tiles: int
    scenes: int
    iou_before: float | None
    iou_now: float | None
    difference: float | None
    low: float | None
    high: float | None
    scenes_with_seep: int
    class_iou_before: Sequence[float | None]
    class_iou_now: Sequence[float | None]
    class_px: Sequence[int]
    with_seep: int
    own: int
    left_out: Sequence[str]

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
            scenes_with_seep=int(difference.get("scenes") or 0),
            class_iou_before=old.get("iou_per_class", ()),
            class_iou_now=new.get("iou_per_class", ()),
            class_px=new.get("support_px", ()),
            with_seep=int(stored.get("with_seep") or 0),
            own=int(stored.get("own") or 0),
            left_out=stored.get("left_out") or (),
        )

    @property
    def favors_old(self) -> bool:
        """Whether most masks with seep are unchanged predictions of the old version."""
        return 2 * self.own > self.with_seep

    @property
    def evidence(self) -> str:
        """The scores, their difference with its interval, and the number of tiles and scenes."""
        old, new = ("none" if iou is None else f"{iou:.3f}" for iou in (self.iou_before, self.iou_now))
        on = f"{counted(self.tiles, 'tile')} of {counted(self.scenes, scene_noun(self.split))}"
        scores = f"IoU {old} before, {new} now"
        if self.low is not None and self.high is not None:
            interval = f"95 % interval {self.low:+.3f} to {self.high:+.3f}"
            return f"{scores}, difference {self.difference:+.3f} ({interval}), on {on}."
        contain = "contains" if self.scenes_with_seep == 1 else "contain"
        found = f"{counted(self.scenes_with_seep, 'scene')} {contain} seep"
        if not self.scenes_with_seep:
            found = "no scene contains seep"
        return f"{scores}, on {on}; {found}, and a verdict needs {MIN_SCENES}."


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
        against_id: id of the version that it was compared with; None where it is not stored.
        against_name: its name.
        basis: the result that decides; None without labeled tiles.
        results: one per split that has labeled tiles.
        changed: the tiles that differ most, most changed first.
        trained: names of scenes that were left out because one of the two was trained on them.
        base_kept: whether the run kept the weights of its base.
        stored: the sentence of a run of an earlier version, which stored no reasons; "" for others.
    """

    word: str
    against_id: int | None
    against_name: str
    basis: SplitResult | None
    results: Sequence[SplitResult]
    changed: Sequence[ChangedTile]
    trained: Sequence[str] = ()
    base_kept: bool = False
    stored: str = ""

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
            against_id=against.get("id"),
            against_name=against.get("name", "another version"),
            basis=next((result for result in results if result.split == outcome.get("basis")), None),
            results=results,
            changed=[
                ChangedTile(changed["tile_id"], changed["name"], changed["split"], changed["changed_px"])
                for changed in outcome.get("changed", ())
            ],
            trained=outcome.get("trained") or (),
            base_kept=outcome.get("alpha") == 0,
            stored=str(outcome.get("sentence", "")),
        )

    @property
    def sentence(self) -> str:
        """The verdict with its evidence and its reasons, for the command line and for logs."""
        if self.stored:
            return self.stored
        evidence = self.basis.evidence if self.basis else ""
        first = f"{self.word.capitalize()}: {evidence}" if evidence else ""
        return " ".join(part for part in (first, *self.reasons) if part)

    @property
    def lower_everywhere(self) -> bool:
        """Whether the new version has a lower IoU on each of several splits."""
        return len(self.results) > 1 and all((result.difference or 0) < 0 for result in self.results)

    @property
    def reasons(self) -> list[str]:
        """What to know about the verdict besides its scores, as sentences."""
        if self.stored:  # the evidence is its first statement
            has_interval = self.basis and self.basis.low is not None
            return [self.stored.partition(". ")[2] if has_interval else self.stored]
        if self.basis is None:
            remedy = "Review some in other scenes" if self.trained else "Review some there"
            return [
                "Inconclusive: no tile of a test or validation scene has a usable reviewed or imported mask.",
                *self._trained_reason(),
                f"{remedy} and compare again.",
            ]
        lower = "The new version has a lower IoU on the test scenes and on the validation scenes."
        kept = "The base weights scored higher on the validation and hold-out tiles, so they were kept."
        return [
            *([lower] if self.lower_everywhere else []),
            *self._own_reason(self.basis),
            *self._left_out_reason(self.basis.left_out),
            *self._trained_reason(),
            *([kept] if self.base_kept else []),
        ]

    def _own_reason(self, basis: SplitResult) -> list[str]:
        """Return how many masks favor the old version, and the remedy where they leave the verdict open."""
        if not basis.own:
            return []
        masks = "1 mask is a prediction" if basis.own == 1 else f"{basis.own} masks are predictions"
        were = "was" if basis.own == 1 else "were"
        reason = f"{masks} of the old model that {were} accepted unchanged, which favors"
        lost = basis.high is not None and basis.high < 0
        if not (self.word == INCONCLUSIVE and lost and basis.favors_old):
            return [f"{reason} the old model."]
        return [
            f"{reason} it: most of the {basis.with_seep} masks with seep. Check and correct them, then evaluate both."
        ]

    @staticmethod
    def _left_out_reason(names: Sequence[str]) -> list[str]:
        count = counted(len(names), "tile")
        return [f"{count} left out that could not be read or predicted: {_some(names)}."] if names else []

    def _trained_reason(self) -> list[str]:
        count = counted(len(self.trained), "scene")
        named = f"{count} left out that one of the two was trained on: {_some(self.trained)}."
        return [named] if self.trained else []


def verdict_sentence(outcome: Mapping[str, Any] | None) -> str:
    """Return the verdict of a stored outcome with its evidence; "" where it has none."""
    verdict = RunVerdict.from_outcome(outcome)
    return verdict.sentence if verdict else ""


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - MAX_NAMES} more" if len(names) > MAX_NAMES else ""
    return ", ".join(names[:MAX_NAMES]) + more
