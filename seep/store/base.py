"""What all tables have in common: their root, the names of constraints, the widths of columns."""

from typing import Any

from sqlalchemy import JSON, MetaData, String
from sqlalchemy.orm import DeclarativeBase

SHA256 = String(64)
TIME = String(32)
WORD = String(16)
AUTHOR = String(80)
NAME = String(255)


class Base(DeclarativeBase):
    """The models' common root; named constraints, so that migrations can address them on any database."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {dict[str, Any]: JSON, list[str]: JSON}  # noqa: RUF012 - read by SQLAlchemy as declared
