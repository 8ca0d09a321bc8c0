"""Inviting people: accounts, seats, mails, and who can read what."""

from datetime import datetime, timedelta

import pytest
from sqlmodel import Session, select

from grouplic.adapters.database import Database
from grouplic.adapters.password_hashing import Argon2Hasher
from grouplic.adapters.secrets import DerivedTokens
from grouplic.domain.groups import Enrollment, Seat, SeatState, Way
from grouplic.domain.joins import Invitation, Waiting
from grouplic.domain.people import User, WebSession
from grouplic.domain.records import AuditEvent, Mail
from grouplic.domain.refusals import NotFound, Refusal
from grouplic.services import (
    accounts,
    inviting,
    joining,
    learning,
    leaving,
    orders,
    outbox,
    sent_invitations,
    signing_in,
    waiting,
)
from grouplic.services.actors import Actor, actor_of
from grouplic.services.inviting import Invitee
from grouplic.services.links import token_hash
from grouplic.services.signing_in import Browser, SignIn
from grouplic.services.waiting import ToWait
from tests.cast import Cast, a_group, key_of_open_seat, seat_states

TOKENS = DerivedTokens("a secret")
HASHER = Argon2Hasher(memory_kib=8, passes=1)
BROWSER = Browser("192.0.2.1", "a test")
PASSWORD = "tulip anchor meadow 42"
DAN = Invitee("dan@new.org", "Dan", "Novak")


class NoLimits:
    def check(self, kind: str, *who: str) -> None: ...
    def failed(self, kind: str, *who: str) -> None: ...
    def spend(self, kind: str, cost: int, *who: str) -> None: ...


def door(database: Database) -> SignIn:
    return SignIn(database, HASHER, NoLimits(), TOKENS, timedelta(days=1))


def invite(database: Database, cast: Cast, now: datetime, *people: Invitee, **options) -> list[str]:  # type: ignore[no-untyped-def]
    with database.writing() as session:
        admitted = inviting.invite(session, cast.group_id, people, cast.alice, now, **options)
    return [str(one.outcome) for one in admitted]


def mail_of(database: Database, email: str, now: datetime) -> outbox.Letter:
    """Let the worker claim mails until it comes to this person's newest."""
    with database.writing() as session:
        while outbox.claim(session, now, TOKENS):
            session.flush()
    with database.reading() as session:
        mail_id = session.exec(
            select(Mail.id)
            .where(Mail.address == email, Mail.state != "withdrawn")
            .order_by(Mail.id.desc())
        ).first()
        letter = outbox.letter(session, mail_id, TOKENS, "https://learn.example")
    assert letter is not None
    return letter


def signed_in(database: Database, cookie: str, now: datetime) -> Actor:
    with database.reading() as session:
        actor = actor_of(session, token_hash(cookie), now)
    assert actor is not None
    return actor


def modules(database: Database, actor: Actor, now: datetime) -> list[str]:
    with database.reading() as session:
        return [card.slug for card in learning.my_modules(session, actor, now)]


def test_someone_new_gets_an_account_a_seat_and_a_login_that_is_stored_nowhere(
    database: Database, cast: Cast, now: datetime
) -> None:
    assert invite(database, cast, now, DAN, note="Welcome!") == ["new"]
    letter = mail_of(database, "dan@new.org", now)

    assert (letter.template, letter.facts["note"]) == ("invite_new", "Welcome!")
    with database.reading() as session:
        assert seat_states(session, cast.group_id) == ["taken", "open", "open"]
        stored = repr([session.exec(select(table)).all() for table in (Invitation, Mail, User)])
    assert letter.facts["password"] not in stored
    assert letter.facts["token"] not in stored


