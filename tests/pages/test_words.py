"""Pages of a workspace that is about something else than seeps."""

from typing import Any

import pytest

from seep.core.masks.classes import SeepClass
from seep.store import checkpoints
from seep.ui import app_shell
from seep.workflow.classes import set_classes
from seep.workflow.overview import overview
from seep.workflow.review.orders import available_orders
from seep.workflow.workspace import Workspace
from tests.actors import ADA
from tests.pages.conftest import Open, texts

STREETS = [
    SeepClass(number, name, f"#00{number}000", "")
    for number, name in enumerate(("Sky", "Road", "Tree", "Car", "Sign", "Pole", "Fence", "Person"))
]


@pytest.fixture
def streets(filled: Workspace) -> Workspace:
    set_classes(filled, STREETS, ADA)
    return filled


@pytest.mark.parametrize("name", ["overview", "browse", "scene", "agreement", "finetune", "models", "data"])
def test_no_page_of_street_scenes_speaks_of_slicks(streets: Workspace, open_page: Open, name: str) -> None:
    shown = texts(open_page(name)).lower()
    for word in ("slick", "wide dark", "with seep", "of seep", "oil seep", "no seep"):
        assert word not in shown


def test_street_scenes_have_no_order_by_wide_dark_areas(streets: Workspace) -> None:
    orders = available_orders(streets)
    assert "wide_areas" not in orders
    assert not any("slick" in one.help.lower() or "seep" in one.help.lower() for one in orders.values())


def test_sites_are_not_listed_for_street_scenes(
    streets: Workspace, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed: list[bool] = []
    make = app_shell.pages

    def pages(**asked: Any) -> Any:
        listed.append(asked["sites"])
        return make(**asked)

    monkeypatch.setattr(app_shell, "pages", pages)
    open_page()
    assert listed[-1] is False


def test_overview_has_no_figures_of_a_version_that_cannot_read_the_images(filled: Workspace) -> None:
    measured = {"figures": {"test": {"binary_iou": 0.44}}}
    for bands, found in ((3, []), (1, ["two"])):
        with filled.store.transaction() as session:
            card = {"architecture": {"bands": bands, "classes": 8}, "threshold": 0.4, **measured}
            name = "one" if bands == 3 else "two"
            added = checkpoints.add_checkpoint(
                session,
                name=name,
                parent_id=None,
                run_id=None,
                weights_sha256="1" * 64,
                card=card,
                author="ada",
            )
            checkpoints.promote(session, added.id, "ada")
        shown = overview(filled)
        assert [one.name for one in shown.active_quality] == found
        assert [one.name for one in shown.quality] == found
