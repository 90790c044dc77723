import pytest

from seep.errors import SettingsError
from seep.store import quality_sample as stored_sample
from seep.workflow.review import error_budget, quality_sample
from seep.workflow.review.error_budget import ErrorBudget
from seep.workflow.review.reopen import reopen
from seep.workflow.trash import list_imports
from seep.workflow.workspace import Workspace
from tests.actors import ADA
from tests.workflow.making import accept
from tests.workflow.review.test_quality_sample import correct, predict

budget = error_budget.error_budget


def plain(found: ErrorBudget) -> str:
    """The sentence with plain spaces before percent signs."""
    return found.sentence.replace("\u202f", " ")


@pytest.fixture
def sampled(workspace: Workspace, bare_tiles: list[int], monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The sample tiles, of which four make an estimate; all tiles have one predicted slick."""
    monkeypatch.setattr(error_budget, "MIN_TILES", 4)
    quality_sample.set_quality_sample_share(workspace, 0.5, ADA)
    predict(workspace, bare_tiles)
    with workspace.store.reading() as session:
        return stored_sample.open_tile_ids(session, [], 100)


def test_open_tiles_without_predictions_have_no_estimate(workspace: Workspace, bare_tiles: list[int]) -> None:
    found = budget(workspace)
    assert (found.tiles, found.open, found.unpredicted, found.filled) == (12, 12, 12, 0)
    assert found.sentence == "12 open tiles without a prediction: predict them for an estimate."


def test_an_estimate_needs_reviewed_sample_tiles(workspace: Workspace, sampled: list[int]) -> None:
    accept(workspace, sampled[0])
    found = budget(workspace)
    assert (found.sample, found.high, found.slicks) == (1, None, 12)
    assert "1 tiles" not in found.sentence
    assert found.sentence.startswith("1 tile of the quality sample reviewed; an estimate needs 4")


def test_missing_and_false_slicks_of_the_sample_fill_the_bar(
    workspace: Workspace, bare_tiles: list[int], sampled: list[int]
) -> None:
    for tile_id in sampled[:3]:
        accept(workspace, tile_id)
    correct(workspace, sampled[3], 0)  # the predicted slick was false
    found = budget(workspace)
    assert (found.sample, found.open, found.slicks) == (4, 8, 11)
    assert found.errors is not None
    assert found.high is not None
    assert 0 < found.errors < found.high
    assert found.sentence.startswith("Continue: about ")
    for tile_id in bare_tiles:
        if tile_id not in sampled[:4]:
            accept(workspace, tile_id)
    done = budget(workspace)
    assert (done.open, done.high, done.filled, done.is_met) == (0, 0, 1, True)
    assert done.sentence == "Stop: all tiles are reviewed."
    reopen(workspace, [bare_tiles[0]], ADA)
    assert budget(workspace).open == 1


def test_a_budget_counts_one_import_only(workspace: Workspace, sampled: list[int]) -> None:
    (only,) = list_imports(workspace)
    assert budget(workspace, import_id=only.id).tiles == 12
    assert budget(workspace, import_id=only.id + 1).tiles == 0


def test_the_bar_is_the_target_divided_by_the_bound() -> None:
    found = ErrorBudget(0.05, 100, 40, 0, 200, 20, errors=8.0, high=20.0)
    assert (found.share, found.high_share, found.filled, found.tiles_left) == (0.04, 0.1, 0.5, 20)
    assert plain(found) == (
        "Continue: about 20 of 40 open tiles to review. At most 10 % of 200 slicks are missing or false (95 % "
        "confidence; estimate 4 %), from 20 sample tiles."
    )
    met = ErrorBudget(0.1, 100, 40, 0, 200, 20, errors=8.0, high=20.0)
    assert plain(met).startswith("Stop: the target of 10 % is met with 40 open tiles. At most 10 % of")


@pytest.mark.parametrize("target", [0, -1, 0.51])
def test_a_target_out_of_range_is_refused(workspace: Workspace, target: float) -> None:
    with pytest.raises(SettingsError, match="choose more than 0, up to 50"):
        budget(workspace, target)
