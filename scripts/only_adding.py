"""Do the migrations only add? The version before is still at work while one runs.

Each migration is played to a recorder in place of a database. What a version that knows nothing of
it could stumble over is a finding: something dropped, renamed or of another type, a new column that
wants a value, a rule about what the version before writes.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from io import StringIO
from typing import Any

from alembic.ddl.postgresql import PostgresqlImpl
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import CheckConstraint, Column, ForeignKeyConstraint, Index, Table
from sqlalchemy.schema import Constraint

_WIDER = "the rule is put back with one more value allowed"
_NEVER_OUT = "no version before it has been released: nobody could be running it"
_SLOWER = "the version before reads without it, only slower"
# What has been looked at, with the reason why the version before does not mind.
EXCEPTIONS = {
    "0002: drops ck_mail_state_known": _WIDER,
    "0002: binds what is written to mail: state_known": _WIDER,
    "0005: binds what is written to upload_row: only_a_secret_is_judged": _NEVER_OUT,
    "0006: drops ck_one_time_link_purpose_known": _WIDER,
    "0006: binds what is written to one_time_link: purpose_known": _WIDER,
    "0007: drops ck_purchase_order_kind_known": _WIDER,
    "0007: binds what is written to purchase_order: kind_known": _WIDER,
    "0007: binds what is written to seat: owed_is_taken": _NEVER_OUT,
    "0010: drops the index ix_enrollment_summary_lessons": _SLOWER,
    "0011: drops ck_difference_kind_known": _WIDER,
    "0011: binds what is written to difference: ck_difference_kind_known": _WIDER,
}

_WORDS = re.compile(r"\w+")
_CHANGES_ROWS = re.compile(r"\s*(INSERT|UPDATE)\b", re.IGNORECASE)


def findings(scripts: ScriptDirectory) -> list[str]:
    """Return what the migrations do beside adding, in their order; the exceptions too."""
    output = {"as_sql": True, "output_buffer": StringIO()}
    context = MigrationContext.configure(dialect_name="postgresql", opts=output)
    recorder = _Recorder(context.impl)
    context.impl = recorder
    found: list[str] = []
    with Operations.context(context):
        for script in reversed(list(scripts.walk_revisions())):
            recorder.begin()
            script.module.upgrade()
            found += [f"{script.revision}: {what}" for what in recorder.found()]
    return found


class _Recorder(PostgresqlImpl):
    """Takes what a migration asks of a database, and notes what is more than an addition."""

    def __init__(self, model: Any) -> None:
        super().__init__(model.dialect, None, True, None, model.output_buffer, model.context_opts)
        self._known: dict[str, set[str]] = defaultdict(set)
        self.begin()

    def begin(self) -> None:
        """Start with the next migration: what there is now, the version before knows."""
        self._before = {table: set(columns) for table, columns in self._known.items()}
        self._found: list[str] = []
        self._dropped_indexes: set[str] = set()

    def found(self) -> Iterator[str]:
        """Return what this migration does beside adding."""
        yield from self._found
        yield from (f"drops the index {name}" for name in sorted(self._dropped_indexes))

    def create_table(self, table: Table, **_: Any) -> None:
        self._known[table.name] |= {column.name for column in table.columns}

    def add_column(self, table_name: str, column: Column[Any], **_: Any) -> None:
        self._known[table_name].add(column.name)
        filled = column.nullable or column.server_default is not None
        if table_name in self._before and not filled:
            self._found.append(f"adds {table_name}.{column.name}, which wants a value")

    def add_constraint(self, const: Constraint, **_: Any) -> None:
        table = const.table.name
        old = self._before.get(table, set())
        if isinstance(const, CheckConstraint):
            bound = old & set(_WORDS.findall(str(const.sqltext)))
        elif isinstance(const, ForeignKeyConstraint):
            bound = old if old.issuperset(const.column_keys) else set()
        else:
            bound = old if old.issuperset(column.name for column in const.columns) else set()
        if bound:
            self._found.append(f"binds what is written to {table}: {const.name}")

    def create_index(self, index: Index, **_: Any) -> None:
        table = index.table.name if index.table is not None else ""
        columns = {column.name for column in index.columns}
        if index.unique and columns <= self._before.get(table, set()) and table in self._before:
            self._found.append(f"binds what is written to {table}: {index.name}")
        self._dropped_indexes.discard(str(index.name))

    def drop_index(self, index: Index, **_: Any) -> None:
        self._dropped_indexes.add(str(index.name))

    def drop_constraint(self, const: Constraint, **_: Any) -> None:
        self._found.append(f"drops {const.name}")

    def drop_table(self, table: Table, **_: Any) -> None:
        self._found.append(f"drops {table.name}")

    def drop_column(self, table_name: str, column: Column[Any], **_: Any) -> None:
        self._found.append(f"drops {table_name}.{column.name}")

    def rename_table(self, old_table_name: str, *_: Any, **__: Any) -> None:
        self._found.append(f"renames {old_table_name}")

    def alter_column(self, table_name: str, column_name: str, **_: Any) -> None:
        self._found.append(f"changes {table_name}.{column_name}")

    def execute(self, sql: Any, *_: Any, **__: Any) -> None:
        if not _CHANGES_ROWS.match(str(sql)):
            self._found.append("executes " + " ".join(str(sql).split()[:4]))

    def bulk_insert(self, *_: Any, **__: Any) -> None:
        """Add rows, which nobody minds."""
