"""Compatibility of a checkpoint with the images and classes of a workspace."""

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from sqlalchemy.orm import Session

from seep.core.records import CheckpointRecord
from seep.errors import CheckpointError
from seep.store import classes, scenes


class Carded(Protocol):
    """A checkpoint, or a version of it, with its card."""

    @property
    def card(self) -> Mapping[str, Any]:
        """The card as JSON."""


def check_fit(session: Session, record: CheckpointRecord) -> None:
    """Check that a checkpoint can predict at least one scene of the workspace; an empty workspace accepts any.

    Raises:
        CheckpointError: no scene has its number of bands, or it has more classes than the workspace and the
            workspace has more than two.
    """
    check_bands(record, {scene.bands for scene in scenes.list_scenes(session)})
    if not classes_fit(session, record):
        raise CheckpointError(
            f"The checkpoint {record.name} has {_shape(record, 'classes')} classes, the workspace has "
            f"{len(classes.list_classes(session))}. Fine-tune it on these classes, or promote another checkpoint."
        )


def check_bands(record: CheckpointRecord, bands: Iterable[int]) -> None:
    """Check that a checkpoint reads images with one of these numbers of bands; no numbers always fit.

    Raises:
        CheckpointError: it reads images with another number of bands.
    """
    found, wanted = sorted(set(bands)), _shape(record, "bands")
    if not reads_bands(record, found):
        listed = " or ".join(str(number) for number in found)
        raise CheckpointError(
            f"The checkpoint {record.name} reads images with {wanted} band(s), these have {listed}. "
            f"Promote a checkpoint that was trained on images with {listed} band(s)."
        )


def reads_bands(record: Carded, bands: Iterable[int]) -> bool:
    """Return whether a checkpoint reads images with one of these numbers of bands; no numbers always fit."""
    found, wanted = set(bands), _shape(record, "bands")
    return not found or wanted is None or wanted in found


def bands_read(record: CheckpointRecord) -> int | None:
    """Return the number of bands that a checkpoint reads; None if its card does not say."""
    return _shape(record, "bands")


def classes_fit(session: Session, record: Carded) -> bool:
    """Return whether a checkpoint's classes exist in the workspace; one with two classes accepts any."""
    return class_count_fits(record, len(classes.list_classes(session)))


def class_count_fits(record: Carded, count: int) -> bool:
    """Return whether a checkpoint predicts in so many classes; two are seep and no seep."""
    return count == 2 or (_shape(record, "classes") or 2) <= count


def _shape(record: Carded, name: str) -> int | None:
    """Return a number of the card's architecture; None where the card does not have it."""
    value = record.card.get("architecture", {}).get(name)
    return None if value is None else int(value)
