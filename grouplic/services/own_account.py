"""What people change about their own account: the name, the address, where they are signed in."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from grouplic.domain.groups import Enrollment, Group, GroupLeader
from grouplic.domain.people import LinkPurpose, User, WebSession
from grouplic.domain.refusals import NotFound, Refusal
from grouplic.services.accounts import clean_email, clean_name, find_user, password_hash_of
from grouplic.services.actors import Actor
from grouplic.services.credentials import hold_account, prove_mailbox
from grouplic.services.identifiers import id_of
from grouplic.services.links import find_link, issue_link, used_link, void_links
from grouplic.services.recording import queue_mail, record, touch
from grouplic.services.signing_in import SignIn

_TAKEN = "There is an account with this address already. Sign in to that one, or choose another."


@dataclass(frozen=True)
class SessionRow:
    """A browser that is signed in."""

    id: str
    browser: str
    since: datetime
    last_seen_at: datetime
    is_this: bool


def change_name(
    session: Session, actor: Actor, first_name: str, last_name: str, now: datetime
) -> None:
    """Give the account another name; certificates keep the one they were issued to."""
    user = session.get_one(User, actor.user_id)
    user.first_name = clean_name(str(first_name), "first_name", "first name")
    user.last_name = clean_name(str(last_name), "last_name", "last name")
    record(session, "name_changed", now, actor.user_id)
    touch(session, f"user:{actor.user_id}")


def names_of(session: Session, actor: Actor) -> tuple[str, str]:
    """Return the actor's first and last name."""
    user = session.get_one(User, actor.user_id)
    return user.first_name, user.last_name


def check_own_password(outside: SignIn, actor: Actor, password: str) -> None:
    """Refuse a wrong password; failures count like failed sign-ins."""
    outside.attempts.check("failed_sign_ins_per_account", actor.email.lower())
    with outside.database.reading() as session:
        password_hash = password_hash_of(session, actor.user_id)
    if not outside.hasher.matches(password, password_hash):
        outside.attempts.failed("failed_sign_ins_per_account", actor.email.lower())
        raise Refusal("This is not your password.", "current")


def ask_for_email_change(
    outside: SignIn, actor: Actor, email: str, password: str, now: datetime
) -> str:
    """Mail a link to the new address and return the address; nothing changes until it is used.

    Refuses a wrong password, an impossible address, one that is in use, too many links, and who is
    awaited at the old address.
    """
    check_own_password(outside, actor, password)
    address = clean_email(email)
    outside.attempts.check("links_per_account", actor.email.lower())
    outside.attempts.failed("links_per_account", actor.email.lower())
    with outside.database.writing() as session:
        if find_user(session, address):
            raise Refusal(_TAKEN, "email")
        user = session.get_one(User, actor.user_id)
        _refuse_who_is_awaited(session, user)
        void_links(session, user, LinkPurpose.CHANGE_EMAIL, now)
        link = issue_link(session, user, LinkPurpose.CHANGE_EMAIL, outside.tokens, now, address)
        mail = queue_mail(session, "change_email", user, now, link=str(link.id))
        mail.address = address
        record(session, "email_change_requested", now, actor.user_id)
    return address


def confirm_email_change(session: Session, token: str, actor: Actor | None, now: datetime) -> None:
    """Move the account to the new address with the link mailed there, and tell the old address.

    Only the signed-in owner can: the new address may be mistyped, and then a stranger reads it.
    Refuses who is awaited at the old address. Using the link again changes nothing.
    """
    if actor and _has_moved(session, token, actor):
        return
    link = find_link(session, LinkPurpose.CHANGE_EMAIL, token, now)
    if actor is None or actor.user_id != link.user_id or not link.email:
        raise Refusal("Sign in to this account first, and open the link again.")
    user = hold_account(session, link.user_id)
    _refuse_who_is_awaited(session, user)
    link.used_at = now
    queue_mail(session, "email_changed", user, now, new_address=link.email)
    # Links that went to the old mailbox open nothing anymore.
    for purpose in (LinkPurpose.RESET_PASSWORD, LinkPurpose.VERIFY_EMAIL):
        void_links(session, user, purpose, now)
    try:
        with session.begin_nested():
            user.email, user.email_key = link.email, link.email.lower()
            session.flush()
    except IntegrityError:
        raise Refusal(_TAKEN, "email") from None
    prove_mailbox(session, user, now)
    record(session, "email_changed", now, user.id)
    touch(session, f"user:{user.id}")


def _has_moved(session: Session, token: str, actor: Actor) -> bool:
    link = used_link(session, LinkPurpose.CHANGE_EMAIL, token, actor.user_id)
    return link is not None and link.email == actor.email


def _refuse_who_is_awaited(session: Session, user: User) -> None:
    """Refuse while a group waits for the owner of the account's mailbox.

    Proving another mailbox would open it to whoever made the account in the owner's name.
    """
    for given in (Enrollment, GroupLeader):
        name = session.exec(
            select(Group.name)
            .join(given, col(given.group_id) == col(Group.id))
            .where(
                given.user_id == user.id,
                col(given.awaits_claim).is_(True),
                col(given.ended_at).is_(None),
            )
        ).first()
        if name:
            raise Refusal(
                f"{name} has added {user.email} and waits for the owner of that mailbox. "
                "Use the link that was mailed there first.",
                "email",
            )


def my_sessions(session: Session, actor: Actor, now: datetime) -> list[SessionRow]:
    """Return the browsers that are signed in as the actor, the one in use first."""
    rows = session.exec(
        select(WebSession)
        .where(
            WebSession.user_id == actor.user_id,
            col(WebSession.ended_at).is_(None),
            WebSession.expires_at > now,
        )
        .order_by(
            (col(WebSession.id) == actor.session_id).desc(), col(WebSession.last_seen_at).desc()
        )
        .limit(50)
    )
    return [
        SessionRow(
            str(row.id), row.browser, row.created_at, row.last_seen_at, row.id == actor.session_id
        )
        for row in rows
    ]


def end_my_session(session: Session, actor: Actor, session_id: str, now: datetime) -> None:
    """Sign one browser of the actor's out; refuse one that is not theirs."""
    found = session.get(WebSession, id_of("session", session_id))
    if found is None or found.user_id != actor.user_id:
        raise NotFound("session")
    found.ended_at = found.ended_at or now
    record(session, "signed_out_elsewhere", now, actor.user_id)
    touch(session, f"user:{actor.user_id}")


def end_my_other_sessions(session: Session, actor: Actor, now: datetime) -> None:
    """Sign every browser out but this one."""
    session.exec(
        update(WebSession)
        .where(
            col(WebSession.user_id) == actor.user_id,
            col(WebSession.id) != actor.session_id,
            col(WebSession.ended_at).is_(None),
        )
        .values(ended_at=now)
    )
    record(session, "signed_out_elsewhere", now, actor.user_id)
    touch(session, f"user:{actor.user_id}")
