"""What a step of `benchmarks.faults` takes and gives."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

LOST = "lost"
"""Fault of a mask that was acknowledged and is gone or has other pixels."""


@dataclass(frozen=True)
class Task:
    """One batch of a step.

    Attributes:
        folder: empty scratch folder.
        batch: number of the batch, from 0; random choices follow from it.
        cases: wanted number of cases; a step may do more or fewer.
        images: folder of tiles, for steps that take real ones.
        masks: folder of their masks.
    """

    folder: Path
    batch: int
    cases: int
    images: Path | None = None
    masks: Path | None = None


@dataclass
class Batch:
    """What a batch has found.

    Attributes:
        cases: number of cases that were tried.
        faults: number of faults by kind.
        counts: what else was counted, such as acknowledged saves.
        notes: one sentence for each fault.
    """

    cases: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    counts: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.faults, self.counts = Counter(self.faults), Counter(self.counts)

    def add(self, kind: str, sentence: str) -> None:
        """Add a fault."""
        self.faults[kind] += 1
        self.notes.append(f"{kind}: {sentence}")

    def add_unsound(self, sentences: list[str], where: str) -> None:
        """Add what `soundness.faults` has found."""
        for one in sentences:
            lost = "was acknowledged" in one or "other pixels than were saved" in one
            self.add(LOST if lost else "unsound", f"{where}: {one}")


Step = Callable[[Task], Batch]
