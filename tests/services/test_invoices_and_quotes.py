"""Paying by invoice, and quotes that a finance department looks at first."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import select

from grouplic.adapters.database import Database
from grouplic.domain.after_sale import Difference
from grouplic.domain.orders import Order, OrderKind, PaymentEvent
from grouplic.domain.refusals import NotFound, Refusal
from grouplic.services import checkout, groups, invoicing, orders, saved_quotes
from grouplic.services.actors import Actor
from grouplic.services.catalog import load
from grouplic.services.payment_events import receive_event
from grouplic.services.ports import ProviderSilent
from grouplic.services.quote_pdf import Seller, quote_pdf
from grouplic.services.saved_quotes import VALID, QuoteExpired
from grouplic.services.shop import Wish
from grouplic.services.unanswered_invoices import SentBefore
from tests.cast import Cast, a_module, seat_states
from tests.services.payments import Provider, Silent
from tests.services.test_terms_and_seats import yearly

__all__ = ["yearly"]


@pytest.fixture
def provider() -> Provider:
    return Provider()


@pytest.fixture
def invoiced(database: Database, cast: Cast, provider: Provider, now: datetime) -> UUID:
    """Alice's order of five more seats, by invoice."""
    return checkout.order_on_invoice(
        database, provider, more_seats(cast), " PO  17 ", 30, cast.alice, now
    )


def more_seats(cast: Cast, seats: int = 5) -> Wish:
    return Wish(OrderKind.ADD_SEATS, group_id=str(cast.group_id), seats=seats)


def hear(
    database: Database, provider: Provider, order_id: UUID, now: datetime, name: str = "paid"
) -> None:
    event = PaymentEvent(
        id=f"evt_{name}",
        type=f"invoice.{name}",
        invoice_id=f"in_{order_id}",
        created_at=now,
        received_at=now,
    )
    receive_event(database, provider, event, now)


def status_of(database: Database, order_id: UUID) -> str:
    with database.reading() as session:
        return session.get_one(Order, order_id).status


def states(database: Database, cast: Cast) -> list[str]:
    with database.reading() as session:
        return seat_states(session, cast.group_id)


def test_an_invoice_grants_when_it_is_paid_and_only_then(
    database: Database, cast: Cast, provider: Provider, invoiced: UUID, now: datetime
) -> None:
    with database.reading() as session:
        view = orders.order_of(session, invoiced, cast.alice)
    assert (view.status, view.pay_by, view.invoice_number) == ("processing", "invoice", "F-1")
    assert states(database, cast) == ["open"] * 3
    hear(database, provider, invoiced, now, "finalized")
    assert states(database, cast) == ["open"] * 3

    provider.pay_invoice(f"in_{invoiced}")
    for _ in range(2):
        hear(database, provider, invoiced, now)
    assert states(database, cast) == ["open"] * 8
    assert status_of(database, invoiced) == "fulfilled"


@pytest.mark.parametrize(("end", "status"), [("void", "expired"), ("uncollectible", "failed")])
def test_a_void_and_an_uncollectible_invoice_grant_nothing_and_a_late_payment_is_honored(
    database: Database,
    cast: Cast,
    provider: Provider,
    invoiced: UUID,
    now: datetime,
    end: str,
    status: str,
) -> None:
    provider.end_invoice(f"in_{invoiced}", end)
    hear(database, provider, invoiced, now, end)
    assert (status_of(database, invoiced), states(database, cast)) == (status, ["open"] * 3)

    provider.pay_invoice(f"in_{invoiced}")
    hear(database, provider, invoiced, now)
    assert states(database, cast) == ["open"] * 8


def test_an_operator_approves_before_the_payment_and_it_is_granted_once(
    database: Database, cast: Cast, provider: Provider, invoiced: UUID, now: datetime
) -> None:
    with database.writing() as session:
        invoicing.approve_invoice(session, invoiced, cast.olive, "Known customer", now)
    assert states(database, cast) == ["open"] * 8
    with database.writing() as session, pytest.raises(Refusal, match="open"):
        invoicing.approve_invoice(session, invoiced, cast.olive, "Again", now)

    provider.pay_invoice(f"in_{invoiced}")
    hear(database, provider, invoiced, now)
    assert states(database, cast) == ["open"] * 8
    with database.reading() as session:
        assert session.get_one(Order, invoiced).paid_at == now


