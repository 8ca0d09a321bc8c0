"""Co-leaders: invited in a role, given another, removed; and somebody always stays."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlmodel import select

from grouplic.adapters.database import Database
from grouplic.domain.groups import GroupLeader, LeaderRole
from grouplic.domain.joins import Invitation
from grouplic.domain.orders import OrderKind
from grouplic.domain.people import User
from grouplic.domain.records import AuditEvent, Mail
from grouplic.domain.refusals import NotFound, Refusal
from grouplic.services import (
    group_settings,
    inviting,
    leaders,
    leaving,
    orders,
    outbox,
    sent_invitations,
    shop,
    waiting,
)
from grouplic.services.actors import Actor
from grouplic.services.groups import May, groups_led_by, led_group, rights_in
from grouplic.services.inviting import Invitee
from grouplic.services.leaders import NoLeaderLeft
from grouplic.services.seat_map import seat_map
from grouplic.services.shop import Wish
from tests.cast import Cast, a_group, actor
from tests.services.test_admission import TOKENS, follow, mail_of

LEA = Invitee("lea@new.org", "Lea", "Moreau")


def add(
    database: Database, cast: Cast, now: datetime, person: Invitee, role: str = "everything"
) -> UUID:
    with database.writing() as session:
        return leaders.invite_leader(session, cast.group_id, person, role, cast.alice, now)


def led(database: Database, who: Actor) -> list[str]:
    with database.reading() as session:
        return [card.name for card in groups_led_by(session, who)]


def leader_of(database: Database, cast: Cast, who: Actor) -> UUID:
    with database.reading() as session:
        return session.exec(
            select(GroupLeader.id).where(
                GroupLeader.group_id == cast.group_id,
                GroupLeader.user_id == who.user_id,
                GroupLeader.ended_at.is_(None),
            )
        ).one()


def test_someone_new_gets_a_login_by_mail_and_leads(
    database: Database, cast: Cast, now: datetime
) -> None:
    add(database, cast, now, LEA, "reports")
    letter = mail_of(database, "lea@new.org", now)
    assert (letter.template, letter.facts["role"]) == ("leader_new", "reports only")
    assert letter.facts["password"]

    lea = follow(database, letter, now)

    assert led(database, lea) == ["Northlab autumn intake"]
    with database.reading() as session:
        assert rights_in(session, cast.group_id, lea) == {May.SEE}


def test_a_confirmed_account_is_told_and_leads_at_once(
    database: Database, cast: Cast, now: datetime
) -> None:
    add(database, cast, now, Invitee(cast.charlie.email), "people")
    letter = mail_of(database, cast.charlie.email, now)
    assert letter.template == "leader_added"
    assert "token" not in letter.facts
    with database.reading() as session:
        assert rights_in(session, cast.group_id, cast.charlie) == {May.SEE, May.MANAGE_PEOPLE}


def test_an_account_nobody_confirmed_leads_only_by_the_link_to_its_mailbox(
    database: Database, cast: Cast, now: datetime
) -> None:
    with database.writing() as session:
        mallory = actor(session, "lea", now)
        session.get_one(User, mallory.user_id).verified_at = None
    add(database, cast, now, Invitee(mallory.email))

    with pytest.raises(NotFound), database.reading() as session:
        led_group(session, mallory, cast.group_id, May.SEE)
    letter = mail_of(database, mallory.email, now)
    assert letter.template == "leader_claim"
    assert led(database, follow(database, letter, now)) == ["Northlab autumn intake"]


def test_a_leader_cannot_be_added_twice_nor_in_a_role_there_is_not(
    database: Database, cast: Cast, now: datetime
) -> None:
    with pytest.raises(Refusal, match="leads this group already"):
        add(database, cast, now, Invitee("ALICE@northlab.org"))
    with pytest.raises(Refusal, match="one of the roles"):
        add(database, cast, now, LEA, "owner")
    with pytest.raises(Refusal, match="not an email address"):
        add(database, cast, now, Invitee("lea"))
    with database.reading() as session:
        assert session.exec(select(User).where(User.email_key == "lea@new.org")).first() is None


@pytest.mark.parametrize("role", ["people", "reports", "learner", "outsider", "operator"])
def test_only_who_may_do_everything_manages_leaders_and_settings(
    database: Database, cast: Cast, now: datetime, role: str
) -> None:
    who = {"operator": cast.olive, "outsider": cast.charlie}.get(role, cast.bob)
    if role == "learner":
        with database.writing() as session:
            inviting.invite(session, cast.group_id, [Invitee(who.email)], cast.alice, now)
    elif role in set(LeaderRole):
        add(database, cast, now, Invitee(who.email), role)
    alice = leader_of(database, cast, cast.alice)
    group = cast.group_id
    doings: list[Callable] = [  # type: ignore[type-arg]
        lambda session: leaders.leaders_of(session, group, who),
        lambda session: leaders.invite_leader(session, group, LEA, "everything", who, now),
        lambda session: leaders.change_role(session, group, alice, "reports", who, now),
        lambda session: leaders.remove_leader(session, group, alice, who, now),
        lambda session: group_settings.rename_group(session, group, "Mine now", who, now),
    ]
    for do in doings:
        with pytest.raises(Refusal), database.writing() as session:
            do(session)
    assert led(database, cast.alice) == ["Northlab autumn intake"]
    with database.reading() as session:
        assert session.exec(select(User).where(User.email_key == "lea@new.org")).first() is None


@pytest.mark.parametrize("role", ["people", "reports"])
def test_narrower_roles_cannot_buy_for_the_group(
    database: Database, cast: Cast, now: datetime, role: str
) -> None:
    add(database, cast, now, Invitee(cast.charlie.email), role)
    for wish in (
        Wish(OrderKind.ADD_SEATS, "", str(cast.group_id), (), 1),
        Wish(OrderKind.ADD_MODULES, "", str(cast.group_id), ("privacy",), 0),
    ):
        with pytest.raises(Refusal, match="Your role"), database.reading() as session:
            shop.answer(session, wish, cast.charlie, now)
        with pytest.raises(Refusal, match="Your role"), database.writing() as session:
            orders.place(session, wish, cast.charlie, now)


def test_a_reports_leader_sees_the_seats_and_manages_nobody(
    database: Database, cast: Cast, now: datetime
) -> None:
    add(database, cast, now, Invitee(cast.charlie.email), "reports")
    with database.reading() as session:
        assert seat_map(session, cast.group_id, cast.charlie).bought == 3
    doings: list[Callable] = [  # type: ignore[type-arg]
        lambda session: leaving.remove(session, cast.group_id, cast.bob.user_id, cast.charlie, now),
        lambda session: waiting.waiting_list(session, cast.group_id, cast.charlie),
        lambda session: inviting.invite(session, cast.group_id, [LEA], cast.charlie, now),
    ]
    for do in doings:
        with pytest.raises(Refusal, match="Your role"), database.writing() as session:
            do(session)


def test_another_groups_leader_cannot_be_reached_through_ones_own_group(
    database: Database, cast: Cast, now: datetime
) -> None:
    with database.writing() as session:
        other = a_group(session, cast.charlie, now).id
    alice = leader_of(database, cast, cast.alice)
    with pytest.raises(NotFound), database.writing() as session:
        leaders.remove_leader(session, other, alice, cast.charlie, now)
    with pytest.raises(NotFound), database.writing() as session:
        leaders.change_role(session, other, "no id at all", "people", cast.charlie, now)


def test_who_manages_people_reaches_no_credential_of_a_leader(
    database: Database, cast: Cast, now: datetime
) -> None:
    add(database, cast, now, Invitee(cast.charlie.email), "people")
    add(database, cast, now, LEA)
    mail_of(database, "lea@new.org", now)
    with database.reading() as session:
        invitation = session.exec(
            select(Invitation).where(Invitation.address == "lea@new.org")
        ).one()
        sent = sent_invitations.invitations_of(session, cast.group_id, cast.charlie)
        assert [one.address for one in sent] == []
    args = (cast.group_id, invitation.id)
    doings: list[Callable] = [  # type: ignore[type-arg]
        lambda session: sent_invitations.resend(session, *args, cast.charlie, now),
        lambda session: sent_invitations.correct_address(
            session, *args, "me@x.org", cast.charlie, now
        ),
        lambda session: sent_invitations.letter_to_show(
            session, *args, cast.charlie, TOKENS, "", now
        ),
    ]
    for do in doings:
        with pytest.raises(Refusal, match="Your role"), database.writing() as session:
            do(session)
    # Inviting the same person to learn brings a link to the mailbox, and none to a leader.
    with database.writing() as session:
        (admitted,) = inviting.invite(session, cast.group_id, [LEA], cast.charlie, now)
        assert admitted.outcome == "claim"
        with pytest.raises(Refusal, match="only the mail may carry it"):
            sent_invitations.letter_to_show(
                session, cast.group_id, admitted.invitation_id, cast.charlie, TOKENS, "", now
            )


def test_an_invitation_to_lead_that_failed_is_sent_again_with_a_new_link(
    database: Database, cast: Cast, now: datetime
) -> None:
    add(database, cast, now, LEA, "people")
    first = mail_of(database, "lea@new.org", now)
    with database.writing() as session:
        session.get_one(Mail, first.id).state = "failed"
    with database.writing() as session:
        lea = leaders.leaders_of(session, cast.group_id, cast.alice)[1]
        assert (lea.mail_state, lea.never_signed_in) == ("failed", True)
        sent_invitations.resend(session, cast.group_id, lea.invitation_id, cast.alice, now)
    second = mail_of(database, "lea@new.org", now)

    assert (second.template, second.facts["role"]) == ("leader_new", "people only")
    assert second.facts["token"] != first.facts["token"]
    assert led(database, follow(database, second, now)) == ["Northlab autumn intake"]


def test_a_removed_leader_keeps_nothing_but_a_seat_of_their_own(
    database: Database, cast: Cast, now: datetime
) -> None:
    add(database, cast, now, Invitee(cast.charlie.email))
    leader = leader_of(database, cast, cast.charlie)
    with database.writing() as session:
        name = leaders.remove_leader(session, cast.group_id, leader, cast.alice, now)
        assert f"group:{cast.group_id}" in session.info["touched"]

    assert (name, led(database, cast.charlie)) == ("Charlie Marsh", [])
    with pytest.raises(NotFound), database.reading() as session:
        seat_map(session, cast.group_id, cast.charlie)
    with pytest.raises(NotFound), database.writing() as session:
        leaders.remove_leader(session, cast.group_id, leader, cast.alice, now)
    with database.reading() as session:
        kinds = session.exec(
            select(AuditEvent.kind).where(AuditEvent.kind.startswith("leader_"))
        ).all()
    assert sorted(kinds) == ["leader_added", "leader_removed"]


def test_removing_somebody_who_has_not_come_yet_kills_the_link_and_withdraws_the_mail(
    database: Database, cast: Cast, now: datetime
) -> None:
    sent = add(database, cast, now, LEA)
    letter = mail_of(database, "lea@new.org", now)
    waiting_one = add(database, cast, now, Invitee("may@new.org"))
    with database.writing() as session:
        leaders.remove_leader(session, cast.group_id, sent, cast.alice, now)
        leaders.remove_leader(session, cast.group_id, waiting_one, cast.alice, now)
        assert outbox.claim(session, now, TOKENS) is None

    with pytest.raises(Refusal, match="This link has been used"):
        follow(database, letter, now)


def test_somebody_who_may_do_everything_and_has_arrived_stays(
    database: Database, cast: Cast, now: datetime
) -> None:
    alice = leader_of(database, cast, cast.alice)
    add(database, cast, now, Invitee(cast.charlie.email), "people")
    add(database, cast, now, LEA)  # has never signed in
    for role in ("people", "reports"):
        with pytest.raises(NoLeaderLeft), database.writing() as session:
            leaders.change_role(session, cast.group_id, alice, role, cast.alice, now)
    with pytest.raises(NoLeaderLeft), database.writing() as session:
        leaders.remove_leader(session, cast.group_id, alice, cast.alice, now)

    charlie = leader_of(database, cast, cast.charlie)
    with database.writing() as session:
        leaders.change_role(session, cast.group_id, charlie, "everything", cast.alice, now)
        leaders.remove_leader(session, cast.group_id, alice, cast.alice, now)
    assert (led(database, cast.alice), led(database, cast.charlie)) == (
        [],
        ["Northlab autumn intake"],
    )


@pytest.mark.parametrize("how", ["remove", "narrow"])
def test_two_leaders_who_remove_each_other_at_once_leave_one(
    database: Database, cast: Cast, now: datetime, how: str
) -> None:
    add(database, cast, now, Invitee(cast.charlie.email))
    pair = {
        cast.alice: leader_of(database, cast, cast.charlie),
        cast.charlie: leader_of(database, cast, cast.alice),
    }
    for _ in range(5):
        start, told = threading.Barrier(2), []

        def contend(who: Actor, other: UUID, start=start, told=told) -> None:  # type: ignore[no-untyped-def]
            start.wait(timeout=10)
            try:
                with database.writing() as session:
                    if how == "remove":
                        leaders.remove_leader(session, cast.group_id, other, who, now)
                    else:
                        leaders.change_role(session, cast.group_id, other, "reports", who, now)
            except Refusal as refusal:
                told.append(type(refusal))
            else:
                told.append(None)

        threads = [threading.Thread(target=contend, args=one) for one in pair.items()]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=30)

        with database.writing() as session:
            rows = session.exec(
                select(GroupLeader).where(GroupLeader.id.in_(list(pair.values())))
            ).all()
            assert len(told) == 2
            assert told.count(None) == 1
            assert sum(not row.ended_at and row.role == "everything" for row in rows) == 1
            for row in rows:  # and once more
                row.ended_at, row.role = None, LeaderRole.EVERYTHING


def test_a_group_is_renamed_and_the_trail_keeps_the_old_name(
    database: Database, cast: Cast, now: datetime
) -> None:
    with database.writing() as session:
        name = group_settings.rename_group(
            session, cast.group_id, "  Winter   intake ", cast.alice, now
        )
    assert (name, led(database, cast.alice)) == ("Winter intake", ["Winter intake"])
    with database.reading() as session:
        event = session.exec(select(AuditEvent).where(AuditEvent.kind == "group_renamed")).one()
    assert event.facts == {"before": "Northlab autumn intake"}
    for impossible in ("", "x" * 121, "a\x07b"):
        with pytest.raises(Refusal), database.writing() as session:
            group_settings.rename_group(session, cast.group_id, impossible, cast.alice, now)


def test_a_login_to_lead_expires_like_any_other(
    database: Database, cast: Cast, now: datetime
) -> None:
    add(database, cast, now, LEA)
    letter = mail_of(database, "lea@new.org", now)
    with pytest.raises(Refusal, match="expired"):
        follow(database, letter, now + timedelta(days=15))
