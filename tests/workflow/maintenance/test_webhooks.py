"""Webhooks: an event of each kind of change, signed, sent again after failures, and never of what did not happen."""

import base64
import json
import logging
import re
import secrets
import threading
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, update

from seep.errors import SettingsError
from seep.jobs.worker import Worker
from seep.settings import WEBHOOK_EVENTS, read_settings
from seep.store import audit_log, jobs, runs
from seep.store.schema import Webhook
from seep.workflow.maintenance.backup import backup, restore
from seep.workflow.maintenance.webhooks import send_due, signature
from seep.workflow.models.promotion import promote
from seep.workflow.models.transfer import import_checkpoint
from seep.workflow.review.assignments import assign
from seep.workflow.review.comments import add_comment
from seep.workflow.review.revisions import decide
from seep.workflow.workspace import Workspace, open_workspace
from seep_testing.live import free_port
from seep_testing.patience import wait_for
from tests.actors import ADA
from tests.workflow.making import fill, make_checkpoint, make_settings, write_tiles

DOC = Path(__file__).parents[3] / "docs/operations.md"
SECRET = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


@dataclass
class Receiver:
    """A server on this machine that answers with a status, and keeps what it gets."""

    port: int = field(default_factory=free_port)
    status: int = 204
    got: list[tuple[Mapping[str, str], bytes]] = field(default_factory=list)
    server: ThreadingHTTPServer | None = None

    def start(self) -> None:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                receiver.got.append(({name.lower(): value for name, value in self.headers.items()}, body))
                self.send_response(receiver.status)
                self.send_header("location", f"http://127.0.0.1:{receiver.port}/elsewhere")
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def events(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, body in self.got]

    @property
    def types(self) -> list[str]:
        return [event["type"] for event in self.events]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    if made.server is not None:
        made.server.shutdown()
        made.server.server_close()


def sending(workspace: Workspace, receiver: Receiver, **variables: str) -> Workspace:
    """The same workspace with settings that send events, and none that waits."""
    with workspace.store.transaction() as session:
        audit_log.forget_event(session)
    given = {
        "SEEP_WEBHOOK_URL": f"http://127.0.0.1:{receiver.port}/hook?key=1",
        "SEEP_WEBHOOK_SECRET": SECRET,
    }
    return replace(workspace, settings=make_settings(workspace.store.root, **given | variables))


def waiting(workspace: Workspace) -> int:
    with workspace.store.reading() as session:
        return session.scalar(select(func.count()).select_from(Webhook)) or 0


def is_from_seep(secret: str, headers: Mapping[str, str], body: bytes) -> bool:
    """The function of the documentation."""
    names: dict[str, Any] = {}
    (code,) = re.findall(r"```python\n(import base64.*?)```", DOC.read_text("utf-8"), re.DOTALL)
    exec(code, names)
    return bool(names["is_from_seep"](secret, headers, body))


def test_the_signature_is_that_of_the_specification() -> None:
    body = b'{"test": 2432232314}'  # the example of the reference libraries
    made = signature(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body
    )
    assert made == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_an_event_arrives_signed_after_the_receiver_was_down(
    workspace: Workspace, tiles: list[int], receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "seep.webhooks")
    here = sending(workspace, receiver)
    decide(here, tiles[0], "flag", ADA)
    now = datetime.now(UTC)
    assert send_due(here, now=now) == 0  # nobody listens
    receiver.start()
    receiver.status = 503
    assert send_due(here, now=now + timedelta(seconds=29)) == 0
    assert receiver.got == []  # not due yet
    assert send_due(here, now=now + timedelta(seconds=30)) == 0
    receiver.status = 302
    assert send_due(here, now=now + timedelta(seconds=90)) == 0
    assert len(receiver.got) == 2  # the redirect was not followed
    receiver.status = 200
    assert send_due(here, now=now + timedelta(seconds=209)) == 0  # after 60 s, the wait is 120 s
    assert send_due(here, now=now + timedelta(seconds=210)) == 1
    assert send_due(here, now=now + timedelta(days=1)) == 0
    assert waiting(here) == 0
    (headers, body) = receiver.got[-1]
    assert len({one["webhook-id"] for one, _ in receiver.got}) == 1
    assert headers["content-type"] == "application/json"
    assert is_from_seep(SECRET, headers, body)
    assert not is_from_seep(SECRET, headers, body.replace(b"ada", b"eve"))
    assert not is_from_seep(SECRET, {**headers, "webhook-timestamp": "1614265330"}, body)
    (event,) = {json.dumps(one) for one in receiver.events}
    assert json.loads(event)["data"] == {
        "author": "ada",
        "subject": f"tile {tiles[0]}",
        "details": {"action": "flagged", "from": "unreviewed"},
    }
    lines = [(one.levelname, one.getMessage().partition(", ")[2]) for one in caplog.records]
    assert lines == [
        ("WARNING", "attempt 1: ConnectionError."),
        ("WARNING", "attempt 2: status 503."),
        ("WARNING", "attempt 3: status 302."),
        ("INFO", "attempt 4."),
    ]
    assert not any(text in caplog.text for text in (SECRET, "key=1"))


