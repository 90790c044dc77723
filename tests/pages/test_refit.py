"""The line that offers a refit of the slick head, on Overview and Fine-tune."""

import pytest
from sqlalchemy import update

from seep.store.schema import Checkpoint
from seep.workflow.jobs import list_jobs
from seep.workflow.training import head_refit
from seep.workflow.workspace import Workspace
from tests.pages.conftest import Open, texts
from tests.pages.test_finetune import accept


@pytest.fixture
def reviewed(filled: Workspace, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """A workspace with two reviewed tiles, whose active version has a slick head."""
    monkeypatch.setattr(head_refit, "REFIT_TILES", 2)
    with filled.store.transaction() as session:
        session.execute(update(Checkpoint).values(card={"slick_head": {"threshold": 0.4, "features": []}}))
    accept(filled)
    return filled


@pytest.mark.parametrize("page", ["overview", "finetune"])
def test_one_click_starts_the_refit(reviewed: Workspace, open_page: Open, page: str) -> None:
    app = open_page(page)
    assert "2 tiles were reviewed since the slick head was trained" in texts(app)
    app.button(key="refit").click().run()
    (job,) = list_jobs(reviewed)
    assert (job.kind, job.params["slick_head"], len(job.params["revision_ids"])) == ("finetune", True, 2)
    again = open_page(page)
    assert "since the slick head" not in texts(again)
    assert "refit" not in [one.key for one in again.button]


def test_too_few_tiles_offer_nothing(filled: Workspace, open_page: Open) -> None:
    accept(filled)
    assert "since the slick head" not in texts(open_page("overview"))


def test_a_role_that_cannot_train_is_offered_nothing(
    reviewed: Workspace, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("seep.ui.finetune.refit.why_not", lambda _: "Only leads train models.")
    assert "since the slick head" not in texts(open_page("overview"))
