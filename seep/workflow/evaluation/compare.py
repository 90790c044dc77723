"""Is the new checkpoint better? Figures on scenes that never trained, and a verdict with its evidence."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

import numpy as np

from seep.core.image.arrays import valid_pixels
from seep.core.masks.mask import Mask, decode_mask
from seep.core.metrics.evaluate import evaluate
from seep.core.metrics.intervals import MIN_SCENES, paired_difference
from seep.core.text import counted
from seep.errors import MaskError, MissingError, SeepError, StorageError
from seep.store import checkpoints, predictions
from seep.store.classes import list_classes
from seep.store.records import CheckpointRecord, TileRecord
from seep.store.store import Session
from seep.workflow.inference.runner import load
from seep.workflow.inference.tiles import predict_in_memory, predict_tiles
from seep.workflow.models.compatibility import classes_fit
from seep.workflow.models.lineage import met_in_training
from seep.workflow.tile_data import read_pixels
from seep.workflow.training.dataset import LabeledTile, labeled_tiles, read_label
from seep.workflow.workspace import MASK_SUFFIX, Workspace

HELD_BACK = ("validation", "locked")
MAX_CHANGED = 24

Held = Mapping[str, Sequence[LabeledTile]]


def evaluation_tiles(workspace: Workspace) -> dict[str, list[LabeledTile]]:
    """List the tiles with truth in validation and in locked scenes."""
    return {split: labeled_tiles(workspace, split) for split in HELD_BACK}


def predictions_needed(workspace: Workspace, held: Held) -> int:
    """Count what a comparison with the active checkpoint predicts.

    That is all held-back truth by the new one, and what the active one has not predicted yet.
    """
    tiles = {one.tile.id for found in held.values() for one in found}
    with workspace.store.reading() as session:
        active = checkpoints.active_checkpoint(session)
        if active is None:
            return len(tiles)
        if not _can_reuse(session, active):
            return 2 * len(tiles)
        missing = [predictions.unpredicted(session, active.id, split=split) for split in held]
    return len(tiles) + sum(len(tiles.intersection(one)) for one in missing)


def compare(workspace: Workspace, old_id: int, new_id: int) -> dict[str, Any]:
    """Compare two checkpoints of the workspace on all truth in validation and locked scenes.

    Tiles that one of them has not predicted yet are predicted first, which takes time.

    Args:
        workspace: where.
        old_id: what to compare with.
        new_id: what may be better.

    Returns:
        As `compare_masks`, and "against": {"id", "name"} of the old one.

    Raises:
        MissingError: there is no such checkpoint.
        SeepError: tiles could not be predicted.
    """
    with workspace.store.reading() as session:
        against, newer = (checkpoints.get_checkpoint(session, one) for one in (old_id, new_id))
    held, met = unmet(workspace, evaluation_tiles(workspace), (old_id, new_id))
    tiles = [one.tile for found in held.values() for one in found]
    old, new = (masks_before(workspace, tiles, one, lambda: False) or {} for one in (against, newer))
    found = compare_masks(workspace, held, old, new, met)
    return found | {"against": {"id": against.id, "name": against.name}}


def unmet(
    workspace: Workspace, held: Held, checkpoint_ids: Iterable[int]
) -> tuple[dict[str, list[LabeledTile]], list[str]]:
    """Leave out scenes that one of some checkpoints was trained on: moved since, they would flatter it.

    Returns:
        What is left of `held`, and the names of the scenes that were left out.

    Raises:
        MissingError: there is no such checkpoint.
    """
    names = sorted({one.tile.scene for found in held.values() for one in found})
    met = met_in_training(workspace, checkpoint_ids, names)
    return {split: [one for one in found if one.tile.scene not in met] for split, found in held.items()}, met


def masks_of(
    workspace: Workspace, tiles: Sequence[TileRecord], checkpoint_id: int, should_stop: Callable[[], bool]
) -> dict[int, Mask] | None:
    """Return a checkpoint's predicted masks by tile id, predicting first what is missing.

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
        with suppress(StorageError, MaskError):  # its file is gone or damaged: a tile less to compare
            if row:
                masks[row.tile_id] = decode_mask(workspace.store.files.read(row.mask_sha256, MASK_SUFFIX))
    return masks


