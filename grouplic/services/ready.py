"""Statements that are built once, made ready for the driver once, and run often.

What the library does anew each time it runs one costs more than the database does. The text, what
becomes of each value, and what is raised are still the library's.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Dialect, Executable


@dataclass(frozen=True)
class Ready:
    """A statement as the driver takes it: its text, and what becomes of each value it names."""

    text: str
    names: tuple[str, ...]
    by_place: bool
    fixed: dict[str, Any]
    required: frozenset[str]
    prepare: dict[str, Callable[[Any], Any] | None]


def run_ready(connection: Connection, statement: Executable, values: Mapping[str, Any]) -> None:
    """Run a statement that is built once, and not for each call, with these values.

    It may have no list that grows with its values (``in_``); whatever it returns is not read.
    """
    ready = make_ready(statement, connection.dialect)
    if missing := ready.required - values.keys():
        # The driver would write NULL.
        raise KeyError(*sorted(missing))
    given = {**ready.fixed, **values}
    prepared = {
        name: given[name] if prepare is None else prepare(given[name])
        for name, prepare in ready.prepare.items()
    }
    in_place = tuple(prepared[name] for name in ready.names)
    connection.exec_driver_sql(ready.text, in_place if ready.by_place else prepared)


@lru_cache
def make_ready(statement: Executable, dialect: Dialect) -> Ready:
    """Return the statement as the driver of this database takes it; made once."""
    compiled: Any = statement.compile(dialect=dialect)  # type: ignore[attr-defined]
    names = tuple(compiled.positiontup or compiled.bind_names.values())
    binds = {name: bind for bind, name in compiled.bind_names.items()}
    fixed = {name: compiled.params[name] for name in names}
    for column in compiled.insert_prefetch:
        if column.default.is_scalar:
            fixed[column.key] = column.default.arg
        else:
            # One for all rows would be wrong: whoever leaves it out is told so.
            del fixed[column.key]
    return Ready(
        str(compiled),
        names,
        compiled.positional,
        fixed,
        frozenset(name for name, bind in binds.items() if bind.required),
        {
            name: bind.type.dialect_impl(dialect).bind_processor(dialect)
            for name, bind in binds.items()
        },
    )
