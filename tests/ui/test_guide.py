"""The guide inside the app."""

import re

import pytest

from seep.ui.guide import TITLES, chapter_path, folder, parts


@pytest.mark.parametrize("name", TITLES)
def test_every_chapter_is_there_and_its_links_lead_to_chapters(name: str) -> None:
    text = "".join(part for part in parts(name) if isinstance(part, str))
    assert len(text) > 200
    led = re.findall(r"\]\(guide\?chapter=([\w-]+)\)", text)
    assert set(led) <= set(TITLES)
    assert not re.search(r"\]\([^)]*\.md", text)


def test_pictures_stand_where_the_chapter_has_them() -> None:
    written = re.findall(r"(?m)^!\[", chapter_path("review").read_text("utf-8"))
    pictures = [part for part in parts("review") if isinstance(part, tuple)]
    assert len(pictures) == len(written) > 3
    assert all(path.is_relative_to(folder()) and alt for path, alt in pictures)


def test_link_to_a_file_that_is_no_chapter_stays_as_text(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "".join(part for part in parts("formats") if isinstance(part, str))
    assert "](#)" not in text


def test_link_to_another_file_with_the_name_of_a_chapter_stays_as_text() -> None:
    text = "".join(part for part in parts("people") if isinstance(part, str))
    assert "People and roles explains" in text
    assert "](guide?chapter=people)" not in text
