"""What a checkpoint and those that it came from were trained on."""

from collections.abc import Iterable, Mapping, Sequence

from seep.store import checkpoints
from seep.workflow.workspace import Workspace


def met_in_training(workspace: Workspace, checkpoint_ids: Iterable[int], names: Sequence[str]) -> list[str]:
    """Return those of some scenes that checkpoints or ancestors of them were trained on, as their cards tell.

    Args:
        workspace: where.
        checkpoint_ids: of which checkpoints.
        names: of the scenes in question.

    Raises:
        MissingError: there is no such checkpoint.
    """
    met, seen = set[str](), set[int]()
    with workspace.store.reading() as session:
        for first in checkpoint_ids:
            one: int | None = first
            while one is not None and one not in seen:
                seen.add(one)
                record = checkpoints.get_checkpoint(session, one)
                told = record.card.get("splits")
                trained = told.get("train") if isinstance(told, Mapping) else None
                met |= {str(name) for name in trained} if isinstance(trained, list) else set()
                one = record.parent_id
    return [name for name in names if name in met]
