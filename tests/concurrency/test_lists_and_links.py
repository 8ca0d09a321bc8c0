"""People who wait come in by themselves while their leader lets them in: nobody waits in a ring."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from threading import Barrier
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlmodel import col, select

from grouplic.adapters.database import Database
from grouplic.domain.groups import Enrollment, Group, GroupLeader, Way
from grouplic.domain.joins import Invitation
from grouplic.domain.people import User
from grouplic.domain.refusals import Refusal
from grouplic.services import (
    inviting,
    joining,
    key_ledger,
    key_voiding,
    outbox,
    people_form,
    sent_invitations,
)
from grouplic.services.actors import Actor
from grouplic.services.filling import fill_from_waiting_list
from grouplic.services.key_filter import EVERY_KEY
from grouplic.services.key_voiding import Chosen
from grouplic.services.leaving import remove
from grouplic.services.waiting import ToWait, put_on_waiting_list
from tests.cast import invite_the_cast, seat_states
from tests.concurrency.race import prepare
from tests.concurrency.test_join_links_and_keys import TOKENS, as_actor
from tests.services.test_admission import DAN

PEOPLE = 24


def everybody_waits(database: Database, group_id: UUID, now: datetime) -> Actor:
    """Put the contenders on the list, and return the group's leader."""
    with database.writing() as session:
        leader = session.exec(select(GroupLeader.user_id)).one()
        emails = session.exec(select(User.email).where(col(User.email).endswith("@race.org"))).all()
        waiting = [ToWait(email, "", "") for email in sorted(emails, reverse=True)]
        put_on_waiting_list(session, group_id, waiting, Way.INVITE, leader, now)
    return as_actor(leader)


def test_keys_are_redeemed_by_people_who_wait_while_they_are_voided(
    database: Database, now: datetime
) -> None:
    group_id, people = prepare(database, seats=PEOPLE, contenders=PEOPLE, now=now)
    with database.writing() as session:
        leader = as_actor(session.exec(select(GroupLeader.user_id)).one())
        handed = key_ledger.hand_out(session, group_id, PEOPLE, leader, now)
    everybody_waits(database, group_id, now)
    start, every = Barrier(PEOPLE + 3), Chosen(EVERY_KEY)

    def redeem(place: int) -> None:
        start.wait(timeout=30)
        try:
            with database.writing() as session:
                joining.redeem(session, handed[place].text, as_actor(people[place]), now)
        except Refusal:
            return

    def void() -> None:
        start.wait(timeout=30)
        with database.writing() as session:
            key_voiding.void(session, group_id, every, leader, now)

    def label(words: str) -> None:
        start.wait(timeout=30)
        with database.writing() as session:
            key_voiding.label(session, group_id, every, words, leader, now)

    with ThreadPoolExecutor(PEOPLE + 3) as pool:
        others = [pool.submit(void), *(pool.submit(label, words) for words in ("A", "B"))]
        list(pool.map(redeem, range(PEOPLE)))
        for one in others:
            one.result()

    with database.reading() as session:
        assert seat_states(session, group_id) == ["taken"] * PEOPLE


def test_people_who_wait_follow_the_join_link_while_the_list_fills(
    database: Database, now: datetime
) -> None:
    group_id, people = prepare(database, seats=PEOPLE, contenders=PEOPLE, now=now)
    everybody_waits(database, group_id, now)
    start = Barrier(PEOPLE + 1)

    def join(person: UUID) -> None:
        start.wait(timeout=30)
        with database.writing() as session:
            group = session.get_one(Group, group_id)
            joining.take_open_seat(session, group, person, Way.JOIN_LINK, person, now)

    def fill() -> None:
        start.wait(timeout=30)
        with database.writing() as session:
            fill_from_waiting_list(session, group_id, now)

    with ThreadPoolExecutor(PEOPLE + 1) as pool:
        filling = pool.submit(fill)
        list(pool.map(join, people))
        filling.result()

    with database.reading() as session:
        assert seat_states(session, group_id) == ["taken"] * PEOPLE


def test_somebody_is_put_back_on_the_last_seat_while_they_follow_the_link(
    database: Database, now: datetime
) -> None:
    cast = invite_the_cast(database, now, seats=1)
    bob = cast.bob.user_id

    def join(start: Barrier) -> None:
        with database.writing() as session:
            group = session.get_one(Group, cast.group_id)
            start.wait(timeout=30)
            joining.take_open_seat(session, group, bob, Way.JOIN_LINK, bob, now)

    def put_back(start: Barrier, left: UUID) -> None:
        start.wait(timeout=30)
        try:
            with database.writing() as session:
                people_form.take_back(session, cast.group_id, left, cast.alice, now)
        except Refusal:
            return

    join(Barrier(1))
    with ThreadPoolExecutor(2) as pool:
        for _ in range(15):
            with database.writing() as session:
                remove(session, cast.group_id, bob, cast.alice, now)
                left = session.exec(
                    select(Enrollment.id).order_by(col(Enrollment.id).desc())
                ).first()
            # On SQLite the one who writes waits for nobody.
            start = Barrier(1 if database.is_sqlite else 2)
            for one in [pool.submit(join, start), pool.submit(put_back, start, left)]:
                one.result()
            with database.reading() as session:
                assert seat_states(session, cast.group_id) == ["taken"]


@pytest.mark.parametrize("changed", ["invitation", "account"])
def test_the_outbox_waits_for_nobody_who_changes_an_invitation_or_its_account(
    database: Database, now: datetime, changed: str
) -> None:
    if database.is_sqlite:
        return  # one writer at a time
    cast = invite_the_cast(database, now)
    with database.writing() as session:
        inviting.invite(session, cast.group_id, [DAN], cast.alice, now)
        invitation = session.exec(select(Invitation.id)).one()
    with database.writing() as leaders:
        # Before its mail, as sending again does it too.
        if changed == "invitation":
            sent_invitations.letter_to_show(
                leaders, cast.group_id, invitation, cast.alice, TOKENS, "https://x.org", now
            )
        else:
            dan = select(User).where(User.email_key == DAN.email)
            leaders.exec(dan.with_for_update(key_share=True)).one()
        with database.writing() as workers:
            workers.exec(text("SET LOCAL lock_timeout = '2s'"))
            assert outbox.claim(workers, now, TOKENS) is None
    with database.writing() as session:
        assert outbox.claim(session, now, TOKENS) is not None
