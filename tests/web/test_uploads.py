"""Uploads: streamed to the disk within limits, staged by token, and never a path of the sender's choice."""

import dataclasses
import io
import zipfile
from pathlib import Path
from urllib.parse import urlencode

import pytest
from starlette.applications import Starlette

from seep.settings import Settings
from seep.web import uploads as web_uploads
from seep.web.request import MASK_BYTES
from seep.web.routes import middleware, routes
from seep.workflow import uploads
from seep.workflow import uploads as imports_uploads
from seep.workflow.workspace import Workspace, open_workspace
from tests.web.client import Answer, Client

TOKEN = "0123456789abcdef" * 2


@dataclasses.dataclass
class Gate:
    """The routes over an empty workspace whose limits are small."""

    workspace: Workspace
    client: Client

    def send(self, name: str, body: bytes, role: str = "images", **headers: str) -> Answer:
        query = urlencode({"token": TOKEN, "name": name, "role": role})
        fields = {**self.client.page_headers(), "content-length": str(len(body)), **headers}
        return self.client.send("POST", f"/seep/uploads?{query}", body, fields, chunks=7)

    def files(self) -> list[str]:
        root = self.workspace.settings.workspace / "uploads"
        return sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())


@pytest.fixture
def gate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Gate:
    monkeypatch.setattr("seep.workflow.workspace.SHIPPED_CHECKPOINT", tmp_path / "none")
    chosen = Settings(
        workspace=tmp_path / "workspace",
        user="tester",
        import_roots=(tmp_path,),
        upload_file_mb=50,
        upload_total_mb=60,
    )
    workspace = open_workspace(chosen)
    return Gate(
        workspace,
        Client(Starlette(routes=routes(lambda: workspace), middleware=middleware(lambda: workspace))),
    )


def test_a_file_larger_than_any_other_request_arrives_whole(gate: Gate) -> None:
    body = bytes(range(256)) * 4 * 2**12 + bytes(MASK_BYTES)
    answer = gate.send("set/a.000001.tif", body)
    assert answer.status == 201
    assert answer.json["files"] == [{"role": "images", "name": "a.000001.tif", "size_bytes": len(body)}]
    kept = gate.workspace.settings.workspace / "uploads" / TOKEN / "images" / "a.000001.tif"
    assert kept.read_bytes() == body
    listed = gate.client.get(f"/seep/uploads?token={TOKEN}").json["files"]
    assert [one["name"] for one in listed] == ["a.000001.tif"]


def test_a_file_over_the_limit_is_refused_with_the_limit(gate: Gate) -> None:
    answer = gate.send("a.tif", b"", content_length=str(51 * 2**20))
    assert (answer.status, "50 MB" in answer.json["error"]) == (400, True)
    assert gate.files() == []


def test_all_uploads_together_stay_within_their_limit(gate: Gate) -> None:
    assert gate.send("a.tif", bytes(40 * 2**20)).status == 201
    answer = gate.send("b.tif", bytes(21 * 2**20))
    assert answer.status == 400
    assert "60 MB" in answer.json["error"]
    assert gate.files() == [f"{TOKEN}/images/a.tif"]


def test_a_disk_without_room_is_told_before_anything_is_written(
    gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imports_uploads, "RESERVED_DISK_BYTES", 2**60)
    answer = gate.send("a.tif", b"x")
    assert answer.status == 507
    assert "disk space" in answer.json["error"]
    assert gate.files() == []


@pytest.mark.parametrize("said", [3, 9])
def test_a_file_of_another_length_than_announced_leaves_nothing(gate: Gate, said: int) -> None:
    assert gate.send("a.tif", b"123456", content_length=str(said)).status == 400
    assert gate.files() == []
    assert gate.send("a.tif", b"123456").status == 201


def test_a_length_must_be_announced(gate: Gate) -> None:
    assert gate.send("a.tif", b"1", content_length="many").status == 411


def test_the_same_name_twice_is_refused_and_the_first_stays(gate: Gate) -> None:
    gate.send("a.tif", b"first")
    answer = gate.send("other/a.tif", b"second")
    assert (answer.status, "a.tif" in answer.json["error"]) == (400, True)
    assert gate.files() == [f"{TOKEN}/images/a.tif"]


@pytest.mark.parametrize(
    "name",
    [
        "",
        "..",
        "../../seep.db",
        "/../x.tif",
        "a/../../b.tif",
        "c:\\x\\..\\y.tif",
        "C:\\x.tif",
        ".ssh",
        "a\n.tif",
        "x" * 300,
    ],
)
def test_a_name_that_is_no_files_is_refused(gate: Gate, name: str) -> None:
    answer = gate.send(name, b"x")
    assert answer.status == 400
    assert "not a valid file name" in answer.json["error"]
    assert gate.files() == []


