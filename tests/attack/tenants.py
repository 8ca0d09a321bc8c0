"""Two groups that know nothing of each other, and everybody who might want to look into one.

Whatever a stranger must not see of Alice's group carries a mark that stands nowhere else, so that
one mark in anything that was sent is a leak.
"""

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Session, SQLModel, select

from grouplic.adapters.database import Database
from grouplic.domain.catalog import Module, Question
from grouplic.domain.groups import (
    Enrollment,
    EnrollmentKey,
    Group,
    GroupLeader,
    KeyBatch,
    LeaderRole,
    Seat,
    Way,
)
from grouplic.domain.joins import Invitation, Waiting
from grouplic.domain.orders import Order, OrderKind, Source
from grouplic.domain.people import Role
from grouplic.domain.quizzes import QuizAttempt
from grouplic.domain.uploads import Upload, UploadRow
from grouplic.services import (
    accounts,
    due_dates,
    inviting,
    join_link_terms,
    join_links,
    joining,
    key_ledger,
    learning,
    orders,
    quizzes,
    receiving,
    sessions,
)
from grouplic.services.accounts import NewAccount
from grouplic.services.actors import Actor, actor_of
from grouplic.services.catalog import load
from grouplic.services.inviting import Invitee
from grouplic.services.join_link_terms import Terms
from grouplic.services.links import token_hash
from grouplic.services.outside import Outside
from grouplic.services.sheets import Reading
from grouplic.services.shop import Wish
from grouplic.services.waiting import ToWait, put_on_waiting_list
from tests.cast import a_module

MARK = "zqxvkw"  # stands in whatever only Alice's group may know
_MODULES = ("writing", "privacy")


@dataclass(frozen=True)
class Person:
    """Somebody with an open session."""

    actor: Actor
    cookie: str


@dataclass
class Tenants:
    """Alice's group with everything in it, Dora's beside it, and whoever might look."""

    people: dict[str, Person] = field(default_factory=dict)
    group_id: str = ""
    other_group_id: str = ""
    ids: dict[str, str] = field(default_factory=dict)
    secrets: set[str] = field(default_factory=set)
    keys: set[str] = field(default_factory=set)

    def cookie(self, who: str) -> str:
        """Return the session cookie of somebody, or an empty text for nobody."""
        return self.people[who].cookie if who else ""

    def found_in(self, text: str) -> list[str]:
        """Return what of Alice's group stands in ``text``."""
        heard = text.lower()
        return sorted(secret for secret in self.secrets if secret.lower() in heard)


def settle(outside: Outside, database: Database, now: datetime) -> Tenants:
    """Fill the database, and return who and what there is."""
    tenants = Tenants()
    with database.writing() as session:
        load(session, [a_module(slug, n) for n, slug in enumerate((*_MODULES, "law"), 1)], now)
        for name, role in _CAST.items():
            tenants.people[name] = _person(session, name, role, now)
    alice = tenants.people["alice"].actor
    with database.writing() as session:
        group = _group(session, alice, f"Northlab {MARK}", now)
        other = _group(session, tenants.people["dora"].actor, "Dora's class", now)
        tenants.group_id, tenants.other_group_id = str(group.id), str(other.id)
        _fill(session, tenants, group, outside, now)
        _enroll(session, other, tenants.people["learner elsewhere"].actor, now)
    receiving.receive(
        outside,
        tenants.group_id,
        f"email,first_name\nup-{MARK}@northlab.org,Up{MARK}\nno address,{MARK}\n".encode(),
        f"{MARK}.csv",
        Reading(),
        alice,
    )
    with database.reading() as session:
        tenants.ids = _ids(session, tenants)
        tenants.keys = _keys(session, group.id)
        tenants.secrets |= {MARK, *tenants.keys}
    return tenants


_CAST = {
    "alice": Role.MEMBER,
    "dora": Role.MEMBER,
    "erin": Role.MEMBER,
    "charlie": Role.MEMBER,
    "learner": Role.MEMBER,
    "learner elsewhere": Role.MEMBER,
    "olive": Role.OPERATOR,
}


def _person(session: Session, name: str, role: Role, now: datetime) -> Person:
    account = NewAccount(f"{name.replace(' ', '-')}@people.org", name.title(), "Marsh")
    user = accounts.insert_user(session, account, None, now, role, verified_at=now)
    cookie = sessions.open_session(session, user, "a test", timedelta(days=1), now)
    session.flush()
    actor = actor_of(session, token_hash(cookie), now)
    assert actor
    return Person(actor, cookie)


