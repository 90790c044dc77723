import pytest
import torch

from seep.engine.training.losses.class_weights import WEIGHT_CAP, class_weights


@pytest.mark.parametrize(
    ("weighting", "expected"),
    [
        ("none", [1.0, 1.0, 1.0, 1.0]),
        ("inverse", [1.0, 4.0, 5.0, 5.0]),
        ("inverse_root", [1.0, 2.0, 5.0, 5.0]),
        # 1 - 0.9999 ** n: 0.632139, 0.221211, 0.0001 and, for no pixel, 0.0001 too
        ("effective_number", [1.0, 0.632139 / 0.221211, 5.0, 5.0]),
    ],
)
def test_weights_follow_rarity_up_to_a_cap(weighting, expected):
    found = class_weights([10_000, 2_500, 1, 0], weighting)
    torch.testing.assert_close(found, torch.tensor(expected), rtol=1e-4, atol=0)
    assert found.max() <= WEIGHT_CAP


def test_an_unknown_weighting_is_refused():
    with pytest.raises(ValueError, match="sqrt"):
        class_weights([1, 2], "sqrt")
