"""Stored objects: read, kept and listed as the JSON that the API answers with."""

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from grouplic.adapters.local_stripe.errors import no_such

Body = dict[str, Any]

_COLUMNS = "seq, id, body"


@dataclass(frozen=True)
class Page:
    """Which part of a list is wanted; Stripe's words for it."""

    limit: int = 10
    starting_after: str | None = None
    ending_before: str | None = None


@dataclass(frozen=True)
class Filter:
    """Conditions on a list, as SQL with named values."""

    conditions: list[str] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)

    def add(self, condition: str, **values: Any) -> None:
        """Require ``condition`` as well."""
        self.conditions.append(condition)
        self.values.update(values)

    def created(self, column: str, wanted: int | dict[str, int] | None) -> None:
        """Require a creation time: a moment, or a range of gt, gte, lt and lte."""
        signs = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
        if isinstance(wanted, int):
            self.add(f"{column} = :created", created=wanted)
        elif wanted:
            for name, value in wanted.items():
                self.add(f"{column} {signs[name]} :created_{name}", **{f"created_{name}": value})


def add(connection: sqlite3.Connection, body: Body, parent: str | None = None) -> Body:
    """Store a new object and return it; ``parent`` is the session of a line."""
    connection.execute(
        "INSERT INTO objects (id, kind, parent, due, body) VALUES (?, ?, ?, ?, ?)",
        (body["id"], body["object"], parent, _due(body), json.dumps(body)),
    )
    return body


def save(connection: sqlite3.Connection, body: Body) -> Body:
    """Store the new state of an object and return it."""
    connection.execute(
        "UPDATE objects SET due = ?, body = ? WHERE id = ?",
        (_due(body), json.dumps(body), body["id"]),
    )
    return body


def remove(connection: sqlite3.Connection, identifier: str) -> None:
    """Remove an object with its lines."""
    connection.execute("DELETE FROM objects WHERE id = :id OR parent = :id", {"id": identifier})


def find(connection: sqlite3.Connection, kind: str, identifier: str) -> Body | None:
    """Return the object, or None."""
    row = connection.execute(
        "SELECT body FROM objects WHERE id = ? AND kind = ?", (identifier, kind)
    ).fetchone()
    return json.loads(row["body"]) if row else None


def load(connection: sqlite3.Connection, kind: str, identifier: str) -> Body:
    """Return the object; refuse with 404 when there is none."""
    body = find(connection, kind, identifier)
    if body is None:
        raise no_such(kind, identifier, param=kind.split(".")[-1])
    return body


def overdue_sessions(connection: sqlite3.Connection, now: int) -> list[Body]:
    """Return the open sessions whose time is over."""
    rows = connection.execute("SELECT body FROM objects WHERE due <= ? ORDER BY due", (now,))
    return [json.loads(row["body"]) for row in rows]


def newest(
    connection: sqlite3.Connection, table: str, wanted: Filter, page: Page
) -> tuple[list[Body], bool]:
    """Return a page of ``table``, newest first, and whether there are more."""
    return _page(connection, table, wanted, page, newest_first=True)


def lines_of(
    connection: sqlite3.Connection, parent: str, page: Page, kind: str = "item"
) -> tuple[list[Body], bool]:
    """Return a page of the lines of a session, or of an invoice, and whether there are more."""
    wanted = Filter()
    wanted.add("kind = :kind AND parent = :parent", kind=kind, parent=parent)
    return _page(connection, "objects", wanted, page, newest_first=False)


def listing(url: str, data: Iterable[Body], has_more: bool) -> Body:
    """Return a list object; the SDK asks ``url`` for the next page."""
    return {"object": "list", "data": list(data), "has_more": has_more, "url": url}


def _page(
    connection: sqlite3.Connection, table: str, wanted: Filter, page: Page, *, newest_first: bool
) -> tuple[list[Body], bool]:
    backwards = page.ending_before is not None
    conditions, values = list(wanted.conditions), dict(wanted.values)
    for cursor, forwards in ((page.starting_after, True), (page.ending_before, False)):
        if cursor is not None:
            sign = "<" if newest_first is forwards else ">"
            conditions.append(f"seq {sign} :cursor")
            values["cursor"] = _seq(connection, table, cursor, forwards=forwards)
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM {table} WHERE {' AND '.join(conditions) or 'TRUE'} "
        f"ORDER BY seq {'DESC' if newest_first is not backwards else 'ASC'} LIMIT :limit",
        {**values, "limit": page.limit + 1},
    ).fetchall()
    bodies = [json.loads(row["body"]) for row in rows[: page.limit]]
    return (bodies[::-1] if backwards else bodies), len(rows) > page.limit


def _seq(connection: sqlite3.Connection, table: str, cursor: str, *, forwards: bool) -> int:
    row = connection.execute(f"SELECT seq FROM {table} WHERE id = ?", (cursor,)).fetchone()
    if row is None:
        param = "starting_after" if forwards else "ending_before"
        raise no_such("object", cursor, status=400, param=param)
    return int(row["seq"])


def _due(body: Body) -> int | None:
    is_open = body["object"] == "checkout.session" and body["status"] == "open"
    return int(body["expires_at"]) if is_open else None
