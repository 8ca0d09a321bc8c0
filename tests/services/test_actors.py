"""Who is asking: what a session cookie stands for, and for how long."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlmodel import Session

from grouplic.adapters.database import Database
from grouplic.domain.people import Role, User, WebSession
from grouplic.domain.refusals import NotFound
from grouplic.services.actors import actor_of, note_visit, require_operator
from grouplic.services.links import token_hash
from grouplic.services.sessions import open_session
from tests.cast import Cast, user_named

DAY = timedelta(days=1)


@pytest.fixture
def cookie(database: Database, cast: Cast, now: datetime) -> str:
    """The hash of a cookie of Bob's, good for a day."""
    with database.writing() as session:
        opened = open_session(session, user_named(session, "bob"), "a test", DAY, now)
    return token_hash(opened)


def change(session: Session, cast: Cast, **changed: object) -> None:
    bob = session.get_one(User, cast.bob.user_id)
    for name, value in changed.items():
        setattr(bob, name, value)
    session.flush()


def test_a_cookie_stands_for_its_person_as_the_account_is_now(
    database: Database, cast: Cast, cookie: str, now: datetime
) -> None:
    with database.writing() as session:
        bob = actor_of(session, cookie, now)
        assert bob is not None
        assert (bob.user_id, bob.role, bob.verified) == (cast.bob.user_id, Role.MEMBER, True)
        assert (bob.email, bob.name) == ("bob@northlab.org", "Bob Marsh")
        assert (bob.first_name, bob.must_change_password) == ("Bob", False)
        assert session.get_one(WebSession, bob.session_id).token_hash == cookie

        change(session, cast, verified_at=None, must_change_password=True)
        changed = actor_of(session, cookie, now)
        assert changed is not None
        assert (changed.verified, changed.must_change_password) == (False, True)


def test_a_cookie_is_good_until_its_session_runs_out_or_is_ended(
    database: Database, cast: Cast, cookie: str, now: datetime
) -> None:
    with database.writing() as session:
        bob = actor_of(session, cookie, now + DAY - timedelta(seconds=1))
        assert bob is not None
        assert actor_of(session, cookie, now + DAY) is None
        session.get_one(WebSession, bob.session_id).ended_at = now
        session.flush()
        assert actor_of(session, cookie, now) is None


@pytest.mark.parametrize("other", ["", "0" * 64])
def test_no_other_cookie_stands_for_anybody(
    database: Database, cast: Cast, cookie: str, now: datetime, other: str
) -> None:
    with database.reading() as session:
        assert actor_of(session, other, now) is None


def test_a_visit_is_noted_every_five_minutes(
    database: Database, cast: Cast, cookie: str, now: datetime
) -> None:
    with database.writing() as session:
        bob = actor_of(session, cookie, now)
        assert bob is not None
        seen = session.get_one(WebSession, bob.session_id)
        before = seen.last_seen_at
        note_visit(session, bob, before + timedelta(minutes=5) - timedelta(seconds=1))
        assert seen.last_seen_at == before
        note_visit(session, bob, before + timedelta(minutes=5))
        assert seen.last_seen_at == before + timedelta(minutes=5)


@pytest.mark.parametrize(
    ("name", "initials"),
    [("Bob Marsh", "BM"), ("ann lee de witt", "AL"), ("bob@northlab.org", "BN"), ("Zoë", "Z")],
)
def test_two_letters_stand_for_a_person(cast: Cast, name: str, initials: str) -> None:
    assert replace(cast.bob, name=name).initials == initials


def test_only_who_runs_the_site_is_an_operator(cast: Cast) -> None:
    require_operator(cast.olive)
    for other in (cast.alice, cast.bob, cast.charlie):
        with pytest.raises(NotFound):
            require_operator(other)
