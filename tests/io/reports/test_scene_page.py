from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

from seep.io.reports.scene_page import MAX_ROWS, ClassTotal, Figure, ScenePage, render_scene_page
from tests.io.exporting.slicks import pixel_slick, slick

EVIL = '<script>alert("x")</script><img src=x onerror=alert(1)>'


class Tags(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append(tag)
        assert not [name for name, _ in attrs if name.startswith("on")]


def page(**changes: object) -> ScenePage:
    values: dict[str, Any] = {
        "scene": "s",
        "facts": {"Slicks": "1"},
        "totals": [ClassTotal("Seep class 1", "#e69f00", 1, 6, 0.0006, 0.03)],
        "map_picture": "",
        "map_note": "",
        "figures": [],
        "slicks": [slick()],
        "notes": [],
        "review": [],
    }
    return ScenePage(**{**values, **changes})


def test_every_text_is_escaped() -> None:
    text = render_scene_page(
        page(
            scene=EVIL,
            facts={EVIL: EVIL},
            totals=[ClassTotal(EVIL, EVIL, 1, 6, None, None)],
            map_picture="data:," + EVIL,
            map_note=EVIL,
            slicks=[slick(class_name=EVIL, author=EVIL, image=EVIL, state=EVIL)],
            notes=[EVIL],
        )
    )
    assert "<script" not in text
    assert Tags(text).found.count("img") == 1
    assert "default-src 'none'" in text


def test_captions_write_numbers_as_the_table_does() -> None:
    large = replace(pixel_slick(), area_px=13516, length_px=1204.4)
    text = render_scene_page(page(slicks=[large], figures=[Figure(large, "data:,a", "data:,b")]))
    assert "13\u202f516 px, 1\u202f204 px long" in text
    assert "<td>13\u202f516</td>" in text
    assert "<td>1\u202f204</td>" in text


def test_measures_have_their_units_and_unknown_ones_a_dash() -> None:
    text = render_scene_page(page())
    assert "<th>Area, km²</th>" in text
    assert "<td>−6.5</td>" in text
    assert "<td>–</td>" in text
    bare = render_scene_page(
        page(slicks=[pixel_slick()], totals=[ClassTotal("a", "#000000", 1, 6, None, None)])
    )
    assert "km²" not in bare
    assert "<th>Area, px</th>" in bare


def test_a_long_table_says_what_it_leaves_out() -> None:
    text = render_scene_page(page(slicks=[slick(number=at) for at in range(MAX_ROWS + 3)]))
    assert "Omitted: 3 smaller slicks" in text
    assert "No slicks in this scene" in render_scene_page(page(slicks=[], totals=[]))