def test_the_temporary_password_signs_in_and_must_be_changed(
    database: Database, cast: Cast, now: datetime
) -> None:
    invite(database, cast, now, DAN)
    password = mail_of(database, "dan@new.org", now).facts["password"]
    cookie = signing_in.sign_in(door(database), "Dan@new.org", password.upper(), BROWSER, now)

    dan = signed_in(database, cookie, now)
    assert (dan.must_change_password, dan.verified) == (True, True)
    cookie = signing_in.change_password(door(database), dan, password, PASSWORD, BROWSER, now)
    dan = signed_in(database, cookie, now)
    assert not dan.must_change_password
    assert modules(database, dan, now) == ["writing"]
    with pytest.raises(Refusal, match="do not fit"):
        signing_in.sign_in(door(database), "dan@new.org", password, BROWSER, now)


def test_a_temporary_password_expires(database: Database, cast: Cast, now: datetime) -> None:
    invite(database, cast, now, DAN)
    letter = mail_of(database, "dan@new.org", now)
    later = now + timedelta(days=15)
    with pytest.raises(Refusal, match="expired"):
        signing_in.sign_in(door(database), "dan@new.org", letter.facts["password"], BROWSER, later)
    with pytest.raises(Refusal, match="expired"):
        follow(database, letter, later)


def follow(database: Database, letter: outbox.Letter, now: datetime, name: str = "Dan") -> Actor:
    cookie = signing_in.accept_invitation(
        door(database), letter.facts["token"], (name, "Novak"), PASSWORD, BROWSER, now
    )
    return signed_in(database, cookie, now)


def test_the_link_works_once_and_ends_the_temporary_password(
    database: Database, cast: Cast, now: datetime
) -> None:
    invite(database, cast, now, DAN)
    letter = mail_of(database, "dan@new.org", now)

    dan = follow(database, letter, now)
    assert (dan.verified, modules(database, dan, now)) == (True, ["writing"])
    with pytest.raises(Refusal, match="has been used"):
        follow(database, letter, now)
    with pytest.raises(Refusal, match="do not fit"):
        signing_in.sign_in(door(database), "dan@new.org", letter.facts["password"], BROWSER, now)


def test_someone_with_an_account_is_added_as_they_are_and_only_told(
    database: Database, cast: Cast, now: datetime
) -> None:
    assert invite(database, cast, now, Invitee("BOB@northlab.org", "Robert", "X")) == ["account"]
    letter = mail_of(database, "bob@northlab.org", now)

    assert letter.template == "invite_added"
    assert not {"token", "password"} & letter.facts.keys()
    assert modules(database, cast.bob, now) == ["writing"]
    with database.reading() as session:
        assert session.get_one(User, cast.bob.user_id).first_name == "Bob"


def test_inviting_twice_costs_no_seat_and_sends_no_second_mail(
    database: Database, cast: Cast, now: datetime
) -> None:
    invite(database, cast, now, DAN, DAN)
    assert invite(database, cast, now, DAN) == ["member"]
    with database.reading() as session:
        assert len(session.exec(select(Mail)).all()) == 1
        assert seat_states(session, cast.group_id) == ["taken", "open", "open"]


def test_more_people_than_seats_invites_nobody(
    database: Database, cast: Cast, now: datetime
) -> None:
    people = [Invitee(f"p{number}@new.org") for number in range(4)]
    with pytest.raises(Refusal, match="1 seat is missing"):
        invite(database, cast, now, *people)
    with database.reading() as session:
        assert session.exec(select(User).where(User.email_key == "p0@new.org")).first() is None
        assert session.exec(select(Mail)).all() == []


def test_open_seats_go_before_handed_out_keys_which_stop_working_only_on_a_decision(
    database: Database, cast: Cast, now: datetime
) -> None:
    with database.writing() as session:
        inviting.mail_keys(session, cast.group_id, [Invitee("eve@new.org")], cast.alice, now)
        key = key_of_open_seat(session, cast.group_id, 1)
    invite(database, cast, now, DAN, Invitee("d2@new.org"))
    with database.reading() as session:
        assert seat_states(session, cast.group_id) == ["issued", "taken", "taken"]
    with pytest.raises(Refusal, match="1 seat is missing"):
        invite(database, cast, now, Invitee("d3@new.org"))
    invite(database, cast, now, Invitee("d3@new.org"), takes_issued=True)
    with database.writing() as session, pytest.raises(Refusal, match="no longer works"):
        joining.redeem(session, key, cast.bob, now)


