"""Figures of a fuzz run in a state file, so that a run goes on where it was stopped."""

import hashlib
import json
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path

from seep.core.files import write_atomic


@dataclass
class Progress:
    """What a run has counted.

    Attributes:
        cases_sha256: of the code that makes the cases.
        first: number of the first case.
        next: number of the first case that was not imported yet.
        elapsed_s: duration of all parts of the run, seconds.
        counts: outcomes by name.
        peaks: the largest of each measure.
        kept: contradicted and slow cases: number, kind and reason.
    """

    cases_sha256: str
    first: int
    next: int
    elapsed_s: float = 0.0
    counts: dict[str, int] = field(default_factory=dict)
    peaks: dict[str, int] = field(default_factory=dict)
    kept: list[tuple[int, str, str]] = field(default_factory=list)

    def add(self, batch: "BatchResult", elapsed_s: float) -> None:
        """Add what a batch has counted."""
        self.counts = dict(Counter(self.counts) + batch.counts)
        self.peaks = dict(Counter(self.peaks) | batch.peaks)
        self.kept += batch.kept
        self.next, self.elapsed_s = batch.end, self.elapsed_s + elapsed_s

    def save(self, path: Path) -> None:
        """Write the state file, whole or not at all."""
        write_atomic(path, (json.dumps(asdict(self), indent=1) + "\n").encode())


@dataclass(frozen=True)
class BatchResult:
    """What a batch has counted, up to the case before `end`."""

    end: int
    counts: Counter[str]
    peaks: Counter[str]
    kept: list[tuple[int, str, str]]


def load(path: Path | None, first: int) -> Progress:
    """Read the state of a run, or start one.

    Raises:
        SystemExit: the state is of other cases.
    """
    fresh = Progress(_cases_sha256(), first, first)
    if path is None or not path.exists():
        return fresh
    found = Progress(**json.loads(path.read_text()))
    if (found.cases_sha256, found.first) != (fresh.cases_sha256, first):
        raise SystemExit(f"{path} is of other cases. Start with another --state.")
    return found


def _cases_sha256() -> str:
    sources = sorted(Path(__file__).parent.glob("*.py"))
    return hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()
