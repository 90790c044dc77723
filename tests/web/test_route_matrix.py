"""Every route, asked by every role, for an object of one's own, another's and none, with every verb."""

import json
import shutil
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from sqlalchemy import select
from starlette.applications import Starlette

from seep.core.acquisition import OrderValues
from seep.core.masks.mask import encode_mask, encode_probability, pack
from seep.core.records import NewPrediction
from seep.store import predictions
from seep.store.scenes import list_scenes, tiles_of_scene
from seep.store.schema import Base
from seep.web import static
from seep.web.identity import PLAIN_COOKIE
from seep.web.request import Entry
from seep.web.routes import PREFIX, SAFE_METHODS, TABLE, middleware, routes
from seep.workflow import uploads
from seep.workflow.access import accounts
from seep.workflow.actor import ROLES, Actor, Role
from seep.workflow.places.detection import refresh_sites
from seep.workflow.places.places import create_place
from seep.workflow.review import assignments, comments, drafts, revisions
from seep.workflow.training.run_files import previews_folder
from seep.workflow.workspace import MASK_SUFFIX, Workspace, open_workspace
from tests.actors import ADA, TESTER
from tests.web.client import Answer, Client
from tests.web.conftest import HEIGHT, PASSWORD, WIDTH, make_site
from tests.workflow.places.making import import_passes

Whose = Literal["own", "other", "missing"]
ASKING: tuple[Role | None, ...] = (None, *ROLES)
NAMES = {"own": "me", "other": "bob"}
MISSING = 999_999
MASK = np.ones((HEIGHT, WIDTH), np.uint8)
NEW_TOKEN = "f" * 32


@dataclass(frozen=True)
class Objects:
    """Ids of a tile on which one person has a draft, a lock and more, and of what belongs to nobody.

    `ground` is a tile of a place.
    """

    tile: int = MISSING
    base: int = MISSING
    revision: int = MISSING
    prediction: int = MISSING
    comment: int = MISSING
    scene: int = MISSING
    ground: int = MISSING
    place: int = MISSING
    run: int = MISSING
    token: str = NEW_TOKEN


@dataclass(frozen=True)
class Question:
    """A request that succeeds for whoever may send it.

    Attributes:
        path: below the prefix, for one object.
        allowed: statuses of success.
        missing: status where the object does not exist; 0 where the request names none.
        others: status for what is another's, 0 where it is the same as for one's own.
        role: the lowest role, where the body asks for more than the route does.
    """

    path: str
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    allowed: tuple[int, ...] = (200,)
    missing: int = 404
    others: int = 0
    role: Role | None = None


def content(**values: object) -> bytes:
    return json.dumps(values).encode()


