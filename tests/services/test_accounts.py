"""Accounts, passwords and sessions."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlmodel import select

from grouplic.adapters.attempt_limits import AttemptLimits
from grouplic.adapters.database import Database
from grouplic.adapters.password_hashing import Argon2Hasher
from grouplic.adapters.secrets import DerivedTokens
from grouplic.domain.people import LinkPurpose, OneTimeLink, User, WebSession
from grouplic.domain.records import Mail
from grouplic.domain.refusals import Refusal, TooManyAttempts
from grouplic.services import signing_in
from grouplic.services.actors import actor_of
from grouplic.services.links import token_hash
from grouplic.services.sessions import end_session
from grouplic.services.signing_in import Browser, SignIn

PASSWORD = "tulip anchor meadow 42"
HERE = Browser("192.0.2.7", "a test")
TOKENS = DerivedTokens("a secret")


@pytest.fixture
def outside(database: Database) -> SignIn:
    rules = {
        "failed_sign_ins_per_account": "3/minute",
        "failed_sign_ins_per_address": "100/minute",
        "links_per_account": "5/hour",
        "new_accounts_per_address": "600/hour",
    }
    hasher = Argon2Hasher(memory_kib=64, passes=1)
    return SignIn(database, hasher, AttemptLimits(rules), TOKENS, timedelta(days=14))


def sign_up(outside: SignIn, now: datetime, email: str = "dana@northlab.org") -> str:
    return signing_in.sign_up(outside, email, "Dana", "Marsh", PASSWORD, HERE, now)


def who(database: Database, cookie: str, now: datetime) -> str | None:
    with database.reading() as session:
        actor = actor_of(session, token_hash(cookie), now)
    return actor.name if actor else None


def test_signing_up_signs_in_and_mails_a_link(
    database: Database, outside: SignIn, now: datetime
) -> None:
    cookie = sign_up(outside, now)

    assert who(database, cookie, now) == "Dana Marsh"
    with database.reading() as session:
        assert session.exec(select(Mail.template)).all() == ["verify_email"]
        user = session.exec(select(User)).one()
        assert user.password_hash is not None
        assert PASSWORD not in user.password_hash
        assert session.exec(select(WebSession.token_hash)).one() != cookie


def test_an_address_is_one_account_whatever_its_case(outside: SignIn, now: datetime) -> None:
    sign_up(outside, now)
    with pytest.raises(Refusal, match="already an account"):
        sign_up(outside, now, "DANA@Northlab.ORG")


def test_asking_for_accounts_that_exist_is_limited_as_well(
    database: Database, outside: SignIn, now: datetime
) -> None:
    sign_up(outside, now)
    few = AttemptLimits({"new_accounts_per_address": "2/hour"})
    for _ in range(2):
        with pytest.raises(Refusal, match="already an account"):
            sign_up(replace(outside, attempts=few), now)
    with pytest.raises(TooManyAttempts):
        sign_up(replace(outside, attempts=few), now)


def test_an_endless_address_is_not_kept_while_failures_count(
    outside: SignIn, now: datetime
) -> None:
    kept: list[str] = []

    class Counting:
        def check(self, kind: str, *who: str) -> None: ...
        def failed(self, kind: str, *who: str) -> None:
            kept.extend(who)

        def spend(self, kind: str, cost: int, *who: str) -> None: ...

    with pytest.raises(Refusal):
        signing_in.sign_in(
            replace(outside, attempts=Counting()), "x" * 900_000 + "@y.org", PASSWORD, HERE, now
        )
    assert kept
    assert max(map(len, kept)) <= 320


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("short", "at least 10"),
        ("dana@northlab.org", "name or address"),
        ("passwordpassword", "Three or four"),
        ("x" * 300, "at most 256"),
    ],
)
def test_poor_passwords_are_refused_and_change_nothing(
    database: Database, outside: SignIn, now: datetime, password: str, reason: str
) -> None:
    with pytest.raises(Refusal, match=reason):
        signing_in.sign_up(outside, "dana@northlab.org", "Dana", "Marsh", password, HERE, now)
    with database.reading() as session:
        assert session.exec(select(User)).all() == []


def test_a_wrong_password_and_an_unknown_address_are_answered_alike(
    outside: SignIn, now: datetime
) -> None:
    sign_up(outside, now)
    answers = set()
    for email in ("dana@northlab.org", "nobody@northlab.org"):
        with pytest.raises(Refusal) as refusal:
            signing_in.sign_in(outside, email, "wrong password", HERE, now)
        answers.add(refusal.value.message)
    assert len(answers) == 1


def test_only_failures_count_and_the_limit_says_when_to_try_again(
    outside: SignIn, now: datetime
) -> None:
    sign_up(outside, now)
    for _ in range(20):
        signing_in.sign_in(outside, "dana@northlab.org", PASSWORD, HERE, now)
    for _ in range(3):
        with pytest.raises(Refusal):
            signing_in.sign_in(outside, "dana@northlab.org", "wrong password", HERE, now)
    with pytest.raises(TooManyAttempts, match="try again in 1 minute"):
        signing_in.sign_in(outside, "dana@northlab.org", PASSWORD, HERE, now)


def test_signing_out_ends_the_session_on_the_server(
    database: Database, outside: SignIn, now: datetime
) -> None:
    cookie = sign_up(outside, now)
    with database.writing() as session:
        end_session(session, token_hash(cookie), now)
    assert who(database, cookie, now) is None


def test_a_session_ends_by_itself(database: Database, outside: SignIn, now: datetime) -> None:
    cookie = sign_up(outside, now)
    assert who(database, cookie, now + timedelta(days=15)) is None


def test_a_mailed_link_sets_a_new_password_once_and_ends_every_session(
    database: Database, outside: SignIn, now: datetime
) -> None:
    old = sign_up(outside, now)
    signing_in.ask_for_password_link(outside, "Dana@northlab.org", now)
    with database.reading() as session:
        link = session.exec(
            select(OneTimeLink).where(OneTimeLink.purpose == LinkPurpose.RESET_PASSWORD)
        ).one()
    token = TOKENS.derive(link.purpose, link.id, link.generation)
    assert token not in link.token_hash

    new = signing_in.reset_password(outside, token, "other words entirely 9", HERE, now)
    assert who(database, new, now) == "Dana Marsh"
    assert who(database, old, now) is None
    with pytest.raises(Refusal, match="used or has expired"):
        signing_in.reset_password(outside, token, "third words entirely 9", HERE, now)


def test_an_expired_link_is_refused(database: Database, outside: SignIn, now: datetime) -> None:
    sign_up(outside, now)
    signing_in.ask_for_password_link(outside, "dana@northlab.org", now)
    with database.reading() as session:
        link = session.exec(
            select(OneTimeLink).where(OneTimeLink.purpose == LinkPurpose.RESET_PASSWORD)
        ).one()
    token = TOKENS.derive(link.purpose, link.id, link.generation)
    with pytest.raises(Refusal, match="expired"):
        signing_in.reset_password(
            outside, token, "other words entirely 9", HERE, now + timedelta(hours=2)
        )


def test_an_unknown_address_gets_no_mail_and_the_same_answer(
    database: Database, outside: SignIn, now: datetime
) -> None:
    signing_in.ask_for_password_link(outside, "nobody@northlab.org", now)
    with database.reading() as session:
        assert session.exec(select(Mail)).all() == []
