"""One statement run for many rows, past what the library does to each value of each row.

That costs more than the database. Here values are made ready column by column, and once where all
rows have the same.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Column
from sqlalchemy.sql.dml import UpdateBase
from sqlmodel import Session, SQLModel

from grouplic.services.ready import Ready, make_ready


def insert_many(session: Session, entity: type[SQLModel], rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows, which name the same columns all; what they leave out has its usual value.

    A value of each row's own, such as an id, cannot be left out.
    """
    if rows:
        table = entity.__table__  # type: ignore[attr-defined]
        named = {
            name: column
            for name, column in _columns(rows).items()
            if not _is_left_out(table.c[name], column)
        }
        _run(session, _insert(table, tuple(named)), named, len(rows))


def run_many(session: Session, statement: UpdateBase, rows: Sequence[dict[str, Any]]) -> int:
    """Run the statement for each of the rows; return how many rows of the table it changed.

    The statement is kept, made ready: one that is built once, and not for each call.
    """
    return _run(session, statement, _columns(rows), len(rows)) if rows else 0


def _columns(rows: Sequence[dict[str, Any]]) -> dict[str, list[Any]]:
    return {name: [row[name] for row in rows] for name in rows[0]}


def _is_left_out(column: Column[Any], values: list[Any]) -> bool:
    # A column that no row fills is null without being named, where nothing is made up for it.
    return column.default is None and values[0] is None and _is_one(values)


def _is_one(values: list[Any]) -> bool:
    return len(set(map(id, values))) == 1


def _run(session: Session, statement: UpdateBase, columns: dict[str, list[Any]], rows: int) -> int:
    session.flush()
    connection = session.connection()
    ready = make_ready(statement, connection.dialect)
    values: list[Any] = list(
        zip(*(_prepared(ready, name, columns, rows) for name in ready.names), strict=True)
    )
    if not ready.by_place:
        values = [dict(zip(ready.names, row, strict=True)) for row in values]
    return connection.exec_driver_sql(ready.text, values).rowcount


@lru_cache
def _insert(table: Any, names: tuple[str, ...]) -> UpdateBase:
    insert: UpdateBase = table.insert().values(dict.fromkeys(names))
    return insert


def _prepared(ready: Ready, name: str, columns: dict[str, list[Any]], rows: int) -> list[Any]:
    prepare = ready.prepare[name]
    values = columns[name] if name in columns else [ready.fixed[name]] * rows
    if prepare is None:
        return values
    if _is_one(values):
        return [prepare(values[0])] * rows
    return [prepare(value) for value in values]
