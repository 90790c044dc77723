import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from seep.workflow.actor import Actor
from seep.workflow.agreement.adjudication import find_pair
from seep.workflow.agreement.report import agreement_report
from seep.workflow.review import revisions
from seep.workflow.review.second_masks import open_requests, request_second_masks, requested_tiles
from seep.workflow.workspace import Workspace
from seep_testing.patience import PATIENCE_S
from tests.actors import ADA
from tests.pages.conftest import Open, texts
from tests.workflow.making import accept, tile_ids

JO = Actor("jo", "annotator")


def second_masks(workspace: Workspace) -> None:
    """Ada accepts six tiles, and jo draws one row less on four of them."""
    for one in tile_ids(workspace)[:6]:
        accept(workspace, one, ADA)
    request_second_masks(workspace, "jo", 1, ADA)
    for one in requested_tiles(workspace, JO)[:4]:
        mask = np.zeros((64, 64), np.uint8)
        mask[12:18, 12:40] = 1
        revisions.save_mask(
            workspace, one, mask, "accept", actor=JO, base_revision_id=None, request_id=f"second {one}"
        )


def dialog_script() -> None:
    from seep.ui.agreement import request_dialog
    from seep.workflow.workspace import open_workspace

    request_dialog(open_workspace())


def test_a_lead_requests_repeats_and_withdraws_them(filled: Workspace, open_page: Open) -> None:
    for one in tile_ids(filled)[:6]:
        accept(filled, one, ADA)
    dialog = AppTest.from_function(dialog_script, default_timeout=PATIENCE_S).run()
    dialog.selectbox[0].set_value("The same people (repeat)").run()
    dialog.number_input(key="age-True").set_value(0).run()
    dialog.slider[0].set_value(50).run()
    dialog.button[0].click().run()
    assert open_requests(filled) == {"ada": 3}
    app = open_page("agreement")
    assert app.button(key="draw").label == "Draw 3 second masks"
    assert "Waiting: ada 3." in texts(app)
    app.button(key="withdraw").click().run()
    assert open_requests(filled) == {}


def test_figures_and_the_choice_of_a_mask(filled: Workspace, open_page: Open) -> None:
    second_masks(filled)
    app = open_page("agreement")
    assert "4 second masks; 4 tiles to adjudicate." in texts(app)
    assert "ada and jo" in texts(app)
    assert len(app.dataframe[0].value) == 4
    app.button(key="use-second").click().run()
    assert not app.error
    assert agreement_report(filled).undecided == 3
    assert [one.pair.decision for one in agreement_report(filled).tiles].count("second") == 1


def test_a_choice_in_a_stale_tab_is_refused_and_names_the_other_one(
    filled: Workspace, open_page: Open
) -> None:
    second_masks(filled)
    stale, other = open_page("agreement"), open_page("agreement")
    other.button(key="use-first").click().run()
    first = next(one.pair for one in agreement_report(filled).tiles if one.pair.decision)
    stale.button(key="use-second").click().run()
    (error,) = stale.error
    message = error.value.replace("\\", "")
    assert first.tile in message
    assert "ada chose 'first'" in message
    assert find_pair(filled, first.id) == first
    stale.button(key="use-second").click().run()  # now the page shows the first choice
    assert not stale.error
    assert find_pair(filled, first.id).decision == "second"


def test_a_viewer_cannot_adjudicate(
    filled: Workspace, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    second_masks(filled)
    monkeypatch.setattr("seep.ui.session.identify", lambda *_: Actor("ann", "viewer"))
    app = open_page("agreement")
    assert app.button(key="use-first").disabled
    assert app.button(key="request").disabled