def masks_before(
    workspace: Workspace,
    tiles: Sequence[TileRecord],
    against: CheckpointRecord,
    should_stop: Callable[[], bool],
) -> dict[int, Mask] | None:
    """Return what the checkpoint to compare with predicts, also when the workspace has fewer classes than it.

    Then its seeps are all counted as one class: seep or not is compared fairly, classes are not. What an
    earlier version of Seep predicted by it is predicted anew, and not kept: the way would be compared else,
    and not the weights.

    Returns:
        As `masks_of`.
    """
    with workspace.store.reading() as session:
        fits, class_count = classes_fit(session, against), len(list_classes(session))
        reuses = _can_reuse(session, against)
    if reuses:
        return masks_of(workspace, tiles, against.id, should_stop)
    from seep.engine.checkpoint import adapt

    checkpoint = load(workspace, against.id)
    checkpoint = checkpoint if fits else adapt(checkpoint, class_count)
    found = predict_in_memory(workspace, checkpoint, tiles, should_stop)
    return None if found is None else {tile_id: mask for tile_id, (_, mask) in found.items()}


def _can_reuse(session: Session, checkpoint: CheckpointRecord) -> bool:
    """Whether what the workspace keeps of a checkpoint's predictions can be compared with others."""
    return classes_fit(session, checkpoint) and not predictions.has_earlier(session, checkpoint.id)


def compare_masks(
    workspace: Workspace,
    held: Held,
    old: Mapping[int, Mask],
    new: Mapping[int, Mask],
    met: Sequence[str] = (),
) -> dict[str, Any]:
    """Compare two sets of predicted masks with the truth.

    Args:
        workspace: for images and classes.
        held: tiles with truth, by split.
        old: predicted masks by tile id.
        new: the same of the checkpoint that may be better.
        met: names of scenes that were left out of `held`, since one of the two was trained on them.

    Returns:
        {"splits": {"validation": ..., "locked": ...}, "verdict": "better", "worse" or "inconclusive", "basis":
        the split that the verdict rests on or None, "scenes": how many scenes that is, "tiles", "sentence",
        "changed": the tiles that change most, [{"tile_id", "name", "scene", "split", "changed_px"}]}. A split
        is {"tiles", "scenes", "scene_names", "left_out": names of tiles that could not be read or predicted,
        "own": tiles whose truth is the old prediction itself, accepted without a change, which flatters the
        old checkpoint, "old": figures or None, "new": figures or None, "difference" or None}; figures are
        those of `seep.core.metrics.evaluate.evaluate`.
    """
    with workspace.store.reading() as session:
        class_count = len(list_classes(session))
    splits = {split: _split(workspace, held[split], old, new, class_count) for split in HELD_BACK}
    changed = [_change(one, old, new) for found in held.values() for one in found if _both(one, old, new)]
    changed.sort(key=lambda row: -row["changed_px"])
    return {
        "splits": splits,
        **verdict(splits, met),
        "changed": [row for row in changed if row["changed_px"]][:MAX_CHANGED],
    }


def _split(
    workspace: Workspace,
    tiles: Sequence[LabeledTile],
    old: Mapping[int, Mask],
    new: Mapping[int, Mask],
    class_count: int,
) -> dict[str, Any]:
    own, names, left_out = 0, set[str](), []
    pairs: tuple[list[Any], list[Any]] = ([], [])
    for one in tiles:
        try:
            if not _both(one, old, new):
                raise MissingError(f"{one.tile.name} was not predicted by both.")
            truth, valid = read_label(workspace, one), valid_pixels(read_pixels(one.tile), one.tile.nodata)
        except SeepError:  # an image or a mask is gone: the others still tell
            left_out.append(one.tile.name)
            continue
        names.add(one.tile.scene)
        own += bool(truth.any()) and np.array_equal(truth, old[one.tile.id])
        for number, masks in enumerate((old, new)):
            pairs[number].append((one.tile.name, one.tile.scene, truth, masks[one.tile.id], None, valid))
    common = {
        "tiles": len(pairs[0]), "scenes": len(names), "scene_names": sorted(names), "left_out": left_out
    }  # fmt: skip
    if not names:
        return {**common, "own": 0, "old": None, "new": None, "difference": None}
    figures = [evaluate(some, class_count) for some in pairs]
    matrices = [
        {scene: np.asarray(part["matrix"]) for scene, part in found["per_scene"].items()} for found in figures
    ]
    return {
        **common,
        "own": int(own),
        "old": figures[0],
        "new": figures[1],
        "difference": paired_difference(matrices[0], matrices[1]),
    }


