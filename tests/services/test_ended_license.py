"""A license whose term is over: by no way does anybody join, until it is renewed."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlmodel import Session, select

from grouplic.adapters.database import Database
from grouplic.domain.groups import Enrollment, Group, Way
from grouplic.domain.records import Mail
from grouplic.domain.refusals import NotFound, Refusal
from grouplic.services import (
    inviting,
    join_links,
    joining,
    key_ledger,
    leaving,
    people_form,
    receiving,
    sent_invitations,
    waiting,
)
from grouplic.services.actors import Actor
from grouplic.services.filling import fill_from_waiting_list
from grouplic.services.inviting import Invitee
from grouplic.services.terms import LicenseEnded
from grouplic.services.waiting import ToWait
from tests.cast import Cast, key_of_open_seat, live_learners, seat_states
from tests.services.test_join_links import make
from tests.services.upload_site import Site, site_of

DAN = Invitee("dan@new.org", "Dan", "Novak")
Add = Callable[[Session, Cast, Actor, datetime], object]


def end(database: Database, cast: Cast, at: datetime | None) -> None:
    with database.writing() as session:
        session.get_one(Group, cast.group_id).ends_at = at


def invite(session: Session, cast: Cast, actor: Actor, now: datetime) -> object:
    return inviting.invite(session, cast.group_id, [DAN], actor, now)


def mail_a_key(session: Session, cast: Cast, actor: Actor, now: datetime) -> object:
    return inviting.mail_keys(session, cast.group_id, [DAN], actor, now)


def hand_out(session: Session, cast: Cast, actor: Actor, now: datetime) -> object:
    return key_ledger.hand_out(session, cast.group_id, 1, actor, now)


def swap(session: Session, cast: Cast, actor: Actor, now: datetime) -> object:
    names = ("dan@new.org", "Dan", "Novak")
    return leaving.swap(session, cast.group_id, cast.bob.user_id, names, actor, now)


@pytest.fixture
def bob_learns(database: Database, cast: Cast, now: datetime) -> Cast:
    """Bob holds the first of the three seats."""
    with database.writing() as session:
        joining.redeem(session, key_of_open_seat(session, cast.group_id), cast.bob, now)
    return cast


@pytest.mark.parametrize("add", [invite, mail_a_key, hand_out, swap])
def test_what_a_leader_does_to_let_somebody_in_is_refused_until_it_is_renewed(
    database: Database, bob_learns: Cast, now: datetime, add: Add
) -> None:
    cast = bob_learns
    end(database, cast, now)
    with pytest.raises(LicenseEnded, match=r"ended on .*Renew it"), database.writing() as session:
        add(session, cast, cast.alice, now)
    with database.reading() as session:
        assert seat_states(session, cast.group_id) == ["taken", "open", "open"]
        assert live_learners(session, cast.group_id) == {cast.bob.user_id}
        assert session.exec(select(Mail)).all() == []

    end(database, cast, now + timedelta(days=1))
    with database.writing() as session:
        add(session, cast, cast.alice, now)


@pytest.mark.parametrize("add", [invite, mail_a_key, hand_out, swap])
def test_an_outsider_does_not_hear_that_a_license_ended(
    database: Database, bob_learns: Cast, now: datetime, add: Add
) -> None:
    end(database, bob_learns, now)
    with pytest.raises(NotFound), database.writing() as session:
        add(session, bob_learns, bob_learns.charlie, now)


def test_somebody_who_left_is_not_taken_back(
    database: Database, bob_learns: Cast, now: datetime
) -> None:
    cast = bob_learns
    with database.writing() as session:
        leaving.remove(session, cast.group_id, cast.bob.user_id, cast.alice, now)
    with database.reading() as session:
        left = session.exec(select(Enrollment.id)).one()
    end(database, cast, now)
    with pytest.raises(LicenseEnded), database.writing() as session:
        people_form.take_back(session, cast.group_id, left, cast.alice, now)


def test_a_mailed_key_is_not_sent_again(database: Database, cast: Cast, now: datetime) -> None:
    with database.writing() as session:
        mail_a_key(session, cast, cast.alice, now)
    with database.reading() as session:
        (sent,) = sent_invitations.invitations_of(session, cast.group_id, cast.alice)
    end(database, cast, now)
    with pytest.raises(LicenseEnded), database.writing() as session:
        sent_invitations.resend(session, cast.group_id, sent.id, cast.alice, now)


def test_those_who_wait_wait_on_and_join_when_it_is_renewed(
    database: Database, cast: Cast, now: datetime
) -> None:
    site = site_of(database, cast, now)
    end(database, cast, now)
    with database.writing() as session:
        waiting.put_on_waiting_list(
            session,
            cast.group_id,
            [ToWait("dan@new.org", "Dan", "Novak")],
            Way.INVITE,
            cast.alice.user_id,
            now,
        )
        assert fill_from_waiting_list(session, cast.group_id, now) == 0
    site.work()
    assert open_seats(site) == 3

    end(database, cast, now + timedelta(days=1))
    site.work()
    assert open_seats(site) == 2


def test_a_join_link_says_whom_to_ask_and_works_again_when_it_is_renewed(
    database: Database, cast: Cast, now: datetime
) -> None:
    with database.writing() as session:
        token = make(session, cast, now)
    end(database, cast, now)
    with pytest.raises(Refusal, match="to renew it"), database.writing() as session:
        join_links.join(session, token, cast.charlie, now)
    charlie = cast.charlie.user_id
    with database.writing() as session:
        group = session.get_one(Group, cast.group_id)
        with pytest.raises(LicenseEnded):
            joining.take_open_seat(session, group, charlie, Way.JOIN_LINK, charlie, now)

    end(database, cast, None)
    with database.writing() as session:
        assert not join_links.join(session, token, cast.charlie, now).already_in


def test_a_file_is_neither_read_nor_confirmed(
    database: Database, cast: Cast, now: datetime
) -> None:
    site = site_of(database, cast, now)
    upload_id = site.upload("dan@new.org,,Dan,Novak")
    end(database, cast, now)
    with pytest.raises(NotFound):
        receiving.may_upload(site.outside, str(cast.group_id), cast.charlie)
    with pytest.raises(LicenseEnded):
        site.upload("eve@new.org,,Eve,Novak")
    with pytest.raises(LicenseEnded):
        site.confirm(upload_id)
    assert site.view().state == "draft"


def test_an_import_that_the_end_overtakes_ends_and_says_why_of_each_row_that_is_left(
    database: Database, cast: Cast, now: datetime
) -> None:
    site = site_of(database, cast, now)
    site.confirm(site.upload("dan@new.org,a long enough phrase 7,Dan,Novak", "bob@northlab.org,,,"))
    end(database, cast, now)
    site.work()

    view = site.view()
    assert (view.state, view.states, view.passwords) == ("done", {"failed": 2}, 0)
    assert all("Renew it" in row.outcome for row in view.rows)
    assert open_seats(site) == 3


def open_seats(site: Site) -> int:
    with site.outside.database.reading() as session:
        return seat_states(session, site.cast.group_id).count("open")
