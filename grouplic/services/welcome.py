"""The first sign-in of someone who was invited, by the mailed link or the temporary password."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from grouplic.domain.groups import Group
from grouplic.domain.joins import Invitation, InvitationKind
from grouplic.domain.people import User
from grouplic.services.accounts import clean_name, set_password
from grouplic.services.credentials import find_by_link, prove_mailbox, use_up
from grouplic.services.recording import record


@dataclass(frozen=True)
class Greeting:
    """What the page of an invitation's link shows."""

    email: str
    first_name: str
    last_name: str
    group_name: str
    confirms: bool


def greeting(session: Session, token: str, now: datetime) -> Greeting:
    """Return whom the link invites and to what; refuse a dead link."""
    invitation = find_by_link(session, token, now)
    user = session.get_one(User, invitation.user_id)
    group = session.get_one(Group, invitation.group_id)
    return Greeting(
        user.email,
        user.first_name,
        user.last_name,
        group.name,
        invitation.kind == InvitationKind.CLAIM,
    )


def first_page(session: Session, token: str, now: datetime) -> str:
    """Return the path that whoever follows the link goes to once it is used; refuse a dead one."""
    invitation = find_by_link(session, token, now)
    if invitation.leader_id:
        return f"/my-teaching/{invitation.group_id}"
    return "/my-learning?joined=1"


def owner_of(session: Session, token: str, now: datetime) -> User:
    """Return whose link this is; refuse a dead one."""
    return session.get_one(User, find_by_link(session, token, now).user_id)


def chosen_name(user: User, name: tuple[str, str]) -> tuple[str, str]:
    """Return the names the owner typed, or the account's where the form asked for none."""
    first_name, last_name = name
    return (
        clean_name(first_name or user.first_name, "first_name", "first name"),
        clean_name(last_name or user.last_name, "last_name", "last name"),
    )


def accept(
    session: Session, token: str, name: tuple[str, str], password_hash: str, now: datetime
) -> User:
    """Use the link up: the account gets its owner's password, and earlier credentials end.

    The mailbox counts as proven, unless a leader has seen the link as well.
    """
    invitation = find_by_link(session, token, now)
    user = session.get_one(User, invitation.user_id)
    user.first_name, user.last_name = name
    set_password(session, user, password_hash, now, tell=False)
    invitation.used_at = now
    record(session, "invitation_accepted", now, user.id, invitation.group_id)
    if invitation.shown_at is None:
        use_up(session, user.id, InvitationKind, now)
        prove_mailbox(session, user, now)
    return user


def note_first_sign_in(session: Session, user: User, invitation: Invitation, now: datetime) -> None:
    """Count the mailbox as proven by a temporary password that only its mail carried.

    The password must still be changed, and works until then. The caller holds the invitation.
    """
    invitation.used_at = invitation.used_at or now
    if invitation.shown_at is None:
        prove_mailbox(session, user, now)
