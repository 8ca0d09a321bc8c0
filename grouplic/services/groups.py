"""Groups: who may see them, and how their seats stand."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import bindparam, func
from sqlmodel import Session, col, select

from grouplic.domain.catalog import Module
from grouplic.domain.groups import (
    Enrollment,
    Group,
    GroupLeader,
    GroupModule,
    LeaderRole,
    Seat,
    SeatState,
)
from grouplic.domain.people import Role, User
from grouplic.domain.progress import EnrollmentSummary
from grouplic.domain.refusals import NotFound, Refusal, RoleTooNarrow
from grouplic.services.actors import Actor
from grouplic.services.identifiers import id_of


class May(StrEnum):
    """What a use case asks of a leader's role."""

    SEE = "see"
    MANAGE_PEOPLE = "manage people"
    DO_EVERYTHING = "do everything"


_ROLES_THAT = {
    May.SEE: frozenset(LeaderRole),
    May.MANAGE_PEOPLE: frozenset({LeaderRole.EVERYTHING, LeaderRole.PEOPLE}),
    May.DO_EVERYTHING: frozenset({LeaderRole.EVERYTHING}),
}


class InSandbox(Refusal):
    """A sandbox group holds invented people only: nobody joins it, nothing is mailed or paid."""

    def __init__(self) -> None:
        super().__init__(
            "This is a sandbox group of invented people: nobody real can be invited to it, and "
            "nothing can be bought for it. In a group of your own you can."
        )


@dataclass(frozen=True)
class SeatCounts:
    """How many seats are in each state. ``bought = open + issued + taken + retired``."""

    open: int = 0
    issued: int = 0
    taken: int = 0
    retired: int = 0

    @property
    def bought(self) -> int:
        """Seats that were paid for and not refunded."""
        return self.open + self.issued + self.taken + self.retired


@dataclass(frozen=True)
class SeatTile:
    """One seat as the map shows it. ``name`` is the learner's, when it is taken."""

    number: int
    state: str
    name: str
    initials: str
    completed: bool


@dataclass(frozen=True)
class GroupCard:
    """A group in the list of those one leads."""

    id: UUID
    name: str
    modules: int
    counts: SeatCounts
    is_sandbox: bool
    ends_at: datetime | None


def led_group(
    session: Session, actor: Actor, group_id: UUID | str, may: May = May.DO_EVERYTHING
) -> Group:
    """Return the group if the actor leads it and the role allows what is asked.

    Operators may see every group, and no more. Refuses, as ``NotFound``, everyone else who does not
    lead it, and as ``RoleTooNarrow`` leaders whose role does not allow it.
    """
    if may == May.SEE and actor.role == Role.OPERATOR:
        return _any_group(session, group_id)
    group, role = _group_and_role(session, actor, group_id)
    if role not in _ROLES_THAT[may]:
        raise RoleTooNarrow(group.name)
    return group


def hold_led_group(
    session: Session, actor: Actor, group_id: UUID | str, may: May = May.DO_EVERYTHING
) -> Group:
    """Return the group with its row held; refuse like ``led_group``, also as of now.

    Somebody may have taken the actor's right away while this waited for the row.
    """
    lock_group(session, led_group(session, actor, group_id, may).id)
    return led_group(session, actor, group_id, may)


def rights_in(session: Session, group_id: UUID | str, actor: Actor) -> frozenset[May]:
    """Return what the actor's role allows; refuse who neither leads the group nor runs the site."""
    try:
        _, role = _group_and_role(session, actor, group_id)
    except NotFound:
        led_group(session, actor, group_id, May.SEE)
        return frozenset({May.SEE})
    return frozenset(may for may, roles in _ROLES_THAT.items() if role in roles)


def leads(session: Session, group_id: UUID, actor: Actor) -> bool:
    """Say whether the actor leads the group; an operator who only looks at it does not."""
    return actor.user_id in leaders_among(session, group_id, {actor.user_id})


def refuse_sandbox(group: Group) -> None:
    """Refuse what would reach a real person or cost money in a sandbox group."""
    if group.sandbox_of_id is not None:
        raise InSandbox


def leaders_among(session: Session, group_id: UUID, user_ids: set[UUID]) -> set[UUID]:
    """Return those of ``user_ids`` who lead the group now."""
    values = {"this_group": group_id, "these_users": list(user_ids)}
    return set(session.exec(_LEADERS_AMONG, params=values))


def lock_group(session: Session, group_id: UUID) -> Group:
    """Return the group and hold its row, for changes that must see each other."""
    return session.exec(
        select(Group)
        .where(Group.id == group_id)
        # Others may go on writing rows that refer to the group.
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).one()


