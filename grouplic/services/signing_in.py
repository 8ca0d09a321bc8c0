"""Sign-up, sign-in and passwords: flows that hash between short transactions."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from grouplic.domain.addresses import LONGEST_TYPED
from grouplic.domain.joins import Invitation
from grouplic.domain.passwords import check_password
from grouplic.domain.people import LinkPurpose, User
from grouplic.domain.refusals import Refusal
from grouplic.services import accounts, welcome
from grouplic.services.actors import Actor
from grouplic.services.credentials import find_by_password, hold_account
from grouplic.services.links import find_link
from grouplic.services.ports import Attempts, Hasher, Tokens, Transactions
from grouplic.services.sessions import open_session
from grouplic.services.welcome import note_first_sign_in

_WRONG = "Email and password do not fit together. Check both, or ask for a new password."


@dataclass(frozen=True)
class Browser:
    """Where a request comes from: its network address, and what the browser calls itself."""

    address: str
    name: str


@dataclass(frozen=True)
class SignIn:
    """What signing in needs from outside."""

    database: Transactions
    hasher: Hasher
    attempts: Attempts
    tokens: Tokens
    lifetime: timedelta


def sign_up(
    outside: SignIn,
    email: str,
    first_name: str,
    last_name: str,
    password: str,
    browser: Browser,
    now: datetime,
    back: str = "",
) -> str:
    """Create an account and return the cookie of its first session.

    The mail that proves its mailbox leads on to ``back``, a path of ours. Refuses a poor form, an
    address in use, and too many new accounts from one network address.
    """
    account = accounts.check_new_account(email, first_name, last_name, password)
    outside.attempts.check("new_accounts_per_address", browser.address)
    # Refused ones count as well: the refusal says who has an account.
    outside.attempts.failed("new_accounts_per_address", browser.address)
    password_hash = outside.hasher.hash(password)
    with outside.database.writing() as session:
        user = accounts.create_account(session, account, password_hash, outside.tokens, now, back)
        return open_session(session, user, browser.name, outside.lifetime, now)


def sign_in(outside: SignIn, email: str, password: str, browser: Browser, now: datetime) -> str:
    """Return the cookie of a new session; refuse a wrong pair, alike and in the same time.

    Failures count per account and per network address.
    """
    email_key = email.strip().lower()[:LONGEST_TYPED]  # it is kept while failures count
    outside.attempts.check("failed_sign_ins_per_account", email_key)
    outside.attempts.check("failed_sign_ins_per_address", browser.address)
    with outside.database.reading() as session:
        user = accounts.find_user(session, email)
        invitation = find_by_password(session, user.id, password) if user else None
    fits = outside.hasher.matches(password, user.password_hash if user else None)
    if user is None or not (fits or invitation):
        outside.attempts.failed("failed_sign_ins_per_account", email_key)
        outside.attempts.failed("failed_sign_ins_per_address", browser.address)
        raise Refusal(_WRONG, "password")
    _refuse_expired(user, invitation, now)
    stronger = _stronger_hash(outside.hasher, user, password)
    with outside.database.writing() as session:
        current = hold_account(session, user.id)
        held = find_by_password(session, user.id, password, held=True) if invitation else None
        still_fits = fits and current.password_hash == user.password_hash
        if still_fits and stronger:
            current.password_hash = stronger
        if held:
            note_first_sign_in(session, current, held, now)
        if held or still_fits:
            return open_session(session, current, browser.name, outside.lifetime, now)
    # What opens the account was changed while this was checked, so it counts for nothing.
    return sign_in(outside, email, password, browser, now)


def ask_for_password_link(outside: SignIn, email: str, now: datetime, back: str = "") -> None:
    """Mail a link to choose a new password, if there is such an account; answer alike if not.

    Once it is chosen, the way leads on to ``back``, a path of ours.
    """
    cleaned = accounts.clean_email(email)
    outside.attempts.check("links_per_account", cleaned.lower())
    outside.attempts.failed("links_per_account", cleaned.lower())
    with outside.database.writing() as session:
        accounts.mail_password_link(session, cleaned, outside.tokens, now, back)


def reset_password(
    outside: SignIn, token: str, password: str, browser: Browser, now: datetime
) -> str:
    """Set a new password with a mailed link and return the cookie of a new session."""
    with outside.database.writing() as session:
        link = find_link(session, LinkPurpose.RESET_PASSWORD, token, now)
        user = session.get_one(User, link.user_id)
    check_password(password, (user.email, user.first_name, user.last_name))
    password_hash = outside.hasher.hash(password)
    with outside.database.writing() as session:
        user = accounts.reset_password(session, token, password_hash, now)
        return open_session(session, user, browser.name, outside.lifetime, now)


def change_password(
    outside: SignIn, actor: Actor, current: str, password: str, browser: Browser, now: datetime
) -> str:
    """Set a new password after checking the old one; return the cookie of a new session.

    Every other session ends.
    """
    outside.attempts.check("failed_sign_ins_per_account", actor.email.lower())
    with outside.database.reading() as session:
        current_hash = accounts.password_hash_of(session, actor.user_id)
        temporary = find_by_password(session, actor.user_id, current)
    if not outside.hasher.matches(current, current_hash) and temporary is None:
        outside.attempts.failed("failed_sign_ins_per_account", actor.email.lower())
        raise Refusal("This is not your current password.", "current")
    if current == password:
        raise Refusal("Choose a password that differs from the current one.", "password")
    check_password(password, (actor.email, actor.name))
    password_hash = outside.hasher.hash(password)
    with outside.database.writing() as session:
        user = accounts.change_password(session, actor, password_hash, now)
        return open_session(session, user, browser.name, outside.lifetime, now)


def accept_invitation(
    outside: SignIn,
    token: str,
    name: tuple[str, str],
    password: str,
    browser: Browser,
    now: datetime,
) -> str:
    """Follow an invitation's link: choose a password, and get the cookie of a new session.

    Refuses a dead link, an empty name where the account has none, and a poor password.
    """
    with outside.database.writing() as session:
        user = welcome.owner_of(session, token, now)
    first_name, last_name = welcome.chosen_name(user, name)
    check_password(password, (user.email, first_name, last_name))
    password_hash = outside.hasher.hash(password)
    with outside.database.writing() as session:
        user = welcome.accept(session, token, (first_name, last_name), password_hash, now)
        return open_session(session, user, browser.name, outside.lifetime, now)


def _refuse_expired(user: User, invitation: Invitation | None, now: datetime) -> None:
    expires_at = invitation.expires_at if invitation else user.credential_expires_at
    if expires_at and expires_at <= now:
        raise Refusal(
            "This temporary password has expired. Ask for a new one with “Forgot your password?”.",
            "password",
        )


def _stronger_hash(hasher: Hasher, user: User, password: str) -> str | None:
    if user.password_hash and hasher.is_outdated(user.password_hash):
        return hasher.hash(password)
    return None
