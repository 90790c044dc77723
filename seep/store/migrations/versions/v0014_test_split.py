"""The test split under the name that the pages use, in rows of scenes and in stored JSON."""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_NAMES = {"locked": "test"}


def upgrade() -> None:
    """Rename the split in scenes, cards, outcomes of runs, evaluations and the activity log."""
    op.execute("UPDATE scene SET split = 'test' WHERE split = 'locked'")
    _rewrite("checkpoint", "id", "card", _card)
    _rewrite("run", "id", "outcome", _outcome)
    _rewrite("workspace", "key", "value", _evaluation, sa.column("key").like("evaluation %"))
    _rewrite("audit", "id", "details", _logged_split, sa.column("action") == "split")
    _rewrite("audit", "id", "details", _keys, sa.column("action") == "bulk accept")


def _rewrite(
    name: str, key: str, column: str, change: Callable[[Any], Any], *wanted: sa.ColumnElement[bool]
) -> None:
    """Replace the JSON objects that `change` changes."""
    table = sa.table(name, sa.column(key), sa.column(column, sa.JSON))
    connection = op.get_bind()
    for row_key, value in connection.execute(sa.select(table).where(*wanted)).all():
        changed = change(value) if isinstance(value, dict) else value
        if changed != value:
            connection.execute(sa.update(table).where(table.c[key] == row_key).values({column: changed}))


def _keys(values: Any) -> Any:
    if not isinstance(values, dict):
        return values
    return {_NAMES.get(split, split): value for split, value in values.items()}


def _card(card: dict[str, Any]) -> dict[str, Any]:
    return card | {name: _keys(card[name]) for name in ("splits", "figures") if name in card}


def _evaluation(value: dict[str, Any]) -> dict[str, Any]:
    return value | {"splits": _keys(value["splits"])} if "splits" in value else value


def _outcome(outcome: dict[str, Any]) -> dict[str, Any]:
    changed = dict(_evaluation(outcome))
    if isinstance(changed.get("basis"), str):
        changed["basis"] = _NAMES.get(changed["basis"], changed["basis"])
    if isinstance(changed.get("changed"), list):
        changed["changed"] = [
            tile | {"split": _NAMES.get(tile["split"], tile["split"])}
            if isinstance(tile, dict) and isinstance(tile.get("split"), str)
            else tile
            for tile in changed["changed"]
        ]
    return changed


def _logged_split(details: dict[str, Any]) -> dict[str, Any]:
    return details | {
        name: _NAMES.get(details[name], details[name]) for name in ("from", "to") if name in details
    }
