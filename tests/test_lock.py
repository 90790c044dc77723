"""requirements.lock agrees with requirements.txt, and the page of licenses with the installed packages."""

import re
from pathlib import Path

from docs.licenses import PAGE, license_of, pins, table

ROOT = Path(__file__).resolve().parents[1]


def entries() -> dict[str, list[str]]:
    """Hashes by the name of the package."""
    text = (ROOT / "requirements.lock").read_text().replace("\\\n", " ")
    lines = [line.split() for line in text.splitlines() if re.match(r"[a-z]", line)]
    return {
        words[0].partition("==")[0]: [word for word in words if word.startswith("--hash")] for words in lines
    }


def test_every_required_library_but_torch_is_locked_at_its_version() -> None:
    required, locked = pins("requirements.txt"), pins("requirements.lock")
    assert {name: version for name, version in required.items() if locked.get(name) != version} == {
        "torch": required["torch"]
    }


def test_every_locked_library_has_hashes() -> None:
    found = entries()
    assert found.keys() == pins("requirements.lock").keys()
    assert len(found) > 60
    wrong = [
        name
        for name, hashes in found.items()
        if not hashes or not all(re.fullmatch(r"--hash=sha256:[0-9a-f]{64}", one) for one in hashes)
    ]
    assert wrong == []


def test_nothing_is_locked_that_only_a_gpu_needs() -> None:
    assert [name for name in entries() if re.match(r"nvidia|cuda|triton|torch", name)] == []


def test_the_app_is_installed_with_hashes() -> None:
    makefile = (ROOT / "Makefile").read_text()
    assert "--require-hashes -r requirements.lock\n" in makefile


def test_the_licenses_of_required_libraries_are_listed() -> None:
    required = pins("requirements.txt")
    assert [name for name in required if license_of(name) in {"", "not stated"}] == []
    assert table(required) in PAGE.read_text(), "Run `make lock`."
