"""Whether a checkpoint can be used on the images and with the classes of a workspace."""

from collections.abc import Iterable

from seep.errors import CheckpointError
from seep.store import classes, scenes
from seep.store.records import CheckpointRecord
from seep.store.store import Session


def check_fit(session: Session, record: CheckpointRecord) -> None:
    """Check that a checkpoint can predict at least some scenes of the workspace; an empty one takes any.

    Raises:
        CheckpointError: it reads images of other bands than all scenes have, or has more classes than the
            workspace and the workspace has not just two.
    """
    check_bands(record, {scene.bands for scene in scenes.list_scenes(session)})
    if not classes_fit(session, record):
        raise CheckpointError(
            f"The checkpoint {record.name} has {_shape(record, 'classes')} classes, the workspace "
            f"{len(classes.list_classes(session))}: fine-tune it on these classes, or promote another one."
        )


def check_bands(record: CheckpointRecord, bands: Iterable[int]) -> None:
    """Check that a checkpoint reads images of one of these numbers of bands; none at all fit.

    Raises:
        CheckpointError: it reads none of them.
    """
    found, wanted = sorted(set(bands)), _shape(record, "bands")
    if not reads_bands(record, found):
        listed = " or ".join(str(number) for number in found)
        raise CheckpointError(
            f"The checkpoint {record.name} reads images of {wanted} band(s), these have {listed}. "
            f"A checkpoint that was trained on images of {listed} band(s) is missing; promote one first."
        )


def reads_bands(record: CheckpointRecord, bands: Iterable[int]) -> bool:
    """Tell whether a checkpoint reads images of one of these numbers of bands; none at all fit."""
    found, wanted = set(bands), _shape(record, "bands")
    return not found or wanted is None or wanted in found


def classes_fit(session: Session, record: CheckpointRecord) -> bool:
    """Tell whether predictions of a checkpoint use classes of the workspace; two classes take any seep."""
    count = len(classes.list_classes(session))
    return count == 2 or (_shape(record, "classes") or 2) <= count


def _shape(record: CheckpointRecord, name: str) -> int | None:
    """Return what the card tells of the network, None for a card that does not."""
    told = record.card.get("architecture", {}).get(name)
    return None if told is None else int(told)
