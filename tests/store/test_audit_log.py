import pytest

from seep.errors import SettingsError
from seep.store import audit_log
from seep.store.store import Store


def test_actions_are_listed_newest_first(store: Store) -> None:
    with store.transaction() as session:
        audit_log.add(session, "ana", "import", "x" * 300, {"tiles": 3})
        audit_log.add(session, "ben", "promote", "checkpoint 2", {})
        newest, first = audit_log.list_audit(session)
        assert audit_log.list_audit(session, limit=1) == [newest]
    assert (newest.author, newest.action, newest.subject) == ("ben", "promote", "checkpoint 2")
    assert (first.subject, first.details) == ("x" * 255, {"tiles": 3})


@pytest.mark.parametrize("name", ["", "   ", "x" * 81])
def test_names_that_cannot_be_used_are_refused(store: Store, name: str) -> None:
    with store.transaction() as session, pytest.raises(SettingsError, match="1 to 80"):
        audit_log.add(session, name, "import", "folder", {})
    audit_log.check_author("x" * 80)
