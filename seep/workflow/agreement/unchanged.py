"""Predictions that were accepted without an edit, and how many of them blind second masks confirm, by version."""

from collections import defaultdict
from dataclasses import dataclass

from seep.core.metrics.agreement import figures
from seep.core.metrics.intervals import wilson
from seep.store import classes
from seep.store.review import second_masks
from seep.store.review.second_masks import FirstAccept
from seep.workflow.agreement.report import pair_counts
from seep.workflow.commit_cache import cached_until_commit
from seep.workflow.workspace import Workspace

Interval = tuple[float, float]


@dataclass(frozen=True)
class UnchangedAccepts:
    """First accepts of the predictions of a version.

    Attributes:
        checkpoint: name of the version.
        accepts: tiles that were accepted for the first time under its prediction.
        unchanged: those without an edit.
        interval: 95 % Wilson interval of their share; None without accepts.
        drawn_again: unchanged ones with a blind second mask of another person.
        confirmed: those where neither mask has a slick that the other one lacks, within 2 px.
        confirmed_interval: 95 % Wilson interval of their share; None without second masks.
    """

    checkpoint: str
    accepts: int
    unchanged: int
    interval: Interval | None
    drawn_again: int
    confirmed: int
    confirmed_interval: Interval | None


@cached_until_commit
def unchanged_accepts(workspace: Workspace) -> list[UnchangedAccepts]:
    """Count unchanged accepts by version, newest version first; pairs with a lost mask are left out."""
    with workspace.store.reading() as session:
        accepts = second_masks.first_accepts(session)
        pairs = second_masks.pairs(session)
        class_count = classes.count_classes(session)
    confirmed: dict[int, bool] = {}
    for pair in pairs:
        if pair.is_repeat or pair.shows_prediction:
            continue
        counts = pair_counts(workspace, pair.first_sha256, pair.second_sha256, class_count)
        if counts is not None:
            confirmed[pair.first_id] = figures(counts)["slicks_found"] in {None, 1.0}
    by_version: dict[str, list[FirstAccept]] = defaultdict(list)
    for accept in accepts:
        by_version[accept.checkpoint].append(accept)
    return [_counted(name, rows, confirmed) for name, rows in by_version.items()]


def _counted(name: str, accepts: list[FirstAccept], confirmed: dict[int, bool]) -> UnchangedAccepts:
    unchanged = [one for one in accepts if one.unchanged]
    again = [confirmed[one.revision_id] for one in unchanged if one.revision_id in confirmed]
    return UnchangedAccepts(
        checkpoint=name,
        accepts=len(accepts),
        unchanged=len(unchanged),
        interval=wilson(len(unchanged), len(accepts)),
        drawn_again=len(again),
        confirmed=sum(again),
        confirmed_interval=wilson(sum(again), len(again)),
    )