def test_each_kind_of_change_is_an_event(
    workspace: Workspace, tiles: list[int], receiver: Receiver, tmp_path: Path
) -> None:
    here = sending(workspace, receiver)
    receiver.start()
    fill(here, *write_tiles(tmp_path / "more", ["n"], each=2))
    decide(here, tiles[0], "flag", ADA, "Look at this")
    assign(here, tiles[:2], "bo", ADA)
    add_comment(here, tiles[1], "secret words", ADA)
    other_id = import_checkpoint(
        here, make_checkpoint(tmp_path / "other.safetensors", seed=1, name="other"), ADA
    )
    promote(here, other_id, ADA)
    with pytest.raises(SettingsError):
        backup(here, here.store.root / "inside", ADA)
    with here.store.transaction() as session:
        run = runs.add_run(session, None, base_checkpoint_id=None, config={}, revision_ids=[], author="bo")
        runs.finish_run(session, run.id, "done", {"verdict": "better"}, other_id)
        job = jobs.enqueue(session, "finetune", {}, "bo")
        runs.add_run(session, job.id, base_checkpoint_id=None, config={}, revision_ids=[], author="bo")
        jobs.request_cancel(session, job.id, "ada")
    send_due(here)
    assert sorted(receiver.types) == sorted([*WEBHOOK_EVENTS, "run.done", "tile.commented"])
    found = {event["type"]: event["data"] for event in receiver.events}
    assert found["import.done"]["details"] == {"action": "import", "tiles": 2, "scenes": 1}
    assert (found["tiles.assigned"]["subject"], found["tiles.assigned"]["details"]["to"]) == ("2 tiles", "bo")
    assert found["run.verdict"]["details"] == {"verdict": "better", "checkpoint": other_id}
    ended = [event["data"]["details"]["state"] for event in receiver.events if event["type"] == "run.done"]
    assert sorted(ended) == ["canceled", "done"]
    assert found["model.promoted"]["subject"] == f"checkpoint {other_id}"
    assert "is in the workspace" in found["backup.failed"]["details"]["reason"]
    assert b"secret words" not in b"".join(body for _, body in receiver.got)


def test_a_change_that_is_rolled_back_is_no_event(workspace: Workspace) -> None:
    with workspace.store.transaction() as session:
        audit_log.forget_event(session)
    with suppress(InterruptedError), workspace.store.transaction() as session:
        audit_log.add(session, "ada", "flagged", "tile 1", {})
        assert session.scalar(select(func.count()).select_from(Webhook)) == 1
        raise InterruptedError
    assert waiting(workspace) == 0


def test_only_chosen_events_are_sent_and_none_is_kept_without_an_address(
    workspace: Workspace, tiles: list[int], receiver: Receiver
) -> None:
    here = sending(workspace, receiver, SEEP_WEBHOOK_EVENTS="tile.commented, run.done")
    receiver.start()
    decide(here, tiles[0], "flag", ADA)
    add_comment(here, tiles[0], "words", ADA)
    assert send_due(here) == 1
    assert (receiver.types, waiting(here)) == (["tile.commented"], 0)
    decide(here, tiles[1], "flag", ADA)
    assert waiting(here) == 1
    assert send_due(workspace) == 0
    assert (len(receiver.got), waiting(here)) == (1, 0)


def test_an_event_is_given_up_after_the_last_attempt(
    workspace: Workspace, tiles: list[int], receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    here = sending(workspace, receiver)
    decide(here, tiles[0], "flag", ADA)
    with here.store.transaction() as session:
        session.execute(update(Webhook).values(attempts=audit_log.MAX_ATTEMPTS - 1))
    assert send_due(here) == 0
    assert waiting(here) == 0
    assert [one.levelname for one in caplog.records if one.name == "seep.webhooks"] == ["ERROR"]


def test_an_address_without_a_secret_sends_nothing_and_loses_nothing(
    workspace: Workspace, tiles: list[int], receiver: Receiver
) -> None:
    here = sending(workspace, receiver, SEEP_WEBHOOK_SECRET="")
    decide(here, tiles[0], "flag", ADA)
    with pytest.raises(SettingsError, match="SEEP_WEBHOOK_SECRET has no value"):
        send_due(here)
    assert waiting(here) == 1


def test_the_worker_sends_events_while_it_waits_for_jobs(
    workspace: Workspace, tiles: list[int], receiver: Receiver
) -> None:
    here = sending(workspace, receiver)
    receiver.start()
    worker = Worker(here)
    thread = threading.Thread(target=worker.run)
    thread.start()
    try:
        add_comment(workspace, tiles[0], "words", ADA)
        wait_for("the event", lambda: "tile.commented" in receiver.types)
    finally:
        worker.stop()
        thread.join()


@pytest.mark.sqlite  # a folder that is restored
def test_a_restored_backup_sends_no_events_of_the_time_before(
    workspace: Workspace, tiles: list[int], receiver: Receiver, tmp_path: Path
) -> None:
    here = sending(workspace, receiver)
    decide(here, tiles[0], "flag", ADA)
    backup(here, tmp_path / "copy", ADA)
    restore(tmp_path / "copy", tmp_path / "restored", ADA)
    restored = open_workspace(make_settings(tmp_path / "restored"))
    assert (waiting(here), waiting(restored)) == (1, 0)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("URL", "ftp://example.org"),
        ("URL", "example.org"),
        ("SECRET", "whsec_c2hvcnQ="),
        ("SECRET", "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFB"),
        ("SECRET", "whsec_*"),
        ("EVENTS", "tile.opened"),
    ],
)
def test_settings_that_cannot_be_used_are_refused_without_their_value(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"SEEP_WEBHOOK_{name} cannot be used. Set it to ") as caught:
        read_settings({f"SEEP_WEBHOOK_{name}": value})
    assert value not in str(caught.value)


def test_every_event_is_documented() -> None:
    rows = re.findall(r"^\| `([a-z]+\.[a-z]+)` \|", DOC.read_text("utf-8"), re.MULTILINE)
    assert tuple(rows) == WEBHOOK_EVENTS
