"""What a person did, from the activity log."""

from seep.core.records import AuditRecord
from seep.store import audit_log
from seep.workflow.actor import Actor, requires
from seep.workflow.workspace import Workspace

MAX_SHOWN = 200


@requires("admin", "see the activity of people")
def activity_of(workspace: Workspace, name: str, actor: Actor) -> list[AuditRecord]:
    """Return the newest actions of a person, newest first, at most `MAX_SHOWN`."""
    with workspace.store.reading() as session:
        return audit_log.list_by_author(session, name)[:MAX_SHOWN]
