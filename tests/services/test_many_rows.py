"""One statement for many rows writes what the library would, on both databases."""

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import bindparam, update
from sqlmodel import col, select

from grouplic.adapters.database import Database
from grouplic.domain.base import new_id
from grouplic.domain.people import User
from grouplic.domain.records import AuditEvent, Mail
from grouplic.services.accounts import insert_users
from grouplic.services.many_rows import insert_many, run_many
from tests.cast import Cast

_RENAME = (
    update(User.__table__)
    .where(User.__table__.c.email_key == bindparam("of"))
    .values(first_name=bindparam("called"), last_name="Novak")
)


def event(now: datetime, **more: Any) -> dict[str, Any]:
    whole = {"id": new_id(), "at": now, "kind": "x", "actor_id": None, "group_id": None}
    return {**whole, "facts": {}, **more}


def test_rows_are_read_back_as_they_were_given(
    database: Database, cast: Cast, now: datetime
) -> None:
    rows = [
        event(now, actor_id=cast.alice.user_id, facts={"seat": 1, "name": "Zoë 100%"}),
        event(now, actor_id=None, facts={"seat": None}),
    ]
    with database.writing() as session:
        insert_many(session, AuditEvent, rows)
        insert_many(session, AuditEvent, [])
    with database.reading() as session:
        for row in rows:
            assert session.get_one(AuditEvent, row["id"]).model_dump() == row


def test_what_no_row_has_stays_without_a_value_and_nothing_is_made_up_for_it(
    database: Database, now: datetime
) -> None:
    rows = [event(now, facts=None), event(now, facts=None)]
    with database.writing() as session:
        insert_many(session, AuditEvent, rows)
    with database.reading() as session:
        for row in rows:
            assert session.get_one(AuditEvent, row["id"]).model_dump() == row


def test_what_is_left_out_has_its_usual_value(database: Database, now: datetime) -> None:
    mail = {"id": new_id(), "address": "dan@x.org", "template": "x", "facts": {}}
    with database.writing() as session:
        insert_many(session, Mail, [{**mail, "due_at": now, "created_at": now}])
    with database.reading() as session:
        written = session.get_one(Mail, mail["id"])
        assert (written.state, written.tries, written.sent_at) == ("queued", 0, None)


@pytest.mark.parametrize("own", ["id", "facts"])
def test_a_value_of_each_row_of_its_own_cannot_be_left_out(
    database: Database, now: datetime, own: str
) -> None:
    lacking = event(now)
    del lacking[own]
    with database.writing() as session, pytest.raises(KeyError):
        insert_many(session, AuditEvent, [lacking])


def test_an_update_changes_its_rows_and_says_how_many(database: Database, cast: Cast) -> None:
    rows = [
        {"of": "alice@northlab.org", "called": "Alicia"},
        {"of": "nobody@northlab.org", "called": "Nobody"},
        {"of": "bob@northlab.org", "called": "Robert"},
    ]
    with database.writing() as session:
        assert run_many(session, _RENAME, rows) == 2
        assert run_many(session, _RENAME, []) == 0
    with database.reading() as session:
        named = select(User.first_name).where(User.last_name == "Novak")
        assert sorted(session.exec(named)) == ["Alicia", "Robert"]


def test_what_the_session_has_not_written_yet_goes_first(
    database: Database, cast: Cast, now: datetime
) -> None:
    with database.writing() as session:
        session.add(User(email="new@x.org", email_key="new@x.org", created_at=now))
        assert run_many(session, _RENAME, [{"of": "new@x.org", "called": "Dan"}]) == 1


@pytest.mark.parametrize("more", [0, 1, 3])
def test_accounts_that_exist_are_left_as_they_are_and_only_new_ones_are_told(
    database: Database, cast: Cast, now: datetime, more: int
) -> None:
    new = [(f"New{number}@x.org", "Dan", "Novak", None) for number in range(more)]
    with database.writing() as session:
        known = session.get_one(User, cast.bob.user_id)
        bob = (known.email, "Robert", "Changed", "a hash")
        made = insert_users(session, [*new, bob], now)
        assert sorted(made) == [email.lower() for email, *_ in new]
        assert insert_users(session, [bob], now) == {}
    with database.reading() as session:
        assert session.get_one(User, cast.bob.user_id) == known
        there = select(User.email_key, User.id).where(col(User.email_key).in_(made))
        assert dict(session.exec(there).all()) == made
        assert session.exec(select(Mail)).all() == []