def questions(entry: Entry, of: Objects) -> list[Question]:
    """The requests of a route."""
    save = {"if-match": str(of.base), "x-seep-request": "a" * 16}
    tile = f"/tiles/{of.tile}"
    upload = f"/uploads?token={of.token}"
    own: dict[str, list[Question]] = {
        "GET /ui/{path:path}": [
            Question(f"/ui/{static.bundle().hash}/{min(static.bundle().files)}", missing=0)
        ],
        "GET /healthz": [Question("/healthz", missing=0)],
        "GET /readyz": [Question("/readyz", missing=0)],
        "GET /login": [Question("/login", allowed=(200, 303), missing=0)],
        "POST /login": [Question("/login", b"name=bob&password=wrong-one", allowed=(401,), missing=0)],
        "POST /logout": [Question("/logout", allowed=(303,), missing=0)],
        "GET /password": [Question("/password", allowed=(200, 303), missing=0)],
        "POST /password": [
            Question("/password", b"old=wrong&new=wrong&again=wrong", allowed=(303, 400, 401), missing=0)
        ],
        "GET /oidc/login": [Question("/oidc/login", allowed=(404,), missing=0)],
        "GET /oidc/callback": [Question("/oidc/callback", allowed=(404,), missing=0)],
        "GET /metrics": [Question("/metrics", missing=0)],
        "GET /openapi.json": [Question("/openapi.json", missing=0)],
        "GET /queue": [Question("/queue", missing=0), Question("/queue?review=1&person=bob", missing=0)],
        "GET /summary": [Question("/summary?person=bob", missing=0)],
        "GET /scenes": [Question("/scenes", missing=0)],
        "POST /tiles/{id:id}/slick-classes": [
            Question(f"{tile}/slick-classes?x=0&y=0&width={WIDTH}&height={HEIGHT}", pack(MASK))
        ],
        "POST /tiles/{id:id}/lock": [Question(f"{tile}/lock", content(left=None, ahead=[]))],
        "POST /tiles/{id:id}/cause": [Question(f"{tile}/cause", content(x=0, y=0, cause="vessel"))],
        "GET /tiles/{id:id}/pass": [Question(f"/tiles/{of.ground}/pass?scene={of.scene}")],
        "GET /tiles/{id:id}/part": [
            Question(f"{tile}/part"),
            Question(f"{tile}/part?prediction={of.prediction}"),
            Question(f"{tile}/part?revision={of.revision}"),
        ],
        "GET /scenes/{id:id}/document": [Question(f"/scenes/{of.scene}/document")],
        "GET /scenes/{id:id}/map/{path:path}": [Question(f"/scenes/{of.scene}/map/0/0/0")],
        "GET /places/{id:id}/document": [Question(f"/places/{of.place}/document")],
        "GET /places/{id:id}/export": [Question(f"/places/{of.place}/export")],
        "POST /places/{id:id}/sites": [
            Question(f"/places/{of.place}/sites", content(action="note", sites=[1], note="seen"))
        ],
        "GET /passes/{id:id}/picture": [Question(f"/passes/{of.scene}/picture?x=5&y=5&side=9")],
        "GET /runs/{id:id}/previews/{path:path}": [Question(f"/runs/{of.run}/previews/2/7.png")],
        "GET /revisions/{id:id}/mask": [Question(f"/revisions/{of.revision}/mask")],
        "GET /predictions/{id:id}/mask": [Question(f"/predictions/{of.prediction}/mask")],
        "GET /predictions/{id:id}/probability": [Question(f"/predictions/{of.prediction}/probability")],
        "GET /tiles/{id:id}/draft": [Question(f"{tile}/draft", others=404)],
        "PUT /tiles/{id:id}/draft": [Question(f"{tile}/draft", pack(MASK), {"if-match": str(of.base)})],
        "POST /tiles/{id:id}/revisions": [
            Question(f"{tile}/revisions?kind=save", pack(MASK), save, (201,)),
            Question(f"{tile}/revisions?kind=accept&confirmed=1", pack(MASK), save, (201,), role="reviewer"),
        ],
        "POST /tiles/{id:id}/restore": [
            Question(f"{tile}/restore?revision={of.revision}", b"", save, (201,))
        ],
        "POST /tiles/{id:id}/decision": [
            Question(f"{tile}/decision", content(decision=one, note="")) for one in ("reject", "flag")
        ],
        "POST /tiles/{id:id}/comments": [Question(f"{tile}/comments", content(text="Oil?"), allowed=(201,))],
        "POST /comments/{id:id}/resolve": [
            Question(f"/comments/{of.comment}/resolve", content(resolved=True))
        ],
        "POST /active-time": [Question("/active-time", content(records=[]), missing=0)],
        "GET /uploads": [Question(upload, missing=200)],
        "POST /uploads": [
            Question(
                f"{upload}&name=new.tif&role=images", b"II*\0", {"content-length": "4"}, (201,), missing=201
            )
        ],
        "DELETE /uploads": [Question(upload, missing=200)],
    }
    plain = [Question(entry.path.replace("{id:id}", str(of.tile)))]
    return own.get(f"{entry.method} {entry.path}", plain)


@dataclass
class Team:
    """A workspace that is copied for each request that may change it."""

    workspace: Workspace
    people: dict[str, int]
    objects: dict[Whose, Objects]
    cookie: str
    folder: Path
    copies: int = 0

    def client(self) -> Client:
        return Client(
            Starlette(routes=routes(lambda: self.workspace), middleware=middleware(lambda: self.workspace)),
            None,
        )

    def copy(self) -> "Team":
        self.copies += 1
        folder = self.folder / f"copy{self.copies}"
        shutil.copytree(self.workspace.settings.workspace, folder)
        settings = self.workspace.settings.model_copy(update={"workspace": folder})
        return replace(self, workspace=open_workspace(settings))

    def state(self) -> dict[str, list[tuple[object, ...]]]:
        """All rows but those that say when somebody was here or tried to be."""
        unstable = {"session", "sign_in_attempt", "audit", "workspace"}
        with self.workspace.store.reading() as session:
            return {
                table.name: [tuple(row) for row in session.execute(select(table))]
                for table in Base.metadata.sorted_tables
                if table.name not in unstable
            }

    def ask(self, entry: Entry, question: Question, cookie: str, method: str = "") -> Answer:
        return self.client().change(
            method or entry.method,
            PREFIX + question.path,
            question.body,
            **question.headers,
            **({"cookie": cookie} if cookie else {}),
        )


