"""Demo data: a leader with a believable class, a learner half way through, an operator."""

from datetime import datetime, timedelta

from sqlmodel import Session

from grouplic.domain.people import Role, User
from grouplic.services import accounts, invented_class
from grouplic.services.accounts import NewAccount
from grouplic.services.actors import Actor
from grouplic.services.outside import Outside

PASSWORD = "violet harbor lantern"  # noqa: S105  (a demo's; never created in production)
WHO_CAN_SIGN_IN = f"""
Who can sign in, all with the password “{PASSWORD}”:
  alice@northlab.example   leads “Northlab autumn intake”
  bo@northlab.example      learns there, half way through
  olive@grouplic.example   runs the site
"""


def create(outside: Outside) -> None:
    """Create the demo data, unless it is there."""
    now = outside.clock()
    password_hash = outside.hasher.hash(PASSWORD)
    with outside.database.writing() as session:
        if accounts.find_user(session, "alice@northlab.example"):
            return
        alice = _person(session, "alice@northlab.example", "Alice Marsh", password_hash, now)
        _person(session, "olive@grouplic.example", "Olive Stone", password_hash, now, Role.OPERATOR)
        learners = [_learner(session, name, password_hash, now) for name in invented_class.NAMES]
    with outside.database.writing() as session:
        leader = _as_actor(alice)
        bought = now - timedelta(days=30)
        group = invented_class.found_group(session, "Northlab autumn intake", leader, bought)
        invented_class.fill(session, group, learners, leader, now)


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
