"""Joining: what every way to a seat leaves behind, and who gets an old seat back."""

from datetime import datetime, timedelta

import pytest
from sqlmodel import Session, select

from grouplic.adapters.database import Database
from grouplic.domain import keys
from grouplic.domain.catalog import Lesson, Module
from grouplic.domain.groups import (
    Enrollment,
    EnrollmentKey,
    Group,
    GroupLeader,
    LeaderRole,
    Seat,
    Way,
)
from grouplic.domain.records import AuditEvent
from grouplic.domain.refusals import Refusal
from grouplic.services import joining, learning, leaving
from grouplic.services.actors import Actor
from grouplic.services.groups import InSandbox
from grouplic.services.joining import Joined
from tests.cast import Cast, a_group, key_of_open_seat, seat_states

NAME = "Northlab autumn intake"


def key_numbered(session: Session, cast: Cast, number: int) -> EnrollmentKey:
    """Return the newest key of the seat with this number."""
    of_seat = (
        select(EnrollmentKey)
        .join(Seat, Seat.id == EnrollmentKey.seat_id)
        .where(Seat.group_id == cast.group_id, Seat.number == number)
        .order_by(EnrollmentKey.created_at.desc())
        .execution_options(populate_existing=True)
    )
    found = session.exec(of_seat).first()
    assert found is not None
    return found


def take(session: Session, cast: Cast, who: Actor, now: datetime, way: Way = Way.INVITE) -> Joined:
    group = session.get_one(Group, cast.group_id)
    return joining.take_open_seat(session, group, who.user_id, way, cast.alice.user_id, now)


def start_and_leave(session: Session, cast: Cast, who: Actor, now: datetime) -> None:
    """Open a lesson and be removed: the seat retires."""
    learning.open_lesson(session, who, "writing", "lesson-1", now)
    leaving.remove(session, cast.group_id, who.user_id, cast.alice, now)


def test_a_redeemed_key_says_by_whom_and_the_group_and_the_person_hear_of_it(
    database: Database, cast: Cast, now: datetime
) -> None:
    with database.writing() as session:
        code = key_of_open_seat(session, cast.group_id, 2)
        session.info.clear()
        joined = joining.redeem(session, code, cast.bob, now)
        assert joined == Joined(cast.group_id, NAME, already_in=False)
        assert seat_states(session, cast.group_id) == ["open", "taken", "open"]
        key = key_numbered(session, cast, 2)
        assert (key.redeemed_at, key.redeemed_by_id) == (now, cast.bob.user_id)
        assert session.info["touched"] == {f"group:{cast.group_id}", f"user:{cast.bob.user_id}"}

        enrollment = session.exec(select(Enrollment)).one()
        assert (enrollment.seat_id, enrollment.user_id) == (key.seat_id, cast.bob.user_id)
        assert (enrollment.group_id, enrollment.way) == (cast.group_id, "key")
        assert (enrollment.enrolled_at, enrollment.join_link_id) == (now, None)
        event = session.exec(select(AuditEvent).where(AuditEvent.kind == "enrolled")).one()
        assert (event.at, event.actor_id, event.group_id) == (now, cast.bob.user_id, cast.group_id)
        assert event.facts == {"seat": 2, "learner": str(cast.bob.user_id), "way": "key"}

        again = joining.redeem(session, code, cast.bob, now)
        assert again == Joined(cast.group_id, NAME, already_in=True)


def test_who_gets_an_open_seat_makes_its_key_useless_and_takes_one_only(
    database: Database, cast: Cast, now: datetime
) -> None:
    later = now + timedelta(hours=1)
    with database.writing() as session:
        assert take(session, cast, cast.bob, later) == Joined(cast.group_id, NAME, False)
        assert key_numbered(session, cast, 1).voided_at == later
        assert key_numbered(session, cast, 2).voided_at is None
        enrollment = session.exec(select(Enrollment)).one()
        assert (enrollment.way, enrollment.enrolled_at) == ("invite", later)
        event = session.exec(select(AuditEvent).where(AuditEvent.kind == "enrolled")).one()
        assert (event.actor_id, event.facts["way"]) == (cast.alice.user_id, "invite")
        assert take(session, cast, cast.bob, later) == Joined(cast.group_id, NAME, True)
        assert seat_states(session, cast.group_id) == ["taken", "open", "open"]


def test_a_key_works_until_the_very_end_of_the_license(
    database: Database, cast: Cast, now: datetime
) -> None:
    with database.writing() as session:
        code = key_of_open_seat(session, cast.group_id)
        session.get_one(Group, cast.group_id).ends_at = now
        session.flush()
        with pytest.raises(Refusal, match=f"license of {NAME} has ended") as refused:
            joining.redeem(session, code, cast.bob, now)
        assert refused.value.field == "key"
        earlier = now - timedelta(seconds=1)
        assert not joining.redeem(session, code, cast.bob, earlier).already_in


