"""docs/routes.md describes every route and no other."""

import re
from pathlib import Path

from seep.web.routes import TABLE

PAGE = Path(__file__).resolve().parents[2] / "docs" / "routes.md"


def test_every_route_has_its_heading_and_no_other_does() -> None:
    headings = re.findall(r"(?m)^### ((?:GET|POST|PUT|DELETE|PATCH) /\S*)$", PAGE.read_text("utf-8"))
    routes = [f"{entry.method} {re.sub(r':[a-z]+', '', entry.path)}" for entry in TABLE]
    assert sorted(headings) == sorted(routes)
