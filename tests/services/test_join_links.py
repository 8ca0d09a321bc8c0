"""The join link: made by a leader, followed by many, counted against its cap."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlmodel import Session, select

from grouplic.adapters.database import Database
from grouplic.adapters.secrets import DerivedTokens
from grouplic.domain.groups import Enrollment, Group
from grouplic.domain.joins import JoinLink
from grouplic.domain.people import User
from grouplic.domain.refusals import NotFound, Refusal
from grouplic.services import join_link_terms, join_links, learning, leaving
from grouplic.services.actors import Actor
from grouplic.services.join_link_terms import Terms
from grouplic.services.join_links import MailboxUnproven, Standing, UnknownLink
from tests.cast import Cast, live_learners, seat_states

TOKENS = DerivedTokens("a test's secret")


def make(session: Session, cast: Cast, now: datetime, cap: int = 2, **terms: object) -> str:
    """Make the link and return its token."""
    link = join_link_terms.create_or_change(
        session,
        cast.group_id,
        Terms(cap, **terms),  # type: ignore[arg-type]
        cast.alice,
        TOKENS,
        now,
    )
    session.flush()
    return join_links.token_of(link, TOKENS)


def unverified(session: Session, actor: Actor) -> Actor:
    session.get_one(User, actor.user_id).verified_at = None
    session.flush()
    return replace(actor, verified=False)


def test_the_link_gives_an_open_seat_and_counts(
    database: Database, cast: Cast, now: datetime
) -> None:
    with database.writing() as session:
        token = make(session, cast, now)
        joined = join_links.join(session, token, cast.bob, now)
        assert (joined.group_name, joined.already_in) == ("Northlab autumn intake", False)
    with database.reading() as session:
        assert seat_states(session, cast.group_id) == ["taken", "open", "open"]
        card = join_link_terms.card(session, cast.group_id, cast.alice, TOKENS, now)
        assert card is not None
        assert (card.uses, card.cap, card.path) == (1, 2, f"/join/{token}")
        assert [c.slug for c in learning.my_modules(session, cast.bob, now)] == ["writing"]


def test_joining_twice_costs_nothing(database: Database, cast: Cast, now: datetime) -> None:
    with database.writing() as session:
        token = make(session, cast, now, cap=1)
        join_links.join(session, token, cast.bob, now)
    with database.writing() as session:
        assert join_links.join(session, token, cast.bob, now).already_in
        assert join_links.preview(session, token, cast.bob, now).standing == Standing.MEMBER
        assert seat_states(session, cast.group_id) == ["taken", "open", "open"]


def test_the_cap_holds_and_can_be_raised_but_not_below_what_was_used(
    database: Database, cast: Cast, now: datetime
) -> None:
    with database.writing() as session:
        token = make(session, cast, now, cap=1)
        join_links.join(session, token, cast.bob, now)
    with database.writing() as session, pytest.raises(Refusal, match="As many people as"):
        join_links.join(session, token, cast.charlie, now)
    with database.writing() as session:
        assert make(session, cast, now, cap=2) == token
        join_links.join(session, token, cast.charlie, now)
    with database.writing() as session, pytest.raises(Refusal, match="has let in 2 already"):
        make(session, cast, now, cap=1)
    with database.reading() as session:
        assert live_learners(session, cast.group_id) == {cast.bob.user_id, cast.charlie.user_id}


def test_a_use_counts_for_good_but_coming_back_to_a_retired_seat_is_none(
    database: Database, cast: Cast, now: datetime
) -> None:
    later = now + timedelta(hours=1)
    with database.writing() as session:
        token = make(session, cast, now, cap=1)
        join_links.join(session, token, cast.bob, now)
    with database.writing() as session:
        learning.open_lesson(session, cast.bob, "writing", "lesson-1", later)
        leaving.remove(session, cast.group_id, cast.bob.user_id, cast.alice, later)
        assert seat_states(session, cast.group_id) == ["retired", "open", "open"]
    with database.writing() as session, pytest.raises(Refusal, match="As many people as"):
        join_links.join(session, token, cast.charlie, later)
    with database.writing() as session:
        preview = join_links.preview(session, token, cast.bob, later)
        assert preview.standing == Standing.WELCOME
        assert not join_links.join(session, token, cast.bob, later).already_in
        assert seat_states(session, cast.group_id) == ["taken", "open", "open"]
        link = session.exec(select(JoinLink)).one()
        assert join_links.uses(session, link.id) == 1


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"is_open": False}, "is turned off"),
        ({"expires_at": datetime.fromisoformat("2026-11-24T08:59:59+00:00")}, "has expired"),
    ],
)
def test_a_dead_link_says_why(
    database: Database, cast: Cast, now: datetime, change: dict[str, object], reason: str
) -> None:
    with database.writing() as session:
        token = make(session, cast, now)
        link = session.exec(select(JoinLink)).one()
        for name, value in change.items():
            setattr(link, name, value)
    for attempt in (join_links.preview, join_links.join):
        with database.writing() as session, pytest.raises(Refusal, match=reason):
            attempt(session, token, cast.bob, now)
    with database.reading() as session:
        assert seat_states(session, cast.group_id) == ["open"] * 3


def test_an_unknown_link_and_an_ended_license_say_so(
    database: Database, cast: Cast, now: datetime
) -> None:
    with database.writing() as session, pytest.raises(UnknownLink):
        join_links.join(session, "guess", cast.bob, now)
    with database.writing() as session:
        token = make(session, cast, now)
        session.get_one(Group, cast.group_id).ends_at = now
    with database.writing() as session, pytest.raises(Refusal, match="has ended, so its join link"):
        join_links.join(session, token, cast.bob, now)


def test_turning_off_keeps_the_address_and_a_new_address_voids_the_old(
    database: Database, cast: Cast, now: datetime
) -> None:
    with database.writing() as session:
        old = make(session, cast, now)
        join_link_terms.switch(session, cast.group_id, False, cast.alice, now)
    with database.writing() as session:
        join_link_terms.switch(session, cast.group_id, True, cast.alice, now)
        assert join_links.preview(session, old, None, now).standing == Standing.VISITOR
        link = join_link_terms.renew(session, cast.group_id, cast.alice, TOKENS, now)
        new = join_links.token_of(link, TOKENS)
    with database.writing() as session, pytest.raises(UnknownLink):
        join_links.join(session, old, cast.bob, now)
    with database.writing() as session:
        assert not join_links.join(session, new, cast.bob, now).already_in


def test_only_a_hash_of_the_token_is_stored(database: Database, cast: Cast, now: datetime) -> None:
    with database.writing() as session:
        token = make(session, cast, now)
    with database.reading() as session:
        assert token not in repr(session.exec(select(JoinLink)).one())
        assert token not in repr(
            session.connection().exec_driver_sql("SELECT * FROM audit_event").all()
        )


def test_a_domain_needs_a_proven_mailbox_of_that_domain(
    database: Database, cast: Cast, now: datetime
) -> None:
    with database.writing() as session:
        token = make(session, cast, now, domains=(" @Elsewhere.org ", "münchen.example"))
        preview = join_links.preview(session, token, cast.bob, now)
        assert preview.domains == ("elsewhere.org", "xn--mnchen-3ya.example")
        assert preview.standing == Standing.WRONG_DOMAIN
    with database.writing() as session, pytest.raises(Refusal, match="signed in as bob@northlab"):
        join_links.join(session, token, cast.bob, now)
    with database.writing() as session:
        make(session, cast, now, domains=("northlab.org",))
        bob = unverified(session, cast.bob)
        assert join_links.preview(session, token, bob, now).standing == Standing.UNPROVEN
    with database.writing() as session, pytest.raises(MailboxUnproven):
        join_links.join(session, token, bob, now)
    with database.writing() as session:
        # What the session says is not asked: the account is.
        assert not session.exec(select(Enrollment)).all()
        assert not join_links.join(session, token, cast.charlie, now).already_in


def test_a_domain_is_that_domain_and_not_one_that_ends_like_it(
    database: Database, cast: Cast, now: datetime
) -> None:
    with database.writing() as session:
        token = make(session, cast, now, domains=("northlab.org",))
        for email in ("x@evilnorthlab.org", "x@sub.northlab.org", "x@northlab.org.evil.org", "x"):
            with pytest.raises(Refusal, match="for addresses at northlab"):
                join_links.check_address(session, token, email, now)
        join_links.check_address(session, token, "x@NorthLab.org", now)


def test_without_domains_an_unproven_account_joins_at_once(
    database: Database, cast: Cast, now: datetime
) -> None:
    with database.writing() as session:
        token = make(session, cast, now)
        join_links.join(session, token, unverified(session, cast.bob), now)
        assert live_learners(session, cast.group_id) == {cast.bob.user_id}


@pytest.mark.parametrize(
    ("terms", "field"),
    [
        (Terms(0), "cap"),
        (Terms(10**9), "cap"),
        (Terms(1, datetime.fromisoformat("2026-11-24T09:00:00+00:00")), "expires"),
        (Terms(1, None, ("not a domain",)), "domains"),
        (Terms(1, None, ("a@b.org",)), "domains"),
        (Terms(1, None, ("localhost",)), "domains"),
        (Terms(1, None, tuple(f"d{n}.org" for n in range(21))), "domains"),
    ],
)
def test_impossible_terms_are_refused_at_their_field(
    database: Database, cast: Cast, now: datetime, terms: Terms, field: str
) -> None:
    with database.writing() as session, pytest.raises(Refusal) as refused:
        join_link_terms.create_or_change(session, cast.group_id, terms, cast.alice, TOKENS, now)
    assert refused.value.field == field
    with database.reading() as session:
        assert session.exec(select(JoinLink)).all() == []


@pytest.mark.parametrize("outsider", ["bob", "charlie", "olive"])
def test_only_who_manages_people_sees_or_changes_the_link(
    database: Database, cast: Cast, now: datetime, outsider: str
) -> None:
    actor, group = getattr(cast, outsider), cast.group_id
    with database.writing() as session:
        make(session, cast, now)
        for attempt in (
            lambda: join_link_terms.card(session, group, actor, TOKENS, now),
            lambda: join_link_terms.create_or_change(session, group, Terms(3), actor, TOKENS, now),
            lambda: join_link_terms.switch(session, group, False, actor, now),
            lambda: join_link_terms.renew(session, group, actor, TOKENS, now),
        ):
            with pytest.raises(NotFound):
                attempt()
