"""Joining and leaving a group: every way to a seat ends in ``enroll``."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from grouplic.domain import keys
from grouplic.domain.catalog import Lesson, Module
from grouplic.domain.groups import (
    Enrollment,
    EnrollmentKey,
    Group,
    GroupLeader,
    Seat,
    SeatState,
    Way,
)
from grouplic.domain.people import User
from grouplic.domain.refusals import Refusal
from grouplic.services.actors import Actor
from grouplic.services.groups import modules_of, refuse_sandbox
from grouplic.services.recording import record, touch
from grouplic.services.seats import (
    claim_open_seat,
    claim_seat_of_key,
    move,
    void_keys,
)
from grouplic.services.standing import begin_summaries
from grouplic.services.terms import refuse_ended
from grouplic.services.waiting import leave_waiting_list


class UnknownKey(Refusal):
    """The key is well formed, but it is not one of ours: this counts as a failed attempt."""

    def __init__(self) -> None:
        super().__init__("We do not know this key. Check it against what you were given.", "key")


@dataclass(frozen=True)
class ModuleOutline:
    """A module as a key's preview lists it."""

    title: str
    lessons: int
    minutes: int


@dataclass(frozen=True)
class KeyPreview:
    """What a key opens, shown before anybody decides."""

    code: str
    group_name: str
    leader_name: str
    modules: tuple[ModuleOutline, ...]
    already_in: bool


@dataclass(frozen=True)
class Joined:
    """The outcome of joining. ``already_in`` means that nothing changed and no seat was used."""

    group_id: UUID
    group_name: str
    already_in: bool


def preview_key(session: Session, typed: str, actor: Actor | None, now: datetime) -> KeyPreview:
    """Return what the key opens; refuse, each in its own words, a mistyped, unknown or dead one."""
    key = _find_key(session, typed)
    group = session.get_one(Group, key.group_id)
    refuse_sandbox(group)
    already_in = actor is not None and _live_enrollment(session, group.id, actor.user_id)
    if not already_in:
        _refuse_dead(key, group, now)
    return KeyPreview(
        code=key.code,
        group_name=group.name,
        leader_name=leader_name(session, group.id),
        modules=tuple(outlines(session, group.id)),
        already_in=bool(already_in),
    )


def redeem(session: Session, typed: str, actor: Actor, now: datetime) -> Joined:
    """Give the actor the seat of this key.

    Someone who is in the group already is told so and keeps the key unused; someone who comes back
    to a seat that retired with them gets it back. Refuses a mistyped, unknown or dead key.
    """
    hold_user(session, actor.user_id)
    key = _hold_key(session, typed)
    group = session.get_one(Group, key.group_id)
    refuse_sandbox(group)
    if _live_enrollment(session, group.id, actor.user_id):
        return Joined(group.id, group.name, already_in=True)
    _refuse_dead(key, group, now)
    seat = _seat_retired_with(session, group.id, actor.user_id)
    if seat is None:
        seat = claim_seat_of_key(session, key, now)
        key.redeemed_at, key.redeemed_by_id = now, actor.user_id
    enroll(session, seat, actor.user_id, Way.KEY, actor.user_id, now)
    return Joined(group.id, group.name, already_in=False)


def take_open_seat(
    session: Session,
    group: Group,
    user_id: UUID,
    way: Way,
    actor_id: UUID,
    now: datetime,
    join_link_id: UUID | None = None,
) -> Joined:
    """Give ``user_id`` any open seat of the group; refuse when none is open, or its term is over.

    Someone who is in the group already costs no seat.
    """
    if way != Way.DEMO:
        refuse_sandbox(group)
    hold_user(session, user_id)
    if _live_enrollment(session, group.id, user_id):
        return Joined(group.id, group.name, already_in=True)
    refuse_ended(group, now)
    seat = _seat_retired_with(session, group.id, user_id)
    if seat is None:
        seat = claim_open_seat(session, group, now)
        void_keys(session, [seat.id], now)
    enroll(session, seat, user_id, way, actor_id, now, join_link_id)
    return Joined(group.id, group.name, already_in=False)


