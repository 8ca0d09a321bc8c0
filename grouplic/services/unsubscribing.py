"""Mails that nobody has to take: one click ends them, without signing in (RFC 8058)."""

import hmac
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, select

from grouplic.domain.groups import Group
from grouplic.domain.people import User
from grouplic.domain.refusals import Refusal
from grouplic.domain.reminding import Newsletter, Unsubscription, WeeklySummary
from grouplic.services.ports import Tokens
from grouplic.services.recording import record

WORDS = {
    Newsletter.REMINDERS: "reminders",
    Newsletter.WEEKLY_SUMMARY: "the weekly summary",
}


@dataclass(frozen=True)
class Subscription:
    """What a link in a mail is about: one kind of mail, from one group, to one person."""

    kind: Newsletter
    group_id: UUID
    user_id: UUID

    def path(self, tokens: Tokens) -> str:
        """Return the signed path under which it is ended; always the same for the same mail."""
        return f"/unsubscribe/{self.kind}/{self.group_id}/{self.user_id}/{self._token(tokens)}"

    def fits(self, token: str, tokens: Tokens) -> bool:
        """Say whether the token was made for this."""
        return hmac.compare_digest(self._token(tokens).encode(), token.encode())

    def _token(self, tokens: Tokens) -> str:
        return tokens.derive(f"unsubscribe:{self.kind}:{self.group_id}", self.user_id, 1)


@dataclass(frozen=True)
class Standing:
    """What the page shows: the group's name, what kind of mail, whether it has ended."""

    group_name: str
    words: str
    ended: bool


def read_link(kind: str, group_id: str, user_id: str, token: str, tokens: Tokens) -> Subscription:
    """Return what a link is about; refuse one that we did not write."""
    broken = Refusal("This link is not complete. Open it from the mail again.")
    try:
        subscription = Subscription(Newsletter(kind), UUID(group_id), UUID(user_id))
    except ValueError:
        raise broken from None
    if not subscription.fits(token, tokens):
        raise broken
    return subscription


def look_at(session: Session, subscription: Subscription) -> Standing:
    """Return how a subscription stands."""
    return Standing(
        session.get_one(Group, subscription.group_id).name,
        WORDS[subscription.kind],
        _found(session, subscription) is not None,
    )


def unsubscribe(session: Session, subscription: Subscription, now: datetime) -> None:
    """End this kind of mail from this group; a second time changes nothing."""
    # The person's row is held, so that two clicks at once are one after the other.
    session.exec(
        select(User.id).where(User.id == subscription.user_id).with_for_update(key_share=True)
    ).one()
    if _found(session, subscription):
        return
    session.add(
        Unsubscription(
            user_id=subscription.user_id,
            group_id=subscription.group_id,
            kind=subscription.kind,
            at=now,
        )
    )
    weekly = session.get(WeeklySummary, (subscription.group_id, subscription.user_id))
    if subscription.kind == Newsletter.WEEKLY_SUMMARY and weekly:
        weekly.ended_at = weekly.ended_at or now
    record(
        session,
        "unsubscribed",
        now,
        subscription.user_id,
        subscription.group_id,
        from_=str(subscription.kind),
    )


def subscribe_again(session: Session, subscription: Subscription, now: datetime) -> None:
    """Take the end back."""
    found = _found(session, subscription)
    if found is None:
        return
    session.delete(found)
    weekly = session.get(WeeklySummary, (subscription.group_id, subscription.user_id))
    if subscription.kind == Newsletter.WEEKLY_SUMMARY and weekly:
        weekly.ended_at, weekly.since = None, now
    record(
        session,
        "subscribed_again",
        now,
        subscription.user_id,
        subscription.group_id,
        to=str(subscription.kind),
    )


def _found(session: Session, subscription: Subscription) -> Unsubscription | None:
    return session.get(
        Unsubscription, (subscription.user_id, subscription.group_id, str(subscription.kind))
    )
