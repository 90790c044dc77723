"""The first changes of CONTRIBUTING.md work as written, in a copy of the repository."""

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from seep_testing.patience import COMMAND_S

ROOT = Path(__file__).resolve().parent.parent
pytestmark = [pytest.mark.slow, pytest.mark.timeout(10 * COMMAND_S)]
_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LEFT_OUT = shutil.ignore_patterns(".git", ".venv", "node_modules", ".*_cache", "__pycache__", ".hypothesis")
_VERSIONS = "seep/store/migrations/versions"


def examples() -> dict[str, list[tuple[str, str]]]:
    """Language and content of the blocks of each example, by its heading."""
    text = (ROOT / "CONTRIBUTING.md").read_text().split("\n## First changes\n")[1]
    parts = dict(part.split("\n", 1) for part in text.split("\n### ")[1:])
    return {heading: _BLOCK.findall(part) for heading, part in parts.items()}


def change(root: Path, block: str) -> Path:
    """Apply a `diff` block without line numbers: the old lines of each place stand together in the file, once."""
    head, body = block.split("\n", 1)
    path = root / head.removeprefix("--- ")
    text = path.read_text()
    for place in body.split("@@\n"):
        lines = place.splitlines(keepends=True)
        old = "".join(line[1:] for line in lines if line[0] in " -")
        assert f"\n{text}".count(f"\n{old}") == 1, f"{head} has this place {text.count(old)} times:\n{old}"
        text = text.replace(old, "".join(line[1:] for line in lines if line[0] in " +"))
    path.write_text(text)
    return path


def create(root: Path, block: str) -> Path:
    """Write a block that names its file in a comment on its first line."""
    head, body = block.split("\n", 1)
    if _VERSIONS in head:
        last = max(int(path.name[1:5]) for path in (root / _VERSIONS).glob("v*.py"))
        head, body = (
            part.replace("NEXT", f"{last + 1:04}").replace("LAST", f"{last:04}") for part in (head, body)
        )
    path = root / head.removeprefix("# ")
    assert not path.exists(), path
    path.write_text(body)
    return path


def run(root: Path, *words: str) -> str:
    command = [sys.executable, "-m", *words]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-5000:]
    return done.stdout


def test_the_first_changes_work_as_written_and_keep_the_rules(tmp_path: Path) -> None:
    root = tmp_path / "seep"
    shutil.copytree(ROOT, root, ignore=_LEFT_OUT, symlinks=True)
    tests = ["tests/test_architecture.py", "tests/test_docs.py"]
    for blocks in examples().values():
        for language, text in blocks:
            if language == "diff":
                change(root, text)
            elif language:
                create(root, text)
        (command,) = [text for language, text in blocks if language == ""]
        arguments = re.fullmatch(r'make test ARGS="(.*)"\n', command)
        assert arguments is not None
        tests += shlex.split(arguments[1])
    run(root, "ruff", "check", ".")
    run(root, "ruff", "format", "--check", ".")
    passed = run(root, "pytest", "-p", "no:cacheprovider", "-v", *dict.fromkeys(tests))
    for path in re.findall(r"^# (tests/\S+)$", (ROOT / "CONTRIBUTING.md").read_text(), re.MULTILINE):
        assert f"{path}::" in passed


def test_there_are_five_first_changes() -> None:
    assert [*examples()] == ["An export format", "A queue order", "A loss", "A setting", "A page"]
