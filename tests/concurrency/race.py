"""Many people at once for a few seats, over real connections; and a naive way, as a control."""

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import text
from sqlmodel import Session, col, func, select

from grouplic.adapters.database import Database
from grouplic.domain.groups import Enrollment, Group, Seat, SeatState, Way
from grouplic.domain.people import User
from grouplic.services import joining
from grouplic.services.catalog import load
from grouplic.services.seats import NoSeatOpen
from tests.cast import a_group, a_module, actor


@dataclass(frozen=True)
class Outcome:
    """How a race ended: what each contender was told, and what the database holds."""

    told: Counter[str]
    errors: list[BaseException]
    taken_seats: int
    learners_on_seats: int
    most_on_one_seat: int


def prepare(
    database: Database, seats: int, contenders: int, now: datetime
) -> tuple[UUID, list[UUID]]:
    """Make a group with ``seats`` open seats and ``contenders`` accounts; return their ids."""
    with database.writing() as session:
        load(session, [a_module("writing", 1)], now)
        leader = actor(session, "alice", now)
        people = [
            User(email=f"{n}@race.org", email_key=f"{n}@race.org", created_at=now)
            for n in range(contenders)
        ]
        session.add_all(people)
        ids = [person.id for person in people]
    with database.writing() as session:
        return a_group(session, leader, now, seats).id, ids


def race(
    database: Database,
    group_id: UUID,
    people: list[UUID],
    join: Callable[[UUID], str],
    connections: int = 64,
) -> Outcome:
    """Let everybody join at once over ``connections`` threads and say how it ended."""
    start = threading.Barrier(min(connections, len(people)))
    told: Counter[str] = Counter()
    errors: list[BaseException] = []
    guard = threading.Lock()

    def contend(person: UUID) -> None:
        if not start.broken:
            start_together(start)
        try:
            answer = join(person)
        except Exception as error:
            with guard:
                errors.append(error)
            return
        with guard:
            told[answer] += 1

    with ThreadPoolExecutor(max_workers=connections) as pool:
        list(pool.map(contend, people))
    with database.reading() as session:
        return _outcome(session, group_id, told, errors)


def start_together(barrier: threading.Barrier) -> None:
    """Wait for the first wave; whoever comes after it does not wait."""
    try:
        barrier.wait(timeout=10)
    except threading.BrokenBarrierError:
        return
    barrier.abort()


def by_the_service(database: Database, group_id: UUID, now: datetime) -> Callable[[UUID], str]:
    """Return a way to join as the product does it."""

    def join(person: UUID) -> str:
        try:
            with database.writing() as session:
                group = session.get_one(Group, group_id)
                joining.take_open_seat(session, group, person, Way.JOIN_LINK, person, now)
        except NoSeatOpen:
            return "refused"
        return "joined"

    return join


def by_read_and_write(database: Database, group_id: UUID, now: datetime) -> Callable[[UUID], str]:
    """Return the naive way: look for an open seat in one transaction, take it in another."""

    def join(person: UUID) -> str:
        with database.reading() as session:
            seat = session.exec(
                select(Seat.id)
                .where(Seat.group_id == group_id, Seat.state == SeatState.OPEN)
                .order_by(col(Seat.number))
            ).first()
        if seat is None:
            return "refused"
        with database.writing() as session:
            session.get_one(Seat, seat).state = SeatState.TAKEN
            session.add(
                Enrollment(
                    id=uuid4(),
                    group_id=group_id,
                    seat_id=seat,
                    user_id=person,
                    way=Way.JOIN_LINK,
                    enrolled_at=now,
                )
            )
        return "joined"

    return join


def drop_the_guard(database: Database) -> None:
    """Drop the index that keeps two learners off one seat, so that the control can oversell."""
    with database.engine.connect() as connection:
        connection.execute(text("DROP INDEX uq_enrollment_live_seat"))
        connection.commit()


def _outcome(
    session: Session, group_id: UUID, told: Counter[str], errors: list[BaseException]
) -> Outcome:
    on_seats = session.exec(
        select(func.count())
        .where(Enrollment.group_id == group_id, col(Enrollment.ended_at).is_(None))
        .group_by(col(Enrollment.seat_id))
    ).all()
    taken = session.exec(
        select(func.count()).where(Seat.group_id == group_id, Seat.state == SeatState.TAKEN)
    ).one()
    return Outcome(told, errors, taken, sum(on_seats), max(on_seats, default=0))
