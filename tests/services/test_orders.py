"""Orders: what is written when one is placed, who sees it, and where a checkout leaves it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update
from sqlmodel import Session, select

from grouplic.adapters.database import Database
from grouplic.domain.catalog import Module
from grouplic.domain.groups import GroupLeader, LeaderRole
from grouplic.domain.orders import Order, OrderKind, OrderLine, OrderStatus, PayBy, Source
from grouplic.domain.records import AuditEvent
from grouplic.domain.refusals import NotFound, Refusal
from grouplic.services import orders
from grouplic.services.orders import AnotherCheckoutOpen
from grouplic.services.ports import Checkout, PaidLine
from grouplic.services.shop import Wish
from tests.cast import Cast, a_group

NEW_GROUP = Wish(OrderKind.NEW_GROUP, " Spring  class ", "", ("privacy", "writing"), 4)


def more_seats(cast: Cast, seats: int = 5) -> Wish:
    return Wish(OrderKind.ADD_SEATS, group_id=str(cast.group_id), seats=seats)


def a_checkout(order: Order, **changed: object) -> Checkout:
    """What the provider says of the order: open, until ``changed``."""
    opened = Checkout(
        id="cs_1",
        url="https://pay.example/",
        order_id=str(order.id),
        status="open",
        payment="unpaid",
        currency="usd",
        amount_total=order.amount_total,
        payment_failed=False,
        receipt_url="",
        lines=(PaidLine("writing", order.seats),),
    )
    return replace(opened, **changed)


def trail(session: Session, kind: str) -> list[tuple[object, ...]]:
    found = session.exec(select(AuditEvent).where(AuditEvent.kind == kind)).all()
    return [(event.at, event.actor_id, event.group_id, event.facts) for event in found]


def test_an_order_for_a_new_group_is_written_with_its_lines_and_touches_no_group(
    database: Database, cast: Cast, now: datetime
) -> None:
    with database.writing() as session:
        session.info.clear()
        order = orders.place(session, NEW_GROUP, cast.charlie, now, PayBy.INVOICE, "PO-7")
        assert (order.buyer_id, order.group_id) == (cast.charlie.user_id, None)
        assert (order.group_name, order.kind, order.seats) == ("Spring class", "new_group", 4)
        assert (order.currency, order.amount_total) == ("usd", 4 * 3000)
        assert (order.status, order.source, order.pay_by) == ("pending", "payment", "invoice")
        assert (order.purchase_number, order.quote_id) == ("PO-7", None)
        assert (order.created_at, order.expires_at) == (now, now + timedelta(hours=23))
        lines = session.exec(select(OrderLine).where(OrderLine.order_id == order.id)).all()
        assert sorted((line.quantity, line.unit_amount) for line in lines) == [(4, 1000), (4, 2000)]
        assert set(orders.ordered_lines(session, order.id)) == {
            PaidLine("writing", 4),
            PaidLine("privacy", 4),
        }
        assert "touched" not in session.info
        about = {"order": str(order.id)}
        assert trail(session, "order_placed")[-1] == (now, cast.charlie.user_id, None, about)


def test_an_order_for_a_group_is_paid_by_card_unless_told_and_shows_at_once(
    database: Database, cast: Cast, now: datetime
) -> None:
    with database.writing() as session:
        session.info.clear()
        order = orders.place(session, more_seats(cast), cast.alice, now)
        assert (order.group_id, order.pay_by) == (cast.group_id, "card")
        assert (order.purchase_number, order.group_name) == ("", "Northlab autumn intake")
        assert session.info["touched"] == {f"orders:{cast.group_id}"}
        assert trail(session, "order_placed")[-1][:3] == (now, cast.alice.user_id, cast.group_id)


def test_a_second_checkout_of_a_group_is_refused_and_names_the_first(
    database: Database, cast: Cast, now: datetime
) -> None:
    with database.writing() as session:
        first = orders.place(session, more_seats(cast), cast.alice, now)
        other = a_group(session, cast.alice, now)
        with pytest.raises(AnotherCheckoutOpen) as refused:
            orders.place(session, more_seats(cast, 1), cast.alice, now)
        assert refused.value.order_id == first.id
        assert refused.value.message == (
            "Another purchase for this group is being paid just now. "
            "Finish or cancel it under the group's orders, then try again."
        )
        elsewhere = replace(more_seats(cast), group_id=str(other.id))
        assert orders.place(session, elsewhere, cast.alice, now).status == "pending"
        first.status = OrderStatus.PROCESSING
        session.flush()
        assert orders.place(session, more_seats(cast, 1), cast.alice, now).status == "pending"


def test_an_order_is_shown_with_all_that_is_known_of_it(
    database: Database, cast: Cast, now: datetime
) -> None:
    due, paid = now + timedelta(days=30), now + timedelta(days=2)
    known = {
        "discount_amount": 100,
        "tax_amount": 190,
        "refunded_amount": 50,
        "receipt_url": "https://pay.example/receipt",
        "checkout_url": "https://pay.example/checkout",
        "invoice_url": "https://pay.example/invoice",
        "invoice_pdf": "https://pay.example/invoice.pdf",
        "invoice_number": "F-7",
        "purchase_number": "PO 7",
        "due_at": due,
        "paid_at": paid,
    }
    with database.writing() as session:
        order = orders.place(session, NEW_GROUP, cast.charlie, now)
        bare = orders.order_of(session, str(order.id), cast.charlie)
        for name, value in known.items():
            setattr(order, name, value)
        session.flush()
        view = orders.order_of(session, order.id, cast.charlie)

    assert view == orders.OrderView(
        id=order.id,
        kind="new_group",
        status="pending",
        pay_by="card",
        source="payment",
        group_id=None,
        group_name="Spring class",
        seats=4,
        modules=("Writing", "Privacy"),
        slugs=("writing", "privacy"),
        currency="usd",
        amount_total=12000,
        created_at=now,
        **known,
    )
    assert (bare.receipt_url, bare.checkout_url, bare.invoice_url, bare.invoice_pdf) == ("",) * 4


def test_an_orders_modules_stand_in_the_order_of_the_catalog(
    database: Database, cast: Cast, now: datetime
) -> None:
    with database.writing() as session:
        order = orders.place(session, NEW_GROUP, cast.charlie, now)
        for slug, position in (("privacy", 4), ("writing", 5)):
            session.exec(select(Module).where(Module.slug == slug)).one().position = position
        session.flush()
        assert orders.order_of(session, order.id, cast.charlie).slugs == ("privacy", "writing")


def test_an_order_that_is_held_is_read_anew(database: Database, cast: Cast, now: datetime) -> None:
    with database.writing() as session:
        order = orders.place(session, NEW_GROUP, cast.charlie, now)
        session.flush()
        behind_its_back = update(Order).where(Order.id == order.id).values(status="expired")
        session.connection().execute(behind_its_back)
        assert order.status == "pending"
        assert orders.hold_order(session, order.id).status == "expired"


@pytest.mark.parametrize("named", ["nonsense", "11111111-1111-1111-1111-111111111111"])
def test_an_order_that_does_not_exist_is_not_found(
    database: Database, cast: Cast, named: str
) -> None:
    with database.reading() as session, pytest.raises(NotFound, match="This order"):
        orders.order_of(session, named, cast.charlie)


def test_an_order_of_a_group_is_seen_by_who_leads_it_with_every_right(
    database: Database, cast: Cast, now: datetime
) -> None:
    with database.writing() as session:
        order = orders.place(session, more_seats(cast), cast.alice, now)
        bob = GroupLeader(group_id=cast.group_id, user_id=cast.bob.user_id, since=now)
        session.add(bob)
        a_group(session, cast.charlie, now)
        session.flush()
        assert orders.may_see(session, order, cast.alice)
        assert orders.may_see(session, order, cast.bob)
        assert not orders.may_see(session, order, cast.charlie)
        for changed in (
            {"role": LeaderRole.PEOPLE},
            {"role": LeaderRole.EVERYTHING, "awaits_claim": True},
            {"awaits_claim": False, "ended_at": now},
        ):
            for name, value in changed.items():
                setattr(bob, name, value)
            session.flush()
            assert not orders.may_see(session, order, cast.bob)
            with pytest.raises(NotFound, match="This order"):
                orders.order_of(session, order.id, cast.bob)


@pytest.mark.parametrize("payment", ["paid", "no_payment_required"])
def test_a_paid_checkout_settles_its_order_with_what_the_provider_took(
    database: Database, cast: Cast, now: datetime, payment: str
) -> None:
    with database.writing() as session:
        order = orders.place(session, more_seats(cast), cast.alice, now)
        paid = a_checkout(
            order,
            status="complete",
            payment=payment,
            amount_total=4200,
            discount=800,
            tax=700,
            receipt_url="https://pay.example/receipt",
            payment_id="pi_1",
        )
        later = now + timedelta(minutes=3)
        settled = orders.settle(session, order.id, paid, later)
        assert (settled.status, settled.paid_at) == ("fulfilled", later)
        assert (settled.amount_total, settled.discount_amount, settled.tax_amount) == (
            4200,
            800,
            700,
        )
        assert (settled.receipt_url, settled.payment_id) == ("https://pay.example/receipt", "pi_1")

        again = replace(paid, amount_total=1)
        assert orders.settle(session, order.id, again, later).amount_total == 4200


def test_what_the_provider_does_not_name_stays_empty(
    database: Database, cast: Cast, now: datetime
) -> None:
    with database.writing() as session:
        order = orders.place(session, more_seats(cast), cast.alice, now)
        paid = a_checkout(order, status="complete", payment="paid")
        settled = orders.settle(session, order.id, paid, now)
        assert (settled.receipt_url, settled.payment_id) == (None, None)


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ({"status": "expired"}, "expired"),
        ({"status": "open", "payment": "paid"}, "pending"),
        ({"status": "complete"}, "processing"),
        ({"status": "complete", "payment_failed": True}, "failed"),
    ],
)
def test_what_is_not_paid_leaves_the_order_where_the_checkout_stands(
    database: Database, cast: Cast, now: datetime, said: dict[str, object], status: str
) -> None:
    with database.writing() as session:
        order = orders.place(session, more_seats(cast), cast.alice, now)
        session.info.clear()
        checkout = a_checkout(order, **said)
        assert orders.stands_like(order, checkout) == (status == "pending")
        settled = orders.settle(session, order.id, checkout, now)
        assert (settled.status, settled.paid_at) == (status, None)
        assert orders.stands_like(order, checkout)
        assert not orders.stands_like(order, replace(checkout, status="complete", payment="paid"))
        if status == "pending":
            assert "touched" not in session.info
            return
        assert session.info["touched"] == {f"order:{order.id}", f"orders:{cast.group_id}"}
        (noted,) = trail(session, f"order_{status}")
        assert noted == (now, None, cast.group_id, {"order": str(order.id)})


@pytest.mark.parametrize("over", [OrderStatus.FAILED, OrderStatus.EXPIRED])
def test_no_later_news_but_a_payment_changes_an_order_that_is_over(
    database: Database, cast: Cast, now: datetime, over: OrderStatus
) -> None:
    with database.writing() as session:
        order = orders.place(session, more_seats(cast), cast.alice, now)
        order.status = over
        session.flush()
        waiting = a_checkout(order, status="complete")
        assert orders.settle(session, order.id, waiting, now).status == over
        paid = replace(waiting, payment="paid")
        assert orders.settle(session, order.id, paid, now).status == "fulfilled"


def test_a_payment_that_was_under_way_can_still_fail(
    database: Database, cast: Cast, now: datetime
) -> None:
    with database.writing() as session:
        order = orders.place(session, more_seats(cast), cast.alice, now)
        waiting = a_checkout(order, status="complete")
        orders.settle(session, order.id, waiting, now)
        failed = replace(waiting, payment_failed=True)
        assert orders.settle(session, order.id, failed, now).status == "failed"


def test_what_is_given_without_a_payment_says_on_whose_word_and_why(
    database: Database, cast: Cast, now: datetime
) -> None:
    with database.writing() as session:
        group = orders.grant(session, NEW_GROUP, cast.bob, Source.DEMO, now, "To look around")
        order = session.exec(select(Order).where(Order.group_id == group.id)).one()
        assert (order.source, order.reason, order.status) == ("demo", "To look around", "fulfilled")
        assert (group.name, order.paid_at) == ("Spring class", None)


def test_an_order_keeps_the_term_it_buys(database: Database, cast: Cast, now: datetime) -> None:
    until = datetime(2027, 6, 30, tzinfo=UTC)
    with database.writing() as session:
        priced = orders.price_wish(session, NEW_GROUP, cast.charlie, now)
        for term in (replace(priced.term, months=12), replace(priced.term, until=until)):
            order = orders.write_order(
                session, OrderKind.NEW_GROUP, replace(priced, term=term), cast.bob.user_id, now
            )
            assert order.term == term


def test_an_empty_wish_is_refused_and_leaves_nothing(
    database: Database, cast: Cast, now: datetime
) -> None:
    with database.writing() as session:
        before = len(session.exec(select(Order)).all())
        with pytest.raises(Refusal):
            orders.place(session, replace(NEW_GROUP, seats=0), cast.charlie, now)
        assert len(session.exec(select(Order)).all()) == before


@pytest.mark.parametrize("asked_for", ["checkout_id", "invoice_id"])
def test_only_an_order_that_nobody_can_pay_is_abandoned(
    database: Database, cast: Cast, now: datetime, asked_for: str
) -> None:
    with database.writing() as session:
        order = orders.place(session, more_seats(cast), cast.alice, now)
        setattr(order, asked_for, "asked for")
        orders.abandon(session, order.id, now)
        assert order.status == OrderStatus.PENDING
        setattr(order, asked_for, None)
        orders.abandon(session, order.id, now)
        assert order.status == OrderStatus.EXPIRED
