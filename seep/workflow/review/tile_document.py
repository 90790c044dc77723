"""What the canvas shows of a tile besides its pixels, as JSON."""

from collections.abc import Sequence
from math import floor
from typing import Any, Literal, TypedDict

from sqlalchemy.orm import Session

from seep.core.geo.georeference import Georeference
from seep.core.masks.subject import is_about_seeps
from seep.core.records import (
    CheckpointRecord,
    DraftRecord,
    PredictionRecord,
    RevisionRecord,
    SceneRecord,
    TileRecord,
)
from seep.core.sites.causes import CauseDecision
from seep.core.tile_states import TILE_STATES
from seep.errors import StorageError
from seep.store import checkpoints, predictions, revisions, scenes
from seep.store.comments import comments
from seep.store.comments.comments import CommentRecord
from seep.store.review.second_masks import KIND, open_request
from seep.workflow.actor import Actor, requires
from seep.workflow.classes import get_classes
from seep.workflow.places.slicks.causes import tile_causes
from seep.workflow.review.comments import comment_entry
from seep.workflow.review.second_masks import as_seen_by
from seep.workflow.scenes import layout
from seep.workflow.scenes.mosaics import tile_georeference
from seep.workflow.tile_data import tile_version
from seep.workflow.wide_areas import PredictedTile, WideAreaLimits, tile_wide_areas
from seep.workflow.workspace import Workspace

NOTED = ("rejected", "flagged")
"""States that can have a note."""


class RevisionEntry(TypedDict):
    """A revision; `correction_px` counts the pixels that differ from the prediction, None where unknown.

    `undone` tells who undid an accept and when; None for every other revision.
    """

    id: int
    kind: str
    author: str
    created_at: str
    correction_px: int | None
    undone: tuple[str, str] | None


class RejectionEntry(TypedDict):
    """A rejection; `reason` is one of `REJECT_REASONS`, None without one."""

    author: str
    created_at: str
    reason: str | None


class WideAreaEntry(TypedDict):
    """A wide dark area.

    `runs` are its pixels: y, first x and last x + 1 of each run, one after the other. `seeds` is one pixel, y * width
    + x, of each wide predicted slick in it; it is empty for a dark area of the image.
    """

    runs: list[int]
    seeds: list[int]
    area_px: int
    radius_px: float


class PredictionEntry(TypedDict):
    """The shown prediction; `likely_wrong` is 0 to 1.

    `wide_areas` are its slicks above the radius of the card and the wide dark areas of the image, while the tile still
    needs a decision.
    """

    id: int
    checkpoint: str
    likely_wrong: float | None
    seep_area_px: int
    wide_areas: list[WideAreaEntry]


class DraftEntry(TypedDict):
    """The author's draft; `sha256` names its mask."""

    base_revision_id: int | None
    saved_at: str
    sha256: str


class Position(TypedDict):
    """Upper left corner of a tile in its scene, pixels."""

    x: int
    y: int


class CauseEntry(TypedDict):
    """A decision on the cause of the slick at a pixel, see `CauseDecision`; a `cause` of "" takes one back."""

    x: int
    y: int
    cause: str
    author: str
    created_at: str


class TileDocument(TypedDict):
    """A tile as the canvas gets it.

    `blind` tells that the reader draws a second mask: what is known of the first one is left out.
    `note` is the newest open comment on a flagged or rejected tile, and `comments` are all, oldest first. `limits`
    are the contrast limits of the scene's first band. `rejections` are all, oldest first. `unit` is "dn", "linear"
    or "db". `pixel_m` is the side of a pixel on the ground in meters, and `place` the position in the scene; both
    are None where unknown. `history` is newest first. `start` names the mask that the tile opens with.
    """

    id: int
    name: str
    scene: str
    scene_id: int
    split: str
    state: str
    height: int
    width: int
    bands: int
    dtype: str
    nodata: float | None
    note: str | None
    comments: list[dict[str, Any]]
    limits: list[float]
    unit: str
    band_names: list[str]
    pixel_m: float | None
    place: Position | None
    version: str
    head: RevisionEntry | None
    history: list[RevisionEntry]
    rejections: list[RejectionEntry]
    prediction: PredictionEntry | None
    draft: DraftEntry | None
    start: Literal["draft", "revision", "prediction", "empty"]
    blind: bool
    causes: list[CauseEntry]


