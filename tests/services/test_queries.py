"""The most frequent queries find by an index, and pages ask as often for many as for few."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

import pytest
from sqlmodel import Session, select

from grouplic.adapters.database import Database
from grouplic.adapters.secrets import DerivedTokens
from grouplic.domain.groups import Group, Way
from grouplic.domain.people import User
from grouplic.services import (
    filling,
    groups,
    inviting,
    joining,
    key_ledger,
    learning,
    leaving,
    outbox,
    sent_invitations,
    sessions,
    waiting,
)
from grouplic.services.actors import actor_of
from grouplic.services.backlog import backlog
from grouplic.services.inviting import Invitee
from grouplic.services.links import token_hash
from grouplic.services.seat_map import seat_map
from tests.cast import Cast, a_group, key_of_open_seat, user_named
from tests.services.watching import Asked, asked, scans

TOKENS = DerivedTokens("a secret")


@dataclass(frozen=True)
class Moment:
    """A session, the cast and the time, for one thing that is done often."""

    session: Session
    cast: Cast
    now: datetime


def redeem(moment: Moment) -> None:
    code = key_of_open_seat(moment.session, moment.cast.group_id)
    joining.preview_key(moment.session, code, moment.cast.bob, moment.now)
    joining.redeem(moment.session, code, moment.cast.bob, moment.now)


def remove(moment: Moment) -> None:
    redeem(moment)
    person, group = moment.cast.bob.user_id, moment.cast.group_id
    leaving.remove(moment.session, group, person, moment.cast.alice, moment.now)


def invite(moment: Moment) -> None:
    people = [Invitee("dan@new.org"), Invitee("bob@northlab.org")]
    inviting.invite(moment.session, moment.cast.group_id, people, moment.cast.alice, moment.now)


def send_mail(moment: Moment) -> None:
    invite(moment)
    moment.session.flush()
    assert outbox.anything_due(moment.session, moment.now)
    claimed = outbox.claim(moment.session, moment.now, TOKENS)
    assert claimed
    outbox.note_sent(moment.session, claimed, moment.now)


def look_for_waiting(moment: Moment) -> None:
    filling.groups_with_room_and_waiting(moment.session, moment.now)
    filling.fill_from_waiting_list(moment.session, moment.cast.group_id, moment.now)


def sign_in_and_look(moment: Moment) -> None:
    cookie = sessions.open_session(
        moment.session, user_named(moment.session, "bob"), "x", moment.now - moment.now, moment.now
    )
    moment.session.flush()
    actor_of(moment.session, token_hash(cookie), moment.now)


PAGES: dict[str, tuple[Callable[[Moment], object], int]] = {
    "dashboard": (lambda m: seat_map(m.session, m.cast.group_id, m.cast.alice), 5),
    "list of groups": (lambda m: groups.groups_led_by(m.session, m.cast.alice), 3),
    "keys": (lambda m: key_ledger.handed_out(m.session, m.cast.group_id, m.cast.alice), 2),
    "sent invitations": (
        lambda m: sent_invitations.invitations_of(m.session, m.cast.group_id, m.cast.alice),
        2,
    ),
    "waiting list": (
        lambda m: waiting.waiting_list(m.session, m.cast.group_id, m.cast.alice),
        3,
    ),
    "my learning": (lambda m: learning.my_modules(m.session, m.cast.bob, m.now), 5),
    "backlog": (lambda m: backlog(m.session, m.now), 4),
}
ACTS: dict[str, Callable[[Moment], object]] = {
    act.__name__: act
    for act in (redeem, remove, invite, send_mail, look_for_waiting, sign_in_and_look)
}


@pytest.mark.parametrize("name", [*ACTS, *PAGES])
def test_no_frequent_query_reads_a_growing_table_whole(
    name: str, database: Database, cast: Cast, now: datetime
) -> None:
    act = ACTS.get(name) or PAGES[name][0]
    statements = _ask(act, database, cast, now)
    assert statements
    assert scans(database, statements) == []


def test_the_check_sees_a_scan(database: Database, cast: Cast, now: datetime) -> None:
    def by_first_name(moment: Moment) -> object:
        return moment.session.exec(select(User).where(User.first_name == "Bob")).all()

    assert scans(database, _ask(by_first_name, database, cast, now))


def test_a_redemption_asks_twice_and_writes_what_it_changes(
    database: Database, cast: Cast, now: datetime
) -> None:
    with database.reading() as session:
        code = key_of_open_seat(session, cast.group_id)
    with asked(database) as statements, database.writing() as session:
        joining.redeem(session, code, cast.bob, now)
    # The person, the key; then seat, key, enrollment, summary and event, on PostgreSQL at once.
    assert len(statements) == 2 + (5 if database.is_sqlite else 1)


def test_joining_by_any_seat_asks_three_times(
    database: Database, cast: Cast, now: datetime
) -> None:
    with database.writing() as session:
        group = session.get_one(Group, cast.group_id)
        with asked(database) as statements:
            joining.take_open_seat(
                session, group, cast.bob.user_id, Way.JOIN_LINK, cast.bob.user_id, now
            )
    assert len(statements) == 3 + (5 if database.is_sqlite else 1)


def test_a_look_up_asks_as_often_for_many_modules_as_for_one(
    database: Database, cast: Cast, now: datetime
) -> None:
    def looked_up(group_id: UUID) -> Asked:
        with database.reading() as session:
            code = key_of_open_seat(session, group_id)
            with asked(database) as statements:
                joining.preview_key(session, code, cast.bob, now)
        return statements

    with database.writing() as session:
        group = a_group(session, cast.alice, now, 3, ("writing", "privacy", "security"))
    assert len(looked_up(cast.group_id)) == len(looked_up(group.id)) == 3


@pytest.mark.parametrize("name", PAGES)
def test_a_page_asks_as_often_for_many_as_for_few(
    name: str, database: Database, cast: Cast, now: datetime
) -> None:
    page, most = PAGES[name]
    few = _ask(page, database, cast, now)
    _grow(database, cast, now)
    many = _ask(page, database, cast, now)
    assert len(many) == len(few) <= most


def _ask(act: Callable[[Moment], object], database: Database, cast: Cast, now: datetime) -> Asked:
    with asked(database) as statements, database.writing() as session:
        act(Moment(session, cast, now))
    return statements


def _grow(database: Database, cast: Cast, now: datetime) -> None:
    with database.writing() as session:
        group = a_group(session, cast.alice, now, 30, ("writing", "privacy", "security"))
        session.flush()
        people = [Invitee(f"dan{number}@new.org") for number in range(10)]
        bob = Invitee("bob@northlab.org")
        inviting.invite(session, group.id, [bob, *people], cast.alice, now)
        key_ledger.hand_out(session, cast.group_id, 2, cast.alice, now)
        names = [replace(person) for person in people[:1]]
        inviting.invite(session, cast.group_id, names, cast.alice, now)
