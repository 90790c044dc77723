from pathlib import Path

import numpy as np
import pytest

from seep.core.geo.grid import Window
from seep.core.masks.mask import UNSURE
from seep.core.records import TileRecord
from seep.errors import ConflictError
from seep.store import revisions, scenes
from seep.workflow.actor import Actor
from seep.workflow.review import drafts, sessions
from seep.workflow.review import revisions as review_revisions
from seep.workflow.review.overlaps import shared
from seep.workflow.scenes.mosaics import MosaicReader, build_mosaics
from seep.workflow.tile_data import draft_mask, revision_mask
from seep.workflow.workspace import Workspace
from tests.actors import ADA, BOB
from tests.workflow.rasters import OVERLAP, WINDOW, open_raster_scene, sea, write_raster

Windows = list[TileRecord]
REQUEST = "00000000-0000-0000-0000-0000000000{:02d}"


@pytest.fixture
def windows(workspace: Workspace, tmp_path: Path) -> Windows:
    """Three columns and three rows of windows, sharing 32 pixels or more."""
    report = open_raster_scene(workspace, write_raster(tmp_path / "whole.tif", sea()))
    with workspace.store.reading() as session:
        return scenes.tiles_of_scene(session, report.scene_id)


def head(workspace: Workspace, tile: TileRecord) -> int | None:
    return review_revisions.get_tile(workspace, tile.id).head_revision_id


def shown(workspace: Workspace, tile: TileRecord) -> np.ndarray:
    revision = head(workspace, tile)
    assert revision is not None
    return revision_mask(workspace, revision)


def save(
    workspace: Workspace,
    tile: TileRecord,
    mask: np.ndarray,
    number: int,
    kind: str = "save",
    *,
    actor: Actor = ADA,
) -> dict:
    base = head(workspace, tile)
    return dict(
        review_revisions.save_mask(
            workspace,
            tile.id,
            mask,
            kind,
            actor=actor,
            base_revision_id=base,
            request_id=REQUEST.format(number),
            confirmed=True,
        )
    )


def painted(tile: TileRecord) -> np.ndarray:
    mask = np.zeros((tile.height, tile.width), np.uint8)
    mask[100:104, 150:] = 3
    return mask


def test_what_is_painted_across_a_border_is_on_both_windows(workspace: Workspace, windows: Windows) -> None:
    answer = save(workspace, windows[0], painted(windows[0]), 1)
    assert answer["joined"] == [windows[1].id]
    right = shown(workspace, windows[1])
    assert (right[100:104, :OVERLAP] == 3).all()
    assert not right[:, OVERLAP:].any()
    assert review_revisions.get_tile(workspace, windows[1].id).state == "draft"
    assert head(workspace, windows[4]) is None


def test_paint_in_the_corner_joins_every_window_that_shares_it(
    workspace: Workspace, windows: Windows
) -> None:
    mask = np.zeros((WINDOW, WINDOW), np.uint8)
    mask[-5:, -5:] = 1
    answer = save(workspace, windows[0], mask, 1)
    assert answer["joined"] == [windows[n].id for n in (1, 3, 4, 6, 7)]


def test_only_pixels_that_changed_are_carried_over(workspace: Workspace, windows: Windows) -> None:
    own = np.zeros((WINDOW, WINDOW), np.uint8)
    own[10:20, :OVERLAP] = 5
    save(workspace, windows[1], own, 1)
    mask = shown(workspace, windows[0])
    mask[100:104, 150:] = 3
    save(workspace, windows[0], mask, 2)
    right = shown(workspace, windows[1])
    assert (right[10:20, :OVERLAP] == 5).all()
    assert (right[100:104, :OVERLAP] == 3).all()


def test_a_reviewed_neighbor_stays_reviewed(workspace: Workspace, windows: Windows) -> None:
    save(workspace, windows[1], np.zeros((WINDOW, WINDOW), np.uint8), 1, "accept")
    save(workspace, windows[0], painted(windows[0]), 2)
    assert review_revisions.get_tile(workspace, windows[1].id).state == "corrected"


