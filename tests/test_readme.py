"""The README agrees with the requirements."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
_REQUIREMENT = re.compile(r"^([A-Za-z0-9_.-]+)(?:\[[^\]]*\])?==")


def _required(name: str) -> set[str]:
    lines = (ROOT / name).read_text().splitlines()
    return {match[1].lower() for line in lines if (match := _REQUIREMENT.match(line))}


def _documented(heading: str) -> set[str]:
    """Names in the first column of the README's table with this heading."""
    table = (ROOT / "README.md").read_text().split(f"| {heading} | for |\n", 1)[1].split("\n\n", 1)[0]
    names = {name.strip() for row in table.splitlines()[1:] for name in row.split("|")[1].split(",")}
    return {name.lower() for name in names if not name.endswith("(npm)")}


def test_every_required_library_is_in_the_readme() -> None:
    assert _documented("library") == _required("requirements.txt")


def test_every_library_for_several_machines_is_in_the_readme() -> None:
    files = ("requirements-postgresql.txt", "requirements-cluster.txt")
    assert _documented("library for several machines") == set().union(*map(_required, files))


def test_every_development_library_is_in_the_readme() -> None:
    assert _documented("library for development") == _required("requirements-dev.txt")


def test_every_requirement_is_pinned() -> None:
    for name in (
        "requirements.txt",
        "requirements-postgresql.txt",
        "requirements-cluster.txt",
        "requirements-dev.txt",
    ):
        lines = [
            line for line in (ROOT / name).read_text().splitlines() if line and line[:2] not in ("# ", "-r")
        ]
        assert [line for line in lines if not _REQUIREMENT.match(line)] == []
