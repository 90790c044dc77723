"""The review record of exported tiles: revisions, decisions, active time, second masks and slicks."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy.orm import Session

from seep.core.masks.components import Slick, slicks
from seep.core.masks.mask import Mask
from seep.core.metrics.agreement import agreement_counts, figures
from seep.core.records import RevisionRecord, TileRecord
from seep.io.exporting.review_record import write_review_record
from seep.store import checkpoints, classes, predictions, revisions
from seep.store.comments import comments
from seep.store.comments.comments import CommentRecord
from seep.store.review import active_time, second_masks
from seep.store.review.active_time import TileTime
from seep.store.review.second_masks import MaskPair
from seep.store.schema import utc_now
from seep.workflow.classes import get_classes
from seep.workflow.scenes.mosaics import Mosaic, PlacedTile
from seep.workflow.tile_data import read_mask
from seep.workflow.workspace import Workspace

_ROLES = {"import": "importer", "save": "annotator", "join": "annotator", "second": "second annotator"}


@dataclass(frozen=True)
class _Known:
    """What is read once for all tiles."""

    class_names: list[str]
    checkpoint_names: dict[int, str]
    times: dict[int, list[TileTime]]
    pairs: dict[int, list[MaskPair]]


def write_record(workspace: Workspace, folder: Path, tiles: Sequence[Mapping[str, Any]]) -> None:
    """Write the review record of tiles to a folder; see `seep.io.exporting.review_record`.

    Args:
        tiles: from `tile_records`.

    Raises:
        StorageError: the folder cannot be written.
    """
    named = [{"id": one.id, "name": one.name} for one in get_classes(workspace)]
    write_review_record(folder, utc_now(), named, tiles)


def tile_records(workspace: Workspace, mosaics: Sequence[Mosaic]) -> list[dict[str, Any]]:
    """Return the review records of the tiles of mosaics, by name.

    Active time is the sum of all people, and null with the setting "off" or where none was recorded.

    Raises:
        StorageError: a mask is gone or damaged.
    """
    placed = sorted((one for mosaic in mosaics for one in mosaic.tiles), key=lambda one: one.tile.name)
    with workspace.store.reading() as session:
        times, pairs = defaultdict(list), defaultdict(list)
        if workspace.settings.active_time != "off":
            for time in active_time.tile_times(session):
                times[time.tile_id].append(time)
        for pair in second_masks.pairs(session):
            pairs[pair.tile_id].append(pair)
        known = _Known(
            [seep_class.name for seep_class in classes.list_classes(session)],
            {checkpoint.id: checkpoint.name for checkpoint in checkpoints.list_checkpoints(session)},
            dict(times),
            dict(pairs),
        )
        return [_tile(workspace, session, one, known) for one in placed]


def _tile(workspace: Workspace, session: Session, placed: PlacedTile, known: _Known) -> dict[str, Any]:
    tile, pairs = placed.tile, known.pairs.get(placed.tile.id, [])
    history = revisions.history(session, tile.id)
    adjudicated = {pair.adjudicated_id for pair in pairs}
    by_id = {prediction.id: prediction for prediction in predictions.predictions_of_tile(session, tile.id)}
    return {
        "name": tile.name,
        "scene": tile.scene,
        "split": tile.split,
        "state": tile.state,
        "width": tile.width,
        "height": tile.height,
        "in_quality_sample": tile.in_sample,
        "assigned_to": tile.assigned_to,
        "head_revision": tile.head_revision_id,
        "revisions": [
            {
                "id": one.id,
                "kind": one.kind,
                "author": one.author,
                "role": "adjudicator" if one.id in adjudicated else _ROLES.get(one.kind, "reviewer"),
                "created_at": one.created_at,
                "mask_sha256": one.mask_sha256,
                "correction_px": one.correction_px,
                "checkpoint": _checkpoint(one, {key: row.checkpoint_id for key, row in by_id.items()}, known),
                "prediction": _kept(one),
                "ground_truth": one.truth,
            }
            for one in history
        ],
        "decisions": [
            {
                "decision": row.action,
                "author": row.author,
                "created_at": row.created_at,
                "reason": row.details.get("reason"),
                "revision": row.details.get("revision"),
            }
            for row in revisions.decisions(session, tile.id)
        ],
        "comments": [_comment(one) for one in comments.list_comments(session, tile.id)],
        "active_time": _active_time(known.times.get(tile.id, [])),
        "second_masks": [_second_mask(workspace, pair, len(known.class_names)) for pair in pairs],
        "slicks": _slicks(workspace, session, placed, pairs, known),
    }


def _comment(one: CommentRecord) -> dict[str, Any]:
    entry = {**asdict(one), "reply_to": one.parent_id, "mentions": list(one.mentions)}
    return {name: value for name, value in entry.items() if name not in {"tile_id", "parent_id"}}


def _checkpoint(revision: RevisionRecord, made_by: dict[int, int], known: _Known) -> str | None:
    if revision.prediction_id is None or revision.prediction_id not in made_by:
        return None
    return known.checkpoint_names.get(made_by[revision.prediction_id])


def _kept(revision: RevisionRecord) -> str:
    if revision.prediction_id is None:
        return "none"
    return "changed" if revision.correction_px else "unchanged"


def _active_time(times: Sequence[TileTime]) -> dict[str, float | None]:
    if not times:
        return {"looking_s": None, "drawing_s": None, "deciding_s": None}
    return {
        f"{phase}_s": round(sum(getattr(one, f"{phase}_ms") for one in times) / 1000, 1)
        for phase in ("looking", "drawing", "deciding")
    }


def _second_mask(workspace: Workspace, pair: MaskPair, class_count: int) -> dict[str, Any]:
    first, second = read_mask(workspace, pair.first_sha256), read_mask(workspace, pair.second_sha256)
    return {
        "first_revision": pair.first_id,
        "second_revision": pair.second_id,
        "first_author": pair.first_author,
        "second_author": pair.second_author,
        "finished_at": pair.finished_at,
        "saw_prediction": pair.shows_prediction,
        "repeat": pair.is_repeat,
        "agreement": figures(agreement_counts(first, second, class_count)),
        "adjudication": pair.decision,
        "adjudicated_by": pair.head_author if pair.decision == "third" else pair.adjudicated_by,
    }


def _slicks(
    workspace: Workspace, session: Session, placed: PlacedTile, pairs: Sequence[MaskPair], known: _Known
) -> list[dict[str, Any]]:
    """List the slicks of the exported mask, compared with the prediction that its author saw."""
    if placed.mask_sha256 is None:
        return []
    mask = read_mask(workspace, placed.mask_sha256)
    predicted = _prediction(workspace, session, placed.tile)
    second = read_mask(workspace, pairs[0].second_sha256) if pairs else None
    compared = None if predicted is None else (predicted, *slicks(predicted))
    labels, found = slicks(mask)
    rows: list[dict[str, Any]] = []
    for one in by_size(found):
        pixels = labels == one.label
        rows.append(
            {
                "number": len(rows) + 1,
                "class_id": one.class_id,
                "class_name": known.class_names[one.class_id],
                "area_px": one.area_px,
                "box": [one.x, one.y, one.width, one.height],
                "prediction": "none" if compared is None else _change(pixels, mask, *compared),
                "in_second_mask": None if second is None else bool((second[pixels] > 0).any()),
            }
        )
    return rows


def by_size(found: Sequence[Slick]) -> list[Slick]:
    """Sort the slicks of a tile as the record numbers them, largest first."""
    return sorted(found, key=lambda slick: (-slick.area_px, slick.label))


def _change(
    pixels: np.ndarray, mask: Mask, predicted: Mask, labels: np.ndarray, there: Sequence[Slick]
) -> str:
    """Compare a slick with the predicted ones: "unchanged" if the same pixels have the same class there."""
    if not (predicted[pixels] > 0).any():
        return "added"
    same = {int(label) for label in np.unique(labels[pixels]) if label}
    whole = len(same) == 1 and bool((predicted[pixels] == mask[pixels]).all())
    return "unchanged" if whole and there[same.pop() - 1].area_px == int(pixels.sum()) else "changed"


def _prediction(workspace: Workspace, session: Session, tile: TileRecord) -> Mask | None:
    """Return the prediction that the author of the newest revision saw, else the current one."""
    prediction_id = tile.prediction_id
    if tile.head_revision_id is not None:
        prediction_id = revisions.get_revision(session, tile.head_revision_id).prediction_id
    if prediction_id is None:
        return None
    return read_mask(workspace, predictions.get_prediction(session, prediction_id).mask_sha256)
