"""Who may open a module: whoever holds a seat of a group that has it, as long as its term runs."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from grouplic.domain.catalog import Module
from grouplic.domain.groups import (
    Enrollment,
    Group,
    GroupLeader,
    GroupModule,
    Seat,
    SeatState,
)
from grouplic.domain.refusals import NotFound, Refusal
from grouplic.services.actors import Actor


class AccessEnded(Refusal):
    """A module that the person could open once, and cannot now; the message says why."""


_KEPT = "What you have done is kept, and so are your certificates: both are on myLearning."


def modules_open_to(user_id: UUID, now: datetime) -> Any:
    """Return the statement for the modules a person may open now, with the group's id and name."""
    return (
        select(Module, Group.id, Group.name)
        .join(GroupModule, col(GroupModule.module_id) == col(Module.id))
        .join(Group, col(Group.id) == col(GroupModule.group_id))
        .join(Enrollment, col(Enrollment.group_id) == col(Group.id))
        .where(
            Enrollment.user_id == user_id,
            col(Enrollment.ended_at).is_(None),
            col(Enrollment.awaits_claim).is_(False),
            col(Group.ends_at).is_(None) | (col(Group.ends_at) > now),
        )
    )


def module_open_to(session: Session, actor: Actor, slug: str, now: datetime) -> Module:
    """Return the module; refuse who holds no seat for it, as ``AccessEnded`` who once did."""
    found = session.exec(
        modules_open_to(actor.user_id, now).where(Module.slug == str(slug))
    ).first()
    if found is None:
        raise _why_not(session, actor, str(slug), now)
    module: Module = found[0]
    return module


def may_see_media(session: Session, actor: Actor, slug: str, now: datetime) -> None:
    """Refuse who neither holds a seat for the module nor leads a group that opens it to leaders."""
    leads = (
        select(Group)
        .join(GroupLeader, col(GroupLeader.group_id) == col(Group.id))
        .join(GroupModule, col(GroupModule.group_id) == col(Group.id))
        .join(Module, col(Module.id) == col(GroupModule.module_id))
        .where(
            GroupLeader.user_id == actor.user_id,
            col(GroupLeader.ended_at).is_(None),
            col(GroupLeader.awaits_claim).is_(False),
            Module.slug == slug,
        )
    )
    if all(why_closed_to_leaders(session, group, now) for group in session.exec(leads).all()):
        module_open_to(session, actor, slug, now)


def why_closed_to_leaders(session: Session, group: Group, now: datetime) -> str:
    """Return why who leads the group may not read its modules, or an empty text.

    They read without a seat what the group has paid for, and as long as a learner could.
    """
    if group.sandbox_of_id is not None:
        return (
            "A sandbox group shows how a group is led. Its lessons can be read in a group whose "
            "license was bought."
        )
    if group.has_ended(now):
        return (
            f"The license of {group.name} ended on {group.ends_at:%B %-d, %Y}, so its lessons are "
            "closed. Renew it on the group's dashboard to read them again."
        )
    seats = select(Seat.id).where(Seat.group_id == group.id, Seat.state != SeatState.WITHDRAWN)
    if session.exec(seats.limit(1)).first() is None:
        return f"{group.name} has no seat anymore, so its lessons are closed. Add seats first."
    return ""


def groups_joined_by(session: Session, user_id: UUID) -> list[UUID]:
    """Return the groups in which the person holds a seat."""
    return list(
        session.exec(
            select(Enrollment.group_id).where(
                Enrollment.user_id == user_id, col(Enrollment.ended_at).is_(None)
            )
        )
    )


def _why_not(session: Session, actor: Actor, slug: str, now: datetime) -> Refusal:
    found = session.exec(
        select(Enrollment, Group)
        .join(Group, col(Group.id) == col(Enrollment.group_id))
        .join(GroupModule, col(GroupModule.group_id) == col(Group.id))
        .join(Module, col(Module.id) == col(GroupModule.module_id))
        .where(Enrollment.user_id == actor.user_id, Module.slug == slug)
        # A seat that is held says more than one that was lost.
        .order_by(col(Enrollment.ended_at).is_(None).desc(), col(Enrollment.ended_at).desc())
    ).first()
    if found is None:
        return NotFound("module")
    enrollment, group = found
    if enrollment.ended_at is None and enrollment.awaits_claim:
        return Refusal(
            f"{group.name} opens once you have used the link in the mail we sent you, which shows "
            "that this mailbox is yours."
        )
    if group.has_ended(now):
        return AccessEnded(
            f"Access to {group.name} is paused: its license ended on {group.ends_at:%B %-d, %Y}. "
            f"It goes on when the people who lead the group renew it. {_KEPT}"
        )
    return AccessEnded(
        f"You hold no seat in {group.name} anymore, so its modules are closed. {_KEPT} "
        "To go on, ask the person who leads the group, or redeem another key."
    )
