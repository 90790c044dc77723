"""Writes docs/licenses.md: the licenses of the libraries, as their installed packages state them.

python -m docs.licenses
"""

import re
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "licenses.md"
_PIN = re.compile(r"(?m)^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)")
_LONGEST_NAME = 60
"""Some packages state the whole text of their license instead of its name."""
_IN_THEIR_FILES = {"pysqlite3": "Zlib"}
"""Licenses of packages that state none in their metadata, read from their LICENSE."""
_HEAD = """# Licenses

The libraries of Seep and their licenses, as the packages state them. `make lock` writes this page. `make sbom` writes
a list of all versions with their hashes (`seep.cdx.json`, CycloneDX).

"""


def pins(name: str) -> dict[str, str]:
    """Return the versions that a file of requirements pins, by package in lower case."""
    return {found[1].lower(): found[2] for found in _PIN.finditer((ROOT / name).read_text())}


def license_of(package: str) -> str:
    """Return the license of an installed package, "" if it is not installed, "not stated" if it names none."""
    try:
        fields = metadata(package)
    except PackageNotFoundError:
        return ""
    values = [one for name in ("License-Expression", "License") for one in fields.get_all(name) or []]
    stated = next((one for one in values if one), "")
    if stated and len(stated) <= _LONGEST_NAME and "\n" not in stated:
        return stated
    names = [one for one in fields.get_all("Classifier") or [] if one.startswith("License ::")]
    if names:
        return ", ".join(one.rpartition(" :: ")[2] for one in names)
    return stated.strip().splitlines()[0] if stated.strip() else _IN_THEIR_FILES.get(package, "not stated")


def table(packages: dict[str, str]) -> str:
    """Return the Markdown table of those packages that are installed."""
    rows = ["| library | version | license |", "| --- | --- | --- |"]
    found = ((name, version, license_of(name)) for name, version in sorted(packages.items()))
    return "\n".join([*rows, *(f"| {name} | {version} | {said} |" for name, version, said in found if said)])


def page() -> str:
    """Return the page: first the libraries that Seep imports, then those that they need."""
    direct = pins("requirements.txt")
    others = {name: version for name, version in pins("requirements.lock").items() if name not in direct}
    return f"{_HEAD}## Libraries\n\n{table(direct)}\n\n## Needed by libraries\n\n{table(others)}\n"


if __name__ == "__main__":
    PAGE.write_text(page())
