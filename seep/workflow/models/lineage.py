"""Scenes that a checkpoint and its ancestors were trained on."""

from collections.abc import Iterable, Mapping, Sequence

from seep.store import checkpoints
from seep.workflow.workspace import Workspace


def trained_scenes(workspace: Workspace, checkpoint_ids: Iterable[int], names: Sequence[str]) -> list[str]:
    """Return which of some scenes the checkpoints or their ancestors were trained on, by their cards.

    Raises:
        MissingError: there is no such checkpoint.
    """
    trained, visited = set[str](), set[int]()
    with workspace.store.reading() as session:
        for first in checkpoint_ids:
            checkpoint_id: int | None = first
            while checkpoint_id is not None and checkpoint_id not in visited:
                visited.add(checkpoint_id)
                record = checkpoints.get_checkpoint(session, checkpoint_id)
                splits = record.card.get("splits")
                scenes = splits.get("train") if isinstance(splits, Mapping) else None
                trained |= {str(name) for name in scenes} if isinstance(scenes, list) else set()
                checkpoint_id = record.parent_id
    return [name for name in names if name in trained]
