"""Due dates, reminders, weekly summaries: once, to those who need them, until they do not."""

import threading
from datetime import datetime, timedelta

import pytest
from sqlmodel import select

from grouplic.adapters.database import Database
from grouplic.adapters.secrets import DerivedTokens
from grouplic.domain.groups import Group, GroupLeader, LeaderRole
from grouplic.domain.performance import week_began
from grouplic.domain.records import AuditEvent, Mail
from grouplic.domain.refusals import NotFound, Refusal
from grouplic.domain.reminding import DueDate, Newsletter, PlannedReminder
from grouplic.services import due_dates, learning, leaving, outbox, reminders, weekly_summaries
from grouplic.services.reminder_needs import Need
from grouplic.services.reminding_work import send_what_is_due
from grouplic.services.unsubscribing import Subscription, subscribe_again, unsubscribe
from tests.cast import Cast
from tests.classroom import complete, enroll, lead, module_id, newcomer, open_class, read

TOKENS = DerivedTokens("a secret")


@pytest.fixture
def a_class(database: Database, cast: Cast, now: datetime):
    """Bob has not started, Dan is stuck."""
    group = open_class(database, cast, now)
    enroll(database, group, cast.bob, now - timedelta(days=30))
    dan = newcomer(database, group, "dan", now - timedelta(days=30))
    read(database, dan, "writing", 1, now - timedelta(days=20))
    with database.writing() as session:
        for mail in session.exec(select(Mail)):
            mail.state = "sent"
    return group


def remind(database: Database, group, actor, now: datetime, need: Need = Need.NOT_STARTED) -> int:
    with database.writing() as session:
        return reminders.remind(session, group.id, need, actor, now)


def waiting(database: Database) -> list[str]:
    with database.reading() as session:
        return sorted(session.exec(select(Mail.address).where(Mail.state == "queued")))


def send_all(database: Database, now: datetime) -> None:
    while True:
        with database.writing() as session:
            if outbox.claim(session, now, TOKENS) is None:
                return


def set_due(database: Database, group, actor, day: str, now: datetime, days=(7, 1)) -> None:
    with database.writing() as session:
        due_dates.set_due_date(
            session, group.id, module_id(database, "writing"), day, days, actor, now
        )


def test_a_reminder_goes_to_those_who_need_it_and_is_recorded(
    database: Database, cast: Cast, a_class, now: datetime
) -> None:
    assert remind(database, a_class, cast.alice, now) == 1
    assert waiting(database) == ["bob@northlab.org"]
    assert remind(database, a_class, cast.alice, now, Need.STUCK) == 1
    with database.reading() as session:
        kinds = session.exec(select(AuditEvent.kind).where(AuditEvent.group_id == a_class.id))
        assert list(kinds).count("reminded") == 2


def test_nobody_is_reminded_twice_within_a_day(
    database: Database, cast: Cast, a_class, now: datetime
) -> None:
    remind(database, a_class, cast.alice, now)
    with pytest.raises(Refusal, match="Nobody is left"):
        remind(database, a_class, cast.alice, now + timedelta(hours=23))
    assert len(waiting(database)) == 1
    assert remind(database, a_class, cast.alice, now + timedelta(hours=25)) == 1


def test_the_prospect_says_who_is_mailed_who_is_left_out_and_changes_nothing(
    database: Database, cast: Cast, a_class, now: datetime
) -> None:
    newcomer(database, a_class, "eve", now)
    with database.writing() as session:
        unsubscribe(session, Subscription(Newsletter.REMINDERS, a_class.id, cast.bob.user_id), now)
    with database.reading() as session:
        found = reminders.prospect(
            session, a_class.id, Need.NOT_STARTED, cast.alice, now, "https://learn.example"
        )
    assert (found.mailed, found.reminded_lately, found.unsubscribed) == (1, 0, 1)
    assert found.letter.facts["modules"] == "Writing\nPrivacy"
    assert waiting(database) == []


def test_a_reminder_is_withdrawn_when_its_learner_starts_before_it_leaves(
    database: Database, cast: Cast, a_class, now: datetime
) -> None:
    remind(database, a_class, cast.alice, now)
    with database.writing() as session:
        learning.open_lesson(session, cast.bob, "writing", "lesson-1", now)
    send_all(database, now)

    with database.reading() as session:
        states = session.exec(select(Mail.state).where(Mail.template == "reminder"))
        assert list(states) == ["withdrawn"]


def test_a_reminder_of_somebody_stuck_is_withdrawn_when_they_go_on_and_else_sent(
    database: Database, cast: Cast, a_class, now: datetime
) -> None:
    remind(database, a_class, cast.alice, now, Need.STUCK)
    remind(database, a_class, cast.alice, now)
    with database.writing() as session:
        unsubscribe(session, Subscription(Newsletter.REMINDERS, a_class.id, cast.bob.user_id), now)
    send_all(database, now)
    with database.reading() as session:
        rows = session.exec(select(Mail.address, Mail.state).where(Mail.template == "reminder"))
        assert sorted(rows) == [("bob@northlab.org", "withdrawn"), ("dan@northlab.org", "sending")]


