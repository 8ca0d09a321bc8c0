"""An order as operators see it, and what they may do about it."""

from datetime import datetime
from uuid import UUID, uuid4

import pytest
from sqlmodel import select

from grouplic.adapters.database import Database
from grouplic.domain.groups import Way
from grouplic.domain.orders import OrderKind, PayBy
from grouplic.domain.records import AuditEvent
from grouplic.domain.refusals import NotFound
from grouplic.services import checkout, invoicing, joining, refunds
from grouplic.services.groups import lock_group
from grouplic.services.listing import Money
from grouplic.services.order_oversight import look_at_order, oversee_order
from grouplic.services.shop import Wish
from tests.cast import Cast
from tests.services.payments import Provider


def buy_seats(database: Database, cast: Cast, provider: Provider, now: datetime) -> UUID:
    wanted = Wish(OrderKind.ADD_SEATS, group_id=str(cast.group_id), seats=5)
    opened = checkout.start_checkout(database, provider, wanted, cast.alice, now)
    provider.pay(opened.id)
    checkout.reconcile(database, provider, now)
    return UUID(opened.order_id)


def test_an_order_shows_its_lines_refunds_disputes_and_what_became_of_its_seats(
    database: Database, cast: Cast, now: datetime
) -> None:
    provider = Provider()
    paid = buy_seats(database, cast, provider, now)
    with database.writing() as session:
        group = lock_group(session, cast.group_id)
        for someone in (cast.bob, cast.charlie, cast.alice, cast.olive):
            joining.take_open_seat(session, group, someone.user_id, Way.DEMO, None, now)
    refunds.refund(database, provider, paid, cast.olive, "Asked to", now, seats=2)
    with database.reading() as session:
        payment = str(oversee_order(session, paid, cast.olive).order.payment_id)
    provider.dispute(payment, "needs_response", now)
    refunds.note_payment(database, provider.read_payment(payment), now)

    with database.reading() as session:
        seen = oversee_order(session, str(paid), cast.olive)
    assert [(line.title, line.seats, line.price) for line in seen.lines] == [
        ("Writing", 5, Money(1000, "usd"))
    ]
    (back,) = seen.refunds
    assert (back.money, back.seats, back.state) == (Money(2000, "usd"), 2, "succeeded")
    assert (back.reason, back.made_by) == ("Asked to", "Olive Marsh")
    assert [(one.status, one.money.amount) for one in seen.disputes] == [("needs_response", 5000)]
    assert (seen.seats, seen.owed) == ({"open": 2, "taken": 1, "withdrawn": 2}, 0)
    assert (seen.left, seen.seats_left, seen.approvable) == (Money(3000, "usd"), 3, False)
    assert seen.buyer.words == "Alice Marsh"


def test_an_open_invoice_can_be_approved_and_nothing_of_it_given_back(
    database: Database, cast: Cast, now: datetime
) -> None:
    provider = Provider()
    wanted = Wish(OrderKind.ADD_SEATS, group_id=str(cast.group_id), seats=2)
    order_id = checkout.order_on_invoice(database, provider, wanted, "", 30, cast.alice, now)
    with database.reading() as session:
        seen = oversee_order(session, order_id, cast.olive)
        assert (seen.order.pay_by, seen.approvable, seen.left.amount) == (PayBy.INVOICE, True, 0)
    with database.writing() as session:
        invoicing.approve_invoice(session, order_id, cast.olive, "They always pay", now)
    with database.reading() as session:
        seen = oversee_order(session, order_id, cast.olive)
        assert (seen.approved_by, seen.approvable) == ("Olive Marsh", False)
        assert seen.seats == {"open": 2}


def test_looking_at_an_order_is_recorded_and_for_operators_only(
    database: Database, cast: Cast, now: datetime
) -> None:
    paid = buy_seats(database, cast, Provider(), now)
    with database.writing() as session:
        look_at_order(session, paid, cast.olive, now)
        for outsider in (cast.alice, cast.bob, cast.charlie):
            with pytest.raises(NotFound):
                look_at_order(session, paid, outsider, now)
        for nothing in ("no order", uuid4()):
            with pytest.raises(NotFound):
                look_at_order(session, nothing, cast.olive, now)
    with database.reading() as session:
        (event,) = session.exec(select(AuditEvent).where(AuditEvent.kind == "operator_looked"))
        assert (event.actor_id, event.facts) == (cast.olive.user_id, {"order": str(paid)})
