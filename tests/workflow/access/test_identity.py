"""Who acts where nobody signs in."""

import os
from pathlib import Path

from sqlalchemy import event

from seep.settings import read_settings
from seep.workflow.access.identity import Credentials, identify, local_name, set_local_name
from seep.workflow.workspace import open_workspace
from tests.actors import TESTER


def test_a_new_local_name_counts_at_once_and_is_not_read_for_each_question(tmp_path: Path) -> None:
    workspace = open_workspace(read_settings(os.environ | {"SEEP_WORKSPACE": str(tmp_path / "one")}))
    assert local_name(workspace) == workspace.settings.user
    set_local_name(workspace, "Ana", TESTER)
    assert local_name(workspace) == "Ana"
    statements: list[str] = []
    event.listen(workspace.store._reader, "before_cursor_execute", lambda *all_: statements.append(all_[2]))
    names = [one.name for one in (identify(workspace, Credentials()) for _ in range(20)) if one]
    assert names == ["Ana"] * 20
    assert len([one for one in statements if one.startswith("SELECT")]) <= 2
