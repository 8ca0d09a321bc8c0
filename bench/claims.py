"""Redemptions at service level, beside bare transactions on the same database.

Two of those: a claim and nothing else; and all that a redemption asks, by the driver alone, which
is the most that a service in Python could reach with a transaction each.
"""

import os
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from threading import Lock, local
from typing import Any

from sqlmodel import select

from bench.figures import Figure
from grouplic.adapters.database import Database
from grouplic.domain.groups import Seat
from grouplic.services import joining
from tests.concurrency.mixed import Prize, offer
from tests.services.watching import asked

_THREADS = 8
_CLAIM = "UPDATE seat SET state = 'taken' WHERE id = {} AND state = 'open'"

Statements = Sequence[tuple[str, Any]]  # of one transaction, with their values


class _TakenBack(Exception):
    """Rolls back what was only run to see its statements."""


def measure(database: Database, seats: int) -> tuple[float, float, float]:
    """Return redemptions, bare claims and bare redemptions a second, in groups of so many seats."""
    bare = bare_claims(database, seats)
    return redemptions(database, seats), bare, bare_redemptions(database, seats)


def figures(kind: str) -> tuple[Figure, Figure]:
    """Return what to fill with runs."""
    share = f"… of what bare claim transactions reach, {kind}"
    return (
        Figure(f"redemptions, service level, {kind}", "/s", "measured"),
        Figure(share, "%", "≥ 50 %", lambda x: x >= 50),
    )


def redemptions(database: Database, seats: int) -> float:
    """Return how many keys a second the service redeems, each by another learner."""
    prize = offer(database, seats, seats, datetime.now(UTC))
    redeem = _redeem(database, prize)
    return _rate(redeem, list(zip(prize.keys, prize.people, strict=True)))


def bare_claims(database: Database, seats: int) -> float:
    """Return how many seats a second the driver takes, a transaction each, and nothing else."""
    prize = offer(database, seats, 0, datetime.now(UTC))
    ids = _seat_ids(database, prize)
    if database.is_sqlite:
        return _bare_rate(database, [[(_CLAIM.format("?"), (seat.hex,))] for seat in ids])
    return _bare_rate(database, [[(_CLAIM.format("%s"), (seat,))] for seat in ids])


def bare_redemptions(database: Database, seats: int) -> float:
    """Return how many keys a second the driver redeems by the statements of the service."""
    prize = offer(database, seats, seats, datetime.now(UTC))
    redeem = _redeem(database, prize, taken_back=True)
    work = []
    for one in zip(prize.keys, prize.people, strict=True):
        with asked(database) as statements, suppress(_TakenBack):
            redeem(one)
        work.append(statements)
    return _bare_rate(database, work)


def bare_syncs(number: int) -> float:
    """Return how many times a second a small write reaches the disk that the databases are on."""
    with tempfile.TemporaryFile() as file:
        began = time.perf_counter()
        for _ in range(number):
            os.write(file.fileno(), b"x" * 4096)
            os.fdatasync(file.fileno())
        return number / (time.perf_counter() - began)


def _redeem(database: Database, prize: Prize, taken_back: bool = False) -> Callable[[Any], None]:
    def redeem(one: Any) -> None:
        code, person = one
        actor = replace(prize.leader, user_id=person.id, email=person.email)
        with database.writing() as session:
            joining.redeem(session, code, actor, prize.now)
            if taken_back:
                raise _TakenBack

    return redeem


def _bare_rate(database: Database, work: Sequence[Statements]) -> float:
    return _rate(_on_sqlite(database) if database.is_sqlite else _on_postgres(database), work)


def _on_sqlite(database: Database) -> Callable[[Statements], None]:
    # One connection: more would wait for each other.
    connection: Any = database.engine.raw_connection()
    turn = Lock()

    def run(statements: Statements) -> None:
        with turn:
            connection.execute("BEGIN IMMEDIATE")
            for statement, values in statements:
                connection.execute(statement, values).fetchall()
            connection.execute("COMMIT")

    return run


def _on_postgres(database: Database) -> Callable[[Statements], None]:
    mine = local()

    def run(statements: Statements) -> None:
        if not hasattr(mine, "connection"):
            mine.connection = database.engine.raw_connection()
        for statement, values in statements:
            mine.connection.execute(statement, values)
        mine.connection.commit()

    return run


def _seat_ids(database: Database, prize: Prize) -> Sequence[Any]:
    with database.reading() as session:
        return session.exec(select(Seat.id).where(Seat.group_id == prize.group_id)).all()


def _rate(act: Callable[[Any], None], work: Sequence[Any]) -> float:
    with ThreadPoolExecutor(_THREADS) as pool:
        began = time.perf_counter()
        list(pool.map(act, work))
        return len(work) / (time.perf_counter() - began)
