"""The cast of every story: Alice leads, Bob learns, Charlie is outside, Olive runs the site."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Session, select

from grouplic.adapters.database import Database
from grouplic.domain.groups import Enrollment, EnrollmentKey, Group, Seat
from grouplic.domain.orders import OrderKind, Source
from grouplic.domain.people import Role, User
from grouplic.services import accounts, orders, sessions
from grouplic.services.accounts import NewAccount
from grouplic.services.actors import Actor, actor_of
from grouplic.services.catalog import LessonText, ModuleText, QuestionText, load
from grouplic.services.links import token_hash
from grouplic.services.shop import Wish


@dataclass(frozen=True)
class Cast:
    """Everybody, and the group that Alice leads."""

    alice: Actor
    bob: Actor
    charlie: Actor
    olive: Actor
    group_id: UUID


def invite_the_cast(database: Database, now: datetime, seats: int = 3) -> Cast:
    """Create the cast, a catalog of three modules, and a group of ``seats`` with one of them."""
    with database.writing() as session:
        load(
            session, [a_module("writing", 1), a_module("privacy", 2), a_module("security", 3)], now
        )
        alice = actor(session, "alice", now)
        bob = actor(session, "bob", now)
        charlie = actor(session, "charlie", now)
        olive = actor(session, "olive", now, Role.OPERATOR)
    with database.writing() as session:
        group = a_group(session, alice, now, seats)
    return Cast(alice, bob, charlie, olive, group.id)


def a_group(
    session: Session,
    leader: Actor,
    now: datetime,
    seats: int = 3,
    modules: tuple[str, ...] = ("writing",),
) -> Group:
    """Give ``leader`` a group without a payment."""
    wish = Wish(OrderKind.NEW_GROUP, "Northlab autumn intake", "", modules, seats)
    return orders.grant(session, wish, leader, Source.DEMO, now)


def actor(session: Session, name: str, now: datetime, role: Role = Role.MEMBER) -> Actor:
    """Create an account called ``name`` with a session, and return who that makes them."""
    account = NewAccount(f"{name}@northlab.org", name.title(), "Marsh")
    user = accounts.insert_user(session, account, None, now, role, verified_at=now)
    cookie = sessions.open_session(session, user, "a test", timedelta(days=1), now)
    session.flush()
    found = actor_of(session, token_hash(cookie), now)
    assert found is not None
    return found


def a_module(slug: str, position: int, lessons: int = 2) -> ModuleText:
    """Return a short module with two lessons and a question."""
    return ModuleText(
        slug=slug,
        title=slug.title(),
        summary=f"All about {slug}.",
        audience="Everyone",
        outcomes=("Know it",),
        position=position,
        currency="usd",
        amount=1000 * position,
        pass_mark=80,
        attempts=3,
        time_limit=None,
        lessons=tuple(
            LessonText(f"lesson-{number}", f"Lesson {number}", 5, "Read **this**.")
            for number in range(1, lessons + 1)
        ),
        questions=(QuestionText("first", "true_false", "Is it so?", {"answer": True}),),
        content_hash=slug,
    )


def key_of_open_seat(session: Session, group_id: UUID, number: int = 1) -> str:
    """Return the live key of the seat with this number."""
    return session.exec(
        select(EnrollmentKey.code)
        .join(Seat, Seat.id == EnrollmentKey.seat_id)
        .where(
            Seat.group_id == group_id,
            Seat.number == number,
            EnrollmentKey.voided_at.is_(None),
            EnrollmentKey.redeemed_at.is_(None),
        )
    ).one()


def seat_states(session: Session, group_id: UUID) -> list[str]:
    """Return the state of every seat, in order."""
    return list(
        session.exec(select(Seat.state).where(Seat.group_id == group_id).order_by(Seat.number))
    )


def live_learners(session: Session, group_id: UUID) -> set[UUID]:
    """Return who holds a seat now."""
    return set(
        session.exec(
            select(Enrollment.user_id).where(
                Enrollment.group_id == group_id, Enrollment.ended_at.is_(None)
            )
        )
    )


def user_named(session: Session, name: str) -> User:
    """Return the cast member's account."""
    return session.exec(select(User).where(User.email_key == f"{name}@northlab.org")).one()
