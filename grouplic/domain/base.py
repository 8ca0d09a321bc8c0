"""What every table shares: names for constraints, identifiers, partial unique indexes."""

import uuid

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import SQLModel
from uuid_utils.compat import uuid7

# Named constraints can be altered by a migration on every database, and read in an error.
SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


def new_id() -> uuid.UUID:
    """Return a version 7 UUID (RFC 9562): unguessable enough for an address, ordered by time."""
    return uuid7()


def one_of(column: str, values: type) -> CheckConstraint:
    """Return a named CHECK that holds ``column`` to the values of a StrEnum."""
    allowed = ", ".join(f"'{value}'" for value in values)  # type: ignore[attr-defined]
    return CheckConstraint(f"{column} IN ({allowed})", name=f"{column}_known")


def unique_where(name: str, *columns: str, where: str) -> Index:
    """Return a partial unique index: at most one row with these columns where ``where`` holds."""
    return Index(
        name, *columns, unique=True, sqlite_where=text(where), postgresql_where=text(where)
    )
