"""Bulk accept: accept high-confidence predictions of many tiles at once, and undo it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from uuid import uuid4

import numpy as np
from sqlalchemy.orm import Session

from seep.core import acquisition
from seep.core.records import PredictionRecord, TileRecord
from seep.errors import SettingsError
from seep.store import audit_log, predictions, revisions, tile_queries
from seep.workflow.actor import Actor, requires
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
        skipped: tiles that were no longer untouched or had no prediction.
        test_tiles: number of accepted tiles in test scenes.
    """

    revisions: dict[int, int]
    skipped: list[int]
    test_tiles: int


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
        pairs = [(tile, _untouched(session, tile)) for tile in tiles]
    found = []
    for tile, prediction in pairs:
        if prediction is None or prediction.values.wide_area_px:
            continue
        empty = not prediction.seep_area_px
        confidence = _confidence(workspace, prediction)
        if confidence is not None and confidence >= (min_empty if empty else min_seep):
            found.append(ConfidentTile(tile.id, empty, confidence, tile.split))
    return found


def acceptable(workspace: Workspace, tile_ids: Sequence[int]) -> dict[int, str]:
    """Return the tiles that `accept_all` would accept: the split of the scene by tile id."""
    with workspace.store.reading() as session:
        tiles = tile_queries.tiles_by_id(session, tile_ids)
        return {tile.id: tile.split for tile in tiles if _untouched(session, tile) is not None}


@requires("reviewer", "accept tiles")
def accept_all(workspace: Workspace, tile_ids: Sequence[int], actor: Actor) -> Batch:
    """Accept the predictions of tiles in one transaction, with one log entry per tile.

    Skipped are tiles that are reviewed, have a revision, a draft or no prediction, and tiles of the quality
    sample, which a person has to review. Deleted tiles are skipped too.

    Raises:
        SettingsError: more than 2,000 tiles.
        StorageError: a mask is missing or damaged; nothing is accepted.
    """
    if len(tile_ids) > MAX_TILES:
        raise SettingsError(f"Cannot accept {len(tile_ids)} tiles at once; select at most {MAX_TILES}.")
    accepted: dict[int, int] = {}
    test_tiles = 0
    batch = uuid4().hex
    with workspace.store.transaction() as session:
        for tile in tile_queries.tiles_by_id(session, tile_ids):
            tile_id = tile.id
            prediction = _untouched(session, tile)
            if prediction is None:
                continue
            revision = revisions.save_revision(
                session,
                tile_id,
                base_revision_id=None,
                mask_sha256=prediction.mask_sha256,
                kind="accept",
                author=actor.name,
                request_id=f"{batch}-{tile_id}",
                correction_px=0,
                classes=class_areas(read_mask(workspace, prediction.mask_sha256)),
            )
            accepted[tile_id] = revision.id
            test_tiles += tile.split == "test"
        if accepted:
            audit_log.add(
                session,
                actor.name,
                "bulk accept",
                f"{len(accepted)} tiles",
                {"test": test_tiles, "batch": batch},
            )
    return Batch(accepted, [one for one in tile_ids if one not in accepted], test_tiles)


@requires("reviewer", "accept tiles")
def undo(workspace: Workspace, batch: Batch, actor: Actor) -> list[int]:
    """Undo a bulk accept: its tiles become unreviewed again, except those that were changed or deleted since.

    Returns:
        Ids of the tiles that are unreviewed again.
    """
    with workspace.store.transaction() as session:
        there = tile_queries.tiles_by_id(session, list(batch.revisions))
        return [
            tile.id
            for tile in there
            if revisions.withdraw(session, tile.id, batch.revisions[tile.id], actor.name)
        ]


def _untouched(session: Session, tile: TileRecord) -> PredictionRecord | None:
    """Return the prediction of an untouched tile; None for others and for tiles of the quality sample."""
    if tile.in_sample:  # accepting it unseen would always count the prediction as correct
        return None
    if tile.state != "unreviewed" or tile.head_revision_id is not None or tile.prediction_id is None:
        return None
    if revisions.has_draft(session, tile.id):  # of a tile that was reopened
        return None
    return predictions.get_prediction(session, tile.prediction_id)


def _confidence(workspace: Workspace, prediction: PredictionRecord) -> float | None:
    """Return the stored confidence, or compute it for predictions of earlier versions of Seep."""
    if prediction.values.confident is not None or prediction.probability_sha256 is None:
        return prediction.values.confident
    return _computed_confidence(workspace, prediction.probability_sha256, prediction.mask_sha256)


@lru_cache(maxsize=20_000)
def _computed_confidence(workspace: Workspace, probability_sha256: str, mask_sha256: str) -> float:
    seep = read_mask(workspace, probability_sha256).astype(np.float32) / np.float32(255)
    return acquisition.confidence(seep, read_mask(workspace, mask_sha256))
