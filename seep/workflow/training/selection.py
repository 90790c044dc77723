"""The tiles of a new fine-tuning: which reviewed tiles, by whom, of which classes."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Lock

from cachetools import LRUCache, cached

from seep.core.records import JOB_ENDS
from seep.errors import MaskError, SettingsError, StorageError
from seep.store import checkpoints, jobs, runs
from seep.store.schema import stamp
from seep.workflow.commit_cache import cached_until_commit
from seep.workflow.labels import LabeledTile, labeled_tiles, read_label, revision_tiles
from seep.workflow.models.lineage import trained_scenes
from seep.workflow.tile_data import class_areas
from seep.workflow.training.dataset import replay_tiles
from seep.workflow.workspace import MASK_SUFFIX, Workspace

CHOICES = {
    "new": "New to the model",
    "day": "Reviewed in the last 24 hours",
    "all": "All reviewed tiles",
}
"""Which tiles a fine-tuning trains on. A tile is new until a run has trained on it. Runs whose version was dropped,
and runs that kept the base weights, do not count."""
_NOTHING = {
    "new": "No newly reviewed tiles in training scenes",
    "day": "No tiles in training scenes were reviewed in the last 24 hours",
    "all": "No reviewed tiles in training scenes",
}


@dataclass(frozen=True)
class ClassCount:
    """How many tiles hold a class, and its area in pixels over all of them."""

    class_id: int
    tiles: int
    area_px: int


@dataclass(frozen=True)
class SplitSize:
    """Labeled tiles of a split, and the scenes that they are in.

    Attributes:
        tiles: number of labeled tiles.
        scenes: number of their scenes.
        seep_scenes: number of scenes with labeled seep on which the active version was not trained.
        trained: names of the scenes on which the active version was trained.
    """

    tiles: int
    scenes: int
    seep_scenes: int
    trained: tuple[str, ...] = ()


@dataclass(frozen=True)
class TrainingTiles:
    """The tiles that a fine-tuning would train on now.

    Attributes:
        revision_ids: of the chosen tiles, lowest first.
        new: number of tiles in the choice "new".
        in_progress: chosen tiles that are in a running or queued run already.
        unreadable: names of tiles that are left out because their masks are missing or damaged.
        states: number of tiles by state.
        authors: number of tiles by author.
        classes: lowest class id first.
        replay_tiles: number of replay tiles.
        validation: size of the validation set.
        test: size of the test set.
        reason: why no run can start; None where one can.
    """

    revision_ids: tuple[int, ...]
    new: int
    in_progress: int
    unreadable: Sequence[str]
    states: Mapping[str, int]
    authors: Mapping[str, int]
    classes: Sequence[ClassCount]
    replay_tiles: int
    validation: SplitSize
    test: SplitSize
    reason: str | None

    @property
    def count(self) -> int:
        """Number of tiles."""
        return len(self.revision_ids)

    @property
    def ready(self) -> bool:
        """Whether a run can start."""
        return self.reason is None


def training_candidates(workspace: Workspace, choice: str = "new") -> TrainingTiles:
    """Return the tiles that a fine-tuning would train on now.

    Args:
        choice: a key of `CHOICES`.

    Raises:
        SettingsError: there is no such choice.
    """
    chosen = _tiles_of(workspace, tuple(chosen_revisions(workspace, choice)))
    classes, unreadable = _class_counts(workspace, chosen)
    tiles = [one for one in chosen if one not in unreadable]
    ids = tuple(tile.revision.id for tile in tiles)
    return TrainingTiles(
        revision_ids=ids,
        new=len(tiles) if choice == "new" else len(chosen_revisions(workspace, "new")),
        in_progress=len(_revisions_in_progress(workspace) & {*ids}),
        unreadable=[one.tile.name for one in unreadable],
        states=Counter(tile.tile.state for tile in tiles),
        authors=Counter(tile.revision.author for tile in tiles),
        classes=classes,
        replay_tiles=len(replay_tiles(workspace, {tile.tile.id for tile in tiles})),
        validation=_split_size(workspace, "validation"),
        test=_split_size(workspace, "test"),
        reason=None if tiles else f"{_NOTHING[choice]}. Accept or correct tiles first.",
    )


def chosen_revisions(workspace: Workspace, choice: str) -> list[int]:
    """Return the revisions of the reviewed tiles of training scenes in a choice, lowest first.

    Args:
        choice: a key of `CHOICES`.

    Raises:
        SettingsError: there is no such choice.
    """
    if choice not in CHOICES:
        raise SettingsError(f"Unknown choice of tiles {choice!r}. Use one of: {', '.join(CHOICES)}.")
    if choice == "day":  # follows from the time, so it is asked for each time
        since = stamp(datetime.now(UTC) - timedelta(days=1))
        with workspace.store.reading() as session:
            return runs.reviewed_revisions(session, since)
    return _revisions(workspace, new=choice == "new")


@cached_until_commit
def _revisions(workspace: Workspace, *, new: bool) -> list[int]:
    with workspace.store.reading() as session:
        return runs.revisions_since_last_run(session) if new else runs.reviewed_revisions(session, None)


@cached_until_commit
def _tiles_of(workspace: Workspace, revision_ids: tuple[int, ...]) -> list[LabeledTile]:
    return revision_tiles(workspace, revision_ids)


@cached_until_commit
def _split_size(workspace: Workspace, split: str) -> SplitSize:
    tiles = labeled_tiles(workspace, split)
    scenes = sorted({tile.tile.scene for tile in tiles})
    with workspace.store.reading() as session:
        active = checkpoints.active_checkpoint(session)
    trained = trained_scenes(workspace, [active.id], scenes) if active else []
    seep = {tile.tile.scene for tile in tiles if tile.tile.seep_area_px} - {*trained}
    return SplitSize(len(tiles), len(scenes), len(seep), tuple(trained))


@cached_until_commit
def _revisions_in_progress(workspace: Workspace) -> set[int]:
    """The revisions of running and queued fine-tunings."""
    with workspace.store.reading() as session:
        listed = [job for job in jobs.list_jobs(session) if job.kind == "finetune"]
    return {
        int(number)
        for job in listed
        if job.state not in JOB_ENDS
        for number in job.params.get("revision_ids") or ()
    }


def _class_counts(
    workspace: Workspace, tiles: Sequence[LabeledTile]
) -> tuple[list[ClassCount], list[LabeledTile]]:
    """Count the classes in the masks; also return the tiles whose mask cannot be read."""
    areas, counts, unreadable = Counter[int](), Counter[int](), list[LabeledTile]()
    for tile in tiles:
        try:
            # A file that was removed, damaged or restored has another stamp.
            status = workspace.store.files.local(tile.revision.mask_sha256, MASK_SUFFIX).stat()
            found = _areas(workspace, tile, (status.st_mtime_ns, status.st_size))
        except (StorageError, MaskError, OSError):
            unreadable.append(tile)
            continue
        areas.update(found)
        counts.update(found.keys())
    return [ClassCount(number, counts[number], areas[number]) for number in sorted(areas)], unreadable


@cached(LRUCache(16_384), lock=Lock(), key=lambda _workspace, one, stamp: (one.revision.mask_sha256, stamp))
def _areas(workspace: Workspace, one: LabeledTile, _stamp: tuple[int, int]) -> dict[int, int]:
    """Return the areas of the classes in a mask, pixels; read once for each state of its file."""
    return class_areas(read_label(workspace, one))
