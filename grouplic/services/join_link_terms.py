"""The join link as its leader keeps it: its terms, its switch, its address, its uses."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, select

from grouplic.domain.base import new_id
from grouplic.domain.joins import JoinLink
from grouplic.domain.refusals import NotFound, Refusal
from grouplic.services.actors import Actor
from grouplic.services.groups import May, hold_led_group, led_group
from grouplic.services.join_links import (
    PURPOSE,
    domain_of,
    has_expired,
    hold_link,
    path_of,
    token_of,
    uses,
)
from grouplic.services.links import token_hash
from grouplic.services.ports import Tokens
from grouplic.services.recording import record, touch

MOST_SEATS = 100_000
MOST_DOMAINS = 20


@dataclass(frozen=True)
class Terms:
    """What a leader decides about the link. ``domains`` empty means any address."""

    cap: int
    expires_at: datetime | None = None
    domains: tuple[str, ...] = ()


@dataclass(frozen=True)
class LinkCard:
    """The link as its leader sees it."""

    path: str
    cap: int
    uses: int
    expires_at: datetime | None
    domains: tuple[str, ...]
    is_open: bool
    has_expired: bool


def create_or_change(
    session: Session,
    group_id: UUID | str,
    terms: Terms,
    actor: Actor,
    tokens: Tokens,
    now: datetime,
) -> JoinLink:
    """Make the group's join link, or change the terms of the one it has.

    Refuses who may not manage people, a cap below what has been used, an end that has passed, and
    what is no domain.
    """
    group = hold_led_group(session, actor, group_id, May.MANAGE_PEOPLE)
    link = _hold_of_group(session, group.id)
    domains = _clean_domains(terms.domains)
    if not 1 <= terms.cap <= MOST_SEATS:
        raise Refusal("Let at least one person in.", "cap")
    if link and terms.cap < (used := uses(session, link.id)):
        raise Refusal(f"The link has let in {used} already; the cap cannot be less.", "cap")
    if terms.expires_at and terms.expires_at <= now:
        raise Refusal("This day has passed. Choose one to come, or none.", "expires")
    link = link or _new(group.id, actor, tokens, now)
    link.cap, link.expires_at, link.domains = terms.cap, terms.expires_at, list(domains)
    session.add(link)
    record(session, "join_link_set", now, actor.user_id, group.id, cap=link.cap, domains=domains)
    touch(session, f"group:{group.id}")
    return link


def switch(
    session: Session, group_id: UUID | str, is_open: bool, actor: Actor, now: datetime
) -> JoinLink:
    """Turn the link off, or on again; its address stays."""
    group = hold_led_group(session, actor, group_id, May.MANAGE_PEOPLE)
    link = _of_group(session, group.id)
    link.is_open = is_open
    session.add(link)
    record(session, "join_link_switched", now, actor.user_id, group.id, is_open=is_open)
    touch(session, f"group:{group.id}")
    return link


def renew(
    session: Session, group_id: UUID | str, actor: Actor, tokens: Tokens, now: datetime
) -> JoinLink:
    """Give the link a new address; the old one opens nothing from now on. Uses go on counting."""
    group = hold_led_group(session, actor, group_id, May.MANAGE_PEOPLE)
    link = _of_group(session, group.id)
    link.generation += 1
    link.token_hash = token_hash(token_of(link, tokens))
    session.add(link)
    record(session, "join_link_renewed", now, actor.user_id, group.id)
    touch(session, f"group:{group.id}")
    return link


def card(
    session: Session, group_id: UUID | str, actor: Actor, tokens: Tokens, now: datetime
) -> LinkCard | None:
    """Return the group's link with its address and its uses, or None before there is one."""
    group = led_group(session, actor, group_id, May.MANAGE_PEOPLE)
    link = session.exec(select(JoinLink).where(JoinLink.group_id == group.id)).first()
    if link is None:
        return None
    return LinkCard(
        path=path_of(link.id, link.generation, tokens),
        cap=link.cap,
        uses=uses(session, link.id),
        expires_at=link.expires_at,
        domains=tuple(link.domains),
        is_open=link.is_open,
        has_expired=has_expired(link, now),
    )


def _new(group_id: UUID, actor: Actor, tokens: Tokens, now: datetime) -> JoinLink:
    link_id = new_id()
    return JoinLink(
        id=link_id,
        group_id=group_id,
        token_hash=token_hash(tokens.derive(PURPOSE, link_id, 1)),
        cap=1,
        made_by_id=actor.user_id,
        created_at=now,
    )


def _of_group(session: Session, group_id: UUID) -> JoinLink:
    link = _hold_of_group(session, group_id)
    if link is None:
        raise NotFound("join link")
    return link


def _hold_of_group(session: Session, group_id: UUID) -> JoinLink | None:
    link = session.exec(select(JoinLink.id).where(JoinLink.group_id == group_id)).first()
    return hold_link(session, link) if link else None


def _clean_domains(typed: Iterable[str]) -> list[str]:
    cleaned = []
    for one in typed:
        name = one.strip().removeprefix("@")
        if not name:
            continue
        domain = domain_of(f"x@{name}")
        if not domain or "@" in name:
            raise Refusal(
                f"“{name[:80]}” is no email domain. Write it like northlab.org.", "domains"
            )
        cleaned.append(domain)
    if len(cleaned) > MOST_DOMAINS:
        raise Refusal(f"Name at most {MOST_DOMAINS} domains.", "domains")
    return list(dict.fromkeys(cleaned))