@pytest.mark.parametrize("who", ["bob", "charlie", "olive"])
def test_only_the_groups_leaders_invite(
    database: Database, cast: Cast, now: datetime, who: str
) -> None:
    with database.writing() as session, pytest.raises(NotFound):
        inviting.invite(session, cast.group_id, [DAN], getattr(cast, who), now)


def test_a_leader_who_prepared_an_account_reads_nothing_of_another_group(
    database: Database, cast: Cast, now: datetime
) -> None:
    # Charlie leads a group, invites a stranger, and takes the account over by what he is shown.
    with database.writing() as session:
        own = a_group(session, cast.charlie, now).id
        inviting.invite(session, own, [DAN], cast.charlie, now)
        invitation = session.exec(select(Invitation)).one()
        shown = sent_invitations.letter_to_show(
            session, own, invitation.id, cast.charlie, TOKENS, "https://learn.example", now
        )
    prepared = follow(database, shown, now)
    assert not prepared.verified

    # Alice's group adds the stranger: the seat is taken, but the group stays closed.
    invite_privacy = a_private_group(database, cast, now)
    with database.writing() as session:
        admitted = inviting.invite(session, invite_privacy, [DAN], cast.alice, now)
    assert [str(one.outcome) for one in admitted] == ["claim"]
    assert modules(database, prepared, now) == ["writing"]

    # Nobody but the mailbox gets the link: not even the leader who invited.
    with database.writing() as session:
        claim = session.exec(select(Invitation).where(Invitation.kind == "claim")).one()
        with pytest.raises(Refusal, match="only the mail"):
            sent_invitations.letter_to_show(
                session, invite_privacy, claim.id, cast.alice, TOKENS, "https://x.example", now
            )

    # The stranger follows it: the group opens to them, and what Charlie prepared is void.
    letter = mail_of(database, "dan@new.org", now)
    assert letter.template == "invite_claim"
    cookie = signing_in.accept_invitation(
        door(database),
        letter.facts["token"],
        ("Dan", "Novak"),
        "quiet lantern harbor 7",
        BROWSER,
        now,
    )
    stranger = signed_in(database, cookie, now)
    assert modules(database, stranger, now) == ["writing", "privacy"]
    with pytest.raises(Refusal, match="do not fit"):
        signing_in.sign_in(door(database), "dan@new.org", PASSWORD, BROWSER, now)
    assert still_signed_in(database, prepared, now) is False


def a_private_group(database: Database, cast: Cast, now: datetime):  # type: ignore[no-untyped-def]
    with database.writing() as session:
        return a_group(session, cast.alice, now, modules=("privacy",)).id


def still_signed_in(database: Database, actor: Actor, now: datetime) -> bool:
    with database.reading() as session:
        return session.get_one(WebSession, actor.session_id).ended_at is None


def test_a_confirmation_link_does_not_count_for_whoever_is_not_signed_in_as_its_owner(
    database: Database, cast: Cast, now: datetime
) -> None:
    # Charlie signs up in the stranger's name; the stranger opens the mail and confirms.
    signing_in.sign_up(door(database), "dan@new.org", "Dan", "N", PASSWORD, BROWSER, now)
    token = mail_of(database, "dan@new.org", now).facts["token"]
    for actor in (None, cast.bob):
        with database.writing() as session, pytest.raises(Refusal, match="Sign in to this account"):
            accounts.verify_email(session, token, actor, now)
    assert invite(database, cast, now, DAN) == ["claim"]


