"""Following a join link from a page: guessing is limited, and only failures count."""

from collections.abc import Callable
from typing import TypeVar

from grouplic.domain.refusals import SignInNeeded
from grouplic.services import accounts, join_links
from grouplic.services.actors import Actor, actor_of
from grouplic.services.join_links import LinkPreview, MailboxUnproven, UnknownLink
from grouplic.services.joining import Joined
from grouplic.services.links import token_hash
from grouplic.services.outside import Outside

Result = TypeVar("Result")


def look_up(outside: Outside, token: str, actor: Actor | None, address: str) -> LinkPreview:
    """Return what the link opens; count an unknown one as a failed attempt."""

    def work() -> LinkPreview:
        with outside.database.reading() as session:
            return join_links.preview(session, token, actor, outside.clock())

    return _limited(outside, actor, address, work)


def check_address(outside: Outside, token: str, email: str, address: str) -> None:
    """Refuse a dead link and an address it is not for, before an account is made for it."""

    def work() -> None:
        with outside.database.reading() as session:
            join_links.check_address(session, token, email, outside.clock())

    _limited(outside, None, address, work)


def join(outside: Outside, token: str, actor: Actor, address: str) -> Joined:
    """Join as ``actor``; where the mailbox must be proven first, mail the way to do so."""

    def work() -> Joined:
        with outside.database.writing() as session:
            return join_links.join(session, token, actor, outside.clock())

    try:
        return _limited(outside, actor, address, work)
    except MailboxUnproven:
        _mail_confirmation(outside, token, actor)
        raise


def join_as(outside: Outside, token: str, cookie: str, address: str) -> bool:
    """Join as whoever holds this fresh session cookie; return False where they must wait.

    A link for certain domains waits for a proven mailbox; the mail of the new account leads there.
    """
    with outside.database.reading() as session:
        actor = actor_of(session, token_hash(cookie), outside.clock())
        link, _ = join_links.find(session, token)
    if actor is None:
        raise SignInNeeded
    if link.domains and not actor.verified:
        return False
    join(outside, token, actor, address)
    return True


def _mail_confirmation(outside: Outside, token: str, actor: Actor) -> None:
    outside.attempts.check("links_per_account", actor.email.lower())
    outside.attempts.failed("links_per_account", actor.email.lower())
    with outside.database.writing() as session:
        accounts.mail_confirmation(
            session, actor, f"/join/{token}", outside.tokens, outside.clock()
        )


def _limited(
    outside: Outside, actor: Actor | None, address: str, work: Callable[[], Result]
) -> Result:
    who = [("failed_keys_per_address", address)]
    if actor:
        who.append(("failed_keys_per_account", str(actor.user_id)))
    for kind, name in who:
        outside.attempts.check(kind, name)
    try:
        return work()
    except UnknownLink:
        for kind, name in who:
            outside.attempts.failed(kind, name)
        raise
