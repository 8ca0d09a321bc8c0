"""A buyer's ways through the payment page, seen through the SDK."""

from datetime import timedelta

import httpx
import pytest
import stripe

from tests.local_stripe.conftest import Shop, line


def test_a_new_session_is_open_and_leads_to_its_page(shop: Shop) -> None:
    session = shop.start()
    assert (session.status, session.payment_status) == ("open", "unpaid")
    assert (session.amount_total, session.currency) == (7900, "eur")
    page = shop.browser.get(session.url)
    for text in ("Local payment page. No money moves.", "Rust", "€20.00", "€79.00"):
        assert text in page.text


def test_paying_completes_the_session_and_gives_a_receipt(shop: Shop) -> None:
    session = shop.start()
    answer = shop.press(session, "pay")
    assert answer.status_code == 303
    assert answer.headers["location"] == f"http://shop.example/orders/1?session={session.id}"
    paid = shop.read(session, "payment_intent.latest_charge")
    assert (paid.status, paid.payment_status, paid.url) == ("complete", "paid", None)
    assert paid.payment_intent.status == "succeeded"
    assert paid.payment_intent.metadata["order"] == "order-1"
    receipt = shop.browser.get(paid.payment_intent.latest_charge.receipt_url)
    assert "€79.00" in receipt.text
    shop.wait_for("checkout.session.completed", "payment_intent.succeeded", "charge.succeeded")


def test_paying_twice_pays_once(shop: Shop) -> None:
    session = shop.start()
    assert [shop.press(session, "pay").status_code for _ in range(2)] == [303, 303]
    completed = shop.client.v1.events.list({"type": "checkout.session.completed"})
    assert len(completed.data) == 1


def test_a_declined_card_leaves_the_session_open(shop: Shop) -> None:
    session = shop.start()
    page = shop.press(session, "decline")
    assert "Your card was declined" in page.text
    assert shop.read(session).status == "open"
    shop.press(session, "pay")
    assert shop.read(session).payment_status == "paid"


def test_closing_the_window_leaves_the_session_open(shop: Shop) -> None:
    session = shop.start()
    answer = shop.press(session, "close")
    assert answer.headers["location"] == "http://shop.example/orders/1?closed=1"
    assert shop.read(session).status == "open"


@pytest.mark.parametrize(
    ("action", "payment", "intent", "event"),
    [
        ("succeed", "paid", "succeeded", "checkout.session.async_payment_succeeded"),
        ("fail", "unpaid", "requires_payment_method", "checkout.session.async_payment_failed"),
    ],
)
def test_an_asynchronous_payment_is_settled_later(
    shop: Shop, action: str, payment: str, intent: str, event: str
) -> None:
    session = shop.start()
    assert shop.press(session, "later").status_code == 303
    shop.wait_for("checkout.session.completed")
    pending = shop.read(session, "payment_intent")
    assert (pending.status, pending.payment_status) == ("complete", "unpaid")
    assert pending.payment_intent.status == "processing"
    assert "Let it succeed" in shop.browser.get(shop.config.page("/payments")).text
    shop.settle(session, action)
    shop.settle(session, action)
    settled = shop.read(session, "payment_intent")
    assert (settled.payment_status, settled.payment_intent.status) == (payment, intent)
    shop.wait_for(event)
    assert len(shop.client.v1.events.list({"type": event}).data) == 1


def test_a_session_is_expired_by_its_shop_once(shop: Shop) -> None:
    session = shop.start()
    assert shop.client.v1.checkout.sessions.expire(session.id).status == "expired"
    with pytest.raises(stripe.InvalidRequestError) as refused:
        shop.client.v1.checkout.sessions.expire(session.id)
    assert refused.value.http_status == 400
    shop.press(session, "pay")
    assert shop.read(session).payment_status == "unpaid"


def test_a_session_expires_by_itself_once(shop: Shop) -> None:
    expires_at = int((shop.clock() + timedelta(minutes=30)).timestamp())
    session = shop.start(expires_at=expires_at)
    shop.clock.move(minutes=30)
    shop.wait_for("checkout.session.expired")
    assert shop.read(session).status == "expired"
    assert "has expired" in shop.press(session, "pay").text
    assert shop.event_types() == ["checkout.session.expired"]


def test_lines_are_paged_with_their_products(shop: Shop) -> None:
    lines = [line(f"Module {number}", f"m{number}", 100, 1) for number in range(7)]
    session = shop.start(line_items=lines)
    items = shop.client.v1.checkout.sessions.line_items.list(
        session.id, {"limit": 3, "expand": ["data.price.product"]}
    )
    modules = [item.price.product.metadata["module"] for item in items.auto_paging_iter()]
    assert modules == [f"m{number}" for number in range(7)]


def test_the_customer_is_shown_and_listed(shop: Shop) -> None:
    customer = shop.client.v1.customers.create({"email": "alice@example.com", "name": "Alice"})
    session = shop.start(customer=customer.id)
    assert "alice@example.com" in shop.browser.get(session.url).text
    listed = shop.client.v1.checkout.sessions.list({"customer": customer.id, "status": "open"})
    assert [found.id for found in listed.data] == [session.id]
    found = shop.client.v1.customers.list({"email": "alice@example.com"})
    assert [one.id for one in found.data] == [customer.id]


@pytest.mark.parametrize(
    "headers", [{"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}]
)
def test_another_site_cannot_press_the_buttons(shop: Shop, headers: dict[str, str]) -> None:
    session = shop.start()
    page = shop.config.page(f"/pay/{session.id}")
    answer = httpx.post(page, data={"action": "pay"}, headers=headers)
    assert answer.status_code == 403
    assert shop.read(session).status == "open"


def test_the_pages_allow_no_script_and_escape_titles(shop: Shop) -> None:
    session = shop.start(line_items=[line("<script>x</script>", "rust", 100, 1)])
    page = shop.browser.get(session.url)
    assert "<script" not in page.text
    assert page.headers["content-security-policy"].startswith("default-src 'self';")