def test_an_annotator_changes_open_neighbors_only(workspace: Workspace, windows: Windows) -> None:
    save(workspace, windows[1], np.zeros((WINDOW, WINDOW), np.uint8), 1, "accept")
    review_revisions.decide(workspace, windows[3].id, "reject", ADA)
    reviewed = head(workspace, windows[1])
    mask = np.zeros((WINDOW, WINDOW), np.uint8)
    mask[-5:, -5:] = 1
    answer = save(workspace, windows[0], mask, 2, actor=Actor("ann", "annotator"))
    assert answer["joined"] == [windows[n].id for n in (4, 6, 7)]
    assert head(workspace, windows[1]) == reviewed
    assert review_revisions.get_tile(workspace, windows[3].id).state == "rejected"
    assert (shown(workspace, windows[4]) == 1).sum() == 25


def test_the_same_request_again_joins_nothing_again(workspace: Workspace, windows: Windows) -> None:
    save(workspace, windows[0], painted(windows[0]), 1)
    first = head(workspace, windows[1])
    review_revisions.save_mask(
        workspace,
        windows[0].id,
        painted(windows[0]),
        "save",
        actor=ADA,
        base_revision_id=None,
        request_id=REQUEST.format(1),
    )
    assert head(workspace, windows[1]) == first


def test_drafts_on_the_neighbor_stay_and_meet_the_usual_conflict(
    workspace: Workspace, windows: Windows
) -> None:
    mine = np.zeros((WINDOW, WINDOW), np.uint8)
    mine[200, 200] = 2
    for actor in (ADA, BOB):
        drafts.save_draft(workspace, windows[1].id, mine, actor, None)
    save(workspace, windows[0], painted(windows[0]), 1)
    for actor in (ADA, BOB):
        np.testing.assert_array_equal(draft_mask(workspace, windows[1].id, actor), mine)
        with pytest.raises(ConflictError):
            review_revisions.save_mask(
                workspace,
                windows[1].id,
                mine,
                "save",
                actor=actor,
                base_revision_id=None,
                request_id=f"{actor.name}-again",
            )


def test_what_joins_is_no_work_on_the_neighbor(workspace: Workspace, windows: Windows) -> None:
    save(workspace, windows[1], np.zeros((WINDOW, WINDOW), np.uint8), 1, "accept")
    save(workspace, windows[0], painted(windows[0]), 2, "accept")
    found = sessions.session_summary(workspace, "ada")
    assert (found.tiles, found.accepted, found.corrected) == (2, 1, 1)


def test_a_save_that_changes_nothing_joins_nothing(workspace: Workspace, windows: Windows) -> None:
    answer = save(workspace, windows[0], np.zeros((WINDOW, WINDOW), np.uint8), 1)
    assert answer["joined"] == []
    with workspace.store.reading() as session:
        assert revisions.history(session, windows[1].id) == []


def test_tiles_that_are_files_join_nothing(workspace: Workspace, tiles: list[int]) -> None:
    mask = np.full((64, 64), 1, np.uint8)
    base = review_revisions.get_tile(workspace, tiles[0]).head_revision_id
    answer = review_revisions.save_mask(
        workspace, tiles[0], mask, "save", actor=ADA, base_revision_id=base, request_id=REQUEST.format(7)
    )
    assert answer["joined"] == []


def test_windows_that_do_not_touch_share_nothing(windows: Windows) -> None:
    part, _ = shared(windows[0], windows[8])
    assert np.zeros((WINDOW, WINDOW))[part].size == 0


def test_the_scene_as_a_whole_shows_the_stroke_once(workspace: Workspace, windows: Windows) -> None:
    save(workspace, windows[0], painted(windows[0]), 1)
    with workspace.store.reading() as session:
        tiles = scenes.tiles_of_scene(session, windows[0].scene_id)
    (mosaic,) = build_mosaics(workspace, tiles)
    mask = MosaicReader(workspace, mosaic).mask(Window(0, 0, 700, 500))
    wanted = np.zeros((500, 700), bool)
    wanted[100:104, 150:WINDOW] = True
    np.testing.assert_array_equal(mask == 3, wanted)
    assert (mask[0, 0], mask[499, 699]) == (0, UNSURE)
