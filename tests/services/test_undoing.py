"""Undo: an import is taken back, but for learners who have started."""

from datetime import datetime, timedelta

import pytest
from sqlmodel import select

from grouplic.adapters.database import Database
from grouplic.domain.catalog import Lesson
from grouplic.domain.groups import Enrollment
from grouplic.domain.joins import Invitation, Waiting
from grouplic.domain.people import User, WebSession
from grouplic.domain.progress import LessonProgress
from grouplic.domain.records import Mail
from grouplic.domain.refusals import NotFound, Refusal
from grouplic.domain.uploads import Overflow, UploadState
from grouplic.services import (
    background,
    credentials,
    leases,
    leaving,
    signing_in,
    undoing,
    waiting,
)
from grouplic.services.outbox import claim
from grouplic.services.undoing import UndoProspect
from grouplic.services.waiting import ToWait
from tests.cast import Cast, live_learners, seat_states
from tests.services.test_admission import BROWSER, TOKENS, door
from tests.services.upload_site import SECRET, Site, pools, site_of


@pytest.fixture
def site(database: Database, cast: Cast, now: datetime) -> Site:
    return site_of(database, cast, now)


def imported(site: Site, *lines: str, overflow: Overflow = Overflow.STOP):  # type: ignore[no-untyped-def]
    upload_id = site.upload(*lines)
    site.confirm(upload_id, overflow)
    site.work()
    return upload_id


def undo(site: Site, upload_id) -> None:  # type: ignore[no-untyped-def]
    with site.outside.database.writing() as session:
        undoing.undo(session, upload_id, site.cast.alice, site.outside.clock())


def start_learning(site: Site, email: str) -> None:
    with site.outside.database.writing() as session:
        user = session.exec(select(User).where(User.email_key == email)).one()
        lesson = session.exec(select(Lesson).order_by(Lesson.module_id, Lesson.position)).all()
        for one in lesson:
            session.add(
                LessonProgress(
                    user_id=user.id,
                    lesson_id=one.id,
                    opened_at=site.outside.clock(),
                    last_opened_at=site.outside.clock(),
                )
            )


def test_seats_come_back_except_those_of_learners_who_have_started(
    site: Site, now: datetime
) -> None:
    upload_id = imported(site, "a@x.org,,Ann,", "bob@northlab.org,,,")
    start_learning(site, "bob@northlab.org")
    with site.outside.database.reading() as session:
        assert undoing.prospect(session, upload_id, site.cast.alice) == UndoProspect(1, 1, 0)
    undo(site, upload_id)
    site.work()

    view = site.view()
    assert (view.state, view.states) == ("undone", {"undone": 1, "kept": 1})
    assert [row.outcome for row in view.rows] == ["Taken back", "Kept: has opened 2 lessons"]
    with site.outside.database.reading() as session:
        assert seat_states(session, site.cast.group_id) == ["open", "taken", "open"]
        assert live_learners(session, site.cast.group_id) == {site.cast.bob.user_id}
        # History is kept: the account and the enrollment, which has ended.
        assert session.exec(select(User).where(User.email_key == "a@x.org")).one()
        assert len(session.exec(select(Enrollment)).all()) == 2


def test_waiting_rows_and_unsent_mails_go_first_so_that_nobody_comes_between(
    site: Site, now: datetime
) -> None:
    upload_id = imported(
        site, *(f"p{number}@x.org,,," for number in range(5)), overflow=Overflow.WAIT
    )
    with site.outside.database.writing() as session:
        assert claim(session, now, TOKENS)  # one mail is on its way already
    undo(site, upload_id)
    with site.outside.database.reading() as session:
        assert session.exec(select(Waiting).where(Waiting.ended_at.is_(None))).all() == []
        states = sorted(session.exec(select(Mail.state)))
    assert states == ["sending", "withdrawn", "withdrawn"]
    site.work()
    assert site.view().states == {"undone": 5}
    with site.outside.database.reading() as session:
        assert seat_states(session, site.cast.group_id) == ["open"] * 3


def test_the_mail_of_a_learner_who_has_started_and_stays_still_leaves(site: Site) -> None:
    upload_id = imported(site, "dan@new.org,,Dan,Novak", "eve@new.org,,Eve,Novak")
    start_learning(site, "dan@new.org")
    undo(site, upload_id)
    site.work()

    with site.outside.database.reading() as session:
        mails = dict(session.exec(select(Mail.address, Mail.state)).all())
    assert mails == {"dan@new.org": "queued", "eve@new.org": "withdrawn"}


