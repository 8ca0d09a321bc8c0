"""The first minutes: three steps to the first learner, and a sandbox to throw away."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func
from sqlmodel import Session, select

from grouplic import wiring
from grouplic.adapters.database import Database
from grouplic.domain.groups import EnrollmentKey, Group, GroupLeader, LeaderRole
from grouplic.domain.orders import Order, OrderKind, Source
from grouplic.domain.orm_tables import metadata
from grouplic.domain.people import User
from grouplic.domain.records import Mail, MailState
from grouplic.domain.refusals import NotFound, Refusal
from grouplic.services import first_steps, inviting, joining, key_ledger, learning, outbox, sandbox
from grouplic.services.groups import InSandbox, groups_led_by, seat_counts
from grouplic.services.inviting import Invitee
from grouplic.services.receiving import receive
from grouplic.services.recording import queue_mail
from grouplic.services.sheets import Reading
from grouplic.services.shop import Wish, answer
from tests.cast import Cast


def steps(session: Session, cast: Cast) -> first_steps.FirstSteps:
    return first_steps.first_steps(session, cast.group_id, cast.alice)


def test_the_steps_follow_what_happens_and_go_away_when_all_is_done(
    database: Database, cast: Cast, now: datetime
) -> None:
    with database.writing() as session:
        bought = steps(session, cast)
        (key,) = key_ledger.hand_out(session, cast.group_id, 1, cast.alice, now)
        handed_out = steps(session, cast)
        joining.redeem(session, key.text, cast.bob, now)
        joined = steps(session, cast)
        learning.open_lesson(session, cast.bob, "writing", "lesson-1", now)
        started = steps(session, cast)

    assert (bought.seats, bought.modules, bought.offered, bought.remaining) == (3, 1, 0, 2)
    assert (handed_out.offered, handed_out.remaining) == (1, 2)
    assert (joined.joined, joined.remaining, joined.shown) == (1, 1, True)
    assert (started.remaining, started.shown) == (0, False)


def test_an_invitation_counts_as_offered(database: Database, cast: Cast, now: datetime) -> None:
    with database.writing() as session:
        inviting.invite(session, cast.group_id, [Invitee("new@x.org")], cast.alice, now)
        inviting.mail_keys(session, cast.group_id, [Invitee("key@x.org")], cast.alice, now)
        assert steps(session, cast).offered == 2


def test_what_a_learner_did_before_joining_is_not_this_groups_first_lesson(
    database: Database, cast: Cast, now: datetime
) -> None:
    earlier = now - timedelta(days=9)
    with database.writing() as session:
        (key,) = key_ledger.hand_out(session, cast.group_id, 1, cast.alice, earlier)
        joining.redeem(session, key.text, cast.bob, now)
        learning.open_lesson(session, cast.bob, "writing", "lesson-1", earlier)
        assert not steps(session, cast).started


def test_dismissed_steps_stay_away(database: Database, cast: Cast, now: datetime) -> None:
    with database.writing() as session:
        first_steps.dismiss_first_steps(session, cast.group_id, cast.alice, now)
        assert not steps(session, cast).shown


def test_an_outsider_neither_sees_nor_dismisses_them_and_a_reporter_only_sees(
    database: Database, cast: Cast, now: datetime
) -> None:
    with database.writing() as session:
        session.add(
            GroupLeader(
                group_id=cast.group_id,
                user_id=cast.bob.user_id,
                role=LeaderRole.REPORTS,
                since=now,
            )
        )
        session.flush()
        assert first_steps.first_steps(session, cast.group_id, cast.bob).shown
        for outsider in (cast.bob, cast.charlie):
            with pytest.raises(Refusal):
                first_steps.dismiss_first_steps(session, cast.group_id, outsider, now)
        with pytest.raises(NotFound):
            first_steps.first_steps(session, cast.group_id, cast.charlie)
        assert steps(session, cast).shown


def rows_of_every_table(database: Database) -> dict[str, int]:
    with database.reading() as session:
        return {
            table.name: session.connection()
            .execute(select(func.count()).select_from(table))
            .scalar_one()
            for table in metadata.sorted_tables
        }


def test_a_sandbox_is_full_of_life_and_leaves_nothing_behind(
    database: Database, cast: Cast, now: datetime
) -> None:
    before = rows_of_every_table(database)
    with database.writing() as session:
        group = sandbox.open_sandbox(session, cast.charlie, now)
        counts = seat_counts(session, group.id)
        assert (counts.taken, counts.issued, counts.retired, counts.bought) == (17, 4, 1, 30)
        assert session.exec(select(Order.source).where(Order.group_id == group.id)).all() == [
            Source.DEMO
        ]
        assert group.ends_at == now + timedelta(days=7)
    with database.writing() as session:
        assert [card.is_sandbox for card in groups_led_by(session, cast.charlie)] == [True]
        # What is done in it goes with it.
        key_ledger.hand_out(session, group.id, 2, cast.charlie, now)
        first_steps.dismiss_first_steps(session, group.id, cast.charlie, now)
        ann = session.exec(select(User).where(User.email_key.startswith("ann."))).one()
        queue_mail(session, "password_changed", ann, now, group.id)
    assert rows_of_every_table(database) != before

    with database.writing() as session:
        sandbox.discard_sandbox(session, cast.charlie)

    assert rows_of_every_table(database) == before


def test_opening_it_twice_is_opening_it_once(database: Database, cast: Cast, now: datetime) -> None:
    with database.writing() as session:
        first = sandbox.open_sandbox(session, cast.charlie, now).id
    with database.writing() as session:
        assert sandbox.open_sandbox(session, cast.charlie, now).id == first


def test_it_ends_after_a_week_and_another_persons_stays(
    database: Database, cast: Cast, now: datetime
) -> None:
    with database.writing() as session:
        old = sandbox.open_sandbox(session, cast.charlie, now).id
        young = sandbox.open_sandbox(session, cast.bob, now + timedelta(days=3)).id

    assert sandbox.discard_expired(database, now + timedelta(days=7)) == 1

    with database.reading() as session:
        assert session.get(Group, old) is None
        assert session.get(Group, young) is not None
        assert session.get(Group, cast.group_id) is not None


def test_nobody_throws_away_what_is_not_theirs(
    database: Database, cast: Cast, now: datetime
) -> None:
    with database.writing() as session:
        group_id = sandbox.open_sandbox(session, cast.charlie, now).id
    with database.writing() as session, pytest.raises(NotFound):
        sandbox.discard_sandbox(session, cast.alice)
    with database.reading() as session:
        assert session.get(Group, group_id) is not None


def test_nobody_real_gets_in_and_nothing_can_be_bought(
    database: Database, cast: Cast, now: datetime
) -> None:
    with database.writing() as session:
        group_id = str(sandbox.open_sandbox(session, cast.charlie, now).id)
        code = session.exec(
            select(EnrollmentKey.code).where(
                EnrollmentKey.group_id == sandbox.open_sandbox(session, cast.charlie, now).id,
                EnrollmentKey.issued_at.is_not(None),
            )
        ).first()
    outside = replace(wiring.outside(), database=database, clock=lambda: now)
    refused = [
        lambda session: joining.preview_key(session, code, None, now),
        lambda session: joining.redeem(session, code, cast.bob, now),
        lambda session: inviting.invite(
            session, group_id, [Invitee("real@x.org")], cast.charlie, now
        ),
        lambda session: inviting.mail_keys(
            session, group_id, [Invitee("real@x.org")], cast.charlie, now
        ),
        lambda session: answer(
            session, Wish(OrderKind.ADD_SEATS, "", group_id, (), 3), cast.charlie, now
        ),
        lambda session: answer(
            session, Wish(OrderKind.ADD_MODULES, "", group_id, ("writing",), 0), cast.charlie, now
        ),
        lambda _session: receive(
            outside, group_id, b"user_email\nr@x.org", "x.csv", Reading(), cast.charlie
        ),
    ]
    before = rows_of_every_table(database)
    for attempt in refused:
        with pytest.raises(InSandbox), database.writing() as session:
            attempt(session)
    assert rows_of_every_table(database) == before


def test_a_mail_to_an_invented_person_never_leaves(
    database: Database, cast: Cast, now: datetime
) -> None:
    with database.writing() as session:
        sandbox.open_sandbox(session, cast.charlie, now)
        ann = session.exec(select(User).where(User.email_key.startswith("ann."))).one()
        mail_id = queue_mail(session, "password_changed", ann, now).id
    with database.writing() as session:
        assert outbox.claim(session, now, wiring.outside().tokens) == mail_id
    with database.reading() as session:
        tokens = wiring.outside().tokens
        assert session.get_one(Mail, mail_id).state == MailState.WITHDRAWN
        assert outbox.letter(session, mail_id, tokens, "http://x") is None
        assert not outbox.anything_due(session, now)
