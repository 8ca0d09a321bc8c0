"""The leaders of a group: who they are, who joins them, in which role, and who leaves."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, select

from grouplic.domain.groups import GroupLeader, LeaderRole
from grouplic.domain.joins import Invitation, InvitationKind
from grouplic.domain.people import User
from grouplic.domain.records import Mail
from grouplic.domain.refusals import NotFound, Refusal
from grouplic.services.accounts import clean_email, insert_users
from grouplic.services.actors import Actor
from grouplic.services.groups import hold_led_group, led_group
from grouplic.services.identifiers import id_of
from grouplic.services.invitations import Letters, end_leader_invitations
from grouplic.services.inviting import Invitee
from grouplic.services.recording import record, touch

MOST_LEADERS = 50


class NoLeaderLeft(Refusal):
    """Nobody would be left who may do everything."""

    def __init__(self) -> None:
        super().__init__(
            "A group keeps at least one leader who may do everything and has signed in. "
            "Give somebody else that role first."
        )


@dataclass(frozen=True)
class Leader:
    """A leader as the page shows them, with the state of their invitation's mail."""

    id: UUID
    name: str
    email: str
    role: LeaderRole
    since: datetime
    is_you: bool
    awaits_claim: bool
    never_signed_in: bool
    invitation_id: UUID | None
    mail_state: str
    mail_error: str


def leaders_of(session: Session, group_id: UUID | str, actor: Actor) -> list[Leader]:
    """Return the group's leaders, oldest first; only for who may do everything."""
    group = led_group(session, actor, group_id)
    rows = session.exec(
        select(GroupLeader, User, Invitation, Mail)
        .join(User, col(User.id) == col(GroupLeader.user_id))
        .outerjoin(
            Invitation,
            (col(Invitation.leader_id) == col(GroupLeader.id)) & col(Invitation.ended_at).is_(None),
        )
        .outerjoin(Mail, col(Mail.id) == col(Invitation.mail_id))
        .where(GroupLeader.group_id == group.id, col(GroupLeader.ended_at).is_(None))
        .order_by(col(GroupLeader.since), col(GroupLeader.id))
        .limit(MOST_LEADERS)
    )
    return [_leader(*row, actor) for row in rows]


def invite_leader(
    session: Session,
    group_id: UUID | str,
    person: Invitee,
    role: str,
    actor: Actor,
    now: datetime,
) -> UUID:
    """Let someone lead the group in a role, and mail them; return the id of their leadership.

    Someone new gets an account and a login; an account whose mailbox was never proven leads once
    the link sent there is used. Refuses who leads the group already, and too many.
    """
    chosen = _role(role)
    group = hold_led_group(session, actor, group_id)
    user, is_new = _user(session, person, now)
    _check_room(session, group.id, user)
    kind = _kind(user, is_new)
    leader = GroupLeader(
        group_id=group.id,
        user_id=user.id,
        role=chosen,
        awaits_claim=kind == InvitationKind.CLAIM,
        since=now,
    )
    session.add(leader)
    session.flush()
    letters = Letters(session, group, now)
    letters.invite(kind, user, actor.user_id, leader=leader)
    letters.write()
    _note(session, "leader_added", leader, actor, now)
    return leader.id


def change_role(
    session: Session,
    group_id: UUID | str,
    leader_id: UUID | str,
    role: str,
    actor: Actor,
    now: datetime,
) -> None:
    """Give a leader another role; somebody who may do everything stays."""
    chosen = _role(role)
    group = hold_led_group(session, actor, group_id)
    leader = _find(session, group.id, leader_id)
    if leader.role == chosen:
        return
    _check_someone_stays(session, leader)
    leader.role = chosen
    session.add(leader)
    _note(session, "leader_role_changed", leader, actor, now)


def remove_leader(
    session: Session, group_id: UUID | str, leader_id: UUID | str, actor: Actor, now: datetime
) -> str:
    """End someone's leadership, with the invitation to it; return their name.

    Somebody who may do everything stays. A seat that the person holds as a learner stays theirs.
    """
    group = hold_led_group(session, actor, group_id)
    leader = _find(session, group.id, leader_id)
    _check_someone_stays(session, leader)
    leader.ended_at = now
    session.add(leader)
    end_leader_invitations(session, leader.id, now)
    _note(session, "leader_removed", leader, actor, now)
    return session.get_one(User, leader.user_id).name


def _role(role: str) -> LeaderRole:
    if role not in set(LeaderRole):
        raise Refusal("Choose one of the roles.", "role")
    return LeaderRole(role)


def _user(session: Session, person: Invitee, now: datetime) -> tuple[User, bool]:
    email = clean_email(person.email)
    names = person.first_name.strip()[:100], person.last_name.strip()[:100]
    made = insert_users(session, [(email, *names, None)], now)
    user = session.exec(
        select(User)
        .where(User.email_key == email.lower())
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).one()
    return user, bool(made)


def _check_room(session: Session, group_id: UUID, user: User) -> None:
    there = session.exec(
        select(GroupLeader.user_id).where(
            GroupLeader.group_id == group_id, col(GroupLeader.ended_at).is_(None)
        )
    ).all()
    if user.id in there:
        raise Refusal(f"{user.email} leads this group already. You can change the role.", "email")
    if len(there) >= MOST_LEADERS:
        raise Refusal(f"A group has at most {MOST_LEADERS} leaders.")


def _kind(user: User, is_new: bool) -> InvitationKind:
    if is_new:
        return InvitationKind.LOGIN
    return InvitationKind.ADDED if user.verified_at else InvitationKind.CLAIM


def _find(session: Session, group_id: UUID, leader_id: UUID | str) -> GroupLeader:
    wanted = id_of("leader", leader_id)
    leader = session.exec(
        select(GroupLeader)
        .where(
            GroupLeader.id == wanted,
            GroupLeader.group_id == group_id,
            col(GroupLeader.ended_at).is_(None),
        )
        .execution_options(populate_existing=True)
    ).first()
    if leader is None:
        raise NotFound("leader")
    return leader


def _check_someone_stays(session: Session, leaving: GroupLeader) -> None:
    # Whoever never arrived cannot be the one who stays: their mail may have reached nobody.
    another = session.exec(
        select(GroupLeader.id)
        .join(User, col(User.id) == col(GroupLeader.user_id))
        .where(
            GroupLeader.group_id == leaving.group_id,
            GroupLeader.id != leaving.id,
            GroupLeader.role == LeaderRole.EVERYTHING,
            col(GroupLeader.ended_at).is_(None),
            col(GroupLeader.awaits_claim).is_(False),
            col(User.must_change_password).is_(False),
        )
    ).first()
    if another is None:
        raise NoLeaderLeft


def _note(session: Session, kind: str, leader: GroupLeader, actor: Actor, now: datetime) -> None:
    record(
        session,
        kind,
        now,
        actor.user_id,
        leader.group_id,
        leader=str(leader.user_id),
        role=str(leader.role),
    )
    touch(session, f"group:{leader.group_id}", f"user:{leader.user_id}")


def _leader(
    leader: GroupLeader, user: User, invitation: Invitation | None, mail: Mail | None, actor: Actor
) -> Leader:
    return Leader(
        id=leader.id,
        name=user.name,
        email=user.email,
        role=LeaderRole(leader.role),
        since=leader.since,
        is_you=user.id == actor.user_id,
        awaits_claim=leader.awaits_claim,
        never_signed_in=user.must_change_password,
        invitation_id=invitation.id if invitation else None,
        mail_state=mail.state if mail else "",
        mail_error=mail.error if mail else "",
    )
