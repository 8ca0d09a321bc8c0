"""Help: find an article, and say whether it helped."""

import hashlib
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from grouplic.domain.help import LONGEST_REMARK, Article, HelpVote
from grouplic.domain.refusals import NotFound, Refusal
from grouplic.services.actors import Actor
from grouplic.services.outside import Outside

_MOST_HITS = 8


def search(articles: Sequence[Article], typed: str) -> list[Article]:
    """Return the articles in which every typed word occurs, the closest first."""
    words = typed.lower().split()[:8]
    if not words:
        return []
    scored = [(_closeness(article, words), article) for article in articles]
    found = sorted((hit for hit in scored if hit[0]), key=lambda hit: -hit[0])
    return [article for _, article in found[:_MOST_HITS]]


def voter_of(actor: Actor | None, browser: str) -> str:
    """Return what makes a vote one person's: the account, or the browser of a visitor."""
    who = f"account:{actor.user_id}" if actor else f"browser:{browser}"
    return hashlib.sha256(who.encode()).hexdigest()


def cast_vote(outside: Outside, slug: str, helpful: bool, voter: str, address: str) -> None:
    """Keep the vote; refuse an unknown article, and too many votes from one network address."""
    _known(outside, slug)
    outside.attempts.spend("help_votes_per_address", 1, address)
    with outside.database.writing() as session:
        vote(session, slug, helpful, voter, outside.clock())


def cast_remark(outside: Outside, slug: str, remark: str, voter: str, address: str) -> None:
    """Keep what was missing; refuse as ``cast_vote`` does, and who has not voted."""
    _known(outside, slug)
    outside.attempts.spend("help_votes_per_address", 1, address)
    with outside.database.writing() as session:
        say_what_is_missing(session, slug, remark, voter)


def vote(session: Session, slug: str, helpful: bool, voter: str, now: datetime) -> None:
    """Say whether the article helped; a second vote of the same reader replaces the first."""
    fresh = HelpVote(article=slug, voter=voter, helpful=helpful, voted_at=now)
    try:
        with session.begin_nested():
            session.add(fresh)
    except IntegrityError:
        own = session.exec(_own(slug, voter).with_for_update()).one()
        own.helpful, own.voted_at = helpful, now
        session.add(own)


def say_what_is_missing(session: Session, slug: str, remark: str, voter: str) -> None:
    """Add a sentence to the reader's vote; refuse an endless one, and who has not voted."""
    cleaned = " ".join(remark.split())
    if len(cleaned) > LONGEST_REMARK:
        raise Refusal(f"Please keep it below {LONGEST_REMARK} characters.", "missing")
    own = session.exec(_own(slug, voter).with_for_update()).first()
    if own is None:
        raise NotFound("vote")
    own.missing = cleaned
    session.add(own)


def vote_of(session: Session, slug: str, voter: str) -> bool | None:
    """Return how this reader voted, or None."""
    own = session.exec(_own(slug, voter)).first()
    return own.helpful if own else None


def _closeness(article: Article, words: Sequence[str]) -> int:
    title, rest = article.title.lower(), f"{article.summary} {article.markdown}".lower()
    counts = [20 * title.count(word) + rest.count(word) for word in words]
    return sum(counts) if all(counts) else 0


def _known(outside: Outside, slug: str) -> None:
    if not any(article.slug == slug for article in outside.articles):
        raise NotFound("article")


def _own(slug: str, voter: str):  # type: ignore[no-untyped-def]
    return select(HelpVote).where(HelpVote.article == slug, HelpVote.voter == voter)
