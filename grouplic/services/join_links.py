"""The join link: one address that lets people into a group, as many as its cap says.

A use is a seat that the link gave. It counts for good, also when its learner is removed later: so
removing somebody does not let the next one in. Coming back to one's own retired seat is no use.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from email_validator import EmailNotValidError, validate_email
from sqlalchemy import func
from sqlmodel import Session, col, select

from grouplic.domain.groups import Enrollment, Group, Way
from grouplic.domain.joins import JoinLink
from grouplic.domain.people import User
from grouplic.domain.refusals import Refusal
from grouplic.services.actors import Actor
from grouplic.services.enrolling import hold_comer, standing_of
from grouplic.services.groups import refuse_sandbox
from grouplic.services.joining import (
    Joined,
    ModuleOutline,
    is_in,
    leader_name,
    may_return,
    outlines,
    seat_comer,
)
from grouplic.services.links import token_hash
from grouplic.services.ports import Tokens

PURPOSE = "join_link"


class UnknownLink(Refusal):
    """There is no such link, or no longer: this counts as a failed attempt."""

    def __init__(self) -> None:
        super().__init__(
            "We do not know this join link. It may have been replaced by a newer one: "
            "ask the person who gave it to you."
        )


class MailboxUnproven(Refusal):
    """The address is of an allowed domain, but nobody has shown that the mailbox is theirs."""

    def __init__(self, email: str) -> None:
        super().__init__(
            f"Confirm that {email} is yours first: we have mailed you a link that brings you back."
        )


class Standing(StrEnum):
    """What someone who follows the link can do: see their group, join, prove their mailbox, or
    take another address.
    """

    VISITOR = "visitor"
    MEMBER = "member"
    WELCOME = "welcome"
    UNPROVEN = "unproven"
    WRONG_DOMAIN = "wrong_domain"


@dataclass(frozen=True)
class LinkPreview:
    """What the link opens, shown before anybody decides."""

    group_name: str
    leader_name: str
    modules: tuple[ModuleOutline, ...]
    domains: tuple[str, ...]
    standing: Standing


def preview(session: Session, token: str, actor: Actor | None, now: datetime) -> LinkPreview:
    """Return what the link opens and what the actor can do; refuse, in its own words, a dead one.

    Someone in the group already is told so, whatever has become of the link.
    """
    link, group = find(session, token)
    standing = _standing(session, link, actor)
    if standing != Standing.MEMBER:
        returns = actor is not None and may_return(session, group.id, actor.user_id)
        _refuse_dead(session, link, group, returns, now)
    return LinkPreview(
        group_name=group.name,
        leader_name=leader_name(session, group.id),
        modules=tuple(outlines(session, group.id)),
        domains=tuple(link.domains),
        standing=standing,
    )


def join(session: Session, token: str, actor: Actor, now: datetime) -> Joined:
    """Give the actor a seat of the link's group.

    Someone in the group already is told so, at no cost; someone who comes back to a seat that
    retired with them gets it back, whatever the cap. Refuses an unknown, closed, expired or full
    link, an address of another domain, and, as ``MailboxUnproven``, an unconfirmed one.
    """
    found, _ = find(session, token)
    # Whoever joins by this link waits here: the count against the cap cannot be overtaken.
    link = hold_link(session, found.id)
    if link.token_hash != token_hash(token):
        raise UnknownLink
    group = session.get_one(Group, link.group_id)
    refuse_sandbox(group)
    comer = hold_comer(session, actor.user_id, Way.JOIN_LINK, actor.user_id)
    standing = standing_of(session, group.id, comer)
    if not standing.member:
        _refuse_dead(session, link, group, standing.returns, now)
        _refuse_address(link, session.get_one(User, actor.user_id))
    if not standing.returns:
        comer = replace(comer, join_link_id=link.id)
    return seat_comer(session, group, comer, standing, now)


def check_address(session: Session, token: str, email: str, now: datetime) -> None:
    """Refuse a dead link and an address it is not for, before an account is made for it."""
    link, group = find(session, token)
    _refuse_dead(session, link, group, False, now)
    if not _fits(link, email):
        raise Refusal(_for_domains(link), "email")


def find(session: Session, token: str) -> tuple[JoinLink, Group]:
    """Return the link with this token and its group; refuses, as ``UnknownLink``, any other."""
    found = session.exec(
        select(JoinLink, Group)
        .join(Group, col(Group.id) == col(JoinLink.group_id))
        .where(JoinLink.token_hash == token_hash(token))
    ).first()
    if found is None:
        raise UnknownLink
    return found[0], found[1]


def token_of(link: JoinLink, tokens: Tokens) -> str:
    """Return the token in the link's address, always the same for one generation."""
    return tokens.derive(PURPOSE, link.id, link.generation)


def path_of(link_id: UUID, generation: int, tokens: Tokens) -> str:
    """Return the path that people follow to this generation of the link."""
    return f"/join/{tokens.derive(PURPOSE, link_id, generation)}"


def uses(session: Session, link_id: UUID) -> int:
    """Count the seats that the link has given."""
    return session.exec(
        select(func.count()).select_from(Enrollment).where(Enrollment.join_link_id == link_id)
    ).one()


def hold_link(session: Session, link_id: UUID) -> JoinLink:
    """Return the link as it is now, and hold its row."""
    return session.exec(
        select(JoinLink)
        .where(JoinLink.id == link_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).one()


def _standing(session: Session, link: JoinLink, actor: Actor | None) -> Standing:
    if actor is None:
        return Standing.VISITOR
    if is_in(session, link.group_id, actor.user_id):
        return Standing.MEMBER
    if not _fits(link, actor.email):
        return Standing.WRONG_DOMAIN
    return Standing.WELCOME if actor.verified or not link.domains else Standing.UNPROVEN


def _refuse_dead(
    session: Session, link: JoinLink, group: Group, returns: bool, now: datetime
) -> None:
    if not link.is_open:
        raise Refusal(
            f"The join link of {group.name} is turned off. Ask the person who gave it to you."
        )
    if has_expired(link, now):
        raise Refusal(f"The join link of {group.name} has expired. Ask for a new one.")
    if group.has_ended(now):
        raise Refusal(
            f"The license of {group.name} has ended, so its join link opens nothing. "
            "Ask the person who gave it to you to renew it; the link works again then."
        )
    if not returns and uses(session, link.id) >= link.cap:
        raise Refusal(
            f"As many people as the join link of {group.name} lets in have used it. "
            "Ask the person who gave it to you to raise its number, or for a key."
        )


def _refuse_address(link: JoinLink, user: User) -> None:
    if not _fits(link, user.email):
        raise Refusal(f"{_for_domains(link)} You are signed in as {user.email}.")
    if link.domains and not user.verified_at:
        raise MailboxUnproven(user.email)


def _fits(link: JoinLink, email: str) -> bool:
    return not link.domains or domain_of(email) in link.domains


def _for_domains(link: JoinLink) -> str:
    return f"This join link is for addresses at {' or '.join(link.domains)}."


def domain_of(email: str) -> str:
    """Return the domain of the address in its ASCII form, or an empty text for none."""
    domain = email.strip().rpartition("@")[2].lower()
    try:
        # Two spellings of one name, in Unicode and in its ASCII form, are one domain.
        return validate_email(f"x@{domain}", check_deliverability=False).ascii_domain
    except EmailNotValidError:
        return ""


def has_expired(link: JoinLink, now: datetime) -> bool:
    """Say whether the link's last day is over."""
    return link.expires_at is not None and link.expires_at <= now