def enroll(
    session: Session,
    seat: Seat,
    user_id: UUID,
    way: Way,
    actor_id: UUID,
    now: datetime,
    join_link_id: UUID | None = None,
) -> Enrollment:
    """Put a learner on a claimed seat, and say so to everyone who watches the group."""
    move(session, seat, SeatState.TAKEN, now)
    enrollment = Enrollment(
        group_id=seat.group_id,
        seat_id=seat.id,
        user_id=user_id,
        way=way,
        enrolled_at=now,
        join_link_id=join_link_id,
    )
    session.add(enrollment)
    begin_summaries(session, seat.group_id, [enrollment.id])
    leave_waiting_list(session, seat.group_id, [session.get_one(User, user_id).email_key], now)
    record(
        session,
        "enrolled",
        now,
        actor_id=actor_id,
        group_id=seat.group_id,
        seat=seat.number,
        learner=str(user_id),
        way=way,
    )
    touch(session, f"group:{seat.group_id}", f"user:{user_id}")
    return enrollment


def is_in(session: Session, group_id: UUID, user_id: UUID) -> bool:
    """Say whether the person is in the group now."""
    return _live_enrollment(session, group_id, user_id) is not None


def may_return(session: Session, group_id: UUID, user_id: UUID) -> bool:
    """Say whether a seat that retired with the person waits for them."""
    return session.exec(_retired_with(group_id, user_id)).first() is not None


def _find_key(session: Session, typed: str) -> EnrollmentKey:
    key = session.exec(select(EnrollmentKey).where(EnrollmentKey.code == keys.read(typed))).first()
    if key is None:
        raise UnknownKey
    return key


def _hold_key(session: Session, typed: str) -> EnrollmentKey:
    # The seat before its key, as everywhere: whoever takes the seat another way voids the key.
    found = _find_key(session, typed)
    session.exec(select(Seat.id).where(Seat.id == found.seat_id).with_for_update()).one()
    return session.exec(
        select(EnrollmentKey)
        .where(EnrollmentKey.id == found.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def _refuse_dead(key: EnrollmentKey, group: Group, now: datetime) -> None:
    if key.redeemed_at:
        raise Refusal("This key has already been used. Each key opens one seat.", "key")
    if key.voided_at:
        raise Refusal(
            "This key no longer works: its seat was given to someone else or the key was replaced. "
            "Ask the person who gave it to you for a new one.",
            "key",
        )
    if group.has_ended(now):
        raise Refusal(
            f"The license of {group.name} has ended, so its keys open nothing. "
            "Ask the person who gave it to you to renew it; your key works again then.",
            "key",
        )


def hold_user(session: Session, user_id: UUID) -> None:
    """Hold the person's row, so that nobody else enrolls them meanwhile."""
    # Two joins of one person at once would both find no enrollment; here the second one waits.
    session.exec(select(User.id).where(User.id == user_id).with_for_update(key_share=True)).one()


def _live_enrollment(session: Session, group_id: UUID, user_id: UUID) -> Enrollment | None:
    return session.exec(
        select(Enrollment).where(
            Enrollment.group_id == group_id,
            Enrollment.user_id == user_id,
            col(Enrollment.ended_at).is_(None),
        )
    ).first()


def _seat_retired_with(session: Session, group_id: UUID, user_id: UUID) -> Seat | None:
    return session.exec(_retired_with(group_id, user_id).with_for_update(of=Seat)).first()


def _retired_with(group_id: UUID, user_id: UUID) -> SelectOfScalar[Seat]:
    return (
        select(Seat)
        .join(Enrollment, col(Enrollment.seat_id) == col(Seat.id))
        .where(
            Seat.group_id == group_id,
            Seat.state == SeatState.RETIRED,
            Enrollment.user_id == user_id,
            # The enrollment whose end retired the seat, and not an earlier one on it.
            Enrollment.ended_at == Seat.changed_at,
        )
        .order_by(col(Seat.number))
        .limit(1)
    )


def leader_name(session: Session, group_id: UUID) -> str:
    """Return who invites: the name of the group's first leader."""
    leader = session.exec(
        select(User)
        .join(GroupLeader, col(GroupLeader.user_id) == col(User.id))
        .where(GroupLeader.group_id == group_id, col(GroupLeader.ended_at).is_(None))
        .order_by(col(GroupLeader.since))
        .limit(1)
    ).first()
    return leader.name if leader else "Your group's leader"


def outlines(session: Session, group_id: UUID) -> list[ModuleOutline]:
    """Return the outlines of the modules that every seat of the group opens."""
    modules = modules_of(session, group_id)
    return [outline_of(session, module) for module in modules]


def outline_of(session: Session, module: Module) -> ModuleOutline:
    """Return a module's title, its number of lessons and the minutes they take."""
    lessons, minutes = session.exec(
        select(func.count(), func.coalesce(func.sum(Lesson.minutes), 0)).where(
            Lesson.module_id == module.id, col(Lesson.removed).is_(False)
        )
    ).one()
    return ModuleOutline(module.title, lessons, minutes)