def test_what_was_approved_and_never_paid_waits_for_the_operator(
    database: Database, cast: Cast, provider: Provider, invoiced: UUID, now: datetime
) -> None:
    with database.writing() as session:
        invoicing.approve_invoice(session, invoiced, cast.olive, "Known customer", now)
    provider.end_invoice(f"in_{invoiced}", "uncollectible")
    hear(database, provider, invoiced, now, "marked_uncollectible")

    assert states(database, cast) == ["open"] * 8
    with database.reading() as session:
        assert session.exec(select(Difference.kind)).all() == ["approved_unpaid"]


@pytest.mark.parametrize("outsider", ["alice", "bob", "charlie"])
def test_only_an_operator_approves(
    database: Database, cast: Cast, invoiced: UUID, now: datetime, outsider: str
) -> None:
    with database.writing() as session, pytest.raises(NotFound):
        invoicing.approve_invoice(session, invoiced, getattr(cast, outsider), "Please", now)


def test_a_purchase_number_that_is_too_long_is_refused_before_anything_happens(
    database: Database, cast: Cast, provider: Provider, now: datetime
) -> None:
    with pytest.raises(Refusal, match="purchase order"):
        checkout.order_on_invoice(
            database, provider, more_seats(cast), "x" * 41, 30, cast.alice, now
        )
    assert provider.invoices == {}


def test_an_open_invoice_counts_as_bought_for_what_is_added_meanwhile(
    database: Database, cast: Cast, provider: Provider, invoiced: UUID, now: datetime
) -> None:
    wish = Wish(OrderKind.ADD_MODULES, group_id=str(cast.group_id), modules=("privacy",))
    opened = checkout.start_checkout(database, provider, wish, cast.alice, now)
    assert opened.amount_total == 8 * 2000
    provider.pay(opened.id)
    provider.pay_invoice(f"in_{invoiced}")
    checkout.reconcile(database, provider, now)
    hear(database, provider, invoiced, now)

    with database.reading() as session:
        assert [each.slug for each in groups.modules_of(session, cast.group_id)] == [
            "writing",
            "privacy",
        ]
        assert len(seat_states(session, cast.group_id)) == 8


@pytest.mark.parametrize("number", ["", "PO 17"])
def test_whoever_orders_the_same_by_invoice_again_is_asked_and_may_have_two(
    database: Database, cast: Cast, provider: Provider, now: datetime, number: str
) -> None:
    def send(besides: Collection[str] = (), at: datetime = now) -> UUID:
        return checkout.order_on_invoice(
            database, provider, more_seats(cast), number, 30, cast.alice, at, besides
        )

    first = send()
    for besides in ((), (str(cast.group_id), "no order")):
        with pytest.raises(SentBefore, match="invoice F-1 was sent") as asked:
            send(besides)
        assert (asked.value.order_id, asked.value.order_ids) == (first, {str(first)})
    assert len(provider.invoices) == 1

    later, known = now + timedelta(minutes=1), asked.value.order_ids
    second = send(known, later)
    assert second != first
    # The answer was for one: sent once more, it is asked about both, of which one is the last.
    with pytest.raises(SentBefore) as asked:
        send(known, later)
    assert asked.value.order_id == second
    assert asked.value.order_ids == {str(first), str(second)}
    assert len(provider.invoices) == 2

    for order in (first, second):
        provider.pay_invoice(f"in_{order}")
        checkout.settle_order(database, provider, order, later)
    assert states(database, cast) == ["open"] * 13


@pytest.mark.parametrize("spelled", ["{%s}", "urn:uuid:%s"])
def test_the_same_group_is_the_same_however_an_address_spells_it(
    database: Database, cast: Cast, provider: Provider, invoiced: UUID, now: datetime, spelled: str
) -> None:
    wish = replace(more_seats(cast), group_id=spelled % str(cast.group_id).upper())
    with pytest.raises(SentBefore) as asked:
        checkout.order_on_invoice(database, provider, wish, "PO 17", 30, cast.alice, now)
    assert asked.value.order_id == invoiced
    assert len(provider.invoices) == 1


def test_an_invoice_that_was_paid_at_once_is_asked_about_as_well(
    database: Database, cast: Cast, provider: Provider, invoiced: UUID, now: datetime
) -> None:
    provider.pay_invoice(f"in_{invoiced}")
    checkout.settle_order(database, provider, invoiced, now)

    soon = now + timedelta(minutes=14)
    with pytest.raises(SentBefore) as asked:
        checkout.order_on_invoice(
            database, provider, more_seats(cast), "PO 17", 30, cast.alice, soon
        )
    assert asked.value.order_ids == {str(invoiced)}
    assert len(provider.invoices) == 1


