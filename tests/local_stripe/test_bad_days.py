"""Stripe on a bad day: slow, refusing, broken, or cut off after it has accepted."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any
from uuid import uuid4

import httpx
import pytest

from grouplic.adapters.stripe_payments import Patience, StripePayments
from grouplic.services.ports import CheckoutLine, CheckoutRequest, ProviderSilent, RefundRequest
from tests.local_stripe.conftest import KEY, Shop


@contextmanager
def in_front_of(shop: Shop, *troubles: str) -> Iterator[str]:
    """Serve the payment page through a line that has these troubles first, one a request that
    changes something; an empty one is none.
    """
    left, over = list(troubles), Event()

    class Line(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            trouble = left.pop(0) if left else ""
            if trouble == "slow":
                over.wait(30)
                return
            if trouble in ("429", "500"):
                self._answer(int(trouble), json.dumps({"error": {"message": "Not now."}}).encode())
                return
            body = self.rfile.read(int(self.headers["content-length"] or 0))
            wanted = ("authorization", "idempotency-key", "content-type", "stripe-version")
            headers = {name: self.headers[name] for name in wanted if self.headers[name]}
            answer = httpx.post(
                f"{shop.config.page_base}{self.path}", content=body, headers=headers
            )
            if trouble == "cut":
                self.connection.close()
                return
            self._answer(answer.status_code, answer.content)

        def do_GET(self) -> None:
            self._pass_on("GET")

        def do_DELETE(self) -> None:
            self._pass_on("DELETE")

        def _pass_on(self, method: str) -> None:
            headers = {"authorization": self.headers["authorization"]}
            answer = httpx.request(method, f"{shop.config.page_base}{self.path}", headers=headers)
            self._answer(answer.status_code, answer.content)

        def _answer(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Line)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        over.set()
        server.shutdown()
        server.server_close()


def request(shop: Shop) -> CheckoutRequest:
    customer = shop.client.v1.customers.create({"email": "a@b.org", "name": "Alice"})
    return CheckoutRequest(
        order_id=uuid4(),
        email="a@b.org",
        customer_id=customer.id,
        currency="eur",
        description="Seats",
        lines=(CheckoutLine("rust", "Rust", 5900, 5),),
        expires_at=shop.clock() + timedelta(hours=1),
    )


@pytest.mark.parametrize("trouble", ["500", "429", "cut", "slow"])
def test_a_request_survives_and_happens_once(shop: Shop, trouble: str) -> None:
    asked = request(shop)
    with in_front_of(shop, trouble) as base:
        patient = Patience(seconds=1.5, repeats=2)
        payments = StripePayments(KEY, "http://shop.example", base, patience=patient)
        try:
            opened = payments.start(asked)
        except ProviderSilent:
            # The SDK leaves this one to its caller: the next attempt has the same key.
            opened = payments.start(asked)

    assert [each.id for each in shop.client.v1.checkout.sessions.list().data] == [opened.id]


def test_a_refund_that_is_cut_off_gives_the_money_back_once(shop: Shop) -> None:
    direct = StripePayments(KEY, "http://shop.example", shop.config.page_base)
    opened = direct.start(request(shop))
    shop.browser.post(opened.url, data={"action": "pay"})
    paid = direct.read(opened.id).payment_id
    wanted = RefundRequest(uuid4(), uuid4(), paid, 5900, 1)
    with in_front_of(shop, "cut", "cut", "cut") as base:
        payments = StripePayments(KEY, "http://shop.example", base, patience=Patience(5, 0))
        for _ in range(3):
            with pytest.raises(ProviderSilent):
                payments.refund(wanted)
        assert payments.refund(wanted).amount == 5900

    assert direct.read_payment(paid).amount_refunded == 5900


def test_when_it_stays_down_the_caller_hears_of_it(shop: Shop) -> None:
    asked = request(shop)
    with in_front_of(shop, *["500"] * 5) as base:
        payments = StripePayments(KEY, "http://shop.example", base, patience=Patience(5, 1))
        with pytest.raises(ProviderSilent):
            payments.start(asked)
    assert shop.client.v1.checkout.sessions.list().data == []
