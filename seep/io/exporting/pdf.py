"""Prints an HTML report as PDF with Chromium."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from seep.errors import SettingsError, StorageError

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
LIMIT_S = 120


def pdf_of(html: str) -> bytes:
    """Print HTML that loads nothing; for the errors see `print_pdf`."""
    with tempfile.TemporaryDirectory() as folder:
        page, pdf = Path(folder, "report.html"), Path(folder, "report.pdf")
        page.write_text(html, encoding="utf-8")
        print_pdf(page, pdf)
        return pdf.read_bytes()


def print_pdf(html: Path, pdf: Path) -> None:
    """Print an HTML file that loads nothing.

    Raises:
        SettingsError: Chromium is not installed.
        StorageError: Chromium wrote no PDF within `LIMIT_S`.
    """
    program = next((found for name in PROGRAMS if (found := shutil.which(name))), None)
    if program is None:
        raise SettingsError(
            "A PDF needs Chromium, which is not installed here. Install it (on Debian: apt install chromium), or print "
            f"{html.name} from a browser."
        )
    with tempfile.TemporaryDirectory() as profile:
        command = [
            program,
            "--headless",
            "--disable-gpu",
            "--no-first-run",
            "--host-resolver-rules=MAP * ~NOTFOUND",
            f"--user-data-dir={profile}",
            "--no-pdf-header-footer",
            f"--print-to-pdf={pdf}",
            html.resolve().as_uri(),
        ]
        if os.geteuid() == 0:
            command.insert(1, "--no-sandbox")  # Chromium refuses to start as root with its sandbox
        try:
            subprocess.run(command, capture_output=True, timeout=LIMIT_S, check=False)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise StorageError(
                f"Chromium could not print {html.name}: {error}. Print it from a browser."
            ) from error
    if not pdf.is_file() or pdf.read_bytes()[:5] != b"%PDF-":
        raise StorageError(f"Chromium wrote no PDF of {html.name}. Print it from a browser.")