def test_a_dead_key_is_refused_beside_its_field(
    database: Database, cast: Cast, now: datetime
) -> None:
    with database.writing() as session:
        code = key_of_open_seat(session, cast.group_id)
        joining.redeem(session, code, cast.bob, now)
        take(session, cast, cast.charlie, now)
        for number in (1, 2):
            dead = key_numbered(session, cast, number).code
            with pytest.raises(Refusal) as refused:
                joining.preview_key(session, dead, None, now)
            assert refused.value.field == "key"


def test_a_key_that_opens_nothing_is_refused_in_words_that_say_what_to_do(
    database: Database, cast: Cast, now: datetime
) -> None:
    later = now + timedelta(days=1)
    with database.writing() as session:
        used, voided, ended = (
            key_of_open_seat(session, cast.group_id, number) for number in (1, 2, 3)
        )
        joining.redeem(session, used, cast.bob, now)
        key_numbered(session, cast, 2).voided_at = now
        session.get_one(Group, cast.group_id).ends_at = later
        session.flush()
        said = []
        for code in (keys.mint(), used, voided, ended):
            with pytest.raises(Refusal) as refused:
                joining.preview_key(session, code, cast.charlie, later)
            said.append((refused.value.message, refused.value.field))
    assert said == [
        ("We do not know this key. Check it against what you were given.", "key"),
        ("This key has already been used. Each key opens one seat.", "key"),
        (
            "This key no longer works: its seat was given to someone else or the key was replaced. "
            "Ask the person who gave it to you for a new one.",
            "key",
        ),
        (
            f"The license of {NAME} has ended, so its keys open nothing. "
            "Ask the person who gave it to you to renew it; your key works again then.",
            "key",
        ),
    ]


def test_the_preview_tells_a_member_that_nothing_is_to_be_done(
    database: Database, cast: Cast, now: datetime
) -> None:
    with database.writing() as session:
        code = key_of_open_seat(session, cast.group_id)
        before = joining.preview_key(session, code, cast.bob, now)
        joining.redeem(session, code, cast.bob, now)
        after = joining.preview_key(session, code, cast.bob, now)
        with pytest.raises(Refusal, match="already been used"):
            joining.preview_key(session, code, cast.charlie, now)
    assert (before.code, before.already_in, before.unused) == (code, False, True)
    assert (after.code, after.already_in, after.unused) == (code, True, False)


def test_the_preview_tells_a_member_of_no_spent_key_that_it_stays_unused(
    database: Database, cast: Cast, now: datetime
) -> None:
    with database.writing() as session:
        own, used, voided = (key_numbered(session, cast, number) for number in (1, 2, 3))
        joining.redeem(session, own.code, cast.bob, now)
        joining.redeem(session, used.code, cast.charlie, now)
        voided.voided_at = now
        session.flush()
        shown = [
            joining.preview_key(session, key.code, cast.bob, now) for key in (own, used, voided)
        ]
    assert [(one.already_in, one.unused) for one in shown] == [(True, False)] * 3


def test_what_is_removed_from_a_module_is_not_promised(
    database: Database, cast: Cast, now: datetime
) -> None:
    with database.writing() as session:
        lesson = session.exec(select(Lesson).where(Lesson.title == "Lesson 1")).first()
        assert lesson is not None
        for each in session.exec(select(Lesson).where(Lesson.title == "Lesson 2")):
            each.removed = True
        session.flush()
        (outline,) = joining.outlines(session, cast.group_id)
        assert outline == joining.ModuleOutline("Writing", 1, 5)


def test_modules_are_outlined_in_the_order_of_the_catalog(
    database: Database, cast: Cast, now: datetime
) -> None:
    with database.writing() as session:
        group = a_group(session, cast.charlie, now, modules=("writing", "privacy", "security"))
        places = {"writing": 2, "security": 1, "privacy": 2}
        for module in session.exec(select(Module)):
            module.position = places[module.slug]
        for lesson in session.exec(select(Lesson).join(Module).where(Module.slug == "privacy")):
            lesson.removed = True
        session.flush()
        assert joining.outlines(session, group.id) == [
            joining.ModuleOutline("Security", 2, 10),
            joining.ModuleOutline("Privacy", 0, 0),
            joining.ModuleOutline("Writing", 2, 10),
        ]