def made_by(workspace: Workspace, name: str, of: Objects) -> Objects:
    """Let a person make everything that a person can own, on the tile of `of`."""
    actor, tile = Actor(name, "reviewer"), of.tile
    saved = revisions.save_mask(
        workspace, tile, MASK, "save", actor=actor, base_revision_id=None, request_id=f"first-{name}-1"
    )
    (comment,) = comments.add_comment(workspace, tile, "Is this oil?", actor)
    stored = workspace.store.files.put(encode_mask(MASK), MASK_SUFFIX)
    probability = workspace.store.files.put(encode_probability(MASK * 200), MASK_SUFFIX)
    with workspace.store.transaction() as session:
        new = NewPrediction(tile, stored, probability, OrderValues(0.5), {3: 75})
        predictions.add_predictions(session, 1, [new])
        number = predictions.predictions_of_tile(session, tile)[0].id
    drafts.save_draft(workspace, tile, MASK * 2, actor, saved["revision"]["id"])
    assignments.assign(workspace, [tile], name, TESTER)
    assignments.lock_tile(workspace, tile, actor, None, [])
    folder = previews_folder(workspace, 3) / "2"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "7.png").write_bytes(encode_mask(MASK))
    token = {"me": "a", "bob": "b"}[name] * 32
    uploaded = uploads.upload_folder(workspace, token)
    uploaded.mkdir(parents=True)
    (uploaded / "images").mkdir()
    (uploaded / "images" / "a.tif").write_bytes(b"II*\0")
    number_of = saved["revision"]["id"]
    return replace(of, base=number_of, revision=number_of, prediction=number, comment=comment.id, token=token)


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory) -> Team:
    folder = tmp_path_factory.mktemp("team")
    site = make_site(folder, "local")
    workspace = site.workspace
    people = {
        name: accounts.add_local(workspace, name, "admin", PASSWORD, TESTER).id for name in ("me", "bob")
    }
    import_passes(workspace, folder / "place")
    place = create_place(workspace, "Bay", ["p1", "p2", "p3", "p4"], ADA).place.id
    refresh_sites(workspace, place)
    with workspace.store.reading() as session:
        scene = next(one.id for one in list_scenes(session) if one.name == "p1")
        ground = tiles_of_scene(session, scene)[5].id
    none = Objects()
    shared = replace(none, scene=scene, ground=ground, place=place, run=3)
    own = made_by(workspace, "me", replace(shared, tile=site.ids["alpha.000002"]))
    other = made_by(workspace, "bob", replace(shared, tile=site.ids["beta.000001"]))
    objects: dict[Whose, Objects] = {"own": own, "other": other, "missing": replace(none, base=own.base)}
    cookie = f"{PLAIN_COOKIE}={accounts.start_session(workspace, people['me'], 'test')}"
    return Team(workspace, people, objects, cookie, folder)


@pytest.fixture(scope="module")
def teams(team: Team) -> dict[Role, Team]:
    """The workspace with the asking person in each role."""
    made = {}
    for role in ROLES:
        made[role] = replace(team.copy(), folder=team.folder / role)
        if role != "admin":
            accounts.change(made[role].workspace, team.people["me"], TESTER, role=role)
    return made


def expected(question: Question, entry: Entry, role: Role | None, whose: Whose) -> tuple[int, ...]:
    """The statuses that a request may get, by the table of routes and nothing else."""
    needed = (question.role if whose != "missing" else None) or entry.role
    if needed != "public":
        if role is None:
            return (401,)
        if ROLES.index(role) < ROLES.index(needed):
            return (403,)
    special = {"own": 0, "other": question.others, "missing": question.missing}[whose]
    return (special,) if special else question.allowed


@pytest.mark.parametrize("entry", TABLE, ids=lambda entry: f"{entry.method} {entry.path}")
def test_each_answer_is_that_of_the_table(teams: dict[Role, Team], entry: Entry) -> None:
    """`pytest -rP` prints the matrix."""
    unexpected = []
    for whose in teams["viewer"].objects:
        for question in questions(entry, teams["viewer"].objects[whose]):
            if not question.missing and whose != "own":
                continue
            for role in ASKING:
                asked = teams[role or "admin"]
                wanted = expected(question, entry, role, whose)
                changes = entry.method not in SAFE_METHODS
                if changes and wanted[0] < 400:
                    asked = asked.copy()
                before = asked.state() if changes else {}
                answer = asked.ask(entry, question, asked.cookie if role else "")
                line = f"{entry.method} {question.path} {role or 'nobody'} {whose}: {answer.status}"
                print(line)
                if answer.status not in wanted:
                    unexpected.append(f"{line}, not {wanted}: {answer.body[:200]!r}")
                if changes and answer.status >= 400 and asked.state() != before:
                    unexpected.append(f"{line} changed the workspace")
    assert not unexpected, "\n".join(unexpected)


@pytest.mark.parametrize("role", ROLES)
def test_a_verb_that_an_address_does_not_list_changes_nothing(teams: dict[Role, Team], role: Role) -> None:
    asked = teams[role]
    before = asked.state()
    for entry in TABLE:
        listed = {one.method for one in TABLE if one.path == entry.path}
        for question in questions(entry, asked.objects["own"]):
            for method in {"POST", "PUT", "PATCH", "DELETE"} - listed:
                answer = asked.ask(entry, question, asked.cookie, method)
                assert answer.status in {404, 405}, (method, question.path, answer.status)
    assert asked.state() == before


def test_the_draft_of_another_is_not_shown_or_dropped(teams: dict[Role, Team]) -> None:
    asked = teams["admin"].copy()
    of = asked.objects["other"]
    client = asked.client()
    assert client.get(f"/seep/tiles/{of.tile}/draft", cookie=asked.cookie).status == 404
    assert client.change("DELETE", f"/seep/tiles/{of.tile}/draft", cookie=asked.cookie).status == 200
    bob = f"{PLAIN_COOKIE}={accounts.start_session(asked.workspace, asked.people['bob'], 'test')}"
    assert client.get(f"/seep/tiles/{of.tile}/draft", cookie=bob).status == 200