def groups_led_by(session: Session, actor: Actor) -> list[GroupCard]:
    """Return the groups the actor leads, newest first, with their seats counted."""
    groups = session.exec(
        select(Group)
        .join(GroupLeader, col(GroupLeader.group_id) == col(Group.id))
        .where(
            GroupLeader.user_id == actor.user_id,
            col(GroupLeader.ended_at).is_(None),
            col(GroupLeader.awaits_claim).is_(False),
        )
        .order_by(col(Group.created_at).desc())
    ).all()
    ids = [group.id for group in groups]
    counts = _counts_of(session, ids)
    modules = dict(
        session.exec(
            select(GroupModule.group_id, func.count())
            .where(col(GroupModule.group_id).in_(ids))
            .group_by(col(GroupModule.group_id))
        ).all()
    )
    return [
        GroupCard(
            group.id,
            group.name,
            modules.get(group.id, 0),
            counts[group.id],
            group.sandbox_of_id is not None,
            group.ends_at,
        )
        for group in groups
    ]


def seat_counts(session: Session, group_id: UUID) -> SeatCounts:
    """Count the group's seats by state. There is no counter to drift."""
    return _counts_of(session, [group_id])[group_id]


def modules_of(session: Session, group_id: UUID) -> list[Module]:
    """Return the modules that every seat of the group opens, in the catalog's order."""
    return list(
        session.exec(
            select(Module)
            .join(GroupModule, col(GroupModule.module_id) == col(Module.id))
            .where(GroupModule.group_id == group_id)
            .order_by(col(Module.position), col(Module.slug))
        )
    )


def seat_tiles(session: Session, group_id: UUID) -> list[SeatTile]:
    """Return every seat of the group in order, with the learner who holds it, in two queries.

    Completed means every module of the group: all its lessons, and its quiz passed.
    """
    modules = session.exec(
        select(func.count()).select_from(GroupModule).where(GroupModule.group_id == group_id)
    ).one()
    rows = session.exec(
        select(Seat.number, Seat.state, User, EnrollmentSummary.modules_done)
        .outerjoin(
            Enrollment,
            (col(Enrollment.seat_id) == col(Seat.id)) & col(Enrollment.ended_at).is_(None),
        )
        .outerjoin(User, col(User.id) == col(Enrollment.user_id))
        .outerjoin(EnrollmentSummary, col(EnrollmentSummary.enrollment_id) == col(Enrollment.id))
        .where(Seat.group_id == group_id, Seat.state != SeatState.WITHDRAWN)
        .order_by(col(Seat.number))
    )
    return [
        SeatTile(
            number=number,
            state=state,
            name=user.name if user else "",
            initials=_initials(user) if user else "",
            completed=0 < modules <= (done or 0),
        )
        for number, state, user, done in rows
    ]


def _any_group(session: Session, group_id: UUID | str) -> Group:
    group = session.get(Group, id_of("group", group_id))
    if group is None:
        raise NotFound("group")
    return group


def _group_and_role(session: Session, actor: Actor, group_id: UUID | str) -> tuple[Group, str]:
    values = {"this_group": id_of("group", group_id), "this_user": actor.user_id}
    found = session.exec(_LED, params=values).first()
    if found is None:
        raise NotFound("group")
    return found


# Built once: every page of a group asks it, and each of its panels.
_LED = (
    select(Group, GroupLeader.role)
    .join(GroupLeader, col(GroupLeader.group_id) == col(Group.id))
    .where(
        Group.id == bindparam("this_group"),
        GroupLeader.user_id == bindparam("this_user"),
        col(GroupLeader.ended_at).is_(None),
        col(GroupLeader.awaits_claim).is_(False),
    )
)
_LEADERS_AMONG = select(GroupLeader.user_id).where(
    GroupLeader.group_id == bindparam("this_group"),
    col(GroupLeader.user_id).in_(bindparam("these_users", expanding=True)),
    col(GroupLeader.ended_at).is_(None),
    col(GroupLeader.awaits_claim).is_(False),
)


def _counts_of(session: Session, group_ids: list[UUID]) -> dict[UUID, SeatCounts]:
    rows = session.exec(
        select(Seat.group_id, Seat.state, func.count())
        .where(col(Seat.group_id).in_(group_ids), Seat.state != SeatState.WITHDRAWN)
        .group_by(col(Seat.group_id), col(Seat.state))
    ).all()
    by_group: dict[UUID, dict[str, int]] = {group_id: {} for group_id in group_ids}
    for group_id, state, quantity in rows:
        by_group[group_id][str(state)] = quantity
    return {group_id: SeatCounts(**states) for group_id, states in by_group.items()}


def _initials(user: User) -> str:
    words = [user.first_name, user.last_name] if user.first_name else [user.email]
    return "".join(word[:1] for word in words if word).upper()