class NeighborEntry(TypedDict):
    """A tile beside another one; `dx` and `dy` are pixels between their upper left corners."""

    id: int
    dx: int
    dy: int
    width: int
    height: int
    version: str


class TilePrediction(TypedDict):
    """A prediction of a tile; `active` for that of the active checkpoint."""

    id: int
    checkpoint: str
    active: bool
    created_at: str


@requires("viewer", "open tiles")
def tile_document(workspace: Workspace, tile_id: int, actor: Actor) -> TileDocument:
    """Return what the canvas shows of a tile besides its pixels.

    Raises:
        MissingError: there is no such tile.
    """
    with workspace.store.reading() as session:
        tile, second = as_seen_by(session, scenes.get_tile(session, tile_id), actor.name)
        scene = scenes.get_scene(session, tile.scene_id)
        history = revisions.history(session, tile_id)
        if second is not None:
            history = [one for one in history if one.kind == KIND and one.author == actor.name]
        undone = revisions.withdrawals(session, history, tile.head_revision_id)
        draft = revisions.get_draft(session, tile_id, actor.name)
        prediction = prediction_of(session, tile)
        made_by = checkpoints.get_checkpoint(session, prediction.checkpoint_id) if prediction else None
        place = layout.positions_in_scene(session, scene.id).get(tile_id)
        discussion = [] if second is not None else comments.list_comments(session, tile_id)
        rejections = [] if second is not None else rejection_entries(session, tile_id)
        decided = [] if second is not None else tile_causes(session, tile)
    shown = None
    if prediction and made_by:
        shown = _prediction_entry(workspace, scene, tile, prediction, made_by)
    head = next((one for one in history if one.id == tile.head_revision_id), None)
    return TileDocument(
        id=tile.id,
        name=tile.name,
        scene=tile.scene,
        scene_id=tile.scene_id,
        split=tile.split,
        state=tile.state,
        height=tile.height,
        width=tile.width,
        bands=tile.bands,
        dtype=tile.dtype,
        nodata=tile.nodata,
        note=_note(discussion) if tile.state in NOTED else None,
        comments=[comment_entry(one) for one in discussion],
        limits=[scene.statistics["low"][0], scene.statistics["high"][0]],
        unit=scene.unit,
        band_names=list(scene.band_names),
        pixel_m=_pixel_m(workspace, scene, tile, place),
        place=Position(x=place[0], y=place[1]) if place else None,
        version=tile_version(tile),
        head=revision_entry(head) if head else None,
        history=[revision_entry(one, undone.get(one.id)) for one in history],
        rejections=rejections,
        prediction=shown,
        draft=_draft_entry(draft) if draft else None,
        start="draft" if draft else "revision" if head else "prediction" if prediction else "empty",
        blind=second is not None,
        causes=[cause_entry(one) for one in decided],
    )


def cause_entry(decision: CauseDecision) -> CauseEntry:
    """Return what the canvas shows of a decision."""
    return CauseEntry(
        x=floor(decision.x),
        y=floor(decision.y),
        cause=decision.cause,
        author=decision.author,
        created_at=decision.created_at,
    )


def _note(discussion: Sequence[CommentRecord]) -> str | None:
    """Return the text of the newest open thread."""
    opened = [one.text for one in discussion if one.parent_id is None and one.resolved_at is None]
    return opened[-1] if opened else None


