"""A sandbox group: invented people to look around among, and to throw away.

The people are nobody. So this is the one place where rows are deleted instead of kept as history;
docs/decisions says why.
"""

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, ForeignKeyConstraint, Table, delete, tuple_
from sqlalchemy import select as select_rows
from sqlmodel import Session, col, select

from grouplic.domain.groups import Enrollment, Group
from grouplic.domain.orders import Order
from grouplic.domain.people import User
from grouplic.domain.records import AuditEvent
from grouplic.domain.refusals import NotFound
from grouplic.services import invented_class
from grouplic.services.accounts import NewAccount, insert_user
from grouplic.services.actors import Actor
from grouplic.services.groups import lock_group
from grouplic.services.ports import Transactions
from grouplic.services.recording import UNUSABLE_DOMAIN, touch

log = logging.getLogger(__name__)

NAME = "Sandbox group"
LIFETIME = timedelta(days=7)
_MOST_AT_ONCE = 20


def open_sandbox(session: Session, actor: Actor, now: datetime) -> Group:
    """Return the actor's sandbox group, made now unless there is one; it ends after a week."""
    # Two requests of one person at once would both find none; here the second one waits.
    session.exec(
        select(User.id).where(User.id == actor.user_id).with_for_update(key_share=True)
    ).one()
    own = _own(session, actor.user_id)
    if own and own.ends_at and own.ends_at > now:
        return own
    if own:
        _remove(session, own)
    group = invented_class.found_group(session, NAME, actor, now)
    group.sandbox_of_id, group.ends_at = actor.user_id, now + LIFETIME
    session.add(group)
    people = [_invent(session, name, group.id, now) for name in invented_class.NAMES]
    invented_class.fill(session, group, people, actor, now)
    return group


def discard_sandbox(session: Session, actor: Actor) -> None:
    """Remove the actor's sandbox group with everything it made; refuse who has none."""
    if not discard_sandbox_of(session, actor.user_id):
        raise NotFound("sandbox group")


def discard_sandbox_of(session: Session, user_id: UUID) -> bool:
    """Remove somebody's sandbox group; return False for none. Forgets what was read before."""
    own = _own(session, user_id)
    if own is None:
        return False
    _remove(session, own)
    return True


def discard_expired(database: Transactions, now: datetime) -> int:
    """Remove sandbox groups whose week is over, each in a transaction of its own."""
    over = (col(Group.sandbox_of_id).is_not(None), col(Group.ends_at) <= now)
    with database.reading() as session:
        ids = session.exec(select(Group.id).where(*over).limit(_MOST_AT_ONCE)).all()
    for group_id in ids:
        with database.writing() as session:
            group = session.exec(
                select(Group).where(Group.id == group_id, *over).with_for_update()
            ).first()
            if group:
                _remove(session, group)
    return len(ids)


def _own(session: Session, user_id: UUID) -> Group | None:
    return session.exec(
        select(Group).where(Group.sandbox_of_id == user_id).with_for_update()
    ).first()


def _invent(session: Session, name: str, group_id: UUID, now: datetime) -> User:
    first, last = name.split(" ", 1)
    email = f"{first.lower()}.{group_id.hex[-12:]}@{UNUSABLE_DOMAIN}"
    return insert_user(session, NewAccount(email, first, last), None, now, verified_at=now)


def _remove(session: Session, group: Group) -> None:
    group_id = lock_group(session, group.id).id
    invented = session.exec(
        select(User.id)
        .join(Enrollment, col(Enrollment.user_id) == col(User.id))
        .where(
            Enrollment.group_id == group_id,
            col(User.email_key).endswith(f"@{UNUSABLE_DOMAIN}"),
        )
        .distinct()
    ).all()
    session.flush()
    _delete_placed_orders(session, group_id, group.sandbox_of_id)
    _delete(session, Group, [group_id])
    _delete(session, User, invented)
    touch(session, f"group:{group_id}")
    session.expunge_all()


def _delete_placed_orders(session: Session, group_id: UUID, owner_id: UUID | None) -> None:
    # An order is placed before there is a group, so this event names only the order.
    orders = set(session.exec(select(Order.id).where(Order.group_id == group_id)))
    events = session.exec(
        select(AuditEvent).where(
            AuditEvent.actor_id == owner_id,
            AuditEvent.kind == "order_placed",
            col(AuditEvent.group_id).is_(None),
        )
    )
    for event in events:
        if UUID(event.facts["order"]) in orders:
            session.delete(event)
    session.flush()


def _delete(session: Session, entity: type, ids: Iterable[UUID]) -> None:
    table: Table = entity.__table__  # type: ignore[attr-defined]
    _delete_where(session, table, table.c.id.in_(list(ids)), (table,))


def _delete_where(
    session: Session, table: Table, which: ColumnElement[bool], above: tuple[Table, ...]
) -> None:
    if not session.connection().execute(select_rows(table).where(which).limit(1)).first():
        return
    # Whatever refers to the rows goes first, whichever tables a later version adds.
    for other in table.metadata.sorted_tables:
        for key in other.foreign_key_constraints:
            if key.referred_table is table and other not in above:
                _delete_where(session, other, _refers(key, table, which), (*above, other))
    session.connection().execute(delete(table).where(which))


def _refers(
    key: ForeignKeyConstraint, table: Table, which: ColumnElement[bool]
) -> ColumnElement[bool]:
    referred = select_rows(*[element.column for element in key.elements]).where(which)
    return tuple_(*key.columns).in_(referred)
