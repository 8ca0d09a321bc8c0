"""Every way into a group at once: keys, any open seat, invites, imports; and when each was told."""

import random
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID, uuid4

from sqlmodel import Session, col, select

from grouplic.adapters.database import Database
from grouplic.domain.groups import EnrollmentKey, Group, Way
from grouplic.domain.people import User
from grouplic.domain.refusals import Refusal
from grouplic.services import inviting, joining
from grouplic.services.actors import Actor
from grouplic.services.admission import Newcomer, Outcome, admit
from grouplic.services.catalog import load
from grouplic.services.inviting import Invitee
from tests.cast import a_group, a_module, actor


@dataclass(frozen=True)
class Told:
    """What became of one attempt: seats it got, people it refused for want of a seat, and when."""

    seats: int
    refused: int
    began: float
    ended: float


@dataclass(frozen=True)
class Prize:
    """The group, its leader, the keys of its seats, and who contends for it."""

    group_id: UUID
    leader: Actor
    keys: Sequence[str]
    people: Sequence[User]
    now: datetime


def offer(database: Database, seats: int, contenders: int, now: datetime) -> Prize:
    """Make a group with open seats, and accounts that want one."""
    race = uuid4().hex[:12]
    with database.writing() as session:
        load(session, [a_module("writing", 1)], now)
        leader = actor(session, f"alice-{race}", now)
        people = [
            User(email=f"{n}@{race}.org", email_key=f"{n}@{race}.org", created_at=now)
            for n in range(contenders)
        ]
        session.add_all(people)
    with database.writing() as session:
        group = a_group(session, leader, now, seats)
        session.flush()
        keys = session.exec(
            select(EnrollmentKey.code).where(col(EnrollmentKey.group_id) == group.id)
        ).all()
    return Prize(group.id, leader, keys, people, now)


def contend(databases: Sequence[Database], prize: Prize, seed: int) -> list[Told]:
    """Let everybody try at once, each by a way that the seed draws, over 64 connections."""
    draw = random.Random(seed)
    attempts = [_attempt(prize, person, draw) for person in prize.people]
    draw.shuffle(attempts)
    start = threading.Event()

    def run(number: int) -> Told:
        start.wait()
        return _timed(databases[number % len(databases)], attempts[number])

    with ThreadPoolExecutor(64) as pool:
        waiting = [pool.submit(run, number) for number in range(len(attempts))]
        start.set()
        return [one.result() for one in waiting]


def refused_while_a_seat_was_free(told: Sequence[Told]) -> int:
    """Count who was refused although somebody who began only after that still got a seat.

    No seat comes back in this race, so such a seat was free all along.
    """
    last = max((one.began for one in told if one.seats), default=0.0)
    return sum(one.refused for one in told if one.ended < last)


Attempt = Callable[[Session], tuple[int, int]]


def _attempt(prize: Prize, person: User, draw: random.Random) -> Attempt:
    ways = [_by_any_seat, _by_invite, _by_import, _by_key]
    way = draw.choices(ways, [3, 2, 1, 4])[0]
    if way is _by_key:
        code = draw.choice(list(prize.keys))
        return lambda session: _by_key(session, prize, person, code)
    return lambda session: way(session, prize, person)  # type: ignore[operator]


def _timed(database: Database, attempt: Attempt) -> Told:
    began = time.monotonic()
    with database.writing() as session:
        seats, refused = attempt(session)
    return Told(seats, refused, began, time.monotonic())


def _by_any_seat(session: Session, prize: Prize, person: User) -> tuple[int, int]:
    group = session.get_one(Group, prize.group_id)
    try:
        joined = joining.take_open_seat(
            session, group, person.id, Way.JOIN_LINK, person.id, prize.now
        )
    except Refusal:
        return 0, 1
    return int(not joined.already_in), 0


def _by_key(session: Session, prize: Prize, person: User, code: str) -> tuple[int, int]:
    # A dead key is refused whatever other seats are free.
    actor_ = replace(prize.leader, user_id=person.id, email=person.email)
    try:
        return int(not joining.redeem(session, code, actor_, prize.now).already_in), 0
    except Refusal:
        return 0, 0


def _by_invite(session: Session, prize: Prize, person: User) -> tuple[int, int]:
    try:
        (one,) = inviting.invite(
            session, prize.group_id, [Invitee(person.email)], prize.leader, prize.now
        )
    except Refusal:
        return 0, 1
    return int(one.outcome != Outcome.MEMBER), 0


def _by_import(session: Session, prize: Prize, person: User) -> tuple[int, int]:
    rows = [
        Newcomer(email, "Dan", "Novak", Way.UPLOAD, prize.leader.user_id)
        for email in (person.email, f"new-{person.email}", f"newer-{person.email}")
    ]
    outcomes = [one.outcome for one in admit(session, prize.group_id, rows, prize.now)]
    refused = outcomes.count(Outcome.NO_SEAT)
    return len(outcomes) - refused - outcomes.count(Outcome.MEMBER), refused
