from seep.core.text import counted


def test_one_is_singular_and_all_others_are_plural() -> None:
    assert [counted(number, "locked scene") for number in (0, 1, 2)] == [
        "0 locked scenes",
        "1 locked scene",
        "2 locked scenes",
    ]
