"""What a person did, from the activity log."""

from seep.core.records import AuditRecord
from seep.store import audit_log
from seep.workflow.actor import Actor, requires
from seep.workflow.workspace import Workspace

MAX_SHOWN = 200


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
