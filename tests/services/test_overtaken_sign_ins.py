"""What a leader knows of an account opens nothing once its owner has it, however close the race."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import pytest
from sqlmodel import col, select

from grouplic.adapters.database import Database
from grouplic.adapters.password_hashing import Argon2Hasher
from grouplic.domain.groups import Way
from grouplic.domain.joins import Invitation
from grouplic.domain.people import OneTimeLink, User, WebSession
from grouplic.domain.records import Mail
from grouplic.domain.refusals import Refusal, SignInNeeded
from grouplic.services import inviting, sent_invitations, signing_in
from grouplic.services.actors import Actor
from grouplic.services.admission import Newcomer, admit
from grouplic.services.outbox import Letter
from grouplic.services.signing_in import SignIn
from tests.cast import Cast, a_group
from tests.services.test_admission import (
    BROWSER,
    DAN,
    HASHER,
    PASSWORD,
    TOKENS,
    a_private_group,
    door,
    follow,
    invite,
    mail_of,
    signed_in,
)

PREPARED = "quiet lantern harbor 7"
SITE = "https://learn.example"


class Interrupted(Argon2Hasher):
    """A hasher slow enough for something else to happen while it compares."""

    def __init__(self, meanwhile: Callable[[], object]) -> None:
        super().__init__(memory_kib=8, passes=1)
        self._meanwhile = [meanwhile]

    def matches(self, password: str, password_hash: str | None) -> bool:
        """Compare, and let it happen, once."""
        fits = super().matches(password, password_hash)
        if self._meanwhile:
            self._meanwhile.pop()()
        return fits


def slow_door(database: Database, meanwhile: Callable[[], object]) -> SignIn:
    return replace(door(database), hasher=Interrupted(meanwhile))


def prepare(database: Database, cast: Cast, now: datetime) -> Letter:
    """Charlie makes an account in Dan's name; Alice's group adds Dan, who gets this letter."""
    dan = Newcomer(
        DAN.email, "Dan", "Novak", Way.UPLOAD, cast.charlie.user_id, "", HASHER.hash(PREPARED)
    )
    with database.writing() as session:
        admit(session, a_group(session, cast.charlie, now).id, [dan], now)
    private = a_private_group(database, cast, now)
    with database.writing() as session:
        inviting.invite(session, private, [DAN], cast.alice, now)
    return mail_of(database, DAN.email, now)


def test_a_sign_in_under_way_ends_where_the_owner_claims_the_account(
    database: Database, cast: Cast, now: datetime
) -> None:
    letter = prepare(database, cast, now)
    owners: list[Actor] = []
    outside = slow_door(database, lambda: owners.append(follow(database, letter, now)))

    with pytest.raises(Refusal, match="do not fit"):
        signing_in.sign_in(outside, DAN.email, PREPARED, BROWSER, now)

    with database.reading() as session:
        open_sessions = session.exec(
            select(WebSession.id).where(
                WebSession.user_id == owners[0].user_id, col(WebSession.ended_at).is_(None)
            )
        ).all()
    assert open_sessions == [owners[0].session_id]


def test_a_change_of_password_under_way_ends_where_the_owner_claims_the_account(
    database: Database, cast: Cast, now: datetime
) -> None:
    letter = prepare(database, cast, now)
    cookie = signing_in.sign_in(door(database), DAN.email, PREPARED, BROWSER, now)
    charlie_as_dan = signed_in(database, cookie, now)
    outside = slow_door(database, lambda: follow(database, letter, now))

    with pytest.raises(SignInNeeded):
        signing_in.change_password(
            outside, charlie_as_dan, PREPARED, "copper meadow lantern 9", BROWSER, now
        )

    signing_in.sign_in(door(database), DAN.email, PASSWORD, BROWSER, now)


def test_a_temporary_password_that_a_leader_saw_proves_nothing_while_it_is_sent_again(
    database: Database, cast: Cast, now: datetime
) -> None:
    invite(database, cast, now, DAN)
    shown = show(database, cast, now)

    def send_again() -> None:
        with database.writing() as session:
            one = session.exec(select(Invitation.id)).one()
            sent_invitations.resend(session, cast.group_id, one, cast.alice, now)
        mail_of(database, DAN.email, now)

    with pytest.raises(Refusal, match="do not fit"):
        signing_in.sign_in(
            slow_door(database, send_again), DAN.email, shown.facts["password"], BROWSER, now
        )
    with database.reading() as session:
        assert session.exec(select(User.verified_at).where(User.email == DAN.email)).one() is None


def test_an_account_made_ones_own_before_its_mail_left_gets_no_login_any_more(
    database: Database, cast: Cast, now: datetime
) -> None:
    invite(database, cast, now, DAN)
    signing_in.ask_for_password_link(door(database), DAN.email, now)
    with database.reading() as session:
        link = session.exec(select(OneTimeLink)).one()
    token = TOKENS.derive(link.purpose, link.id, link.generation)
    signing_in.reset_password(door(database), token, PASSWORD, BROWSER, now)

    shown = show(database, cast, now)
    assert shown.template == "invite_added"
    assert not {"token", "password"} & shown.facts.keys()
    mail_of(database, DAN.email, now)
    with database.reading() as session:
        assert "invite_added" in session.exec(select(Mail.template)).all()
        assert session.exec(select(Invitation.link_hash)).one() is None


def show(database: Database, cast: Cast, now: datetime) -> Letter:
    with database.writing() as session:
        one = session.exec(select(Invitation.id)).one()
        return sent_invitations.letter_to_show(
            session, cast.group_id, one, cast.alice, TOKENS, SITE, now
        )
