"""Payments by Stripe Checkout, through the official SDK.

The local payment page speaks the same API, so this code runs unchanged against it.
"""

from contextlib import suppress
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import stripe
from stripe import StripeClient

from grouplic.domain.orders import PaymentEvent
from grouplic.services.ports import Checkout, CheckoutRequest, PaidLine

_EXPAND = ["payment_intent.latest_charge"]
_FAILED_INTENT = {"requires_payment_method", "canceled"}


class StripePayments:
    """Opens, reads and ends Checkout Sessions. Every request carries an idempotency key.

    ``api_base`` points the SDK at the local payment page; empty means Stripe itself.
    """

    def __init__(self, api_key: str, public_url: str, api_base: str = "") -> None:
        base_addresses = {"api": api_base} if api_base else {}
        self._client = StripeClient(
            api_key,
            base_addresses=base_addresses,  # type: ignore[arg-type]
            max_network_retries=2,
        )
        self._public_url = public_url.rstrip("/")

    def create_customer(self, user_id: UUID, email: str, name: str) -> str:
        """Return Stripe's id for this buyer; the idempotency key makes a repeat the same one."""
        customer = self._client.v1.customers.create(
            {"email": email, "name": name, "metadata": {"user": str(user_id)}},
            {"idempotency_key": f"customer-{user_id}"},
        )
        return str(customer.id)

    def start(self, request: CheckoutRequest) -> Checkout:
        """Open a Checkout Session with a line per module, or return the one this order has."""
        session = self._client.v1.checkout.sessions.create(
            self._session_params(request),  # type: ignore[arg-type]
            {"idempotency_key": f"order-{request.order_id}"},
        )
        return _checkout(session, lines=())

    def read(self, checkout_id: str) -> Checkout:
        """Return the session as it stands now, with its final line items."""
        session = self._client.v1.checkout.sessions.retrieve(checkout_id, {"expand": _EXPAND})
        return _checkout(session, self._lines(checkout_id))

    def expire(self, checkout_id: str) -> Checkout:
        """End the session if it is open, and return how it stands: it may just have been paid."""
        # Only an open session can be expired; what another one is instead, reading it says.
        with suppress(stripe.InvalidRequestError):
            self._client.v1.checkout.sessions.expire(checkout_id)
        return self.read(checkout_id)

    def _lines(self, checkout_id: str) -> tuple[PaidLine, ...]:
        items = self._client.v1.checkout.sessions.line_items.list(
            checkout_id, {"limit": 100, "expand": ["data.price.product"]}
        )
        return tuple(
            PaidLine(_metadata(_product(item)).get("module", ""), int(item.quantity or 0))
            for item in items.auto_paging_iter()
        )

    def _session_params(self, request: CheckoutRequest) -> dict[str, Any]:
        order = {"order": str(request.order_id)}
        return {
            "mode": "payment",
            "client_reference_id": str(request.order_id),
            "customer": request.customer_id,
            "metadata": order,
            "line_items": [
                {
                    "quantity": line.quantity,
                    "price_data": {
                        "currency": request.currency,
                        "unit_amount": line.unit_amount,
                        "product_data": {
                            "name": line.title,
                            "metadata": {"module": line.module_slug},
                        },
                    },
                }
                for line in request.lines
            ],
            "payment_intent_data": {
                "metadata": order,
                "description": request.description,
                "receipt_email": request.email,
            },
            "expires_at": int(request.expires_at.timestamp()),
            "success_url": f"{self._public_url}/orders/{request.order_id}",
            "cancel_url": f"{self._public_url}/orders/{request.order_id}?closed=1",
        }


class SignedEvents:
    """Verifies webhooks by their signature; two secrets are valid while one is being rolled."""

    def __init__(self, secrets: tuple[str, ...]) -> None:
        # An empty secret would accept a signature that anybody can make.
        self._secrets = tuple(secret for secret in secrets if secret)

    def verify(self, payload: bytes, signature: str, now: datetime) -> PaymentEvent | None:
        """Return the event, or None when no secret fits, the time is old, or it is no event."""
        for secret in self._secrets:
            try:
                event = stripe.Webhook.construct_event(payload, signature, secret)
                return _payment_event(event, now)
            except (stripe.SignatureVerificationError, ValueError, AttributeError, KeyError):
                # Not signed with this secret, or signed and yet no event.
                continue
        return None


def _payment_event(event: stripe.Event, now: datetime) -> PaymentEvent:
    subject = event.data.object
    kind, identifier = _get(subject, "object"), _get(subject, "id")
    return PaymentEvent(
        id=event.id,
        type=event.type,
        checkout_id=identifier if kind == "checkout.session" else None,
        created_at=datetime.fromtimestamp(event.created, UTC),
        received_at=now,
    )


def _checkout(session: Any, lines: tuple[PaidLine, ...]) -> Checkout:
    intent = _get(session, "payment_intent")
    return Checkout(
        id=session.id,
        url=_get(session, "url") or "",
        order_id=_get(session, "client_reference_id") or "",
        status=_get(session, "status") or "open",
        payment=_get(session, "payment_status") or "unpaid",
        currency=_get(session, "currency") or "",
        amount_total=int(_get(session, "amount_total") or 0),
        payment_failed=_get(intent, "status") in _FAILED_INTENT,
        receipt_url=_get(_get(intent, "latest_charge"), "receipt_url") or "",
        lines=lines,
    )


def _product(item: Any) -> Any:
    return _get(_get(item, "price"), "product")


def _metadata(product: Any) -> dict[str, str]:
    metadata = _get(product, "metadata")
    return metadata.to_dict() if metadata is not None else {}


def _get(source: Any, name: str) -> Any:
    # Stripe's objects are no dictionaries, and what is not expanded is an id instead of an object.
    if source is None or isinstance(source, str):
        return None
    return getattr(source, name, None)
