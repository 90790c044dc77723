from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from seep.core.acquisition import OrderValues
from seep.core.import_options import ImportOptions
from seep.core.masks.mask import encode_mask
from seep.core.records import NewPrediction
from seep.store import audit_log, predictions, scenes, tile_queries
from seep.workflow.imports.importer import import_folder
from seep.workflow.review import revisions, sessions
from seep.workflow.review.quality_sample import set_quality_sample_share
from seep.workflow.tile_data import class_areas
from seep.workflow.workspace import MASK_SUFFIX, Workspace
from seep_testing.patience import PATIENCE_S
from tests.actors import ADA
from tests.pages.conftest import Open, write_tiles


@pytest.fixture
def predicted(filled: Workspace, tmp_path: Path) -> list[int]:
    """Three more tiles without masks, predicted; the last one lies in a test scene."""
    set_quality_sample_share(filled, 0, ADA)
    images, _ = write_tiles(tmp_path / "more", scenes=("y", "z"), each=2)
    import_folder(filled, images, None, ImportOptions(), ADA)
    mask = np.zeros((64, 64), np.uint8)
    mask[10:20, 10:30] = 2
    sha = filled.store.files.put(encode_mask(mask), MASK_SUFFIX)
    with filled.store.transaction() as session:
        tiles = [tile for tile in tile_queries.list_tiles(session, limit=None) if tile.scene in {"y", "z"}][
            :3
        ]
        for tile in tiles:
            split = "test" if tile.scene == "z" else "train"
            scenes.set_split(session, tile.scene_id, split, "ada")
        rows = [NewPrediction(tile.id, sha, sha, OrderValues(0.01), class_areas(mask)) for tile in tiles]
        predictions.add_predictions(session, 1, rows)
    return [tile.id for tile in tiles]


def script(ids: list[int]) -> None:
    from seep.ui.browse.bulk_accept import accept_dialog, undo_line
    from seep.workflow.workspace import open_workspace

    workspace = open_workspace()
    undo_line(workspace)
    accept_dialog(workspace, ids)


def press(app: AppTest, key: str) -> None:
    app.button(key=key).click().run()
    assert not app.exception


def session_of(app: AppTest) -> list[str]:
    said = [one.value.replace("\\", "") for one in app.caption]
    return [one for one in said if one.startswith("Your session")]


def states(workspace: Workspace, ids: list[int]) -> list[str]:
    with workspace.store.reading() as session:
        return [scenes.get_tile(session, one).state for one in ids]


def test_masks_of_a_selection_are_accepted_and_the_accept_is_undone(
    filled: Workspace, predicted: list[int]
) -> None:
    imported, flagged, rejected = [one for one in range(1, 13) if one not in predicted][:3]
    revisions.decide(filled, flagged, "flag", ADA)
    revisions.decide(filled, rejected, "reject", ADA)
    ids = [*predicted, imported, flagged, rejected]
    app = AppTest.from_function(script, kwargs={"ids": ids}, default_timeout=PATIENCE_S).run()
    assert app.caption[0].value == "2 tiles skipped: 1 flagged, 1 rejected."
    assert "1 imported mask, 2 predictions" in app.markdown[0].value
    assert app.checkbox(key="bulk-test").label == "Include 1 tile in test scenes"
    assert app.button(key="bulk-accept").label == "Accept 3 tiles"
    press(app, "bulk-accept")
    assert states(filled, predicted) == ["accepted", "accepted", "unreviewed"]
    press(app, "bulk-undo")
    assert states(filled, predicted) == ["unreviewed"] * 3
    with filled.store.reading() as session:
        assert [one.action for one in audit_log.list_audit(session, 3)] == ["restore", "withdraw", "withdraw"]


def test_the_session_leaves_out_a_bulk_accept_that_was_undone(
    filled: Workspace, predicted: list[int], open_page: Open
) -> None:
    page = open_page()
    assert session_of(page) == []
    app = AppTest.from_function(script, kwargs={"ids": predicted}, default_timeout=PATIENCE_S).run()
    press(app, "bulk-accept")
    page.run()
    (session,) = session_of(page)
    assert session.startswith("Your session: 2 tiles, 2 accepted, 0 slicks changed")
    press(app, "bulk-undo")
    page.run()  # the open page, not a new one
    assert session_of(page) == []
    assert sessions.session_summary(filled, "ada").tiles == 0
