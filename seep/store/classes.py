"""The classes of the workspace, and the names of its authors."""

from collections.abc import Sequence

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from seep.core.masks.classes import SeepClass as ClassValue
from seep.core.masks.classes import check_classes
from seep.store import audit_log
from seep.store.schema import Audit, Revision, SeepClass
from seep.store.tiles import IMPORTER


def list_classes(session: Session) -> list[ClassValue]:
    """Return the classes by id; none in a new workspace."""
    rows = session.scalars(select(SeepClass).order_by(SeepClass.id))
    return [ClassValue(id=row.id, name=row.name, color=row.color, key=row.key) for row in rows]


def count_classes(session: Session) -> int:
    """Return the number of classes, background included."""
    return session.scalar(select(func.count(SeepClass.id))) or 0


def set_classes(session: Session, classes: Sequence[ClassValue], author: str) -> None:
    """Replace all classes.

    Raises:
        SettingsError: the classes are invalid; see `check_classes`.
    """
    check_classes(classes)
    before = [seep_class.name for seep_class in list_classes(session)]
    session.execute(delete(SeepClass))
    rows = [
        {"id": seep_class.id, "name": seep_class.name, "color": seep_class.color, "key": seep_class.key}
        for seep_class in classes
    ]
    session.execute(insert(SeepClass), rows)
    session.expire_all()
    details = {"from": before, "to": [seep_class.name for seep_class in classes]}
    audit_log.add(session, author, "set classes", "workspace", details)


def authors(session: Session) -> list[str]:
    """Return the names of everyone with a saved mask or an action in the log, sorted."""
    names = {*session.scalars(select(Revision.author).distinct())}
    names.update(session.scalars(select(Audit.author).distinct()))
    return sorted(names - {IMPORTER}, key=str.casefold)
