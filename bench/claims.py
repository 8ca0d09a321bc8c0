"""Redemptions at service level, beside bare claim transactions on the same database."""

import os
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
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

_THREADS = 8
_CLAIM = "UPDATE seat SET state = 'taken' WHERE id = {} AND state = 'open'"


def measure(database: Database, seats: int) -> tuple[float, float]:
    """Return redemptions a second and bare claims a second, in groups of so many seats."""
    bare = bare_claims(database, seats)
    return redemptions(database, seats), bare


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
    work = list(zip(prize.keys, prize.people, strict=True))

    def redeem(one: Any) -> None:
        code, person = one
        actor = replace(prize.leader, user_id=person.id, email=person.email)
        with database.writing() as session:
            joining.redeem(session, code, actor, prize.now)

    return _rate(redeem, work)


def bare_claims(database: Database, seats: int) -> float:
    """Return how many seats a second the driver takes, a transaction each, and nothing else."""
    prize = offer(database, seats, 0, datetime.now(UTC))
    ids = _seat_ids(database, prize)
    claim = _sqlite_claim(database) if database.is_sqlite else _postgres_claim(database)
    return _rate(claim, ids)


def bare_syncs(number: int) -> float:
    """Return how many times a second a small write reaches the disk that the databases are on."""
    with tempfile.TemporaryFile() as file:
        began = time.perf_counter()
        for _ in range(number):
            os.write(file.fileno(), b"x" * 4096)
            os.fdatasync(file.fileno())
        return number / (time.perf_counter() - began)


def _sqlite_claim(database: Database) -> Callable[[Any], None]:
    # One connection: more would wait for each other.
    connection, turn = database.engine.raw_connection(), Lock()

    def claim(seat: Any) -> None:
        with turn:
            connection.execute("BEGIN IMMEDIATE")  # type: ignore[attr-defined]
            connection.execute(_CLAIM.format("?"), (seat.hex,))  # type: ignore[attr-defined]
            connection.execute("COMMIT")  # type: ignore[attr-defined]

    return claim


def _postgres_claim(database: Database) -> Callable[[Any], None]:
    mine = local()

    def claim(seat: Any) -> None:
        if not hasattr(mine, "connection"):
            mine.connection = database.engine.raw_connection()
        mine.connection.execute(_CLAIM.format("%s"), (seat,))
        mine.connection.commit()

    return claim


def _seat_ids(database: Database, prize: Prize) -> Sequence[Any]:
    with database.reading() as session:
        return session.exec(select(Seat.id).where(Seat.group_id == prize.group_id)).all()


def _rate(act: Callable[[Any], None], work: Sequence[Any]) -> float:
    with ThreadPoolExecutor(_THREADS) as pool:
        began = time.perf_counter()
        list(pool.map(act, work))
        return len(work) / (time.perf_counter() - began)