def test_a_confirmation_link_that_its_owner_opens_twice_changes_nothing_the_second_time(
    database: Database, cast: Cast, now: datetime
) -> None:
    cookie = signing_in.sign_up(door(database), "dan@new.org", "Dan", "N", PASSWORD, BROWSER, now)
    dan = signed_in(database, cookie, now)
    token = mail_of(database, "dan@new.org", now).facts["token"]
    for hours in (1, 200):
        with database.writing() as session:
            accounts.verify_email(session, token, dan, now + timedelta(hours=hours))
    with database.reading() as session:
        confirmed = select(AuditEvent.at).where(AuditEvent.kind == "email_verified")
        assert session.exec(confirmed).all() == [now + timedelta(hours=1)]
    for actor in (None, cast.bob):
        with database.writing() as session, pytest.raises(Refusal, match="has been used"):
            accounts.verify_email(session, token, actor, now)


def test_sending_again_voids_the_old_link_and_withdraws_the_old_mail(
    database: Database, cast: Cast, now: datetime
) -> None:
    invite(database, cast, now, DAN)
    first = mail_of(database, "dan@new.org", now)
    later = now + timedelta(hours=1)
    with database.writing() as session:
        (sent,) = sent_invitations.invitations_of(session, cast.group_id, cast.alice)
        sent_invitations.resend(session, cast.group_id, sent.id, cast.alice, later)
    second = mail_of(database, "dan@new.org", later)

    assert first.facts["token"] != second.facts["token"]
    with pytest.raises(Refusal, match="replaced by a newer"):
        follow(database, first, later)
    assert follow(database, second, later).verified


def test_a_mail_that_waits_is_withdrawn_when_its_invitation_ends(
    database: Database, cast: Cast, now: datetime
) -> None:
    invite(database, cast, now, DAN)
    with database.writing() as session:
        dan = session.exec(select(User).where(User.email_key == "dan@new.org")).one()
        leaving.remove(session, cast.group_id, dan.id, cast.alice, now)
        assert outbox.claim(session, now, TOKENS) is None
        assert session.exec(select(Mail)).one().state == "withdrawn"


def test_a_corrected_address_takes_the_same_seat_and_the_wrong_one_loses_it(
    database: Database, cast: Cast, now: datetime
) -> None:
    invite(database, cast, now, Invitee("dna@new.org", "Dan", "Novak"))
    wrong = mail_of(database, "dna@new.org", now)
    with database.writing() as session:
        (sent,) = sent_invitations.invitations_of(session, cast.group_id, cast.alice)
        assert sent.correctable
        sent_invitations.correct_address(
            session, cast.group_id, sent.id, "dan@new.org", cast.alice, now
        )
        assert seat_states(session, cast.group_id) == ["taken", "open", "open"]
    with pytest.raises(Refusal):
        follow(database, wrong, now)
    dan = follow(database, mail_of(database, "dan@new.org", now), now)
    assert modules(database, dan, now) == ["writing"]


def test_who_has_signed_in_is_not_corrected(database: Database, cast: Cast, now: datetime) -> None:
    invite(database, cast, now, DAN)
    follow(database, mail_of(database, "dan@new.org", now), now)
    with database.writing() as session:
        (sent,) = sent_invitations.invitations_of(session, cast.group_id, cast.alice)
        with pytest.raises(Refusal, match="Swap"):
            sent_invitations.correct_address(
                session, cast.group_id, sent.id, "x@y.org", cast.alice, now
            )


def wait(session: Session, cast: Cast, now: datetime, *names: str) -> None:
    people = [ToWait(f"{name}@new.org", name.title(), "Novak") for name in names]
    waiting.put_on_waiting_list(session, cast.group_id, people, Way.INVITE, cast.alice.user_id, now)


def learners(session: Session, cast: Cast) -> list[str]:
    return list(
        session.exec(
            select(User.email_key)
            .join(Enrollment, Enrollment.user_id == User.id)
            .join(Seat, Seat.id == Enrollment.seat_id)
            .where(Enrollment.group_id == cast.group_id, Enrollment.ended_at.is_(None))
            .order_by(Seat.number)
        )
    )


