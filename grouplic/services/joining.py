"""Joining a group: by its key, or on any open seat."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, func
from sqlmodel import Session, col, select

from grouplic.domain import keys
from grouplic.domain.catalog import Lesson, Module
from grouplic.domain.groups import (
    Enrollment,
    Group,
    GroupLeader,
    GroupModule,
    Seat,
    Way,
)
from grouplic.domain.people import User, name_to_show
from grouplic.domain.refusals import Refusal
from grouplic.services.actors import Actor
from grouplic.services.enrolling import (
    Comer,
    FoundKey,
    Standing,
    enroll_again,
    enroll_by_key,
    enroll_on_open_seat,
    find_key,
    hold_comer,
    hold_key,
    seats_retired_with,
    standing_of,
)
from grouplic.services.groups import InSandbox, refuse_sandbox
from grouplic.services.seats import HeldSeat, claim_open_seat
from grouplic.services.terms import refuse_ended


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
    unused: bool


@dataclass(frozen=True)
class Joined:
    """The outcome of joining. ``already_in`` means that nothing changed and no seat was used."""

    group_id: UUID
    group_name: str
    already_in: bool


def preview_key(session: Session, typed: str, actor: Actor | None, now: datetime) -> KeyPreview:
    """Return what the key opens; refuse, each in its own words, a mistyped, unknown or dead one."""
    key = _known(find_key(session, keys.read(typed), actor.user_id if actor else None))
    if not key.member:
        _refuse_dead(key, now)
    return KeyPreview(
        code=key.code,
        group_name=key.group_name,
        leader_name=leader_name(session, key.group_id),
        modules=tuple(outlines(session, key.group_id)),
        already_in=key.member,
        unused=not (key.redeemed_at or key.voided_at),
    )


def redeem(session: Session, typed: str, actor: Actor, now: datetime) -> Joined:
    """Give the actor the seat of this key.

    Someone who is in the group already is told so and keeps the key unused; someone who comes back
    to a seat that retired with them gets it back. Refuses a mistyped, unknown or dead key.
    """
    comer = hold_comer(session, actor.user_id, Way.KEY, actor.user_id)
    key = _known(hold_key(session, keys.read(typed), comer))
    if key.member:
        return Joined(key.group_id, key.group_name, already_in=True)
    _refuse_dead(key, now)
    if key.returns and (seat := _seat_retired_with(session, key.group_id, comer.user_id)):
        enroll_again(session, seat, comer, key, now)
    else:
        enroll_by_key(session, key, comer, now)
    return Joined(key.group_id, key.group_name, already_in=False)


def take_open_seat(
    session: Session,
    group: Group,
    user_id: UUID,
    way: Way,
    actor_id: UUID,
    now: datetime,
) -> Joined:
    """Give ``user_id`` any open seat of the group; refuse when none is open, or its term is over.

    Someone who is in the group already costs no seat.
    """
    if way != Way.DEMO:
        refuse_sandbox(group)
    comer = hold_comer(session, user_id, way, actor_id)
    return seat_comer(session, group, comer, standing_of(session, group.id, comer), now)


def seat_comer(
    session: Session, group: Group, comer: Comer, standing: Standing, now: datetime
) -> Joined:
    """Do the same for somebody whose row is held and whose standing is known."""
    if standing.member:
        return Joined(group.id, group.name, already_in=True)
    refuse_ended(group, now)
    if standing.returns and (seat := _seat_retired_with(session, group.id, comer.user_id)):
        enroll_again(session, seat, comer, standing, now)
    else:
        enroll_on_open_seat(session, claim_open_seat(session, group), comer, standing, now)
    return Joined(group.id, group.name, already_in=False)


def is_in(session: Session, group_id: UUID, user_id: UUID) -> bool:
    """Say whether the person is in the group now."""
    live = select(Enrollment.id).where(
        Enrollment.group_id == group_id,
        Enrollment.user_id == user_id,
        col(Enrollment.ended_at).is_(None),
    )
    return session.exec(live).first() is not None


def may_return(session: Session, group_id: UUID, user_id: UUID) -> bool:
    """Say whether a seat that retired with the person waits for them."""
    return session.execute(_retired_with(group_id, user_id)).first() is not None


def _known(key: FoundKey | None) -> FoundKey:
    if key is None:
        raise UnknownKey
    if key.sandbox_of_id is not None:
        raise InSandbox
    return key


def _refuse_dead(key: FoundKey, now: datetime) -> None:
    if key.redeemed_at:
        raise Refusal("This key has already been used. Each key opens one seat.", "key")
    if key.voided_at:
        raise Refusal(
            "This key no longer works: its seat was given to someone else or the key was replaced. "
            "Ask the person who gave it to you for a new one.",
            "key",
        )
    if key.ends_at and key.ends_at <= now:
        raise Refusal(
            f"The license of {key.group_name} has ended, so its keys open nothing. "
            "Ask the person who gave it to you to renew it; your key works again then.",
            "key",
        )


def _seat_retired_with(session: Session, group_id: UUID, user_id: UUID) -> HeldSeat | None:
    found = session.execute(_retired_with(group_id, user_id).with_for_update(of=Seat)).first()
    return HeldSeat(found[0], group_id, found[1]) if found else None


def _retired_with(group_id: UUID, user_id: UUID) -> Any:
    return seats_retired_with(group_id, user_id).order_by(col(Seat.number)).limit(1)


def leader_name(session: Session, group_id: UUID) -> str:
    """Return who invites: the name of the group's first leader."""
    leader = session.execute(_LEADER, {"this_group": group_id}).first()
    return name_to_show(*leader) if leader else "Your group's leader"


def outlines(session: Session, group_id: UUID) -> list[ModuleOutline]:
    """Return the outlines of the modules that every seat of the group opens."""
    rows = session.execute(_OUTLINES, {"this_group": group_id})
    return [ModuleOutline(title, number, minutes or 0) for title, number, minutes in rows]


# Built once, as what joins is: whoever holds a key looks at it first.
_LEADER = (
    select(col(User.first_name), col(User.last_name), col(User.email), col(User.erased_at))
    .select_from(User)
    .join(GroupLeader, col(GroupLeader.user_id) == col(User.id))
    .where(GroupLeader.group_id == bindparam("this_group"), col(GroupLeader.ended_at).is_(None))
    .order_by(col(GroupLeader.since))
    .limit(1)
)
_OUTLINES = (
    select(Module.title, func.count(col(Lesson.id)), func.sum(Lesson.minutes))
    .join(GroupModule, col(GroupModule.module_id) == col(Module.id))
    .outerjoin(Lesson, (col(Lesson.module_id) == col(Module.id)) & col(Lesson.removed).is_(False))
    .where(GroupModule.group_id == bindparam("this_group"))
    .group_by(col(Module.id))
    .order_by(col(Module.position), col(Module.slug))
)