def test_only_who_manages_people_reminds_and_sets_due_dates(
    database: Database, cast: Cast, a_class, now: datetime
) -> None:
    for stranger in (cast.charlie, cast.bob):
        with pytest.raises(NotFound):
            remind(database, a_class, stranger, now)
        with pytest.raises(NotFound):
            set_due(database, a_class, stranger, "2026-12-24", now)
    lead(database, a_class, cast.charlie, LeaderRole.REPORTS, now)
    for forbidden in (
        lambda: remind(database, a_class, cast.charlie, now),
        lambda: set_due(database, a_class, cast.charlie, "2026-12-24", now),
    ):
        with pytest.raises(Refusal, match="Your role"):
            forbidden()
    assert waiting(database) == []


def test_a_due_date_is_set_changed_and_cleared_with_its_planned_reminders(
    database: Database, cast: Cast, a_class, now: datetime
) -> None:
    set_due(database, a_class, cast.alice, "2026-12-24", now)
    set_due(database, a_class, cast.alice, "2026-12-20", now, days=(1,))
    with database.reading() as session:
        assert session.exec(select(DueDate.due_on)).one().isoformat() == "2026-12-20"
        assert [p.send_on.isoformat() for p in session.exec(select(PlannedReminder))] == [
            "2026-12-19"
        ]
    with database.writing() as session:
        module = module_id(database, "writing")
        due_dates.clear_due_date(session, a_class.id, module, cast.alice, now)
        due_dates.clear_due_date(session, a_class.id, module, cast.alice, now)
    with database.reading() as session:
        assert session.exec(select(DueDate)).all() == []
        assert session.exec(select(PlannedReminder)).all() == []


@pytest.mark.parametrize("day", ["2026-11-23", "soon", "", "9999-01-01"])
def test_a_day_that_cannot_be_due_is_refused(
    database: Database, cast: Cast, a_class, now: datetime, day: str
) -> None:
    with pytest.raises(Refusal):
        set_due(database, a_class, cast.alice, day, now)


def test_a_module_of_another_group_gets_no_due_date(
    database: Database, cast: Cast, a_class, now: datetime
) -> None:
    foreign = module_id(database, "security")
    with pytest.raises(NotFound), database.writing() as session:
        due_dates.set_due_date(session, a_class.id, foreign, "2026-12-24", (), cast.alice, now)


def test_planned_reminders_go_to_those_not_done_and_stop_when_they_finish(
    database: Database, cast: Cast, a_class, now: datetime
) -> None:
    set_due(database, a_class, cast.alice, "2026-12-04", now)
    week_before = now + timedelta(days=3)
    assert send_what_is_due(database, now) == 0

    assert send_what_is_due(database, week_before) == 1
    assert waiting(database) == ["bob@northlab.org", "dan@northlab.org"]
    complete(database, cast.bob, "writing", week_before)
    send_all(database, week_before)
    with database.reading() as session:
        rows = session.exec(select(Mail.address, Mail.state).where(Mail.template == "reminder"))
        assert sorted(rows) == [("bob@northlab.org", "withdrawn"), ("dan@northlab.org", "sending")]

    assert send_what_is_due(database, now + timedelta(days=9)) == 1
    assert waiting(database) == ["dan@northlab.org"]


