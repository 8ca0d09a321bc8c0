"""Our own adapter for Stripe, unchanged, against the local payment page."""

from datetime import timedelta
from uuid import uuid4

import pytest

from grouplic.adapters.stripe_events import SignedEvents
from grouplic.adapters.stripe_payments import StripePayments
from grouplic.services.ports import CheckoutLine, CheckoutRequest
from tests.local_stripe.conftest import KEY, SECRET, Shop
from tests.local_stripe.serving import Receiver, free_port, served, site, wait_until


@pytest.fixture
def payments(shop: Shop) -> StripePayments:
    """The adapter, pointed at the local page."""
    return StripePayments(KEY, "http://shop.example", shop.config.page_base)


@pytest.fixture
def request_of_alice(shop: Shop, payments: StripePayments) -> CheckoutRequest:
    """Alice orders five seats of one module."""
    return CheckoutRequest(
        order_id=uuid4(),
        email="alice@example.com",
        customer_id=payments.create_customer(uuid4(), "alice@example.com", "Alice"),
        currency="eur",
        description="Seats",
        lines=(CheckoutLine("rust", "Rust", 5900, 5),),
        expires_at=shop.clock() + timedelta(hours=1),
    )


def test_an_order_is_opened_once_and_paid(
    shop: Shop, payments: StripePayments, request_of_alice: CheckoutRequest
) -> None:
    checkout = payments.start(request_of_alice)
    assert payments.start(request_of_alice).id == checkout.id
    shop.browser.post(checkout.url, data={"action": "pay"})
    paid = payments.read(checkout.id)
    assert (paid.status, paid.payment, paid.amount_total) == ("complete", "paid", 29500)
    assert [(line.module_slug, line.quantity) for line in paid.lines] == [("rust", 5)]
    assert shop.browser.get(paid.receipt_url).status_code == 200
    assert payments.expire(checkout.id).payment == "paid"


def test_an_event_is_verified_by_the_adapter(
    shop: Shop, payments: StripePayments, request_of_alice: CheckoutRequest
) -> None:
    checkout = payments.start(request_of_alice)
    assert payments.expire(checkout.id).status == "expired"
    payload, signature = wait_until(lambda: shop.receiver.received)[0]
    event = SignedEvents((SECRET,)).verify(payload, signature, shop.clock())
    assert event is not None
    assert (event.type, event.checkout_id) == ("checkout.session.expired", checkout.id)


def test_another_server_on_the_file_sees_the_same_sessions(
    shop: Shop, payments: StripePayments, request_of_alice: CheckoutRequest
) -> None:
    checkout = payments.start(request_of_alice)
    port = free_port()
    with served(site(shop.config, Receiver(), delivers=False), port):
        elsewhere = StripePayments(
            KEY, "http://shop.example", f"http://127.0.0.1:{port}/local-stripe"
        )
        assert elsewhere.read(checkout.id) == payments.read(checkout.id)
        assert elsewhere.start(request_of_alice).id == checkout.id