def test_an_absolute_name_counts_by_its_last_part(gate: Gate) -> None:
    gate.send("//etc/passwd", b"x")
    assert gate.files() == [f"{TOKEN}/images/passwd"]


@pytest.mark.parametrize("token", ["", "../..", "0" * 31, "G" * 32, f"{TOKEN}/.."])
def test_a_token_of_ones_own_opens_nothing(gate: Gate, token: str) -> None:
    query = urlencode({"token": token, "name": "a.tif", "role": "images"})
    for method in ("POST", "DELETE"):
        answer = gate.client.change(method, f"/seep/uploads?{query}", content_length="0")
        assert answer.status == 404
    assert gate.client.get(f"/seep/uploads?{query}").status == 404
    assert gate.files() == []


def test_an_unknown_role_is_refused(gate: Gate) -> None:
    assert gate.send("a.tif", b"x", role="../").status == 400


def packed(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def test_a_zip_gives_way_to_what_is_in_it(gate: Gate) -> None:
    content = {
        "set/images/a.1.tif": b"image",
        "set/masks/a.1.tif": b"mask",
        "set/other/a.1.tif": b"again",
        "S1A.SAFE/measurement/vv.tiff": b"product",
        "__MACOSX/a.tif": b"litter",
    }
    answer = gate.send("all.zip", packed(content))
    assert answer.status == 201
    root = f"{TOKEN}/images"
    assert gate.files() == [
        f"{root}/S1A.SAFE/measurement/vv.tiff",
        f"{root}/a.1.tif",
        f"{TOKEN}/masks/a.1.tif",
    ]
    assert len(answer.json["files"]) == 3
    assert [one.split(":")[0] for one in answer.json["refused"]] == ["set/other/a.1.tif"]


@pytest.mark.parametrize("name", ["../../evil.tif", "/etc/evil.tif", "a/../../../evil.tif", "C:\\evil.tif"])
def test_a_zip_with_a_name_that_leads_out_is_refused_whole(gate: Gate, tmp_path: Path, name: str) -> None:
    answer = gate.send("slip.zip", packed({"fine.tif": b"x", name: b"evil"}))
    assert answer.status == 400
    assert "leads out" in answer.json["error"]
    assert gate.files() == []
    assert not list(tmp_path.rglob("evil*"))


def test_a_zip_that_would_become_too_much_is_refused(gate: Gate) -> None:
    answer = gate.send("bomb.zip", packed({f"{n}.tif": bytes(7 * 2**20) for n in range(9)}))
    assert answer.status == 400
    assert "63 MB" in answer.json["error"]
    assert gate.files() == []


def test_a_damaged_zip_is_refused(gate: Gate) -> None:
    answer = gate.send("cut.zip", packed({"a.tif": bytes(5000)})[:60])
    assert answer.status == 400
    assert gate.files() == []


def test_a_stage_can_be_dropped(gate: Gate) -> None:
    gate.send("a.tif", b"x")
    assert gate.client.change("DELETE", f"/seep/uploads?token={TOKEN}").status == 200
    assert gate.files() == []
    assert uploads.list_files(gate.workspace, TOKEN) == []


@pytest.mark.parametrize("depth", [17, 60])
def test_a_deep_path_is_refused_with_a_sentence(gate: Gate, depth: int) -> None:
    name = "/".join(["p.SAFE", *["d" * 200] * depth, "a.tiff"])
    answer = gate.send(name, b"x")
    assert answer.status == 400
    assert "16 folders" in answer.json["error"]
    assert gate.files() == []


def test_an_upload_that_trickles_gives_its_space_back(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web_uploads, "SILENT_S", 0)
    monkeypatch.setattr(web_uploads, "MIN_BYTES_PER_S", 2**40)
    answer = gate.send("a.tif", bytes(2**20))
    assert answer.status == 408
    assert (gate.files(), imports_uploads._reserved) == ([], {})


def test_uploads_are_counted_once_for_many_small_files(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    counted = []
    total = imports_uploads.total_upload_bytes
    monkeypatch.setattr(imports_uploads, "_totals", {})
    monkeypatch.setattr(imports_uploads, "_TOTAL_AGE_S", 60.0)
    monkeypatch.setattr(imports_uploads, "total_upload_bytes", lambda one: counted.append(1) or total(one))
    assert [gate.send(f"{n}.tif", b"").status for n in range(20)] == [201] * 20
    assert len(counted) == 1
    assert gate.send("large.tif", bytes(40 * 2**20)).status == 201
    assert gate.send("more.tif", bytes(30 * 2**20)).status == 400  # 60 MiB is the limit
