import uuid
from typing import Any

import pytest

from seep.store import checkpoints, jobs, runs
from seep.workflow import reviewing
from seep.workflow.jobs import list_jobs
from seep.workflow.queue import TileFilter, queue
from seep.workflow.workspace import Workspace
from tests.pages.conftest import Open, texts


def accept(workspace: Workspace, number: int = 2) -> None:
    """Accept the imported masks of some training tiles."""
    for item in queue(workspace, TileFilter(split="train"), "name")[:number]:
        head = reviewing.tile_document(workspace, item.id, "ada")["head"]
        mask = reviewing.revision_mask(workspace, head["id"])
        reviewing.save_mask(workspace, item.id, mask, "accept", "ada", head["id"], uuid.uuid4().hex)


def figures(iou: float) -> dict[str, Any]:
    return {"figures": {"binary_iou": iou, "iou_per_class": [0.9, iou, None]}}


def finish(workspace: Workspace, verdict: str = "better", name: str = "tiny-2") -> int:
    """A run that has ended with a candidate; returns the candidate's id."""
    difference = {"difference": 0.1, "low": 0.02, "high": 0.2, "scenes": 3, "verdict": verdict}
    split = {"tiles": 3, "scenes": 3, "old": figures(0.4), "new": figures(0.5), "difference": difference}
    none = {"tiles": 0, "scenes": 0, "old": None, "new": None, "difference": None}
    outcome = {
        "splits": {"validation": none, "locked": split},
        "verdict": verdict,
        "basis": "locked",
        "sentence": "IoU 0.400 before, 0.500 now.",
        "against": {"id": 1, "name": "base"},
        "changed": [],
    }
    with workspace.store.transaction() as session:
        job = jobs.enqueue(session, "finetune", {}, "ada")
        run = runs.add_run(session, job.id, 1, {}, [], "ada")
        made = checkpoints.add_checkpoint(
            session, name=name, parent_id=1, run_id=run.id, weights_sha256="1" * 64, card={}, author="ada"
        )
        runs.add_metrics(session, run.id, 1, {"loss": 1.0, "binary_iou": 0.3})
        jobs.add_events(session, job.id, [{"kind": "log", "text": "reads <b>tiles</b>"}])
        runs.finish_run(session, run.id, "done", outcome, made.id)
        jobs.finish(session, job.id, "done")
    return made.id


def test_nothing_reviewed_is_said_and_cannot_start(filled: Workspace, open_page: Open) -> None:
    app = open_page("finetune")
    assert "accept or correct some tiles first" in texts(app)
    assert app.button(key="start").disabled


def test_it_shows_what_will_be_trained_on(filled: Workspace, open_page: Open) -> None:
    accept(filled)
    said = texts(open_page("finetune"))
    assert "2 tiles" in said
    assert "Seep class 1" in said
    assert "ada 2" in said


def test_start_queues_one_job_with_the_request(filled: Workspace, open_page: Open) -> None:
    accept(filled)
    app = open_page("finetune")
    app.number_input(key="epochs-Standard").set_value(3).run()
    app.button(key="start").click().run()
    assert not app.exception
    found = list_jobs(filled)
    assert [job.kind for job in found] == ["finetune"]
    assert found[0].params["epochs"] == 3
    assert len(found[0].params["revision_ids"]) == 2
    assert app.button(key="start").disabled
    assert "Queued" in texts(app)


def test_a_waiting_run_can_be_cancelled(filled: Workspace, open_page: Open) -> None:
    accept(filled)
    app = open_page("finetune")
    app.button(key="start").click().run()
    app.button(key="cancel-job").click().run()
    assert list_jobs(filled)[0].state == "cancelled"


@pytest.mark.parametrize(
    ("verdict", "word"), [("better", "Better"), ("worse", "Worse"), ("cannot tell", "Cannot tell")]
)
def test_the_verdict_comes_with_its_evidence(
    filled: Workspace, open_page: Open, verdict: str, word: str
) -> None:
    finish(filled, verdict)
    said = texts(open_page("finetune"))
    assert word in said
    assert "+0.020 to +0.200" in said
    assert "3 locked scenes, 3 tiles" in said
    assert "Seep class 1" in said


def test_promote_asks_first_and_then_promotes(
    filled: Workspace, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = finish(filled)
    monkeypatch.setattr(type(filled.store.files), "verify", lambda *_: None)  # the rows have no weights
    app = open_page("finetune")
    next(one for one in app.button if one.label.replace("\\", "") == "Promote tiny-2").click()
    app.run()
    assert "the open tiles are predicted again" in texts(app)
    app.button(key="promote-confirm").click().run()
    assert not app.exception
    with filled.store.reading() as session:
        assert checkpoints.get_checkpoint(session, made).active


def test_drop_asks_first_and_then_drops(filled: Workspace, open_page: Open) -> None:
    made = finish(filled)
    app = open_page("finetune")
    next(one for one in app.button if one.label == "Drop").click()
    app.run()
    app.button(key="drop-confirm").click().run()
    with filled.store.reading() as session:
        assert checkpoints.get_checkpoint(session, made).state == "dropped"


def test_names_are_shown_letter_for_letter(filled: Workspace, open_page: Open) -> None:
    finish(filled, name=":red[x] **b** <i>")
    app = open_page("finetune")
    shown = next(one.value for one in app.markdown if "against" in one.value)
    assert r"\:red\[x\] \*\*b\*\* \<i\>" in shown