def test_the_waiting_list_fills_in_order_when_a_seat_comes_back_or_is_bought(
    database: Database, cast: Cast, now: datetime
) -> None:
    invite(database, cast, now, *(Invitee(f"p{number}@new.org") for number in range(3)))
    with database.writing() as session:
        wait(session, cast, now, "first", "second", "third", "first")
    with database.writing() as session:
        gone = session.exec(select(User).where(User.email_key == "p1@new.org")).one()
        leaving.remove(session, cast.group_id, gone.id, cast.alice, now)
        assert learners(session, cast) == ["p0@new.org", "first@new.org", "p2@new.org"]
    with database.writing() as session:
        wish = orders.Wish("add_seats", "", str(cast.group_id), (), 1)
        orders.grant(session, wish, cast.alice, "demo", now)
        assert learners(session, cast)[-1] == "second@new.org"
        rows, total = waiting.waiting_list(session, cast.group_id, cast.alice)
    assert ([row.email for row in rows], total) == (["third@new.org"], 1)


def test_whoever_comes_back_to_a_retired_seat_leaves_the_open_one_to_the_next(
    database: Database, cast: Cast, now: datetime
) -> None:
    invite(database, cast, now, *(Invitee(f"p{number}@new.org") for number in range(3)))
    with database.writing() as session:
        gone = session.exec(select(User).where(User.email_key == "p1@new.org")).one()
        seat = session.exec(
            select(Seat).join(Enrollment).where(Enrollment.user_id == gone.id)
        ).one()
        leaving.remove(session, cast.group_id, gone.id, cast.alice, now)
        session.refresh(seat)
        seat.state = SeatState.RETIRED
    with database.writing() as session:
        wait(session, cast, now, "p1", "next")
        wish = orders.Wish("add_seats", "", str(cast.group_id), (), 1)
        orders.grant(session, wish, cast.alice, "demo", now)
        assert learners(session, cast) == [f"{who}@new.org" for who in ("p0", "p1", "p2", "next")]


def test_a_swap_hands_the_seat_over_past_the_waiting_list(
    database: Database, cast: Cast, now: datetime
) -> None:
    invite(database, cast, now, *(Invitee(f"p{number}@new.org") for number in range(3)))
    with database.writing() as session:
        wait(session, cast, now, "first")
    with database.writing() as session:
        gone = session.exec(select(User).where(User.email_key == "p1@new.org")).one()
        leaving.swap(
            session, cast.group_id, gone.id, ("dan@new.org", "Dan", "Novak"), cast.alice, now
        )
        assert learners(session, cast) == ["p0@new.org", "dan@new.org", "p2@new.org"]
        assert session.exec(select(Waiting)).one().ended_at is None


def test_a_swap_with_someone_in_the_group_changes_nothing(
    database: Database, cast: Cast, now: datetime
) -> None:
    invite(database, cast, now, Invitee("p0@new.org"), Invitee("p1@new.org"))
    with database.reading() as session:
        gone = session.exec(select(User.id).where(User.email_key == "p0@new.org")).one()
    other = ("p1@new.org", "", "")
    with pytest.raises(Refusal, match="in the group already"), database.writing() as session:
        leaving.swap(session, cast.group_id, gone, other, cast.alice, now)
    with database.reading() as session:
        assert learners(session, cast) == ["p0@new.org", "p1@new.org"]


def test_a_mailed_key_is_issued_until_it_is_redeemed_by_whoever_holds_it(
    database: Database, cast: Cast, now: datetime
) -> None:
    with database.writing() as session:
        inviting.mail_keys(session, cast.group_id, [Invitee("eve@new.org")], cast.alice, now)
        assert seat_states(session, cast.group_id) == ["issued", "open", "open"]
    letter = mail_of(database, "eve@new.org", now)
    with database.writing() as session:
        joining.redeem(session, letter.facts["key"], cast.bob, now)
        assert seat_states(session, cast.group_id) == ["taken", "open", "open"]