def test_many_workers_send_a_planned_reminder_and_a_summary_once(
    database: Database, cast: Cast, a_class, now: datetime
) -> None:
    set_due(database, a_class, cast.alice, "2026-12-01", now, days=(1,))
    with database.writing() as session:
        weekly_summaries.set_summary(session, a_class.id, True, cast.alice, now)
    then = now + timedelta(days=6)
    workers = [threading.Thread(target=send_what_is_due, args=(database, then)) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert waiting(database) == ["alice@northlab.org", "bob@northlab.org", "dan@northlab.org"]


def test_a_leader_who_wants_it_gets_a_summary_every_monday_until_it_ends(
    database: Database, cast: Cast, a_class, now: datetime
) -> None:
    with database.writing() as session:
        weekly_summaries.set_summary(session, a_class.id, True, cast.alice, now)
        weekly_summaries.set_summary(session, a_class.id, True, cast.alice, now)
    monday = week_began(now) + timedelta(days=7)
    assert send_what_is_due(database, monday - timedelta(minutes=1)) == 0
    assert send_what_is_due(database, monday) == 1
    assert send_what_is_due(database, monday + timedelta(days=1)) == 0
    with database.reading() as session:
        mail = session.exec(select(Mail).where(Mail.template == "weekly_summary")).one()
    assert (mail.facts["learners"], mail.facts["not_started"], mail.facts["stuck"]) == (
        "2",
        "1",
        "1",
    )

    wish = Subscription(Newsletter.WEEKLY_SUMMARY, a_class.id, cast.alice.user_id)
    with database.writing() as session:
        unsubscribe(session, wish, monday)
        assert not weekly_summaries.wants_summary(session, a_class.id, cast.alice)
    assert send_what_is_due(database, monday + timedelta(days=7)) == 0
    with database.writing() as session:
        subscribe_again(session, wish, monday + timedelta(days=7))
    assert send_what_is_due(database, monday + timedelta(days=14)) == 1


def test_an_outsider_wants_no_summary_and_a_former_leader_gets_none(
    database: Database, cast: Cast, a_class, now: datetime
) -> None:
    with pytest.raises(NotFound), database.writing() as session:
        weekly_summaries.set_summary(session, a_class.id, True, cast.charlie, now)
    lead(database, a_class, cast.charlie, LeaderRole.REPORTS, now)
    with database.writing() as session:
        weekly_summaries.set_summary(session, a_class.id, True, cast.charlie, now)
    with database.writing() as session:
        led = session.exec(
            select(GroupLeader).where(GroupLeader.user_id == cast.charlie.user_id)
        ).one()
        led.ended_at = now
    send_what_is_due(database, now + timedelta(days=7))
    assert waiting(database) == []


def test_of_planned_reminders_only_those_of_days_to_come_are_kept(
    database: Database, cast: Cast, a_class, now: datetime
) -> None:
    set_due(database, a_class, cast.alice, "2026-11-26", now)
    with database.reading() as session:
        planned = session.exec(select(PlannedReminder.send_on)).all()
    assert [day.isoformat() for day in planned] == ["2026-11-25"]


def test_nobody_is_reminded_of_what_is_due_once_the_license_has_ended(
    database: Database, cast: Cast, a_class, now: datetime
) -> None:
    set_due(database, a_class, cast.alice, "2026-12-04", now, days=(1,))
    day_before = now + timedelta(days=9)
    with database.writing() as session:
        session.get_one(Group, a_class.id).ends_at = day_before

    send_what_is_due(database, day_before)
    assert waiting(database) == []
    with database.reading() as session:
        assert session.exec(reminders.due_plans(day_before)).all() == []


def test_a_planned_reminder_is_from_somebody_who_leads_the_group_still(
    database: Database, cast: Cast, a_class, now: datetime
) -> None:
    lead(database, a_class, cast.charlie, LeaderRole.EVERYTHING, now)
    set_due(database, a_class, cast.charlie, "2026-12-04", now)
    assert send_what_is_due(database, now + timedelta(days=3)) == 1
    with database.writing() as session:
        for leader in session.exec(
            select(GroupLeader).where(GroupLeader.user_id == cast.charlie.user_id)
        ):
            leader.ended_at = now
    assert send_what_is_due(database, now + timedelta(days=9)) == 1

    with database.reading() as session:
        mails = session.exec(
            select(Mail).where(Mail.template == "reminder").order_by(Mail.created_at)
        )
        assert [mail.facts["leader"] for mail in mails if mail.address.startswith("bob")] == [
            "Charlie Marsh",
            "Alice Marsh",
        ]


def test_a_reminder_of_what_is_overdue_names_what_is_left_of_it(
    database: Database, cast: Cast, a_class, now: datetime
) -> None:
    set_due(database, a_class, cast.alice, "2026-11-26", now)
    with database.writing() as session:
        due_dates.set_due_date(
            session, a_class.id, module_id(database, "privacy"), "2026-11-27", (), cast.alice, now
        )
    complete(database, cast.bob, "writing", now)
    later = now + timedelta(days=5)
    assert remind(database, a_class, cast.alice, later, Need.OVERDUE) == 2

    with database.reading() as session:
        told = {
            mail.facts["name"]: mail.facts["modules"].split("\n")
            for mail in session.exec(select(Mail).where(Mail.template == "reminder"))
        }
    privacy = "Privacy, due November 27, 2026"
    assert told == {"Bob": [privacy], "Dan": ["Writing, due November 26, 2026", privacy]}


def test_whoever_has_left_hears_no_more(
    database: Database, cast: Cast, a_class, now: datetime
) -> None:
    remind(database, a_class, cast.alice, now)
    with database.writing() as session:
        leaving.remove(session, a_class.id, cast.bob.user_id, cast.alice, now)
    send_all(database, now)

    with database.reading() as session:
        states = session.exec(select(Mail.state).where(Mail.template == "reminder")).all()
    assert states == ["withdrawn"]