def _group(session: Session, leader: Actor, name: str, now: datetime) -> Group:
    wish = Wish(OrderKind.NEW_GROUP, name, "", _MODULES, 12)
    return orders.grant(session, wish, leader, Source.DEMO, now)


def _fill(
    session: Session, tenants: Tenants, group: Group, outside: Outside, now: datetime
) -> None:
    alice = tenants.people["alice"].actor
    erin = GroupLeader(
        group_id=group.id,
        user_id=tenants.people["erin"].actor.user_id,
        role=LeaderRole.EVERYTHING,
        since=now - timedelta(days=9),
        ended_at=now - timedelta(days=1),
    )
    session.add(erin)
    learner = tenants.people["learner"].actor
    _enroll(session, group, learner, now)
    learning.open_lesson(session, learner, "writing", "lesson-1", now)
    quizzes.start_attempt(session, learner, "writing", now)
    guests = [Invitee(f"guest{n}-{MARK}@northlab.org", f"Guest{MARK}", "Lee") for n in (1, 2)]
    inviting.invite(session, group.id, guests, alice, now, note=f"Welcome {MARK}")
    key_ledger.hand_out(session, group.id, 2, alice, now, label=f"label {MARK}")
    waiting = ToWait(f"wait-{MARK}@northlab.org", f"Wait{MARK}", "Lee")
    put_on_waiting_list(session, group.id, [waiting], Way.INVITE, alice.user_id, now)
    link = join_link_terms.create_or_change(session, group.id, Terms(2), alice, outside.tokens, now)
    tenants.secrets.add(join_links.token_of(link, outside.tokens))
    module = session.exec(select(Module).where(Module.slug == "writing")).one()
    due_dates.set_due_date(session, group.id, module.id, "2026-12-24", [3], alice, now)


def _enroll(session: Session, group: Group, learner: Actor, now: datetime) -> None:
    joining.take_open_seat(session, group, learner.user_id, Way.DEMO, learner.user_id, now)


def _ids(session: Session, tenants: Tenants) -> dict[str, str]:
    """Return one id of everything that belongs to Alice's group or to her."""
    group = UUID(tenants.group_id)
    found: dict[str, str] = {"group": tenants.group_id}
    for entity in (Order, Upload, KeyBatch, EnrollmentKey, Invitation, Waiting, Enrollment, Seat):
        row = session.exec(select(entity).where(entity.group_id == group)).first()
        assert row, entity.__name__
        found[entity.__name__] = str(row.id)
    alice = tenants.people["alice"].actor
    lead = select(GroupLeader).where(
        GroupLeader.group_id == group, GroupLeader.user_id == alice.user_id
    )
    found["GroupLeader"] = str(session.exec(lead).one().id)
    found["UploadRow"] = str(session.exec(select(UploadRow)).first().id)  # type: ignore[union-attr]
    found["QuizAttempt"] = str(session.exec(select(QuizAttempt)).first().id)  # type: ignore[union-attr]
    found["Question"] = str(session.exec(select(Question)).first().id)  # type: ignore[union-attr]
    found["Module"] = str(session.exec(select(Module).where(Module.slug == "writing")).one().id)
    found["User"] = str(alice.user_id)
    found["WebSession"] = str(alice.session_id)
    return found


def _keys(session: Session, group_id: UUID) -> set[str]:
    codes = session.exec(select(EnrollmentKey.code).where(EnrollmentKey.group_id == group_id)).all()
    return {*codes, *("-".join(re.findall("....", code)) for code in codes)}


def rows(database: Database) -> dict[str, dict[str, str]]:
    """Return every row there is, as text, by table and primary key."""
    found: dict[str, dict[str, str]] = {}
    with database.reading() as session:
        for table in SQLModel.metadata.sorted_tables:
            keys = [column.name for column in table.primary_key]
            found[table.name] = {
                repr([row[key] for key in keys]): repr(dict(row))
                for row in session.connection().execute(table.select()).mappings()
            }
    return found


def changed(before: dict[str, dict[str, str]], after: dict[str, dict[str, str]]) -> list[str]:
    """Return the rows that were changed or are gone, and the new ones, each with its table."""
    different: list[str] = []
    for table, old in before.items():
        new = after[table]
        different += [
            f"{table} {row} -> {new.get(key)}" for key, row in old.items() if new.get(key) != row
        ]
        different += [f"{table} + {row}" for key, row in new.items() if key not in old]
    return different
