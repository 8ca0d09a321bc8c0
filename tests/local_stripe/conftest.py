"""A local payment page that is served, the SDK for it, and a buyer's browser."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import stripe

from grouplic.adapters.local_stripe import LocalStripeConfig
from tests.local_stripe.serving import PREFIX, Clock, Receiver, free_port, served, site, wait_until

KEY = "sk_test_of_the_local_page"
SECRET = "whsec_of_the_local_page"


@dataclass
class Shop:
    """A shop's view of the payment page."""

    config: LocalStripeConfig
    clock: Clock
    receiver: Receiver
    client: stripe.StripeClient
    browser: httpx.Client
    exchanges: list[tuple[str, str, str, str]]

    def start(self, **more: Any) -> Any:
        """Open a session of two lines, 59.00 and twice 10.00 euros."""
        return self.client.v1.checkout.sessions.create({**basket(), **more})  # type: ignore[typeddict-item]

    def read(self, session: Any, *expand: str) -> Any:
        """Read a session anew."""
        return self.client.v1.checkout.sessions.retrieve(session.id, {"expand": list(expand)})

    def press(self, session: Any, action: str) -> httpx.Response:
        """Press a button of the session's page."""
        return self.browser.post(self.config.page(f"/pay/{session.id}"), data={"action": action})

    def settle(self, session: Any, action: str) -> httpx.Response:
        """Press a button of the list of payments."""
        page = self.config.page(f"/payments/{session.id}")
        return self.browser.post(page, data={"action": action})

    def faults(self, **wanted: Any) -> None:
        """Switch to these faults of delivery."""
        self.browser.post(
            self.config.page("/control/faults"),
            json=wanted,
            headers={"Authorization": f"Bearer {KEY}"},
        ).raise_for_status()

    def events(self) -> list[stripe.Event]:
        """Return what the webhook got, verified by the SDK."""
        return [
            stripe.Webhook.construct_event(payload, signature, SECRET)
            for payload, signature in list(self.receiver.received)
        ]

    def event_types(self) -> list[str]:
        """Return the types of what the webhook got, in the order of arrival."""
        return [event.type for event in self.events()]

    def wait_for(self, *types: str) -> None:
        """Wait until the webhook got all of these."""
        wait_until(lambda: set(types) <= set(self.event_types()))


def basket() -> dict[str, Any]:
    """Return the parameters of an order of two lines."""
    return {
        "mode": "payment",
        "client_reference_id": "order-1",
        "metadata": {"order": "order-1"},
        "line_items": [line("Rust", "rust", 5900, 1), line("SQL", "sql", 1000, 2)],
        "payment_intent_data": {
            "metadata": {"order": "order-1"},
            "description": "Two modules",
            "receipt_email": "alice@example.com",
        },
        "success_url": "http://shop.example/orders/1?session={CHECKOUT_SESSION_ID}",
        "cancel_url": "http://shop.example/orders/1?closed=1",
    }


def line(name: str, module: str, unit_amount: int, quantity: int) -> dict[str, Any]:
    """Return the parameters of one line in euros."""
    product = {"name": name, "metadata": {"module": module}}
    price = {"currency": "eur", "unit_amount": unit_amount, "product_data": product}
    return {"price_data": price, "quantity": quantity}


@pytest.fixture
def shop(tmp_path: Path, now: datetime) -> Iterator[Shop]:
    """A shop whose payment page is served on a free port, with deliveries."""
    clock, receiver, port = Clock(now), Receiver(), free_port()
    base = f"http://127.0.0.1:{port}"
    config = LocalStripeConfig(
        database_path=tmp_path / "stripe.db",
        api_key=KEY,
        webhook_secret=SECRET,
        webhook_url=f"{base}/webhook",
        page_base=base + PREFIX,
        now=clock,
    )
    client = stripe.StripeClient(KEY, base_addresses={"api": base + PREFIX}, max_network_retries=0)
    exchanges: list[tuple[str, str, str, str]] = []
    with served(site(config, receiver, exchanges=exchanges), port), httpx.Client() as browser:
        yield Shop(config, clock, receiver, client, browser, exchanges)