def _both(one: LabeledTile, old: Mapping[int, Mask], new: Mapping[int, Mask]) -> bool:
    return one.tile.id in old and one.tile.id in new


def _change(one: LabeledTile, old: Mapping[int, Mask], new: Mapping[int, Mask]) -> dict[str, Any]:
    tile = one.tile
    return {
        "tile_id": tile.id,
        "name": tile.name,
        "scene": tile.scene,
        "split": tile.split,
        "changed_px": int(np.count_nonzero(old[tile.id] != new[tile.id])),
    }


MAX_NAMED = 3


def verdict(splits: Mapping[str, Any], met: Sequence[str]) -> dict[str, Any]:
    """Decide, and say on what: locked scenes where there is truth, else those that chose the epoch.

    Args:
        splits: what was measured, as `seep.workflow.evaluation.compare.compare_masks` returns it.
        met: names of scenes that were left out, since one of the two was trained on them.

    Returns:
        "verdict", "basis", "scenes", "tiles" and "sentence" as there.
    """
    basis = next((split for split in ("locked", "validation") if splits[split]["tiles"]), None)
    if basis is None:
        return {
            "verdict": "inconclusive",
            "basis": None,
            "scenes": 0,
            "tiles": 0,
            "sentence": "Inconclusive: no tile of a locked or validation scene has a reviewed or imported "
            f"mask that can be used; review some there and compare again.{_told_met(met)}",
        }
    found = splits[basis]
    difference = found["difference"]
    return {
        "verdict": difference["verdict"],
        "basis": basis,
        "scenes": found["scenes"],
        "tiles": found["tiles"],
        "sentence": f"{str(difference['verdict']).capitalize()}: {_evidence(found, basis)}"
        f"{_told_own(found['own'])}{_told_left_out(found['left_out'])}{_told_met(met)}",
    }


def _evidence(found: Mapping[str, Any], basis: str) -> str:
    """The figures, how sure they are, and on how much they rest."""
    difference = found["difference"]
    old, new = (found[one]["figures"]["binary_iou"] for one in ("old", "new"))
    on = f"{counted(found['tiles'], 'tile')} of {counted(found['scenes'], f'{basis} scene')}"
    figures = f"IoU {_number(old)} before, {_number(new)} now"
    if difference["low"] is not None:
        sure = f"95 %: {difference['low']:+.3f} to {difference['high']:+.3f}"
        return f"{figures}, difference {difference['difference']:+.3f} ({sure}), on {on}."
    holding = difference["scenes"]
    hold = "none of them holds" if not holding else f"{holding} {'holds' if holding == 1 else 'hold'}"
    return f"{figures}, on {on}; {hold} seep, and a verdict takes {MIN_SCENES} scenes that do."


def _told_own(own: int) -> str:
    if not own:
        return ""
    are = "is" if own == 1 else "are"
    return f" {own} of these masks {are} the old model's own, accepted unchanged, which favors it."


def _told_left_out(names: Sequence[str]) -> str:
    if not names:
        return ""
    return f" {counted(len(names), 'tile')} left out, which could not be read or predicted: {_some(names)}."


def _told_met(names: Sequence[str]) -> str:
    if not names:
        return ""
    told = f"{counted(len(names), 'scene')} left out, which one of the two was trained on"
    return f" {told}: {_some(names)}."


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - MAX_NAMED} more" if len(names) > MAX_NAMED else ""
    return ", ".join(names[:MAX_NAMED]) + more


def _number(value: float | None) -> str:
    return "none" if value is None else f"{value:.3f}"
