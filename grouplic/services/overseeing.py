"""What an operator sees of one group and one person, and may do for a person."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func
from sqlmodel import Session, col, select

from grouplic.domain.groups import Enrollment, Group, GroupLeader
from grouplic.domain.people import User, WebSession
from grouplic.domain.records import Mail, MailState
from grouplic.domain.refusals import NotFound, Refusal
from grouplic.services.actors import Actor, require_operator
from grouplic.services.erasing import erase
from grouplic.services.groups import SeatCounts, modules_of, seat_counts
from grouplic.services.identifiers import id_of
from grouplic.services.leaving import ReclaimRule
from grouplic.services.pricing import modules_in_checkout, owned_modules
from grouplic.services.recording import record, touch
from grouplic.services.sessions import end_sessions
from grouplic.services.shop import offers
from grouplic.services.withdrawing import owed_seats


@dataclass(frozen=True)
class Known:
    """A line about something that has a page: words, a detail, the page."""

    words: str
    detail: str
    path: str


@dataclass(frozen=True)
class GroupOversight:
    """A group as operators see it. ``grantable`` are slugs and titles of modules to come;
    ``owed`` counts taken seats that go when they come free.
    """

    id: UUID
    name: str
    ends_at: datetime | None
    counts: SeatCounts
    modules: tuple[str, ...]
    leaders: tuple[Known, ...]
    grantable: tuple[tuple[str, str], ...]
    owed: int


@dataclass(frozen=True)
class PersonOversight:
    """A person as operators see them: no progress, no answers. ``grantable`` are slugs and titles
    of modules that a new group of theirs could have.
    """

    id: UUID
    name: str
    email: str
    role: str
    verified: bool
    sessions: int
    leads: tuple[Known, ...]
    learns: tuple[Known, ...]
    unsent: int
    erased: bool
    grantable: tuple[tuple[str, str], ...]


def look_at_group(
    session: Session, group_id: UUID | str, actor: Actor, now: datetime
) -> GroupOversight:
    """Return the group, and record that an operator looked."""
    seen = oversee_group(session, group_id, actor)
    record(session, "operator_looked", now, actor.user_id, seen.id)
    return seen


def note_look_at_dashboard(session: Session, group_id: UUID, actor: Actor, now: datetime) -> None:
    """Record that an operator looked at a group's dashboard without leading it."""
    require_operator(actor)
    record(session, "operator_looked", now, actor.user_id, group_id, at="dashboard")


def oversee_group(session: Session, group_id: UUID | str, actor: Actor) -> GroupOversight:
    """Return the group for an operator; refuse everyone else."""
    require_operator(actor)
    group = _find_group(session, group_id)
    leaders = session.exec(
        select(User, GroupLeader.role)
        .join(GroupLeader, col(GroupLeader.user_id) == col(User.id))
        .where(GroupLeader.group_id == group.id, col(GroupLeader.ended_at).is_(None))
        .order_by(col(GroupLeader.since))
    )
    return GroupOversight(
        group.id,
        group.name,
        group.ends_at,
        seat_counts(session, group.id),
        tuple(module.title for module in modules_of(session, group.id)),
        tuple(
            Known(u.name, f"{u.email}, {role}", f"/operator/people/{u.id}") for u, role in leaders
        ),
        _grantable(session, group.id),
        owed_seats(session, group.id),
    )


def oversee_person(
    session: Session, user_id: UUID | str, actor: Actor, now: datetime
) -> PersonOversight:
    """Return the person, and record that an operator looked."""
    require_operator(actor)
    user = _find_person(session, user_id)
    record(session, "operator_looked", now, actor.user_id, None, person=str(user.id))
    live = (WebSession.user_id == user.id, col(WebSession.ended_at).is_(None))
    sessions = session.exec(
        select(func.count()).select_from(WebSession).where(*live, WebSession.expires_at > now)
    ).one()
    return PersonOversight(
        user.id,
        user.name,
        user.email,
        user.role,
        user.verified_at is not None,
        sessions,
        _groups(session, GroupLeader, user.id),
        _groups(session, Enrollment, user.id),
        len(_unsent(session, user.id)),
        user.erased_at is not None,
        tuple((one.slug, one.title) for one in offers(session)),
    )


def sign_out_everywhere(session: Session, user_id: UUID | str, actor: Actor, now: datetime) -> None:
    """End every session of a person."""
    require_operator(actor)
    user = _find_person(session, user_id)
    end_sessions(session, user.id, now)
    record(session, "signed_out_by_operator", now, actor.user_id, None, person=str(user.id))


def send_unsent_again(session: Session, user_id: UUID | str, actor: Actor, now: datetime) -> int:
    """Queue the person's mails that were given up; return how many. Refuses when there is none."""
    require_operator(actor)
    user = _find_person(session, user_id)
    mails = _unsent(session, user.id)
    if not mails:
        raise Refusal("No mail to this person was given up.")
    for mail in mails:
        mail.state, mail.due_at, mail.tries, mail.error = MailState.QUEUED, now, 0, ""
        session.add(mail)
    record(
        session, "mails_sent_again", now, actor.user_id, None, person=str(user.id), mails=len(mails)
    )
    touch(session, "outbox")
    return len(mails)


def erase_at_request(
    session: Session,
    user_id: UUID | str,
    actor: Actor,
    reason: str,
    rule: ReclaimRule,
    now: datetime,
) -> None:
    """Erase a person who has asked for it, as they could themselves; a reason is needed."""
    require_operator(actor)
    user = _find_person(session, user_id)
    if not reason.strip():
        raise Refusal("Say how they asked for it.", "reason")
    if user.erased_at is not None:
        raise Refusal("This person is erased already.")
    erase(session, user.id, rule, now)
    facts = {"person": str(user.id), "reason": reason.strip()[:500]}
    record(session, "erased_by_operator", now, actor.user_id, None, **facts)


def _find_group(session: Session, group_id: UUID | str) -> Group:
    group = session.get(Group, id_of("group", group_id))
    if group is None:
        raise NotFound("group")
    return group


def _grantable(session: Session, group_id: UUID) -> tuple[tuple[str, str], ...]:
    owned = owned_modules(session, group_id) | modules_in_checkout(session, group_id)
    return tuple((one.slug, one.title) for one in offers(session) if one.slug not in owned)


def _find_person(session: Session, user_id: UUID | str) -> User:
    user = session.get(User, id_of("person", user_id))
    if user is None:
        raise NotFound("person")
    return user


def _groups(
    session: Session, ties: type[GroupLeader] | type[Enrollment], user_id: UUID
) -> tuple[Known, ...]:
    rows = session.exec(
        select(Group, col(ties.ended_at))
        .join(ties, col(ties.group_id) == col(Group.id))
        .where(ties.user_id == user_id)
        .order_by(col(Group.name))
        .limit(100)
    )
    return tuple(
        Known(group.name, "ended" if ended_at else "", f"/operator/groups/{group.id}")
        for group, ended_at in rows
    )


def _unsent(session: Session, user_id: UUID) -> list[Mail]:
    return list(
        session.exec(select(Mail).where(Mail.user_id == user_id, Mail.state == MailState.FAILED))
    )
