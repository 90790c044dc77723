"""The route of the classes that the model predicts for a slick."""

from urllib.parse import urlencode

import numpy as np
import pytest

from seep.core.acquisition import OrderValues
from seep.core.masks.mask import encode_mask, encode_probability, pack
from seep.core.records import NewPrediction
from seep.store import predictions
from seep.workflow.actor import Role
from seep.workflow.workspace import MASK_SUFFIX
from tests.web.conftest import HEIGHT, WIDTH, Site, make_site


@pytest.fixture(scope="module")
def predicted(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A site with a prediction of the shipped checkpoint for its first tile."""
    site = make_site(tmp_path_factory.mktemp("site"))
    files = site.workspace.store.files
    mask = site.masks["alpha.000001"]
    stored = files.put(encode_mask(mask), MASK_SUFFIX)
    probability = files.put(encode_probability((mask > 0).astype(np.uint8) * 200), MASK_SUFFIX)
    with site.workspace.store.transaction() as session:
        predictions.add_predictions(
            session, 1, [NewPrediction(site.tile, stored, probability, OrderValues(0.5), {3: 75})]
        )
    return site


def url(site: Site, tile: int = 0, **window: int) -> str:
    query = urlencode({"x": 0, "y": 0, "width": WIDTH, "height": HEIGHT} | window)
    return f"/seep/tiles/{tile or site.tile}/slick-classes?{query}"


def test_a_slick_has_up_to_three_classes_with_probabilities(predicted: Site) -> None:
    sent = (predicted.masks["alpha.000001"] > 0).astype(np.uint8)
    answer = predicted.client.change("POST", url(predicted), pack(sent))
    assert answer.status == 200
    found = answer.json["classes"]
    assert len(found) == 3
    values = [one for _, one in found]
    assert values == sorted(values, reverse=True)
    assert {number for number, _ in found} <= {1, 2, 3, 4, 5, 6, 7}
    assert 0 < sum(values) <= 1
    part = predicted.client.change(
        "POST", url(predicted, x=4, y=4, width=20, height=8), pack(sent[4:12, 4:24])
    )
    assert len(part.json["classes"]) == 3


def test_an_annotator_may_ask_and_nothing_is_changed(predicted: Site) -> None:
    sent = pack((predicted.masks["alpha.000001"] > 0).astype(np.uint8))
    document = f"/seep/tiles/{predicted.tile}/document"
    before = predicted.client.get(document).json
    roles: tuple[tuple[str, Role, int], ...] = (("ann", "annotator", 200), ("vera", "viewer", 403))
    for name, role, status in roles:
        person = predicted.person(name, role)
        assert predicted.client.change("POST", url(predicted), sent, **person).status == status
    assert predicted.client.get(document).json == before


def test_a_tile_without_a_prediction_has_none(predicted: Site) -> None:
    sent = pack(np.ones((HEIGHT, WIDTH), np.uint8))
    answer = predicted.client.change("POST", url(predicted, tile=predicted.ids["beta.000001"]), sent)
    assert (answer.status, answer.json) == (200, {"classes": []})


@pytest.mark.parametrize(
    ("change", "status", "word"),
    [
        ({"x": WIDTH}, 400, f"x is '{WIDTH}'; send a whole number from 0 to {WIDTH - 1}"),
        ({"x": 8}, 400, f"width is '{WIDTH}'; send a whole number from 1 to {WIDTH - 8}"),
        ({"height": 0}, 400, "height is '0'"),
        ({"height": 5}, 400, f"exactly 5 x {WIDTH} pixels"),
        ({"tile": 999}, 404, "tile 999"),
    ],
)
def test_a_window_that_does_not_fit_is_refused(
    predicted: Site, change: dict[str, int], status: int, word: str
) -> None:
    sent = pack(np.ones((HEIGHT, WIDTH), np.uint8))
    answer = predicted.client.change("POST", url(predicted, **change), sent)
    assert answer.status == status
    assert word in answer.json["error"]


def test_a_window_without_the_slick_is_refused(predicted: Site) -> None:
    answer = predicted.client.change("POST", url(predicted), pack(np.zeros((HEIGHT, WIDTH), np.uint8)))
    assert answer.status == 400
    assert "No pixel of the slick" in answer.json["error"]
