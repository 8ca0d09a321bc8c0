"""An operator grants without a payment, with a reason, and nobody else does."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

import pytest
from sqlmodel import select

from grouplic.adapters.database import Database
from grouplic.domain.orders import Order, OrderKind
from grouplic.domain.people import User
from grouplic.domain.records import AuditEvent
from grouplic.domain.refusals import NotFound, Refusal
from grouplic.domain.terms import add_months
from grouplic.services import checkout, granting, groups
from grouplic.services.ports import ProviderSilent
from grouplic.services.shop import RenewedMeanwhile, Wish
from tests.cast import Cast, seat_states
from tests.services.payments import Provider, Silent
from tests.services.test_renewing import as_shown, end_of, renewal
from tests.services.test_terms_and_seats import yearly

__all__ = ["yearly"]


def seats_for(cast: Cast, seats: int = 2) -> Wish:
    return Wish(OrderKind.ADD_SEATS, group_id=str(cast.group_id), seats=seats)


def test_seats_are_granted_for_nothing_and_the_reason_is_kept(
    database: Database, cast: Cast, now: datetime
) -> None:
    with database.writing() as session:
        granting.grant_to_group(session, seats_for(cast), cast.olive, " A goodwill ", now)

    with database.reading() as session:
        assert seat_states(session, cast.group_id) == ["open"] * 5
        order = session.exec(select(Order).where(Order.kind == "add_seats")).one()
        assert (order.amount_total, order.source, order.reason) == (0, "operator", "A goodwill")
        assert (order.buyer_id, order.approved_by_id) == (cast.olive.user_id, cast.olive.user_id)
        assert (order.paid_at, order.fulfilled_at) == (None, now)
        event = session.exec(select(AuditEvent).where(AuditEvent.kind == "granted")).one()
        assert (event.at, event.actor_id, event.group_id) == (
            now,
            cast.olive.user_id,
            order.group_id,
        )
        assert event.facts == {
            "order": str(order.id),
            "granted": "add_seats",
            "reason": "A goodwill",
        }


def test_a_grant_works_beside_an_open_checkout_which_is_paid_afterwards(
    database: Database, cast: Cast, now: datetime
) -> None:
    provider = Provider()
    opened = checkout.start_checkout(database, provider, seats_for(cast, 1), cast.alice, now)
    with database.writing() as session:
        granting.grant_to_group(session, seats_for(cast), cast.olive, "A goodwill", now)
    provider.pay(opened.id)
    checkout.reconcile(database, provider, now)

    with database.reading() as session:
        assert seat_states(session, cast.group_id) == ["open"] * 6
        added = session.exec(select(Order.status).where(Order.kind == "add_seats")).all()
        assert added == ["fulfilled"] * 2


def test_modules_are_granted_to_a_group(database: Database, cast: Cast, now: datetime) -> None:
    wish = Wish(OrderKind.ADD_MODULES, group_id=str(cast.group_id), modules=("privacy",))
    with database.writing() as session:
        granting.grant_to_group(session, wish, cast.olive, "A trial", now)

    with database.reading() as session:
        assert len(groups.modules_of(session, cast.group_id)) == 2


def test_a_new_group_is_granted_to_its_leader(
    database: Database, cast: Cast, now: datetime
) -> None:
    wish = Wish(OrderKind.NEW_GROUP, "Pilot", "", ("writing",), 3)
    with database.writing() as session:
        granting.grant_new_group(session, wish, cast.charlie.user_id, cast.olive, "A pilot", now)

    with database.reading() as session:
        (card,) = groups.groups_led_by(session, cast.charlie)
        assert (card.name, card.counts.open) == ("Pilot", 3)
        assert groups.groups_led_by(session, cast.olive) == []


@pytest.mark.parametrize("outsider", ["alice", "bob", "charlie"])
def test_only_an_operator_grants(
    database: Database, cast: Cast, now: datetime, outsider: str
) -> None:
    someone = getattr(cast, outsider)
    with database.writing() as session, pytest.raises(NotFound):
        granting.grant_to_group(session, seats_for(cast), someone, "Mine", now)
    wish = Wish(OrderKind.NEW_GROUP, "Mine", "", ("writing",), 3)
    with database.writing() as session, pytest.raises(NotFound):
        granting.grant_new_group(session, wish, someone.user_id, someone, "Mine", now)


def test_a_grant_without_a_reason_is_refused(database: Database, cast: Cast, now: datetime) -> None:
    with pytest.raises(Refusal) as refused, database.writing() as session:
        granting.grant_to_group(session, seats_for(cast), cast.olive, "  ", now)
    assert (refused.value.message, refused.value.field) == ("Say why it is granted.", "reason")
    with database.reading() as session:
        assert seat_states(session, cast.group_id) == ["open"] * 3


def test_a_long_reason_is_kept_as_far_as_there_is_room(
    database: Database, cast: Cast, now: datetime
) -> None:
    with database.writing() as session:
        granting.grant_to_group(session, seats_for(cast), cast.olive, "Why? " * 200, now)
        order = session.exec(select(Order).where(Order.kind == "add_seats")).one()
        assert order.reason == ("Why? " * 100)[:500]


@pytest.mark.parametrize("named", ["nonsense", "11111111-1111-1111-1111-111111111111"])
def test_nothing_is_granted_to_a_group_that_does_not_exist(
    database: Database, cast: Cast, now: datetime, named: str
) -> None:
    wish = replace(seats_for(cast), group_id=named)
    with database.writing() as session, pytest.raises(NotFound, match="This group"):
        granting.grant_to_group(session, wish, cast.olive, "A goodwill", now)


def test_a_new_group_is_granted_to_an_account_and_nothing_else_is(
    database: Database, cast: Cast, now: datetime
) -> None:
    wish = Wish(OrderKind.NEW_GROUP, "Pilot", "", ("writing",), 3)
    with database.writing() as session:
        with pytest.raises(NotFound, match="This account"):
            granting.grant_new_group(session, wish, cast.group_id, cast.olive, "A pilot", now)
        with pytest.raises(NotFound, match="This account"):
            granting.grant_new_group(session, wish, "nonsense", cast.olive, "A pilot", now)
        more = seats_for(cast)
        with pytest.raises(NotFound, match="This account"):
            granting.grant_new_group(session, more, cast.alice.user_id, cast.olive, "More", now)
        granting.grant_new_group(session, wish, cast.charlie.user_id, cast.olive, "A pilot", now)
        order = session.exec(select(Order).where(Order.reason == "A pilot")).one()
        assert (order.buyer_id, order.approved_by_id) == (cast.charlie.user_id, cast.olive.user_id)


def test_nothing_is_granted_to_whoever_was_erased(
    database: Database, cast: Cast, now: datetime
) -> None:
    wish = Wish(OrderKind.NEW_GROUP, "Pilot", "", ("writing",), 3)
    with database.writing() as session:
        session.get_one(User, cast.charlie.user_id).erased_at = now
    with database.writing() as session, pytest.raises(NotFound, match="This account"):
        granting.grant_new_group(session, wish, cast.charlie.user_id, cast.olive, "A pilot", now)


def grant(database: Database, cast: Cast, wish: Wish, now: datetime) -> None:
    with database.writing() as session:
        granting.grant_to_group(session, wish, cast.olive, "A gift", now)


def test_an_operator_waits_with_a_renewal_that_somebody_may_be_paying_for(
    database: Database, cast: Cast, yearly: UUID, now: datetime
) -> None:
    provider = Provider()
    opened = checkout.start_checkout(database, provider, renewal(yearly), cast.alice, now)
    with pytest.raises(Refusal) as refused:
        grant(database, cast, renewal(yearly), now)
    assert (refused.value.message, refused.value.field) == (
        "Somebody may be paying for a renewal of this group right now. Wait until it is paid, or "
        "that checkout has ended.",
        "",
    )
    assert end_of(database, yearly) == add_months(now, 12)
    # Neither something else has to wait, nor another group.
    grant(database, cast, Wish(OrderKind.ADD_SEATS, group_id=str(yearly), seats=1), now)
    with database.writing() as session:
        wish = Wish(OrderKind.NEW_GROUP, "Another", modules=("yearly",), seats=1)
        another = granting.grant_new_group(
            session, wish, cast.alice.user_id, cast.olive, "A gift", now
        )
    grant(database, cast, renewal(another.id), now)
    assert end_of(database, another.id) == add_months(now, 24)

    checkout.cancel_checkout(database, provider, opened.order_id, cast.alice, now)
    grant(database, cast, renewal(yearly), now)
    assert end_of(database, yearly) == add_months(now, 24)


def test_a_renewal_is_granted_beside_a_checkout_for_seats(
    database: Database, cast: Cast, yearly: UUID, now: datetime
) -> None:
    seats = Wish(OrderKind.ADD_SEATS, group_id=str(yearly), seats=1)
    checkout.start_checkout(database, Provider(), seats, cast.alice, now)
    grant(database, cast, renewal(yearly), now)
    assert end_of(database, yearly) == add_months(now, 24)


def test_an_operator_waits_with_a_renewal_whose_invoice_is_open_or_may_have_been_sent(
    database: Database, cast: Cast, yearly: UUID, now: datetime
) -> None:
    silent = Silent()
    with pytest.raises(ProviderSilent):
        checkout.order_on_invoice(database, silent, renewal(yearly), "", 30, cast.alice, now)
    with pytest.raises(Refusal, match="Somebody may be paying for a renewal"):
        grant(database, cast, renewal(yearly), now)
    checkout.reconcile(database, silent, now)
    with pytest.raises(Refusal, match="renewal of this group is on its way"):
        grant(database, cast, renewal(yearly), now)
    assert end_of(database, yearly) == add_months(now, 12)


def test_a_renewal_is_granted_for_the_end_that_the_operator_saw(
    database: Database, cast: Cast, yearly: UUID, now: datetime
) -> None:
    seen = as_shown(database, renewal(yearly))
    grant(database, cast, seen, now)
    with pytest.raises(RenewedMeanwhile):
        grant(database, cast, seen, now)
    assert end_of(database, yearly) == add_months(now, 24)