@pytest.mark.parametrize("unlike", [{"seats": 9}, {"modules": ()}, {"group_name": " "}])
def test_a_quote_that_was_invoiced_is_asked_about_whatever_else_the_wish_says(
    database: Database, cast: Cast, provider: Provider, now: datetime, unlike: dict[str, Any]
) -> None:
    wish = Wish(OrderKind.NEW_GROUP, "Spring class", "", ("writing",), 4)
    offered = quoted(database, wish, cast.bob, now)
    first = checkout.order_on_invoice(database, provider, offered, "", 30, cast.bob, now)
    again = replace(offered, **unlike)
    with pytest.raises(SentBefore) as asked:
        checkout.order_on_invoice(database, provider, again, "", 30, cast.bob, now)
    assert asked.value.order_id == first


def test_whoever_orders_the_same_a_quarter_of_an_hour_later_or_is_somebody_else_is_not_asked(
    database: Database, cast: Cast, provider: Provider, now: datetime
) -> None:
    wish = Wish(OrderKind.NEW_GROUP, "Spring class", "", ("writing",), 4)
    soon, later = (now + timedelta(minutes=minutes) for minutes in (14, 15))
    for buyer, at in ((cast.alice, now), (cast.bob, now), (cast.alice, later)):
        checkout.order_on_invoice(database, provider, wish, "", 30, buyer, at)
    with pytest.raises(SentBefore):
        checkout.order_on_invoice(database, provider, wish, "", 30, cast.bob, soon)
    assert len(provider.invoices) == 3


def test_a_second_invoice_that_was_answered_by_silence_is_sent_once(
    database: Database, cast: Cast, now: datetime
) -> None:
    silent = Silent(speaks=True)

    def send(besides: Collection[str] = ()) -> UUID:
        return checkout.order_on_invoice(
            database, silent, more_seats(cast), "", 30, cast.alice, now, besides
        )

    first = {str(send())}
    silent.speaks = False
    with pytest.raises(ProviderSilent):
        send(first)
    silent.speaks = True
    # The first is asked about before anything is done about the second.
    with pytest.raises(SentBefore) as asked:
        send()
    assert asked.value.order_ids == first
    assert str(send(first)) not in first
    assert len(silent.invoices) == 2


@pytest.mark.parametrize("kind", [OrderKind.ADD_MODULES, OrderKind.RENEWAL])
def test_where_there_cannot_be_two_the_order_that_was_sent_is_the_answer(
    database: Database, cast: Cast, provider: Provider, yearly: UUID, now: datetime, kind: OrderKind
) -> None:
    modules = ("late",) if kind == OrderKind.ADD_MODULES else ()
    wish = Wish(kind, group_id=str(yearly), modules=modules)
    sent = {
        checkout.order_on_invoice(database, provider, wish, "", 30, cast.alice, now)
        for _ in range(2)
    }
    assert len(sent) == len(provider.invoices) == 1


def quoted(database: Database, wish: Wish, by: Actor, now: datetime) -> Wish:
    with database.writing() as session:
        saved = saved_quotes.save_quote(session, wish, by, now)
        return saved_quotes.quote_of(session, saved.id, by, now).wish


def raise_prices(database: Database, now: datetime) -> None:
    with database.writing() as session:
        dearer = replace(a_module("writing", 1), amount=5000, content_hash="dearer")
        load(session, [dearer], now)


def test_a_quote_keeps_its_price_for_thirty_days_for_whoever_has_its_address(
    database: Database, cast: Cast, provider: Provider, now: datetime
) -> None:
    wish = Wish(OrderKind.NEW_GROUP, "Spring class", "", ("writing",), 4)
    offered = quoted(database, wish, cast.charlie, now)
    raise_prices(database, now)

    last_day = now + VALID - timedelta(minutes=1)
    opened = checkout.start_checkout(database, provider, offered, cast.bob, last_day)
    assert opened.amount_total == 4 * 1000
    with database.reading() as session:
        assert str(session.get_one(Order, UUID(opened.order_id)).quote_id) == offered.quote_id
    with pytest.raises(Refusal, match="expired"):
        checkout.start_checkout(database, provider, offered, cast.bob, now + VALID)


def test_a_quote_for_a_group_is_for_its_leaders(
    database: Database, cast: Cast, provider: Provider, now: datetime
) -> None:
    offered = quoted(database, more_seats(cast), cast.alice, now)
    for outsider in (cast.bob, cast.charlie, cast.olive):
        with database.reading() as session, pytest.raises(NotFound):
            saved_quotes.quote_of(session, offered.quote_id, outsider, now)
        with pytest.raises(NotFound):
            checkout.start_checkout(database, provider, offered, outsider, now)
    with database.reading() as session, pytest.raises(Refusal, match="sign in"):
        saved_quotes.quote_of(session, offered.quote_id, None, now)


