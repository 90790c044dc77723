"""What the canvas needs to know of a tile besides its pixels, as plain values ready for JSON."""

from typing import Any

from seep.core.geo.georeference import Georeference
from seep.store import audit_log, checkpoints, predictions, revisions, scenes
from seep.store.records import DraftRecord, PredictionRecord, RevisionRecord, SceneRecord, TileRecord
from seep.store.store import Session
from seep.workflow.exports.mosaics import tile_georeference
from seep.workflow.review.queue import tile_version
from seep.workflow.scenes import layout
from seep.workflow.workspace import Workspace

TileDocument = dict[str, Any]

NOTED = ("rejected", "flagged")
"""States that a person gave with a note or without."""


def tile_document(workspace: Workspace, tile_id: int, author: str) -> TileDocument:
    """Return all that the canvas needs to know of a tile besides its pixels, ready for JSON.

    Args:
        workspace: where from.
        tile_id: which tile.
        author: whose draft to look for.

    Returns:
        id, name, scene, scene_id, split, state, note (of a flag or a rejection, else None), height, width,
        bands, band_names, dtype, nodata, limits, unit ("dn", "linear" or "db"), pixel_m (side of a pixel on
        the ground in meters, None if unknown), place ({"x", "y"} in the scene in pixels, None if unknown),
        version, head, history (newest first), prediction, draft, start ("draft", "revision", "prediction" or
        "empty").

    Raises:
        MissingError: there is no such tile.
    """
    with workspace.store.reading() as session:
        tile = scenes.get_tile(session, tile_id)
        scene = scenes.get_scene(session, tile.scene_id)
        history = revisions.history(session, tile_id)
        draft = revisions.get_draft(session, tile_id, author)
        prediction = prediction_of(session, tile)
        shown = _prediction_dict(session, prediction) if prediction else None
        place = layout.positions_in_scene(session, scene.id).get(tile_id)
        note = audit_log.newest_note(session, f"tile {tile_id}", tile.state) if tile.state in NOTED else None
    head = next((one for one in history if one.id == tile.head_revision_id), None)
    start = "draft" if draft else "revision" if head else "prediction" if prediction else "empty"
    return {
        **{name: getattr(tile, name) for name in ("id", "name", "scene", "scene_id", "split", "state")},
        **{name: getattr(tile, name) for name in ("height", "width", "bands", "dtype", "nodata")},
        "note": note,
        "limits": [scene.statistics["low"][0], scene.statistics["high"][0]],
        "unit": scene.unit,
        "band_names": list(scene.band_names),
        "pixel_m": _pixel_m(scene, tile, place),
        "place": {"x": place[0], "y": place[1]} if place else None,
        "version": tile_version(tile),
        "head": revision_dict(head) if head else None,
        "history": [revision_dict(one) for one in history],
        "prediction": shown,
        "draft": _draft_dict(draft) if draft else None,
        "start": start,
    }


def neighbors(workspace: Workspace, tile_id: int) -> list[dict[str, Any]]:
    """Return the tiles of the same scene that touch a tile or lie within half a tile of it.

    Returns:
        {"id", "dx", "dy": pixels from this tile's upper left corner to theirs, "width", "height", "version"};
        none where the scene does not say how its tiles lie.

    Raises:
        MissingError: there is no such tile.
    """
    with workspace.store.reading() as session:
        tile = scenes.get_tile(session, tile_id)
    found = layout.neighbors(workspace, tile_id, max(tile.width, tile.height) // 2)
    with workspace.store.reading() as session:
        versions = {one.id: tile_version(scenes.get_tile(session, one.id)) for one in found}
    kept = ("id", "dx", "dy", "width", "height")
    return [{name: getattr(one, name) for name in kept} | {"version": versions[one.id]} for one in found]


def predictions_of(workspace: Workspace, tile_id: int) -> list[dict[str, Any]]:
    """Return what each checkpoint predicted for a tile: {"id", "checkpoint", "active", "created_at"}.

    Newest first; "active" is true for the prediction of the active checkpoint.

    Raises:
        MissingError: there is no such tile.
    """
    with workspace.store.reading() as session:
        scenes.get_tile(session, tile_id)
        known = {one.id: one for one in checkpoints.list_checkpoints(session)}
        return [
            {
                "id": one.id,
                "checkpoint": known[one.checkpoint_id].name,
                "active": known[one.checkpoint_id].active,
                "created_at": one.created_at,
            }
            for one in predictions.predictions_of_tile(session, tile_id)
        ]


def prediction_of(session: Session, tile: TileRecord) -> PredictionRecord | None:
    """Return what the active checkpoint predicts for a tile, None where it has not."""
    if tile.prediction_id is None:
        return None
    return predictions.get_prediction(session, tile.prediction_id)


def _draft_dict(draft: DraftRecord) -> dict[str, Any]:
    return {
        "base_revision_id": draft.base_revision_id,
        "saved_at": draft.saved_at,
        "sha256": draft.mask_sha256,
    }


def revision_dict(revision: RevisionRecord) -> dict[str, Any]:
    """Return what the canvas shows of a revision."""
    kept = ("id", "kind", "author", "created_at", "correction_px")
    return {name: getattr(revision, name) for name in kept}


def _prediction_dict(session: Session, prediction: PredictionRecord) -> dict[str, Any]:
    return {
        "id": prediction.id,
        "checkpoint": checkpoints.get_checkpoint(session, prediction.checkpoint_id).name,
        "likely_wrong": prediction.likely_wrong,
        "seep_area_px": prediction.seep_area_px,
    }


def _pixel_m(scene: SceneRecord, tile: TileRecord, place: tuple[int, int] | None) -> float | None:
    """Return the side of a square as large as a pixel on the ground at a tile's middle, meters."""
    if scene.georeference is not None and place is not None:
        whole = Georeference.from_dict(scene.georeference)
        georeference = whole.shifted(*place) if whole else None
    else:  # a scene of files has none of its own: each file says where it lies
        georeference = tile_georeference(tile)
    size = georeference.pixel_size_m(tile.width / 2, tile.height / 2) if georeference else None
    return None if size is None else float((size[0] * size[1]) ** 0.5)