def neighbors(workspace: Workspace, tile_id: int) -> list[NeighborEntry]:
    """Return the tiles of the same scene that touch a tile or are within half a tile of it.

    The list is empty if the positions of the scene's tiles are unknown.

    Raises:
        MissingError: there is no such tile.
    """
    with workspace.store.reading() as session:
        tile = scenes.get_tile(session, tile_id)
    found = layout.neighbors(workspace, tile_id, max(tile.width, tile.height) // 2)
    with workspace.store.reading() as session:
        versions = {one.id: tile_version(scenes.get_tile(session, one.id)) for one in found}
    return [
        NeighborEntry(
            id=one.id,
            dx=one.dx,
            dy=one.dy,
            width=one.width,
            height=one.height,
            version=versions[one.id],
        )
        for one in found
    ]


@requires("viewer", "open tiles")
def predictions_of(workspace: Workspace, tile_id: int, actor: Actor) -> list[TilePrediction]:
    """Return what each checkpoint predicted for a tile, newest first; nothing to somebody who draws a second mask.

    Raises:
        MissingError: there is no such tile.
    """
    with workspace.store.reading() as session:
        scenes.get_tile(session, tile_id)
        if open_request(session, tile_id, actor.name) is not None:
            return []
        by_id = {checkpoint.id: checkpoint for checkpoint in checkpoints.list_checkpoints(session)}
        return [
            TilePrediction(
                id=prediction.id,
                checkpoint=by_id[prediction.checkpoint_id].name,
                active=by_id[prediction.checkpoint_id].active,
                created_at=prediction.created_at,
            )
            for prediction in predictions.predictions_of_tile(session, tile_id)
        ]


def prediction_of(session: Session, tile: TileRecord) -> PredictionRecord | None:
    """Return the prediction of a tile by the active checkpoint; None without one."""
    if tile.prediction_id is None:
        return None
    return predictions.get_prediction(session, tile.prediction_id)


def revision_entry(revision: RevisionRecord, undone: tuple[str, str] | None = None) -> RevisionEntry:
    """Return what the canvas shows of a revision."""
    return RevisionEntry(
        id=revision.id,
        kind=revision.kind,
        author=revision.author,
        created_at=revision.created_at,
        correction_px=revision.correction_px,
        undone=undone,
    )


def rejection_entries(session: Session, tile_id: int) -> list[RejectionEntry]:
    """Return what the canvas shows of the rejections of a tile, oldest first."""
    return [
        RejectionEntry(author=one.author, created_at=one.created_at, reason=one.details.get("reason"))
        for one in revisions.decisions(session, tile_id)
        if one.action == "rejected"
    ]


def _draft_entry(draft: DraftRecord) -> DraftEntry:
    return DraftEntry(
        base_revision_id=draft.base_revision_id, saved_at=draft.saved_at, sha256=draft.mask_sha256
    )


def _prediction_entry(
    workspace: Workspace,
    scene: SceneRecord,
    tile: TileRecord,
    prediction: PredictionRecord,
    checkpoint: CheckpointRecord,
) -> PredictionEntry:
    limits = WideAreaLimits.from_card(checkpoint.card)
    is_question = (
        bool(prediction.values.wide_area_px)
        and TILE_STATES[tile.state].open
        and is_about_seeps(get_classes(workspace))
    )
    predicted = PredictedTile(scene, tile, prediction.mask_sha256, limits)
    return PredictionEntry(
        id=prediction.id,
        checkpoint=checkpoint.name,
        likely_wrong=prediction.values.likely_wrong,
        seep_area_px=prediction.seep_area_px,
        wide_areas=_wide_areas(workspace, predicted) if is_question else [],
    )


def _wide_areas(workspace: Workspace, predicted: PredictedTile) -> list[WideAreaEntry]:
    """List the wide dark areas of a tile, largest first; none if the predicted mask was lost."""
    try:
        found = tile_wide_areas(workspace, predicted)
    except StorageError:  # the canvas says so when it reads the mask
        return []
    return [
        WideAreaEntry(
            runs=[number for run in one.runs for number in run],
            seeds=one.seeds,
            area_px=one.area_px,
            radius_px=round(one.radius_px, 1),
        )
        for one in found
    ]


def _pixel_m(
    workspace: Workspace, scene: SceneRecord, tile: TileRecord, place: tuple[int, int] | None
) -> float | None:
    """Return the side of a pixel on the ground at the center of a tile, in meters; None if unknown."""
    if scene.georeference is not None and place is not None:
        whole = Georeference.from_dict(scene.georeference)
        georeference = whole.shifted(*place) if whole else None
    else:  # in a scene of files, each file has its own georeference
        georeference = tile_georeference(workspace, tile)
    size = georeference.pixel_size_m(tile.width / 2, tile.height / 2) if georeference else None
    return None if size is None else float((size[0] * size[1]) ** 0.5)
