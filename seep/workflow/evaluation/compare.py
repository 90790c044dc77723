"""Comparison of two checkpoints on scenes that are never trained on: metrics, and a verdict with evidence."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from seep.core.image.arrays import valid_pixels
from seep.core.masks.mask import Mask, decode_mask
from seep.core.metrics.evaluate import Pair, evaluate
from seep.core.metrics.intervals import paired_difference
from seep.core.records import CheckpointRecord, TileRecord
from seep.errors import MaskError, MissingError, SeepError, StorageError
from seep.store import checkpoints, predictions
from seep.store.classes import list_classes
from seep.workflow.compatibility import classes_fit
from seep.workflow.evaluation.verdict import INCONCLUSIVE, WORSE, ChangedTile, SplitResult
from seep.workflow.inference.runner import load
from seep.workflow.inference.tiles import predict_in_memory, predict_tiles
from seep.workflow.labels import LabeledTile, labeled_tiles, read_label
from seep.workflow.models.lineage import trained_scenes
from seep.workflow.tile_data import read_pixels
from seep.workflow.workspace import MASK_SUFFIX, Workspace

EVALUATION_SPLITS = ("validation", "test")
"""Splits that are never trained on."""
MAX_CHANGED = 24

TilesBySplit = Mapping[str, Sequence[LabeledTile]]


@dataclass(frozen=True)
class SplitComparison:
    """Two checkpoints on the tiles of one split.

    Attributes:
        tiles, scenes: how many were compared.
        scene_names: sorted.
        left_out: names of tiles that could not be read or predicted.
        with_seep: tiles whose mask contains seep.
        own: those of them whose mask equals the old prediction, accepted unchanged; they favor the old checkpoint.
        old, new: JSON of `seep.core.metrics.evaluate.evaluate`; None without tiles.
        difference: JSON of `seep.core.metrics.intervals.paired_difference`; None without tiles.
    """

    tiles: int
    scenes: int
    scene_names: list[str]
    left_out: list[str]
    with_seep: int = 0
    own: int = 0
    old: dict[str, Any] | None = None
    new: dict[str, Any] | None = None
    difference: dict[str, Any] | None = None


@dataclass(frozen=True)
class Comparison:
    """Two checkpoints compared.

    Attributes:
        splits: by split.
        word: "better", "worse" or "inconclusive".
        basis: the split that the word rests on; None without masks.
        trained: names of scenes that were left out because one of the two was trained on them.
        changed: the tiles that differ most, largest first.
    """

    splits: Mapping[str, SplitComparison]
    word: str
    basis: str | None
    trained: Sequence[str]
    changed: Sequence[ChangedTile]

    def to_json(self) -> dict[str, Any]:
        """Return the outcome as a run stores it, and `seep.workflow.evaluation.verdict` reads it.

        A plain dict, because a run adds its own keys before it is stored as JSON.
        """
        return {
            "splits": {split: vars(comparison) for split, comparison in self.splits.items()},
            "verdict": self.word,
            "basis": self.basis,
            "trained": list(self.trained),
            "changed": [asdict(tile) for tile in self.changed],
        }


def evaluation_tiles(workspace: Workspace) -> dict[str, list[LabeledTile]]:
    """List the tiles with masks in validation and in test scenes."""
    return {split: labeled_tiles(workspace, split) for split in EVALUATION_SPLITS}


def predictions_needed(workspace: Workspace, truth: TilesBySplit) -> int:
    """Count the predictions that a comparison with the active checkpoint makes.

    These are all tiles by the new one, and the tiles that the active one has not predicted yet.
    """
    tiles = {one.tile.id for found in truth.values() for one in found}
    with workspace.store.reading() as session:
        active = checkpoints.active_checkpoint(session)
        if active is None:
            return len(tiles)
        if not classes_fit(session, active):
            return 2 * len(tiles)
        missing = [predictions.tiles_without_prediction(session, active.id, split=split) for split in truth]
    return len(tiles) + sum(len(tiles.intersection(one)) for one in missing)


def without_trained_scenes(
    workspace: Workspace, truth: TilesBySplit, checkpoint_ids: Iterable[int]
) -> tuple[dict[str, list[LabeledTile]], list[str]]:
    """Leave out scenes that one of some checkpoints was trained on, before they were moved to this split.

    Returns:
        The remaining tiles by split, and the names of the scenes that were left out.

    Raises:
        MissingError: there is no such checkpoint.
    """
    names = sorted({one.tile.scene for found in truth.values() for one in found})
    trained = trained_scenes(workspace, checkpoint_ids, names)
    return {
        split: [one for one in found if one.tile.scene not in trained] for split, found in truth.items()
    }, trained


def masks_of(
    workspace: Workspace, tiles: Sequence[TileRecord], checkpoint_id: int, should_stop: Callable[[], bool]
) -> dict[int, Mask] | None:
    """Return a checkpoint's predicted masks by tile id; missing predictions are made first.

    Returns:
        The masks of the tiles that could be predicted and read; None when stopped.
    """
    ids = [tile.id for tile in tiles]
    found = predict_tiles(workspace, ids, checkpoint_id, lambda *_: None, should_stop)
    if found.stopped:
        return None
    with workspace.store.reading() as session:
        rows = [predictions.find_prediction(session, tile_id, checkpoint_id) for tile_id in ids]
    masks = {}
    for row in rows:
        with suppress(StorageError, MaskError):  # one tile less to compare
            if row:
                masks[row.tile_id] = decode_mask(workspace.store.files.read(row.mask_sha256, MASK_SUFFIX))
    return masks


def baseline_masks(
    workspace: Workspace,
    tiles: Sequence[TileRecord],
    baseline: CheckpointRecord,
    should_stop: Callable[[], bool],
) -> dict[int, Mask] | None:
    """Return the masks of the checkpoint to compare with, even if it has more classes than the workspace.

    In that case all of its classes count as one: seep or not is still compared fairly, classes are not.

    Returns:
        As `masks_of`.
    """
    with workspace.store.reading() as session:
        fits, class_count = classes_fit(session, baseline), len(list_classes(session))
    if fits:
        return masks_of(workspace, tiles, baseline.id, should_stop)
    from seep.engine.checkpoint import adapt

    found = predict_in_memory(workspace, adapt(load(workspace, baseline.id), class_count), tiles, should_stop)
    return None if found is None else {tile_id: mask for tile_id, (_, mask) in found.items()}


def compare_masks(
    workspace: Workspace,
    truth: TilesBySplit,
    old: Mapping[int, Mask],
    new: Mapping[int, Mask],
    trained: Sequence[str] = (),
) -> Comparison:
    """Compare two sets of predicted masks with the true masks.

    Args:
        truth: tiles with masks, by split.
        old: predicted masks by tile id, of the checkpoint to compare with.
        new: the same of the other checkpoint.
        trained: names of scenes that were left out because one of the two was trained on them.
    """
    with workspace.store.reading() as session:
        class_count = len(list_classes(session))
    splits = {
        split: _compare_split(workspace, truth[split], old, new, class_count) for split in EVALUATION_SPLITS
    }
    changed = [
        _changed_tile(one.tile, old, new)
        for found in truth.values()
        for one in found
        if _predicted_by_both(one, old, new)
    ]
    changed.sort(key=lambda tile: -tile.changed_px)
    word, basis = decide(splits)
    return Comparison(
        splits, word, basis, trained, [tile for tile in changed if tile.changed_px][:MAX_CHANGED]
    )


def _compare_split(
    workspace: Workspace,
    tiles: Sequence[LabeledTile],
    old: Mapping[int, Mask],
    new: Mapping[int, Mask],
    class_count: int,
) -> SplitComparison:
    with_seep, own, names, left_out = 0, 0, set[str](), list[str]()
    pairs: tuple[list[Pair], list[Pair]] = ([], [])
    for tile in tiles:
        try:
            if not _predicted_by_both(tile, old, new):
                raise MissingError(f"{tile.tile.name} was not predicted by both.")
            truth, valid = (
                read_label(workspace, tile),
                valid_pixels(read_pixels(workspace, tile.tile), tile.tile.nodata),
            )
        except SeepError:  # an image or a mask is missing: the others are compared
            left_out.append(tile.tile.name)
            continue
        names.add(tile.tile.scene)
        with_seep += bool(truth.any())
        own += bool(truth.any() and np.array_equal(truth, old[tile.tile.id]))
        for number, masks in enumerate((old, new)):
            pairs[number].append((tile.tile.name, tile.tile.scene, truth, masks[tile.tile.id], None, valid))
    if not names:
        return SplitComparison(0, 0, [], left_out)
    reports = [evaluate(some, class_count) for some in pairs]
    matrices = [
        {scene: np.asarray(part["matrix"]) for scene, part in found["per_scene"].items()} for found in reports
    ]
    return SplitComparison(
        len(pairs[0]),
        len(names),
        sorted(names),
        left_out,
        with_seep,
        own,
        old=reports[0],
        new=reports[1],
        difference=paired_difference(matrices[0], matrices[1]),
    )


def _predicted_by_both(one: LabeledTile, old: Mapping[int, Mask], new: Mapping[int, Mask]) -> bool:
    return one.tile.id in old and one.tile.id in new


def _changed_tile(tile: TileRecord, old: Mapping[int, Mask], new: Mapping[int, Mask]) -> ChangedTile:
    changed_px = int(np.count_nonzero(old[tile.id] != new[tile.id]))
    return ChangedTile(tile.id, tile.name, tile.split, changed_px)


def decide(splits: Mapping[str, SplitComparison]) -> tuple[str, str | None]:
    """Decide on the test scenes where they have masks, else on the validation scenes.

    Masks that favor the old checkpoint cannot show that the new one is worse: where most of them do, that is
    inconclusive. A new checkpoint that is better in spite of them is better.

    Returns:
        "better", "worse" or "inconclusive", and the split that it rests on; None without masks.
    """
    basis = next((split for split in ("test", "validation") if splits[split].tiles), None)
    if basis is None:
        return INCONCLUSIVE, None
    found = splits[basis]
    assert found.difference is not None  # there are tiles
    word = str(found.difference["verdict"])
    favors_old = SplitResult.of(basis, vars(found)).favors_old
    return (INCONCLUSIVE if word == WORSE and favors_old else word), basis
