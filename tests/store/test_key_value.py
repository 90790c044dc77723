import pytest

from seep.store import key_value
from seep.store.store import Store


@pytest.mark.parametrize("value", [8, "text", None, [1, 2], {"a": {"b": 1.5}}])
def test_a_value_is_kept_and_replaced(store: Store, value: object) -> None:
    with store.transaction() as session:
        key_value.set_value(session, "key", "before")
        key_value.set_value(session, "key", value)
    with store.reading() as session:
        assert key_value.get_value(session, "key", "default") == value


def test_a_name_without_value_gives_the_default(store: Store) -> None:
    with store.reading() as session:
        assert key_value.get_value(session, "absent") is None
        assert key_value.get_value(session, "absent", 7) == 7
