"""Redeeming a key from a page: guessing is limited, and only failures count."""

from uuid import UUID

from grouplic.domain.refusals import SignInNeeded
from grouplic.services import joining
from grouplic.services.actors import Actor, actor_of
from grouplic.services.joining import Joined, KeyPreview, UnknownKey
from grouplic.services.links import token_hash
from grouplic.services.outside import Outside


def look_up(outside: Outside, typed: str, actor: Actor | None, address: str) -> KeyPreview:
    """Return what the key opens; count an unknown key as a failed attempt."""
    _check(outside, actor, address)
    try:
        with outside.database.reading() as session:
            return joining.preview_key(session, typed, actor, outside.clock())
    except UnknownKey:
        _count(outside, actor.user_id if actor else None, address)
        raise


def redeem(outside: Outside, typed: str, actor: Actor, address: str) -> Joined:
    """Redeem the key as ``actor``; count an unknown key as a failed attempt."""
    _check(outside, actor, address)
    try:
        with outside.database.writing() as session:
            return joining.redeem(session, typed, actor, outside.clock())
    except UnknownKey:
        _count(outside, actor.user_id, address)
        raise


def redeem_as(outside: Outside, typed: str, cookie: str, address: str) -> Joined:
    """Redeem the key as whoever holds this fresh session cookie."""
    with outside.database.reading() as session:
        actor = actor_of(session, token_hash(cookie), outside.clock())
    if actor is None:
        raise SignInNeeded
    return redeem(outside, typed, actor, address)


def _check(outside: Outside, actor: Actor | None, address: str) -> None:
    outside.attempts.check("failed_keys_per_address", address)
    if actor:
        outside.attempts.check("failed_keys_per_account", str(actor.user_id))


def _count(outside: Outside, user_id: UUID | None, address: str) -> None:
    outside.attempts.failed("failed_keys_per_address", address)
    if user_id:
        outside.attempts.failed("failed_keys_per_account", str(user_id))
