"""What people and jobs did, from the activity log."""

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import asdict, astuple, fields
from datetime import UTC, datetime

from seep.core.records import AuditRecord
from seep.errors import SettingsError
from seep.io.exporting.table import safe_cell
from seep.store import audit_log
from seep.store.schema import stamp
from seep.workflow.actor import Actor, requires
from seep.workflow.workspace import Workspace

MAX_SHOWN = 200
FORMATS = ("csv", "jsonl")


@requires("admin", "see the activity of people")
def activity_of(workspace: Workspace, name: str | None, actor: Actor) -> list[AuditRecord]:
    """Return the newest actions, newest first, at most `MAX_SHOWN`.

    Args:
        name: actions of this person and on this person's account, such as failed sign-ins; None for all actions.
    """
    with workspace.store.reading() as session:
        if name is None:
            return audit_log.list_audit(session, MAX_SHOWN)
        return audit_log.list_by_author(session, name, subject=f"person {name}")[:MAX_SHOWN]


@requires("admin", "see the activity of people")
def activity_lines(
    workspace: Workspace, file_format: str, actor: Actor, *, name: str | None = None, since: str = ""
) -> Iterator[str]:
    """Yield the activity log as lines of a file, oldest action first.

    Args:
        file_format: "csv", with a row of names and `details` as JSON, without formulas; or "jsonl", one JSON object
            per line.
        name: only actions of this person.
        since: ISO 8601 date or time, UTC without a zone; "" for all.

    Raises:
        SettingsError: unknown format, or `since` is not a time.
    """
    if file_format not in FORMATS:
        raise SettingsError(f"There is no format {file_format[:20]!r}. Formats: {', '.join(FORMATS)}.")
    return _lines(workspace, file_format, name, _moment(since) if since else "")


def _lines(workspace: Workspace, file_format: str, name: str | None, since: str) -> Iterator[str]:
    with workspace.store.reading() as session:
        if file_format == "csv":
            yield _row([field.name for field in fields(AuditRecord)])
        for one in audit_log.every_action(session, since, name):
            if file_format == "jsonl":
                yield json.dumps(asdict(one), ensure_ascii=False) + "\n"
            else:
                *values, details = astuple(one)
                yield _row([*values, json.dumps(details, ensure_ascii=False) if details else ""])


def _row(values: list[object]) -> str:
    text = io.StringIO()
    csv.writer(text).writerow([safe_cell(value) if isinstance(value, str) else value for value in values])
    return text.getvalue()


def _moment(text: str) -> str:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise SettingsError(f"{text[:40]!r} is not a time. Write 2026-11-25 or 2026-11-25T08:00.") from error
    return stamp(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