def test_a_seat_that_comes_back_goes_to_somebody_elses_turn_on_the_waiting_list(
    site: Site, now: datetime
) -> None:
    upload_id = imported(site, *(f"p{number}@x.org,,," for number in range(3)))
    with site.outside.database.writing() as session:
        person = ToWait("bob@northlab.org", "Bob", "")
        waiting.put_on_waiting_list(
            session, site.cast.group_id, [person], "invite", site.cast.alice.user_id, now
        )
    undo(site, upload_id)
    site.work()
    with site.outside.database.reading() as session:
        assert live_learners(session, site.cast.group_id) == {site.cast.bob.user_id}


def test_an_account_the_import_made_is_no_way_in_afterwards(
    site: Site, database: Database, now: datetime
) -> None:
    upload_id = imported(site, f"a@x.org,{SECRET},Ann,Lee", "b@x.org,,Bo,")
    cookie = signing_in.sign_in(door(database), "a@x.org", SECRET, BROWSER, now)
    assert cookie
    with database.writing() as session:
        while claim(session, now, TOKENS):
            session.flush()
        mailed = session.exec(select(Invitation).where(Invitation.address == "b@x.org")).one()
        temporary = credentials.temporary_password(mailed, TOKENS)
        link = credentials.link_token(mailed, TOKENS)
        credentials.find_by_link(session, link, now)
    undo(site, upload_id)
    site.work()

    for email, password in (("a@x.org", SECRET), ("b@x.org", temporary)):
        with pytest.raises(Refusal, match="do not fit together"):
            signing_in.sign_in(door(database), email, password, BROWSER, now)
    with database.writing() as session:
        ann = session.exec(select(User).where(User.email_key == "a@x.org")).one()
        sessions = session.exec(select(WebSession).where(WebSession.user_id == ann.id)).all()
        assert all(one.ended_at for one in sessions)
        with pytest.raises(Refusal, match="replaced by a newer one"):
            credentials.find_by_link(session, link, now)


def test_an_account_that_its_owner_made_theirs_keeps_its_password(
    site: Site, database: Database, now: datetime
) -> None:
    upload_id = imported(site, f"a@x.org,{SECRET},Ann,Lee")
    with database.writing() as session:
        ann = session.exec(select(User).where(User.email_key == "a@x.org")).one()
        ann.must_change_password, ann.verified_at = False, now
        before = ann.password_hash
    undo(site, upload_id)
    site.work()
    with database.reading() as session:
        assert session.get_one(User, ann.id).password_hash == before


def test_somebody_who_left_and_came_back_another_way_stays(site: Site, now: datetime) -> None:
    from grouplic.domain.groups import Group, Way
    from grouplic.services import joining

    upload_id = imported(site, "bob@northlab.org,,,")
    bob = site.cast.bob.user_id
    with site.outside.database.writing() as session:
        leaving.remove(session, site.cast.group_id, bob, site.cast.alice, now)
    with site.outside.database.writing() as session:
        group = session.get_one(Group, site.cast.group_id)
        joining.take_open_seat(session, group, bob, Way.KEY, bob, now)
    undo(site, upload_id)
    site.work()
    assert site.view().rows[0].outcome == "Had left already"
    with site.outside.database.reading() as session:
        assert live_learners(session, site.cast.group_id) == {bob}


def test_a_worker_that_dies_while_undoing_leaves_the_rest_to_the_next(
    site: Site, now: datetime
) -> None:
    upload_id = imported(site, "a@x.org,,,", "b@x.org,,,")
    undo(site, upload_id)
    assert leases.take_lease(site.outside, UploadState.UNDOING)
    with pools() as work:
        assert not background.work_once(site.outside, work)
    site.outside.clock = lambda: now + leases.LEASE
    site.work()
    assert site.view().states == {"undone": 2}
    with site.outside.database.reading() as session:
        assert seat_states(session, site.cast.group_id) == ["open"] * 3


def test_undo_is_there_for_a_day_and_once(site: Site, now: datetime) -> None:
    upload_id = imported(site, "a@x.org,,,")
    site.outside.clock = lambda: now + timedelta(hours=24)
    assert not site.view().can_undo
    with pytest.raises(Refusal, match="less than a day ago"):
        undo(site, upload_id)
    site.outside.clock = lambda: now + timedelta(hours=23)
    assert site.view().can_undo
    undo(site, upload_id)
    with pytest.raises(Refusal, match="less than a day ago"):
        undo(site, upload_id)


def test_an_outsider_undoes_nothing(site: Site, now: datetime) -> None:
    upload_id = imported(site, "a@x.org,,,")
    with site.outside.database.writing() as session:
        with pytest.raises(NotFound):
            undoing.prospect(session, upload_id, site.cast.charlie)
        with pytest.raises(NotFound):
            undoing.undo(session, upload_id, site.cast.charlie, now)
    assert site.view().states == {"added": 1}
