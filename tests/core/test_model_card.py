import json
from typing import Any

import pytest

from seep.core.model_card import MAX_CARD_BYTES, card_problem, fitted_card
from seep.settings import MODELS

SHIPPED = json.loads((MODELS / "seep-base.json").read_text())


def test_the_shipped_card_fits() -> None:
    assert card_problem(SHIPPED) is None
    assert fitted_card(SHIPPED) == SHIPPED


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"classes": None}, "classes"),
        ({"classes": {"count": "8"}}, "classes"),
        ({"classes": {"names": [1]}}, "classes"),
        ({"figures": [1, 2]}, "figures"),
        ({"figures": {"test": "good"}}, "figures"),
        ({"name": {}}, "name"),
        ({"name": "a\nb"}, "name"),
        ({"name": "\ud800"}, "name"),
        ({"name": "x" * 81}, "name"),
        ({"architecture": []}, "architecture"),
        ({"architecture": {"classes": {}}}, "architecture"),
        ({"threshold": "0.5"}, "threshold"),
        ({"threshold": float("nan")}, "not finite"),
        ({"splits": {"train": [1]}}, "splits"),
        ({"splits": ["a"]}, "splits"),
        ({"parent": 3}, "parent"),
        ({"created": 3}, "created"),
        ({"data": [[[[[["deep"]]]]]]}, "data"),
        ({"limits": {"a\0": 1}}, "limits"),
        ({"training": {"note": "\ud800"}}, "training"),
        ({"data": "x" * MAX_CARD_BYTES}, "bytes"),
        ({"unknown": ["x" * 1000] * 9000}, "bytes"),
    ],
)
def test_values_of_wrong_types_are_named(change: dict[str, Any], problem: str) -> None:
    assert problem in str(card_problem(SHIPPED | change))


@pytest.mark.parametrize("card", [None, [], "card", 3])
def test_a_card_is_an_object(card: object) -> None:
    assert card_problem(card) == "it is not an object"


def test_the_card_of_a_large_training_is_cut_to_the_limit() -> None:
    scene = {"tiles": 9, "figures": {"binary_iou": 0.5}, "matrix": [[1] * 8] * 8}
    figures = {"test": {"tiles": 3, "per_scene": {f"scene {n}": scene for n in range(400)}}}
    card = SHIPPED | {"data": {"run": 3, "revisions": [*range(20_000)]}, "figures": figures}
    assert "bytes" in str(card_problem(card))
    fitted = fitted_card(card)
    assert card_problem(fitted) is None
    assert (fitted["data"], fitted["figures"]) == ({"run": 3}, {"test": {"tiles": 3}})
