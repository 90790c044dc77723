"""The report on a place, printed to PDF: no picture is cut, and the two pictures of a pass stay on one page."""

import re
import zlib
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from seep.settings import read_settings
from seep.workflow.exports.deliverables import export_sites
from seep.workflow.places.places import create_place
from seep.workflow.places.sites import note_site
from seep.workflow.workspace import open_workspace
from seep_testing.contexts import new_context
from tests.actors import ADA
from tests.workflow.places.making import import_passes

pytestmark = pytest.mark.browser

PASSES = 12


def test_no_contact_sheet_is_cut_by_the_end_of_a_page(browser: Browser, tmp_path: Path) -> None:
    workspace = open_workspace(read_settings({"SEEP_WORKSPACE": str(tmp_path / "workspace")}))
    names = tuple(f"p{number:02d}" for number in range(PASSES))
    import_passes(workspace, tmp_path / "place", names)
    place = create_place(workspace, "Bay", names, ADA).place.id
    note_site(workspace, place, 1, "Seen from the air in the first survey. " * 12, ADA)
    export_sites(workspace, place, tmp_path / "out", actor=ADA)
    context = new_context(browser)
    page = context.new_page()
    page.goto((tmp_path / "out" / "sites.html").as_uri())
    pictures = page.locator(".sheet img").count()
    assert pictures > 2 * PASSES
    for size in ("A4", "Letter", "A6"):  # no sheet fits on a page of A6
        drawn = pictures_by_page(page.pdf(format=size))
        assert len(drawn) > 1
        assert sum(drawn) == pictures + 1, f"{size}: a picture is drawn on two pages, {drawn}"
        of_sheets = [drawn[0] - 1, *drawn[1:]]  # the map is on the first page
        assert not any(count % 2 for count in of_sheets), f"{size}: a pass is cut, {drawn}"
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 718, "height": 1000})
    assert page.evaluate("document.documentElement.scrollWidth") <= 718
    row = page.locator("table").nth(1).locator("tr").nth(2)
    assert row.evaluate("one => one.clientHeight") < 40, "the note squeezes the other columns"
    context.close()


def pictures_by_page(pdf: bytes) -> list[int]:
    """Number of images that each page of a PDF of Chromium draws."""
    objects = {int(found[1]): found[2] for found in re.finditer(rb"(?ms)^(\d+) 0 obj\b(.*?)^endobj", pdf)}
    images = {number for number, body in objects.items() if b"/Subtype /Image" in body}
    counts = []
    for body in objects.values():
        if not re.search(rb"/Type /Page\b", body):
            continue
        names = {name: int(number) for name, number in re.findall(rb"/(X\d+) (\d+) 0 R", body)}
        (content,) = re.findall(rb"/Contents (\d+) 0 R", body)
        stream = objects[int(content)].split(b"stream", 1)[1].strip(b"\r\n")
        drawn = re.findall(rb"/(X\d+) Do", zlib.decompressobj().decompress(stream))
        counts.append(sum(names[name] in images for name in drawn))
    return counts
