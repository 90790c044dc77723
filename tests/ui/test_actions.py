import re
from pathlib import Path

from seep.core.records import SITE_ACTIONS
from seep.settings import PACKAGE
from seep.ui.actions import action_text

LOGGED = re.compile(r'audit_log\.add\(\s*session,\s*[\w.]+,\s*"([^"]+)"')


def test_every_action_of_the_log_is_a_participle() -> None:
    found = {
        action for path in Path(PACKAGE).rglob("*.py") for action in LOGGED.findall(path.read_text("utf-8"))
    }
    assert {"promote", "bulk accept", "set keys"} <= found
    found |= {f"{one} site" for one in SITE_ACTIONS}
    same = {action for action in found if action_text(action) == action}
    assert same == set()
    assert action_text("rejected") == "rejected"