def test_the_first_leader_invites_and_nobody_in_particular_where_none_is_left(
    database: Database, cast: Cast, now: datetime
) -> None:
    with database.writing() as session:
        session.add(
            GroupLeader(
                group_id=cast.group_id,
                user_id=cast.charlie.user_id,
                role=LeaderRole.PEOPLE,
                since=now - timedelta(days=1),
            )
        )
        a_group(session, cast.bob, now - timedelta(days=9))
        session.flush()
        names = [joining.leader_name(session, cast.group_id)]
        for leader in session.exec(
            select(GroupLeader)
            .where(GroupLeader.group_id == cast.group_id)
            .order_by(GroupLeader.since)
        ).all():
            leader.ended_at = now
            session.flush()
            names.append(joining.leader_name(session, cast.group_id))
    assert names == ["Charlie Marsh", "Alice Marsh", "Your group's leader"]


def test_who_comes_back_gets_the_seat_that_retired_with_them_and_costs_no_other(
    database: Database, cast: Cast, now: datetime
) -> None:
    later, back = now + timedelta(hours=1), now + timedelta(hours=2)
    with database.writing() as session:
        take(session, cast, cast.bob, now)
        assert not joining.may_return(session, cast.group_id, cast.bob.user_id)
        assert joining.is_in(session, cast.group_id, cast.bob.user_id)
        start_and_leave(session, cast, cast.bob, later)
        assert not joining.is_in(session, cast.group_id, cast.bob.user_id)
        assert joining.may_return(session, cast.group_id, cast.bob.user_id)
        assert not joining.may_return(session, cast.group_id, cast.charlie.user_id)

        take(session, cast, cast.charlie, back)
        assert seat_states(session, cast.group_id) == ["retired", "taken", "open"]
        take(session, cast, cast.bob, back)
        assert seat_states(session, cast.group_id) == ["taken", "taken", "open"]


def test_what_somebody_is_or_was_in_one_group_says_nothing_of_another(
    database: Database, cast: Cast, now: datetime
) -> None:
    later = now + timedelta(hours=1)
    bob, charlie = cast.bob.user_id, cast.charlie.user_id
    with database.writing() as session:
        other = a_group(session, cast.olive, now)
        joining.take_open_seat(session, other, bob, Way.INVITE, cast.olive.user_id, now)
        assert joining.is_in(session, other.id, bob)
        assert not joining.is_in(session, cast.group_id, bob)
        assert not joining.is_in(session, other.id, charlie)

        learning.open_lesson(session, cast.bob, "writing", "lesson-1", later)
        leaving.remove(session, other.id, bob, cast.olive, later)
        assert joining.may_return(session, other.id, bob)
        assert not joining.may_return(session, cast.group_id, bob)


def test_a_seat_that_opened_again_waits_for_nobody(
    database: Database, cast: Cast, now: datetime
) -> None:
    with database.writing() as session:
        take(session, cast, cast.bob, now)
        leaving.remove(session, cast.group_id, cast.bob.user_id, cast.alice, now)
        assert seat_states(session, cast.group_id) == ["open"] * 3
        assert not joining.may_return(session, cast.group_id, cast.bob.user_id)


def test_a_seat_that_retired_with_somebody_else_waits_for_them_alone(
    database: Database, cast: Cast, now: datetime
) -> None:
    hours = [now + timedelta(hours=hour) for hour in range(4)]
    with database.writing() as session:
        take(session, cast, cast.bob, hours[0])
        leaving.remove(session, cast.group_id, cast.bob.user_id, cast.alice, hours[1])
        take(session, cast, cast.charlie, hours[1])
        start_and_leave(session, cast, cast.charlie, hours[2])
        assert joining.may_return(session, cast.group_id, cast.charlie.user_id)
        assert not joining.may_return(session, cast.group_id, cast.bob.user_id)
        code = key_of_open_seat(session, cast.group_id, 2)
        joining.redeem(session, code, cast.bob, hours[3])
        assert seat_states(session, cast.group_id) == ["retired", "taken", "open"]


def test_nobody_real_joins_a_sandbox(database: Database, cast: Cast, now: datetime) -> None:
    with database.writing() as session:
        code = key_of_open_seat(session, cast.group_id)
        session.get_one(Group, cast.group_id).sandbox_of_id = cast.alice.user_id
        session.flush()
        with pytest.raises(InSandbox):
            joining.preview_key(session, code, None, now)
        with pytest.raises(InSandbox):
            joining.redeem(session, code, cast.bob, now)
        with pytest.raises(InSandbox):
            take(session, cast, cast.bob, now)
        assert not take(session, cast, cast.bob, now, Way.DEMO).already_in
