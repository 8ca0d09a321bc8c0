"""Demo data: a leader with a believable class, a learner half way through, an operator."""

from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from grouplic import demo_learning
from grouplic.domain.catalog import Module
from grouplic.domain.groups import Way
from grouplic.domain.orders import OrderKind, Source
from grouplic.domain.people import Role, User
from grouplic.services import accounts, joining, key_ledger, leaving, orders
from grouplic.services.accounts import NewAccount
from grouplic.services.actors import Actor
from grouplic.services.outside import Outside
from grouplic.services.shop import Wish

PASSWORD = "violet harbor lantern"  # noqa: S105  (a demo's; never created in production)
WHO_CAN_SIGN_IN = f"""
Who can sign in, all with the password “{PASSWORD}”:
  alice@northlab.example   leads “Northlab autumn intake”
  bo@northlab.example      learns there, half way through
  olive@grouplic.example   runs the site
"""

_LEARNERS = [
    "Ann Lee",
    "Bo Chen",
    "Carla Diaz",
    "Deniz Ak",
    "Emile Roux",
    "Fatou Sow",
    "Gus Berg",
    "Hana Ito",
    "Ivan Petrov",
    "Jo Park",
    "Kai Lund",
    "Lea Moreau",
    "Milo Rossi",
    "Nora Weiss",
    "Omar Said",
    "Pia Holm",
    "Rosa Silva",
    "Sam Okoye",
]


def create(outside: Outside) -> None:
    """Create the demo data, unless it is there."""
    now = outside.clock()
    password_hash = outside.hasher.hash(PASSWORD)
    with outside.database.writing() as session:
        if accounts.find_user(session, "alice@northlab.example"):
            return
        alice = _person(session, "alice@northlab.example", "Alice Marsh", password_hash, now)
        _person(session, "olive@grouplic.example", "Olive Stone", password_hash, now, Role.OPERATOR)
        learners = [_learner(session, name, password_hash, now) for name in _LEARNERS]
    with outside.database.writing() as session:
        _fill_class(session, _as_actor(alice), learners, now)


def _fill_class(session: Session, alice: Actor, learners: list[User], now: datetime) -> None:
    slugs = session.exec(select(Module.slug).order_by(col(Module.position)).limit(3)).all()
    wish = Wish(OrderKind.NEW_GROUP, "Northlab autumn intake", "", tuple(slugs), 30)
    group = orders.grant(session, wish, alice, Source.DEMO, now - timedelta(days=30))
    for day, learner in enumerate(learners):
        joined = now - timedelta(days=20 - day, hours=3)
        joining.take_open_seat(session, group, learner.id, Way.DEMO, alice.user_id, joined)
    demo_learning.learn(session, group, alice, learners, now)
    # Sam had started and left: the seat retires. Four keys are out.
    leaving.remove(session, group.id, learners[-1].id, alice, now)
    key_ledger.hand_out(session, group.id, 4, alice, now)


def _learner(session: Session, name: str, password_hash: str, now: datetime) -> User:
    first = name.split()[0].lower()
    return _person(session, f"{first}@northlab.example", name, password_hash, now)


def _person(
    session: Session,
    email: str,
    name: str,
    password_hash: str,
    now: datetime,
    role: Role = Role.MEMBER,
) -> User:
    first, last = name.split(" ", 1)
    return accounts.insert_user(
        session, NewAccount(email, first, last), password_hash, now, role, verified_at=now
    )


def _as_actor(user: User) -> Actor:
    return Actor(user.id, user.id, user.email, user.name, user.first_name, user.role, True, False)
