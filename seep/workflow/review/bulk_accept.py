"""Bulk accept: accept imported masks and predictions of many tiles at once, and undo it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from uuid import uuid4

import numpy as np
from sqlalchemy.orm import Session

from seep.core import acquisition
from seep.core.records import PredictionRecord, TileRecord
from seep.core.tile_states import TILE_STATES
from seep.errors import SettingsError
from seep.store import audit_log, revisions, tile_queries
from seep.workflow.actor import Actor, requires
from seep.workflow.review.reopen import undo_one
from seep.workflow.review.revisions import correction_px
from seep.workflow.review.tile_document import prediction_of
from seep.workflow.tile_data import class_areas, read_mask
from seep.workflow.workspace import Workspace

MAX_TILES = 2000
"""Maximum number of tiles per search and per bulk accept."""

MIN_CONFIDENCE_EMPTY = 0.95
MIN_CONFIDENCE_SEEP = 0.9
"""Default thresholds, for tiles without and with predicted seep. On scenes that the shipped model had not seen,
4 % of tiles with slicks reached 0.9; their mean Dice was 0.80, against 0.47 of all tiles."""


@dataclass(frozen=True)
class ConfidentTile:
    """An untouched tile with a high-confidence prediction.

    Attributes:
        id: of the tile.
        empty: whether no seep is predicted.
        confidence: 0 to 1; see `seep.core.acquisition.confidence`.
        split: of its scene.
    """

    id: int
    empty: bool
    confidence: float
    split: str


@dataclass(frozen=True)
class Batch:
    """The result of a bulk accept, for undoing it.

    Attributes:
        revisions: id of the new revision by tile id.
        skipped: why a tile was skipped, by tile id.
        test_tiles: number of accepted tiles in test scenes.
    """

    revisions: dict[int, int]
    skipped: dict[int, str]
    test_tiles: int


@dataclass(frozen=True)
class Acceptable:
    """What a bulk accept would do.

    Attributes:
        splits: split of the scene of each tile that would be accepted, by tile id.
        imported: those of them whose imported mask would be accepted.
        skipped: why a tile would be skipped, by tile id.
    """

    splits: dict[int, str]
    imported: set[int]
    skipped: dict[int, str]


def find_confident(
    workspace: Workspace,
    tile_ids: Sequence[int],
    min_empty: float = MIN_CONFIDENCE_EMPTY,
    min_seep: float = MIN_CONFIDENCE_SEEP,
) -> list[ConfidentTile]:
    """Find untouched tiles with high-confidence predictions.

    Args:
        tile_ids: the tiles to search; only the first 2,000 are.
        min_empty: minimum confidence for tiles without predicted seep, 0 to 1.
        min_seep: minimum confidence for tiles with predicted seep, 0 to 1.

    Returns:
        Unreviewed tiles without a revision or a draft, outside the quality sample, in the order given. Tiles with a
        wide dark area are left out: a person says whether it is an oil sheet or low wind.
    """
    with workspace.store.reading() as session:
        tiles = tile_queries.tiles_by_id(session, tile_ids[:MAX_TILES])
        bare = [tile for tile in tiles if tile.head_revision_id is None and not _skip_reason(session, tile)]
        pairs = [(tile, prediction_of(session, tile)) for tile in bare]
    found = []
    for tile, prediction in pairs:
        if prediction is None or prediction.values.wide_area_px:
            continue
        empty = not prediction.seep_area_px
        confidence = _confidence(workspace, prediction)
        if confidence is not None and confidence >= (min_empty if empty else min_seep):
            found.append(ConfidentTile(tile.id, empty, confidence, tile.split))
    return found


def acceptable(workspace: Workspace, tile_ids: Sequence[int]) -> Acceptable:
    """Return which tiles `accept_all` would accept, and why it would skip the others."""
    with workspace.store.reading() as session:
        tiles = tile_queries.tiles_by_id(session, tile_ids)
        reasons = {tile.id: _skip_reason(session, tile) for tile in tiles}
    accepted = [tile for tile in tiles if not reasons[tile.id]]
    return Acceptable(
        {tile.id: tile.split for tile in accepted},
        {tile.id for tile in accepted if tile.head_revision_id is not None},
        {one: reasons.get(one, "deleted") for one in tile_ids if reasons.get(one, "deleted")},
    )


@requires("reviewer", "accept tiles")
def accept_all(workspace: Workspace, tile_ids: Sequence[int], actor: Actor) -> Batch:
    """Accept the imported masks of tiles, or else their predictions, in one transaction, with a log entry per tile.

    Skipped are tiles that a person decided about, saved or has a draft of, tiles without a mask and a prediction, and
    tiles of the quality sample, which a person has to review. Deleted tiles are skipped too.

    Raises:
        SettingsError: more than 2,000 tiles.
        StorageError: a mask is missing or damaged; nothing is accepted.
    """
    if len(tile_ids) > MAX_TILES:
        raise SettingsError(f"Cannot accept {len(tile_ids)} tiles at once; select at most {MAX_TILES}.")
    accepted: dict[int, int] = {}
    skipped = dict.fromkeys(tile_ids, "deleted")
    test_tiles = 0
    batch = uuid4().hex
    with workspace.store.transaction() as session:
        for tile in tile_queries.tiles_by_id(session, tile_ids):
            skipped[tile.id] = _skip_reason(session, tile)
            if skipped[tile.id]:
                continue
            accepted[tile.id] = _accept(workspace, session, tile, actor, f"{batch}-{tile.id}")
            test_tiles += tile.split == "test"
        if accepted:
            audit_log.add(
                session,
                actor.name,
                "bulk accept",
                f"{len(accepted)} tiles",
                {"test": test_tiles, "batch": batch},
            )
    return Batch(accepted, {one: reason for one, reason in skipped.items() if reason}, test_tiles)


def _accept(workspace: Workspace, session: Session, tile: TileRecord, actor: Actor, request_id: str) -> int:
    """Accept the imported mask of a tile, or its prediction; return the id of the revision."""
    head = None if tile.head_revision_id is None else revisions.get_revision(session, tile.head_revision_id)
    prediction = prediction_of(session, tile)
    shown = head or prediction
    assert shown is not None
    mask = read_mask(workspace, shown.mask_sha256)
    return revisions.save_revision(
        session,
        tile.id,
        base_revision_id=tile.head_revision_id,
        mask_sha256=shown.mask_sha256,
        kind="accept",
        author=actor.name,
        request_id=request_id,
        correction_px=correction_px(workspace, prediction, mask),
        classes=class_areas(mask),
    ).id


@requires("reviewer", "accept tiles")
def undo(workspace: Workspace, batch: Batch, actor: Actor) -> list[int]:
    """Undo a bulk accept: its tiles become unreviewed again, except those that were changed or deleted since.

    Returns:
        Ids of the tiles that are unreviewed again.
    """
    with workspace.store.transaction() as session:
        return [
            tile.id
            for tile in tile_queries.tiles_by_id(session, list(batch.revisions))
            if tile.head_revision_id == batch.revisions[tile.id] and undo_one(workspace, session, tile, actor)
        ]


def _skip_reason(session: Session, tile: TileRecord) -> str:
    """Return why a tile is not accepted in bulk; "" if it is."""
    if tile.in_sample:  # accepting it unseen would always count the prediction as correct
        return "in the quality sample"
    if tile.state != "unreviewed":
        return TILE_STATES[tile.state].label.lower()
    if revisions.has_draft(session, tile.id):  # of a tile that was reopened
        return "with a draft"
    if tile.head_revision_id is None:
        return "without mask and prediction" if tile.prediction_id is None else ""
    by_person = revisions.get_revision(session, tile.head_revision_id).state != "unreviewed"
    return "saved by a person" if by_person else ""


def _confidence(workspace: Workspace, prediction: PredictionRecord) -> float | None:
    """Return the stored confidence, or compute it for predictions of earlier versions of Seep."""
    if prediction.values.confident is not None or prediction.probability_sha256 is None:
        return prediction.values.confident
    return _computed_confidence(workspace, prediction.probability_sha256, prediction.mask_sha256)


@lru_cache(maxsize=20_000)
def _computed_confidence(workspace: Workspace, probability_sha256: str, mask_sha256: str) -> float:
    seep = read_mask(workspace, probability_sha256).astype(np.float32) / np.float32(255)
    return acquisition.confidence(seep, read_mask(workspace, mask_sha256))
