"""The checker of histories finds what was lost, overwritten or seen in another order."""

import pytest

from benchmarks.faulting.histories import Operation, check_register, check_saves

GOOD = [
    Operation("save", 1, 0, 1, 11, base=0),
    Operation("read", 1, 2, 3, 11),
    Operation("save", 1, 4, 6, 12, base=11),
    Operation("read", 1, 5, 7, 11),  # began before the save had ended
    Operation("read", 1, 8, 9, 13),  # a save that was made and never answered
]


def test_operations_that_overlap_may_be_in_either_order() -> None:
    assert check_saves(GOOD, [11, 12, 13]) == []


@pytest.mark.parametrize(
    ("bad", "chain", "sentence"),
    [
        (Operation("save", 1, 10, 11, 14, base=13), [11, 12, 13], "is not in the history"),
        (Operation("read", 1, 10, 11, 12), [11, 12, 13], "went back to revision 12"),
        (Operation("save", 1, 10, 11, 14, base=12), [11, 12, 13, 14], "not the one before it"),
        (Operation("read", 1, 10, 11, 0), [11, 12, 13], "went back to revision 0"),
    ],
)
def test_what_contradicts_the_order_of_revisions_is_found(
    bad: Operation, chain: list[int], sentence: str
) -> None:
    (found,) = check_saves([*GOOD, bad], chain)
    assert sentence in found


def test_a_draft_that_is_gone_is_found() -> None:
    kept = [Operation("draft", 2, 0, 1, "a"), Operation("read draft", 2, 2, 3, "a")]
    assert check_register(kept, "draft", "read draft") == []
    (found,) = check_register([*kept, Operation("read draft", 2, 4, 5, "")], "draft", "read draft")
    assert "after a was acknowledged" in found
