"""What is asked of the database, and how it would find the answer."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event, text

from grouplic.adapters.database import Database
from grouplic.domain.orm_tables import metadata

# Tables that stay small however much is sold, and may be read whole.
_SMALL = frozenset({"module", "lesson", "question"})

# An index of what is live holds little, however much has been.
_PARTIAL = {
    index.name
    for table in metadata.tables.values()
    for index in table.indexes
    if index.dialect_options["sqlite"]["where"] is not None
}

Asked = list[tuple[str, Any]]


@contextmanager
def asked(database: Database) -> Iterator[Asked]:
    """Collect every statement and its values."""
    statements: Asked = []

    def note(_c: Any, _cursor: Any, statement: str, values: Any, _x: Any, many: bool) -> None:
        if not statement.startswith(("BEGIN", "SAVEPOINT", "RELEASE", "PRAGMA")):
            statements.append((statement, values[0] if many else values))

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(database.engine, "before_cursor_execute", note)


def scans(database: Database, statements: Asked) -> list[str]:
    """Return the statements that read a growing table from one end to the other."""
    found = _scans_of_sqlite if database.is_sqlite else _scans_of_postgres
    with database.engine.connect() as connection:
        if not database.is_sqlite:
            # The tables of a test are so small that reading them whole is quicker.
            connection.execute(text("SET enable_seqscan = off"))
        return [
            f"{sorted(tables)}: {statement}"
            for statement, values in statements
            if statement.startswith(("SELECT", "WITH", "UPDATE", "DELETE"))
            and (tables := found(connection, statement, values) - _SMALL)
        ]


def _scans_of_sqlite(connection: Any, statement: str, values: Any) -> set[str]:
    rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all()
    matches = [re.match(r"SCAN (\w+)(?: USING (?:COVERING )?INDEX (\w+))?", row[3]) for row in rows]
    read = {match[1] for match in matches if match and match[2] not in _PARTIAL}
    # What was made on the way is as small as what it was made of.
    return read - {"CONSTANT"} - {name for name in read if name.startswith("anon")}


def _scans_of_postgres(connection: Any, statement: str, values: Any) -> set[str]:
    answer = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", values).scalar()
    plan = answer if isinstance(answer, list) else json.loads(answer)
    return set(_sequential(plan[0]["Plan"]))


def _sequential(node: dict[str, Any]) -> Iterator[str]:
    if node["Node Type"] == "Seq Scan":
        yield node["Relation Name"]
    for child in node.get("Plans", ()):
        yield from _sequential(child)
