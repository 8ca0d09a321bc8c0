"""Low seats: the leaders hear when 80 % and 100 % of a group's seats are taken, once each."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Session, col, select

from grouplic.domain.groups import Group, GroupLeader, LeaderRole, Seat, SeatState
from grouplic.domain.people import User
from grouplic.services.groups import SeatCounts, lock_group, seat_counts
from grouplic.services.ports import Transactions
from grouplic.services.recording import queue_mail, record

LEVELS = (100, 80)
# Several workers and a restart look at the same seats again, which changes nothing.
_LOOK_BACK = timedelta(minutes=15)


def tell_of_low_seats(
    database: Transactions, now: datetime, look_back: timedelta = _LOOK_BACK
) -> int:
    """Write to the leaders of groups that have filled up lately; return how many groups."""
    with database.reading() as session:
        filled = groups_that_filled(session, now - look_back)
        groups = [group_id for group_id in filled if _is_news(session, group_id)]
    told = 0
    for group_id in groups:
        with database.writing() as session:
            told += tell_one(session, group_id, now)
    return told


def groups_that_filled(session: Session, since: datetime) -> list[UUID]:
    """Return the groups in which a seat was taken since then, and that may be due a word."""
    return list(
        session.exec(
            select(Seat.group_id)
            .join(Group, col(Group.id) == col(Seat.group_id))
            .where(
                Seat.changed_at >= since,
                Seat.state == SeatState.TAKEN,
                Group.low_seats_level < max(LEVELS),
            )
            .distinct()
        )
    )


def tell_one(session: Session, group_id: UUID, now: datetime) -> bool:
    """Write to one group's leaders if it has reached a level they have not heard of."""
    group = lock_group(session, group_id)
    counts = seat_counts(session, group_id)
    level = level_of(counts)
    if level <= group.low_seats_level:
        return False
    group.low_seats_level = level
    session.add(group)
    for leader in leaders_who_buy(session, group_id):
        path = f"/buy?group={group.id}&add=seats"
        facts = {"group": group.name, "path": path, "level": str(level)}
        facts |= {"taken": f"{counts.taken + counts.retired:,}", "bought": f"{counts.bought:,}"}
        queue_mail(session, "low_seats", leader, now, group.id, **facts)
    record(session, "low_seats", now, None, group.id, level=level)
    return True


def _is_news(session: Session, group_id: UUID) -> bool:
    heard = session.get_one(Group, group_id).low_seats_level
    return level_of(seat_counts(session, group_id)) > heard


def heard_level_after_adding(session: Session, group: Group) -> int:
    """Return the level that counts as heard once seats were added: what still holds is no news."""
    session.flush()
    return min(group.low_seats_level, level_of(seat_counts(session, group.id)))


def level_of(counts: SeatCounts) -> int:
    """Return the highest level that is reached, or 0. A retired seat is as gone as a taken one."""
    gone = counts.taken + counts.retired
    reached = (level for level in LEVELS if gone * 100 >= level * counts.bought)
    return next(reached, 0) if counts.bought else 0


def leaders_who_buy(session: Session, group_id: UUID) -> list[User]:
    """Return the leaders who may do everything, and so may buy."""
    return list(
        session.exec(
            select(User)
            .join(GroupLeader, col(GroupLeader.user_id) == col(User.id))
            .where(
                GroupLeader.group_id == group_id,
                GroupLeader.role == LeaderRole.EVERYTHING,
                col(GroupLeader.ended_at).is_(None),
                col(GroupLeader.awaits_claim).is_(False),
            )
            .order_by(col(User.id))
        )
    )
