"""A class of invented people at every stage of learning, for the demo and for sandbox groups."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from grouplic.domain.catalog import Module
from grouplic.domain.groups import Group, Way
from grouplic.domain.orders import OrderKind, Source
from grouplic.domain.people import User
from grouplic.services import invented_learning, joining, key_ledger, leaving, orders
from grouplic.services.actors import Actor
from grouplic.services.shop import Wish

NAMES = (
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
)
_SEATS = 30
_MODULES = 3


def found_group(session: Session, name: str, actor: Actor, now: datetime) -> Group:
    """Give the actor a group of thirty seats in the first three modules, without a payment."""
    slugs = session.exec(
        select(Module.slug)
        .where(col(Module.for_sale).is_(True))
        .order_by(col(Module.position))
        .limit(_MODULES)
    ).all()
    wish = Wish(OrderKind.NEW_GROUP, name, "", tuple(slugs), _SEATS)
    return orders.grant(session, wish, actor, Source.DEMO, now)


def fill(
    session: Session, group: Group, learners: Sequence[User], actor: Actor, now: datetime
) -> None:
    """Seat the learners, in the order of ``NAMES``, and let them learn, each some way."""
    for day, learner in enumerate(learners):
        joined = now - timedelta(days=20 - day, hours=3)
        joining.take_open_seat(session, group, learner.id, Way.DEMO, actor.user_id, joined)
    invented_learning.learn(session, group, actor, list(learners), now)
    # The last had started and left: the seat retires. Four keys are out.
    leaving.remove(session, group.id, learners[-1].id, actor, now)
    key_ledger.hand_out(session, group.id, 4, actor, now)
