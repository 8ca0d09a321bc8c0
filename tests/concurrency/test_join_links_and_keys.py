"""A join link that a crowd follows at once, and keys voided while they are redeemed."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from uuid import UUID

from sqlmodel import select

from grouplic.adapters.database import Database
from grouplic.adapters.secrets import DerivedTokens
from grouplic.domain.groups import Enrollment, EnrollmentKey, GroupLeader, Seat
from grouplic.domain.refusals import Refusal
from grouplic.services import join_link_terms, join_links, joining, key_ledger, key_voiding
from grouplic.services.actors import Actor
from grouplic.services.join_link_terms import Terms
from grouplic.services.key_filter import EVERY_KEY
from grouplic.services.key_voiding import Chosen
from tests.cast import invite_the_cast, key_of_open_seat, seat_states
from tests.concurrency.race import prepare, race

TOKENS = DerivedTokens("a test's secret")


def as_actor(person: UUID) -> Actor:
    return Actor(person, person, f"{person}@race.org", "", "", "member", True, False)


def test_100_contenders_never_exceed_the_cap(database: Database, now: datetime) -> None:
    group_id, people = prepare(database, seats=60, contenders=100, now=now)
    with database.writing() as session:
        leader = as_actor(session.exec(select(GroupLeader.user_id)).one())
        link = join_link_terms.create_or_change(session, group_id, Terms(40), leader, TOKENS, now)
        token, link_id = join_links.token_of(link, TOKENS), link.id

    def join(person: UUID) -> str:
        try:
            with database.writing() as session:
                join_links.join(session, token, as_actor(person), now)
        except Refusal as refusal:
            return refusal.message[:26]
        return "joined"

    outcome = race(database, group_id, people, join, 32)

    assert outcome.errors == []
    assert outcome.told == {"joined": 40, "As many people as the join": 60}
    assert outcome.taken_seats == outcome.learners_on_seats == 40
    with database.reading() as session:
        assert join_links.uses(session, link_id) == 40


def test_one_person_in_many_tabs_uses_the_link_once(database: Database, now: datetime) -> None:
    cast = invite_the_cast(database, now, seats=9)
    with database.writing() as session:
        link = join_link_terms.create_or_change(
            session, cast.group_id, Terms(9), cast.alice, TOKENS, now
        )
        token, link_id = join_links.token_of(link, TOKENS), link.id

    def join(_tab: UUID) -> str:
        with database.writing() as session:
            joined = join_links.join(session, token, cast.bob, now)
        return "already in" if joined.already_in else "joined"

    outcome = race(database, cast.group_id, [UUID(int=n) for n in range(8)], join, 8)

    assert (outcome.errors, outcome.told) == ([], {"joined": 1, "already in": 7})
    with database.reading() as session:
        assert join_links.uses(session, link_id) == 1


def test_a_key_is_redeemed_or_voided_and_never_both(database: Database, now: datetime) -> None:
    group_id, people = prepare(database, seats=40, contenders=40, now=now)
    with database.writing() as session:
        leader = as_actor(session.exec(select(GroupLeader.user_id)).one())
        handed = key_ledger.hand_out(session, group_id, 40, leader, now)
    start = threading.Barrier(33)

    def redeem(place: int) -> str:
        if place < 32:
            start.wait(timeout=30)
        try:
            with database.writing() as session:
                joining.redeem(session, handed[place].text, as_actor(people[place]), now)
        except Refusal:
            return "refused"
        return "joined"

    def void() -> int:
        start.wait(timeout=30)
        with database.writing() as session:
            return key_voiding.void(session, group_id, Chosen(EVERY_KEY), leader, now)

    with ThreadPoolExecutor(33) as pool:
        voiding = pool.submit(void)
        told = list(pool.map(redeem, range(40)))
        voided = voiding.result()

    with database.reading() as session:
        states = seat_states(session, group_id)
        learners = session.exec(select(Enrollment.seat_id)).all()
        live = session.exec(
            select(Seat.id)
            .join(EnrollmentKey, EnrollmentKey.seat_id == Seat.id)
            .where(EnrollmentKey.voided_at.is_(None), EnrollmentKey.redeemed_at.is_(None))
        ).all()
    assert voided == told.count("refused")
    assert told.count("joined") == len(learners) == states.count("taken")
    assert states.count("open") == len(live) == told.count("refused")
    assert len(set(live)) == len(live)


def test_one_key_in_many_hands_seats_one_and_tells_the_others(
    database: Database, now: datetime
) -> None:
    group_id, people = prepare(database, seats=2, contenders=16, now=now)
    with database.reading() as session:
        code = key_of_open_seat(session, group_id)

    def redeem(person: UUID) -> str:
        try:
            with database.writing() as session:
                joining.redeem(session, code, as_actor(person), now)
        except Refusal as refusal:
            return refusal.message[:30]
        return "joined"

    outcome = race(database, group_id, people, redeem, 16)

    assert outcome.errors == []
    assert outcome.told == {"joined": 1, "This key has already been used": 15}
    assert outcome.taken_seats == outcome.learners_on_seats == 1