def test_an_expired_quote_says_what_to_choose_anew_to_whoever_could_open_it(
    database: Database, cast: Cast, now: datetime
) -> None:
    over = now + VALID
    of_group = quoted(database, more_seats(cast), cast.alice, now).quote_id
    wish = Wish(OrderKind.NEW_GROUP, "Spring class", "", ("writing",), 4)
    of_new_group = quoted(database, wish, cast.charlie, now).quote_id
    with database.reading() as session:
        with pytest.raises(QuoteExpired, match="today's prices") as refused:
            saved_quotes.quote_of(session, of_group, cast.alice, over)
        assert (refused.value.kind, refused.value.group_id) == ("add_seats", str(cast.group_id))
        with pytest.raises(QuoteExpired) as refused:
            saved_quotes.quote_of(session, of_new_group, None, over)
        assert (refused.value.kind, refused.value.group_id) == ("new_group", "")
        # Whoever does not lead the group learns as little as before.
        for outsider in (cast.bob, cast.charlie, cast.olive):
            with pytest.raises(NotFound):
                saved_quotes.quote_of(session, of_group, outsider, over)
        with pytest.raises(Refusal, match="sign in") as unknown:
            saved_quotes.quote_of(session, of_group, None, over)
        assert not isinstance(unknown.value, QuoteExpired)


def test_a_quote_is_refused_once_the_group_has_other_modules_so_that_no_seat_lacks_one(
    database: Database, cast: Cast, provider: Provider, now: datetime
) -> None:
    offered = quoted(database, more_seats(cast), cast.alice, now)
    wish = Wish(OrderKind.ADD_MODULES, group_id=str(cast.group_id), modules=("privacy",))
    opened = checkout.start_checkout(database, provider, wish, cast.alice, now)
    provider.pay(opened.id)
    checkout.reconcile(database, provider, now)

    with pytest.raises(Refusal, match="changed since"):
        checkout.start_checkout(database, provider, offered, cast.alice, now)


@pytest.mark.parametrize("change", [{"kind": OrderKind.NEW_GROUP}, {"group_id": ""}])
def test_a_quote_opens_no_other_purchase(
    database: Database,
    cast: Cast,
    provider: Provider,
    now: datetime,
    change: dict[str, str],
) -> None:
    offered = quoted(database, more_seats(cast), cast.alice, now)
    with pytest.raises(Refusal, match="another purchase"):
        checkout.start_checkout(
            database,
            provider,
            replace(offered, **change),  # type: ignore[arg-type]
            cast.alice,
            now,
        )


@pytest.mark.parametrize("nonsense", ["", "x", "0" * 32, "'; DROP TABLE"])
def test_a_quote_that_does_not_exist_is_not_found(
    database: Database, cast: Cast, now: datetime, nonsense: str
) -> None:
    with database.reading() as session, pytest.raises(NotFound):
        saved_quotes.quote_of(session, nonsense, cast.alice, now)


@pytest.mark.parametrize("nonsense", ["x", "0" * 32, "'; DROP TABLE"])
def test_a_quote_that_does_not_exist_is_not_found_by_an_invoice_either(
    database: Database, cast: Cast, provider: Provider, now: datetime, nonsense: str
) -> None:
    wish = Wish(OrderKind.NEW_GROUP, "Spring class", "", ("writing",), 4, nonsense)
    with pytest.raises(NotFound):
        checkout.order_on_invoice(database, provider, wish, "", 30, cast.bob, now)
    assert not provider.invoices


def test_the_quote_is_a_page_for_names_of_every_kind(
    database: Database, cast: Cast, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    name = "Łódź – „zimą” × Émile, Зоя, 株式会社"
    wish = Wish(OrderKind.NEW_GROUP, name, "", ("writing", "privacy"), 40)
    offered = quoted(database, wish, cast.charlie, now)
    with database.reading() as session:
        view = saved_quotes.quote_of(session, offered.quote_id, cast.charlie, now)
    pdf = quote_pdf(view, Seller("Grouplic", "https://learn.example"))
    assert pdf.startswith(b"%PDF")
    assert f"https://learn.example/buy?quote={view.id}".encode() in pdf
    assert "missing" not in caplog.text  # the library's words for a letter that no font has
