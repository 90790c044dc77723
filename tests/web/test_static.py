"""Modules of the browser's side: versioned as a whole, and nothing else from the disk."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.applications import Starlette

from seep.web import static
from seep.web.routes import routes
from tests.web.client import Answer, Client


@pytest.fixture
def ui(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    for component in ("canvas", "gallery"):
        (tmp_path / component / "frontend" / "tools").mkdir(parents=True)
        (tmp_path / component / "frontend" / "main.js").write_text(f"// {component}\n")
    (tmp_path / "canvas" / "frontend" / "tools" / "brush.js").write_text("// brush\n")
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared" / "dom.js").write_text("// dom\n")
    (tmp_path / "canvas" / "frontend" / "notes.txt").write_text("not for the browser")
    (tmp_path.parent / "secret.js").write_text("// outside")
    monkeypatch.setattr(static, "UI", tmp_path)
    static.bundle.cache_clear()
    yield tmp_path
    static.bundle.cache_clear()


def fetch(name: str, version: str | None = None) -> Answer:
    return Client(Starlette(routes=routes())).get(f"/seep/ui/{version or static.bundle().hash}/{name}")


def test_a_module_is_served_for_good_under_the_hash(ui: Path) -> None:
    answer = fetch("canvas/frontend/tools/brush.js")
    assert (answer.status, answer.body) == (200, b"// brush\n")
    assert answer.headers["content-type"].startswith("text/javascript")
    assert "immutable" in answer.headers["cache-control"]


@pytest.mark.parametrize(
    "name",
    [
        "",
        "canvas",
        "canvas/",
        "canvas/frontend/../../secret.js",
        "canvas/../../secret.js",
        "../secret.js",
        "canvas/frontend/notes.txt",
        "//etc/passwd",
        "main.js",
    ],
)
def test_nothing_else_is_served(ui: Path, name: str) -> None:
    assert fetch(name).status == 404


def test_another_version_is_not_there(ui: Path) -> None:
    answer = fetch("canvas/frontend/main.js", "0123456789abcdef")
    assert answer.status == 404
    assert "reload" in answer.json["error"]


def test_any_change_gives_all_modules_another_address(ui: Path) -> None:
    before = static.bundle().hash
    module = ui / "gallery" / "frontend" / "main.js"
    module.write_text("// changed\n")
    os.utime(module, ns=(1, 1))
    static.bundle.cache_clear()  # as after a second
    after = static.bundle().hash
    assert after != before
    module.rename(module.with_name("other.js"))
    static.bundle.cache_clear()
    assert static.bundle().hash not in {before, after}


def test_every_component_and_what_they_share_is_served() -> None:
    files = static.bundle().files
    components = {path.parent.name for path in static.UI.glob("*/mount.py")}
    assert {"canvas", "gallery", "site_map"} < components
    assert {f"{one}/frontend/main.js" for one in components} | {"shared/states.js"} <= set(files)
