"""Access: who may open a module, who may see its pictures, and what the others are told."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlmodel import Session, select

from grouplic.adapters.database import Database
from grouplic.domain.groups import Enrollment, Group, GroupLeader, Way
from grouplic.domain.refusals import NotFound, Refusal
from grouplic.services import access, joining, leaving
from grouplic.services.groups import lock_group
from tests.cast import Cast, a_group


def enroll(session: Session, cast: Cast, group_id: UUID, now: datetime) -> Enrollment:
    """Give Bob a seat of the group."""
    group, bob = lock_group(session, group_id), cast.bob.user_id
    joining.take_open_seat(session, group, bob, Way.DEMO, cast.alice.user_id, now)
    held = select(Enrollment).where(
        Enrollment.group_id == group_id,
        Enrollment.user_id == bob,
        Enrollment.ended_at.is_(None),
    )
    return session.exec(held).one()


def another_group(session: Session, cast: Cast, now: datetime, name: str) -> Group:
    """Give Alice one more group with the same module."""
    group = a_group(session, cast.alice, now)
    group.name = name
    session.flush()
    return group


def refusal(session: Session, cast: Cast, now: datetime) -> Refusal:
    with pytest.raises(Refusal) as refused:
        access.module_open_to(session, cast.bob, "writing", now)
    return refused.value


def test_a_seat_opens_the_modules_of_its_group_alone_until_its_term_ends(
    database: Database, cast: Cast, now: datetime
) -> None:
    with database.writing() as session:
        enroll(session, cast, cast.group_id, now)
        another_group(session, cast, now, "Not Bob's")
        session.get_one(Group, cast.group_id).ends_at = now + timedelta(seconds=1)
        session.flush()

        assert access.module_open_to(session, cast.bob, "writing", now).slug == "writing"
        (row,) = session.exec(access.modules_open_to(cast.bob.user_id, now))
        assert row[1:] == (cast.group_id, "Northlab autumn intake")
        with pytest.raises(NotFound, match="This module does not exist"):
            access.module_open_to(session, cast.bob, "privacy", now)
        with pytest.raises(access.AccessEnded):
            access.module_open_to(session, cast.bob, "writing", now + timedelta(seconds=1))


def test_a_group_that_awaits_the_mailbox_is_closed_and_says_what_opens_it(
    database: Database, cast: Cast, now: datetime
) -> None:
    with database.writing() as session:
        enroll(session, cast, cast.group_id, now).awaits_claim = True
        session.flush()
        refused = refusal(session, cast, now)
        assert not isinstance(refused, access.AccessEnded | NotFound)
        assert str(refused) == (
            "Northlab autumn intake opens once you have used the link in the mail we sent you, "
            "which shows that this mailbox is yours."
        )


def test_a_seat_that_is_held_explains_more_than_one_that_was_lost(
    database: Database, cast: Cast, now: datetime
) -> None:
    with database.writing() as session:
        ended = another_group(session, cast, now, "Ended class")
        enroll(session, cast, ended.id, now)
        enroll(session, cast, cast.group_id, now)
        later = now + timedelta(days=1)
        leaving.remove(session, cast.group_id, cast.bob.user_id, cast.alice, later)
        ended.ends_at = now
        session.flush()
        assert str(refusal(session, cast, later)).startswith("Access to Ended class is paused")


def test_of_several_seats_that_were_lost_the_last_one_explains(
    database: Database, cast: Cast, now: datetime
) -> None:
    with database.writing() as session:
        groups = [another_group(session, cast, now, name) for name in ("Early", "Late", "Middle")]
        for group, days in zip(groups, (1, 3, 2), strict=True):
            enroll(session, cast, group.id, now)
            left = now + timedelta(days=days)
            leaving.remove(session, group.id, cast.bob.user_id, cast.alice, left)
        last = refusal(session, cast, now + timedelta(days=4))
        assert isinstance(last, access.AccessEnded)
        assert str(last) == (
            "You hold no seat in Late anymore, so its modules are closed. "
            "What you have done is kept, and so are your certificates: both are on myLearning. "
            "To go on, ask the person who leads the group, or redeem another key."
        )


def test_a_former_seat_of_a_group_that_has_ended_speaks_of_the_end(
    database: Database, cast: Cast, now: datetime
) -> None:
    with database.writing() as session:
        enrollment = enroll(session, cast, cast.group_id, now)
        enrollment.awaits_claim = True
        session.flush()
        leaving.remove(session, cast.group_id, cast.bob.user_id, cast.alice, now)
        group = session.get_one(Group, cast.group_id)
        group.ends_at = now + timedelta(days=1)
        session.flush()
        assert str(refusal(session, cast, now)).startswith("You hold no seat")
        ended = refusal(session, cast, now + timedelta(days=1))
        assert str(ended) == (
            "Access to Northlab autumn intake is paused: its license ended on November 25, 2026. "
            "It goes on when the people who lead the group renew it. "
            "What you have done is kept, and so are your certificates: both are on myLearning."
        )


def test_pictures_are_for_learners_and_for_who_leads_a_group_that_has_the_module(
    database: Database, cast: Cast, now: datetime
) -> None:
    with database.writing() as session:
        enroll(session, cast, cast.group_id, now)
        access.may_see_media(session, cast.alice, "writing", now)
        access.may_see_media(session, cast.bob, "writing", now)
        with pytest.raises(NotFound):
            access.may_see_media(session, cast.alice, "privacy", now)
        for stranger in (cast.charlie, cast.olive):
            with pytest.raises(NotFound):
                access.may_see_media(session, stranger, "writing", now)


@pytest.mark.parametrize("held_back", [{"ended_at": True}, {"awaits_claim": True}])
def test_pictures_are_not_for_who_led_the_group_or_does_not_lead_it_yet(
    database: Database, cast: Cast, now: datetime, held_back: dict[str, bool]
) -> None:
    with database.writing() as session:
        leader = session.exec(
            select(GroupLeader).where(GroupLeader.user_id == cast.alice.user_id)
        ).one()
        leader.ended_at = now if held_back.get("ended_at") else None
        leader.awaits_claim = bool(held_back.get("awaits_claim"))
        session.flush()
        with pytest.raises(NotFound):
            access.may_see_media(session, cast.alice, "writing", now)


def test_the_groups_one_has_joined_are_those_in_which_one_holds_a_seat(
    database: Database, cast: Cast, now: datetime
) -> None:
    with database.writing() as session:
        second = another_group(session, cast, now, "Second")
        enroll(session, cast, cast.group_id, now)
        enroll(session, cast, second.id, now)
        assert set(access.groups_joined_by(session, cast.bob.user_id)) == {
            cast.group_id,
            second.id,
        }
        leaving.remove(session, second.id, cast.bob.user_id, cast.alice, now)
        assert access.groups_joined_by(session, cast.bob.user_id) == [cast.group_id]
        assert access.groups_joined_by(session, cast.charlie.user_id) == []
