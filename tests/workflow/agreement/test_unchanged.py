from seep.core.metrics.intervals import wilson
from seep.workflow.agreement.unchanged import unchanged_accepts
from seep.workflow.review.second_masks import request_second_masks, requested_tiles
from seep.workflow.workspace import Workspace
from tests.actors import ADA, ANA
from tests.workflow.agreement.test_second_masks import JO, draw, mask_of
from tests.workflow.making import accept
from tests.workflow.review.test_quality_sample import predict


def test_unchanged_accepts_and_those_that_a_blind_mask_confirms(
    workspace: Workspace, bare_tiles: list[int]
) -> None:
    assert unchanged_accepts(workspace) == []
    predict(workspace, bare_tiles)
    for number, one in enumerate(bare_tiles[:10]):
        accept(workspace, one, ADA, stripe=5 if number < 4 else 0)
    drawn = request_second_masks(workspace, "jo", 1, ANA, unchanged_only=True)
    assert (drawn.tiles, drawn.eligible) == (6, 6)
    waiting = sorted(requested_tiles(workspace, JO))
    assert waiting == bare_tiles[4:10]
    for number, one in enumerate(waiting[:3]):
        mask = mask_of(8)  # the same slick, two rows less
        if number == 0:
            mask[40:44] = 3  # a slick that the prediction misses
        draw(workspace, one, mask)
    (found,) = unchanged_accepts(workspace)
    assert (found.checkpoint, found.accepts, found.unchanged) == ("tiny", 10, 6)
    assert found.interval == wilson(6, 10)
    assert (found.drawn_again, found.confirmed) == (3, 2)
    assert found.confirmed_interval == wilson(2, 3)


def test_a_second_mask_that_started_from_the_prediction_confirms_nothing(
    workspace: Workspace, bare_tiles: list[int]
) -> None:
    predict(workspace, bare_tiles)
    accept(workspace, bare_tiles[0], ADA)
    request_second_masks(workspace, "jo", 1, ANA, shows_prediction=True)
    draw(workspace, bare_tiles[0], mask_of(10))
    (found,) = unchanged_accepts(workspace)
    assert (found.unchanged, found.drawn_again) == (1, 0)
