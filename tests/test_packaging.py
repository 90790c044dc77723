"""The wheel holds what an installed Seep needs."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = (
    *("seep", "pages", "docs", "models", ".streamlit"),
    *("app.py", "setup.py", "pyproject.toml", "requirements.txt", "README.md", "LICENSE"),
)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """A wheel, built from a copy: setuptools leaves its folders in the source."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    source.mkdir()
    for name in SOURCES:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(ROOT / name, source / name)
    command = [
        sys.executable,
        "-m",
        "build",
        "--wheel",
        "--no-isolation",
        "--outdir",
        str(folder),
        str(source),
    ]
    subprocess.run(command, check=True, capture_output=True)
    (path,) = folder.glob("*.whl")
    return zipfile.ZipFile(path)


def files_below(folder: str, *suffixes: str) -> set[str]:
    return {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / folder).rglob("*")
        if path.suffix in suffixes and "__pycache__" not in path.parts
    }


def test_the_wheel_holds_all_modules_scripts_and_templates(wheel: zipfile.ZipFile) -> None:
    wanted = files_below("seep", ".py", ".js", ".html", ".typed")
    assert wanted
    assert not wanted - set(wheel.namelist())


def test_the_wheel_holds_the_app_and_the_weights(wheel: zipfile.ZipFile) -> None:
    names = set(wheel.namelist())
    wanted = {f"seep/app/{name}" for name in files_below("pages", ".py")}
    wanted |= {"seep/app/app.py", "seep/app/.streamlit/config.toml"}
    wanted |= {f"seep/app/docs/{Path(name).relative_to('docs')}" for name in files_below("docs/guide", ".md")}
    wanted |= {f"seep/{name}" for name in files_below("models", ".safetensors", ".json", ".md")}
    assert not wanted - names
    weights = (ROOT / "models" / "seep-base.safetensors").read_bytes()
    assert wheel.read("seep/models/seep-base.safetensors") == weights


def test_the_wheel_names_the_command_and_the_pinned_libraries(wheel: zipfile.ZipFile) -> None:
    (about,) = (name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
    pinned = (ROOT / "requirements.txt").read_text().splitlines()
    metadata = wheel.read(about).decode().splitlines()
    assert [f"Requires-Dist: {one}" for one in pinned] == [
        line for line in metadata if line.startswith("Requires-Dist: ")
    ]
    entry_points = wheel.read(about.replace("METADATA", "entry_points.txt")).decode()
    assert "seep = seep.cli.main:main" in entry_points.splitlines()


def test_only_the_package_is_installed(wheel: zipfile.ZipFile) -> None:
    tops = {name.split("/")[0] for name in wheel.namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"seep"}
