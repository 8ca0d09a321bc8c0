"""Every request we make, and every object and event the page answers with, is as described."""

import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from grouplic.adapters.local_stripe.forms import decode
from grouplic.adapters.stripe_events import TYPES
from grouplic.adapters.stripe_payments import StripePayments
from grouplic.adapters.stripe_requests import CheckoutOptions, invoice_params
from grouplic.services.ports import CheckoutLine, CheckoutRequest, InvoiceRequest, RefundRequest
from tests.local_stripe.conftest import KEY, Shop
from tests.local_stripe.description import (
    EVENT_TYPES,
    SCHEMAS,
    kinds_in,
    problems_of_object,
    problems_of_request,
)

LINES = (CheckoutLine("rust", "Rust", 5900, 5), CheckoutLine("sql", "SQL", 1000, 5))
EVERY_OPTION = CheckoutOptions(
    promotion_codes=True, automatic_tax=True, tax_ids=True, billing_address=True
)


@pytest.fixture
def payments(shop: Shop) -> StripePayments:
    return StripePayments(KEY, "http://shop.example", shop.config.page_base, EVERY_OPTION)


def order(shop: Shop, payments: StripePayments) -> CheckoutRequest:
    return CheckoutRequest(
        order_id=uuid4(),
        email="alice@example.com",
        customer_id=payments.create_customer(uuid4(), "alice@example.com", "Alice"),
        currency="eur",
        description="Seats",
        lines=LINES,
        expires_at=shop.clock() + timedelta(hours=1),
    )


def live_through_everything(shop: Shop, payments: StripePayments) -> None:
    """Make every request that the product makes, with what happens between them."""
    shop.faults(drop=True)  # so that there are events to replay
    bought = payments.start(order(shop, payments))
    shop.browser.post(bought.url, data={"action": "apply", "code": "LOCAL20"})
    shop.browser.post(bought.url, data={"action": "pay"})
    paid = payments.read(bought.id)
    order_id = uuid4()
    payments.refund(RefundRequest(uuid4(), order_id, paid.payment_id, 100, 1))
    shop.settle(bought, "dispute")
    shop.settle(bought, "lost")
    payments.read_payment(paid.payment_id)
    payments.expire(payments.start(order(shop, payments)).id)
    later = payments.start(order(shop, payments))
    shop.browser.post(later.url, data={"action": "later"})
    shop.settle(later, "fail")
    invoices = [payments.send_invoice(_invoice(payments, number)) for number in ("PO 7", "", "")]
    for invoice, action in zip(invoices, ("pay", "void", "uncollectible"), strict=True):
        shop.browser.post(invoice.url, data={"action": action})
        payments.read_invoice(invoice.id)
    asked = _invoice(payments, "")
    payments.void_invoice(payments.send_invoice(asked).id)
    payments.find_invoice(asked.order_id, asked.customer_id, shop.clock())
    draft = payments._api.invoices.create(invoice_params(asked, EVERY_OPTION))
    payments.void_invoice(draft.id)
    since = shop.clock() - timedelta(days=1)
    for ask in (payments.checkouts_since, payments.payments_since, payments.refunds_since):
        assert list(ask(since))
    payments.undelivered_events(since)


def test_every_request_and_every_answer_is_as_described(
    shop: Shop, payments: StripePayments
) -> None:
    live_through_everything(shop, payments)
    problems, asked, seen = [], set(), set()
    for method, path, sent, answered in shop.exchanges:
        problems += problems_of_request(method, path, decode(sent))
        body = json.loads(answered)
        problems += problems_of_object(body)
        asked.add((method, path.split("/")[2]))
        seen |= kinds_in(body)

    assert sorted(set(problems)) == []
    assert ("POST", "refunds") in asked
    assert {("POST", "invoices"), ("GET", "invoices"), ("DELETE", "invoices")} <= asked
    assert seen >= {
        "customer",
        "checkout.session",
        "item",
        "price",
        "product",
        "payment_intent",
        "charge",
        "refund",
        "dispute",
        "invoice",
        "line_item",
        "invoice_payment",
        "event",
    }


def test_every_event_is_as_described_and_has_a_type_that_exists(
    shop: Shop, payments: StripePayments
) -> None:
    live_through_everything(shop, payments)
    shop.client.v1.events.list({"limit": 100})
    # As it was answered: the SDK makes numbers of decimal texts.
    events = json.loads(shop.exchanges[-1][3])["data"]

    assert {event["type"] for event in events} <= EVENT_TYPES
    assert [problem for event in events for problem in problems_of_object(event)] == []
    assert {event["type"] for event in events} >= {
        "charge.refunded",
        "refund.created",
        "charge.dispute.created",
        "charge.dispute.closed",
        "invoice.paid",
        "invoice.voided",
        "invoice.marked_uncollectible",
        "checkout.session.async_payment_failed",
    }


def test_the_events_we_replay_exist() -> None:
    assert set(TYPES) <= EVENT_TYPES
    assert len(TYPES) <= 20


def test_promotion_codes_made_through_the_api_are_as_described(shop: Shop) -> None:
    coupon = shop.client.v1.coupons.create({"amount_off": 500, "currency": "eur"})
    code = shop.client.v1.promotion_codes.create(
        {"code": "AUTUMN", "promotion": {"type": "coupon", "coupon": coupon.id}}
    )
    assert problems_of_object([coupon.to_dict(), code.to_dict()]) == []


@pytest.mark.parametrize("action", ["none", "pay", "decline", "later"])
def test_what_may_be_null_is_there_as_well(shop: Shop, action: str) -> None:
    session = shop.start()
    shop.press(session, action)
    whole = shop.read(session, "payment_intent.latest_charge").to_dict()
    intent = whole["payment_intent"]
    bodies = [whole, intent, intent and intent["latest_charge"]]
    assert [missing for body in bodies if body for missing in _missing(body)] == []


def test_a_wrong_request_and_a_wrong_object_are_noticed() -> None:
    assert problems_of_request("POST", "/v1/refunds", {"amount": "many", "color": "red"})
    assert problems_of_request("GET", "/v1/events", {"delivery_success": "maybe"})
    assert problems_of_object({"object": "refund", "id": "re_1", "amount": "1"})


def _missing(body: dict[str, Any]) -> list[str]:
    # A charge's refunds come when they are expanded.
    properties = SCHEMAS[body["object"]]["properties"]
    always = {name for name, each in properties.items() if each.get("nullable")} - {"refunds"}
    return sorted(f"{body['object']}.{name}" for name in always - body.keys())


def _invoice(payments: StripePayments, number: str) -> InvoiceRequest:
    customer = payments.create_customer(uuid4(), "finance@example.com", "Finance")
    return InvoiceRequest(uuid4(), customer, "eur", "Seats", LINES, 30, number)
