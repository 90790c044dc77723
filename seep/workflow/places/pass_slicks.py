"""The slicks of a pass with both ends and outlines, found once per state of its masks and kept in the workspace."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import shapely
from sqlalchemy.orm import Session

from seep.core.files import write_atomic
from seep.core.geo.polygons import component_at, outline, simplified
from seep.core.masks.slick_shape import measure_shape
from seep.core.masks.tiled_components import TiledSlick, find_slicks
from seep.core.records import REVIEWED, SceneRecord
from seep.core.sites.slick_ends import MIN_AREA_PX, SlickEnds, join_pieces
from seep.store import scenes
from seep.workflow.places.derived_files import DerivedFiles
from seep.workflow.places.survey import keep_only, pass_folder
from seep.workflow.scenes.mosaics import MosaicReader, build_mosaics
from seep.workflow.workspace import Workspace

SIMPLIFY_PX = 1.0
_VERSION = 2

Ring = tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class PassSlick:
    """A slick of a pass; pieces that continue each other are one slick. Coordinates are pixels of the scene.

    Attributes:
        index: number in its pass, from 0, largest first.
        ends: x and y of both ends.
        area_px: pixels of all pieces.
        length_px: length of the center lines of all pieces, pixels.
        class_id: class of the largest piece, 1 and up.
        reviewed: False if a part of it comes from a prediction or an open tile.
        rings: outer rings of the outlines of its pieces, simplified to a pixel.
    """

    index: int
    ends: tuple[tuple[float, float], tuple[float, float]]
    area_px: int
    length_px: float
    class_id: int
    reviewed: bool
    rings: tuple[Ring, ...]


@dataclass(frozen=True)
class _Piece:
    ends: SlickEnds
    length_px: float
    reviewed: bool
    rings: tuple[Ring, ...]


def masks_versions(session: Session, passes: Sequence[SceneRecord]) -> dict[int, str]:
    """Return by scene id a name for the state of its masks and of the grid of its tiles, without reading masks."""
    masks = scenes.mask_states(session, [one.id for one in passes])
    return {
        one.id: hashlib.sha256(
            json.dumps([_VERSION, one.id, one.columns, one.tile_count, masks[one.id]]).encode()
        ).hexdigest()[:16]
        for one in passes
    }


def slicks_of_pass(workspace: Workspace, scene_id: int, version: str) -> tuple[PassSlick, ...]:
    """Return the slicks of a scene, largest first; those below 30 pixels are left out.

    The mask of a tile is its newest revision, else its prediction. A scene whose tiles have no known positions has
    none.

    Args:
        version: of its masks, see `masks_versions`.

    Raises:
        MissingError: there is no such scene.
        StorageError: a mask is gone or damaged.
    """
    path = pass_folder(workspace, scene_id) / f"slicks-{version}.json"
    return _slicks.get(path, lambda: _find(workspace, scene_id))


def _find(workspace: Workspace, scene_id: int) -> tuple[PassSlick, ...]:
    with workspace.store.reading() as session:
        tiles = scenes.tiles_of_scene(session, scene_id)
    mosaics = build_mosaics(workspace, tiles)
    if len(mosaics) != 1:
        return ()
    reader = MosaicReader(workspace, mosaics[0])
    found = find_slicks(mosaics[0].height, mosaics[0].width, reader.mask)
    pieces = [_piece(reader, one, at) for at, one in enumerate(found) if one.area_px >= MIN_AREA_PX]
    slicks = []
    for index, ends in enumerate(join_pieces([piece.ends for piece in pieces])):
        members = [pieces[label] for label in ends.labels]
        slicks.append(
            PassSlick(
                index,
                _pair(ends),
                ends.area_px,
                round(sum(member.length_px for member in members), 1),
                ends.class_id,
                all(member.reviewed for member in members),
                tuple(ring for member in members for ring in member.rings),
            )
        )
    return tuple(slicks)


def _piece(reader: MosaicReader, slick: TiledSlick, at: int) -> _Piece:
    box = slick.box
    pixels = component_at(reader.mask(box), slick.seed[0] - box.x, slick.seed[1] - box.y)
    shape = measure_shape(pixels)
    ends = np.stack([shape.line[0], shape.line[-1]]) + np.array([box.x, box.y])
    states = {
        tile.tile.state
        for tile in reader.tiles_in(box)
        if tile.mask_sha256 is not None
        and _touches(pixels, tile.x - box.x, tile.y - box.y, tile.tile.width, tile.tile.height)
    }
    thin = simplified(outline(pixels, box.x, box.y), SIMPLIFY_PX)
    rings = tuple(
        tuple((round(float(x), 1), round(float(y), 1)) for x, y in shapely.get_coordinates(part.exterior))
        for part in thin.geoms
    )
    return _Piece(
        SlickEnds(ends, slick.area_px, slick.class_id, (at,)), shape.length_px, states <= {*REVIEWED}, rings
    )


def _touches(
    pixels: "np.ndarray[tuple[int, ...], np.dtype[np.bool_]]", x: int, y: int, width: int, height: int
) -> bool:
    return bool(pixels[max(0, y) : max(0, y + height), max(0, x) : max(0, x + width)].any())


def _pair(ends: SlickEnds) -> tuple[tuple[float, float], tuple[float, float]]:
    (a, b), (c, d) = np.round(ends.ends, 1).tolist()
    return (a, b), (c, d)


def _write(path: Path, found: Sequence[PassSlick]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(path, json.dumps([asdict(one) for one in found], separators=(",", ":")).encode())
    keep_only(path, "slicks-*.json")


def _read(path: Path) -> tuple[PassSlick, ...] | None:
    try:
        rows = json.loads(path.read_bytes())
        return tuple(
            PassSlick(
                **{
                    **row,
                    "ends": tuple(tuple(end) for end in row["ends"]),
                    "rings": tuple(tuple(tuple(point) for point in ring) for ring in row["rings"]),
                }
            )
            for row in rows
        )
    except (OSError, ValueError, TypeError, KeyError):
        return None


_slicks = DerivedFiles(_read, _write)
