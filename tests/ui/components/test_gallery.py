"""The Python side of the gallery."""

from typing import Any

import pytest

from seep.ui.components.gallery.mount import gallery

NO_KEYS = {"accept": [], "undo": False}
TILES = [
    {"id": 4, "name": "a.1", "state": "draft", "value": 0.5, "version": "x", "split": "train", "scene": None},
    {"id": 9, "name": "<b>", "state": "accepted", "value": None, "drafted": False, "in_sample": True},
]


@pytest.fixture
def mounted(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Stand in for the browser: keeps what it is given, and answers with what the test puts in."""
    seen: dict[str, Any] = {"answer": {}}

    def mount(**arguments: Any) -> dict[str, Any]:
        seen.update(arguments)
        return dict(seen["answer"])

    monkeypatch.setattr("seep.ui.components.gallery.mount.component", lambda *_: mount)
    return seen


def test_tiles_are_passed_with_what_the_browser_needs_and_no_more(mounted: dict[str, Any]) -> None:
    gallery(tiles=TILES, base_url="/oil", key="browse")
    assert mounted["data"]["tiles"] == [
        {"id": 4, "name": "a.1", "state": "draft", "value": 0.5, "version": "x"},
        {"id": 9, "name": "<b>", "state": "accepted", "in_sample": True},
    ]
    assert mounted["data"]["base_url"] == "/oil"
    assert mounted["key"] == mounted["data"]["name"] == "browse"


def test_before_anything_happened_nothing_is_open_or_selected(mounted: dict[str, Any]) -> None:
    assert gallery(tiles=TILES) == {"open": None, "selected": [], **NO_KEYS}


def test_what_was_opened_and_selected_comes_back(mounted: dict[str, Any]) -> None:
    mounted["answer"] = {"open": 9, "selected": [9, 4], **NO_KEYS}
    assert gallery(tiles=TILES) == {"open": 9, "selected": [9, 4], **NO_KEYS}


def test_tiles_that_a_filter_took_away_are_not_selected_any_more(mounted: dict[str, Any]) -> None:
    mounted["answer"] = {"open": 5, "selected": [9, 5]}
    assert gallery(tiles=TILES) == {"open": None, "selected": [9], **NO_KEYS}


def test_a_size_out_of_range_is_refused(mounted: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="size_px is 8"):
        gallery(tiles=TILES, size_px=8)
