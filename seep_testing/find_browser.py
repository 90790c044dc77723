"""Print the path of a Chromium for the browser tests, installing one where there is none.

Order: $SEEP_BROWSER, a browser that Playwright has, Playwright's own download, the system's Chromium,
Debian's package (as root). Exit status 1 with a sentence when all of them fail: a browser test that is
skipped for want of a browser would be a check that cannot fail.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def playwrights_own() -> str | None:
    """Path of Playwright's Chromium if it is on the disk."""
    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def on_the_system() -> str | None:
    """Path of a Chromium on PATH."""
    return next((found for name in NAMES if (found := shutil.which(name))), None)


def attempt(*command: str, timeout_s: int = 900) -> bool:
    """Run a command quietly; say whether it went well."""
    try:
        done = subprocess.run(command, stdout=sys.stderr, stderr=sys.stderr, timeout=timeout_s, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        print(f"{command[0]}: {error}", file=sys.stderr)
        return False
    return done.returncode == 0


def find() -> str | None:
    """Return a browser's path after trying every way in order."""
    asked = os.environ.get("SEEP_BROWSER")
    if asked:
        return asked if Path(asked).exists() else None
    found = playwrights_own() or on_the_system()
    if found:
        return found
    if attempt(sys.executable, "-m", "playwright", "install", "chromium", timeout_s=300) and (
        found := playwrights_own()
    ):
        return found
    if hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get"):
        attempt("apt-get", "update", "-qq")
        attempt("apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium", "fonts-liberation")
    return on_the_system()


if __name__ == "__main__":
    browser = find()
    if browser is None:
        sys.exit("No browser for the browser tests: install Chromium, or set SEEP_BROWSER to its path.")
    print(browser)
