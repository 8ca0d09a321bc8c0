"""Stripe's events: verified by their signature, and read for what they are about."""

from datetime import datetime
from typing import Any

import stripe

from grouplic.adapters.stripe_reading import get, identifier, moment
from grouplic.domain.orders import PaymentEvent

# Of the many things that happen to a payment, those that are not the sale itself.
_AFTER_SALE = ("charge.refund", "refund.", "charge.dispute.")
TYPES = (
    "checkout.session.completed",
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
    "checkout.session.expired",
    "invoice.finalized",
    "invoice.paid",
    "invoice.voided",
    "invoice.marked_uncollectible",
    "charge.refunded",
    "refund.created",
    "refund.updated",
    "refund.failed",
    "charge.dispute.created",
    "charge.dispute.updated",
    "charge.dispute.closed",
    "charge.dispute.funds_withdrawn",
    "charge.dispute.funds_reinstated",
)


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
                return read_event(event, now)
            except (stripe.SignatureVerificationError, ValueError, AttributeError, KeyError):
                # Not signed with this secret, or signed and yet no event.
                continue
        return None


def read_event(event: Any, now: datetime) -> PaymentEvent:
    """Return what an event is about: a checkout, an invoice, or a payment after its sale."""
    subject = event.data.object
    kind, own_id = get(subject, "object"), get(subject, "id")
    is_after_sale = event.type.startswith(_AFTER_SALE)
    return PaymentEvent(
        id=event.id,
        type=event.type,
        checkout_id=own_id if kind == "checkout.session" else None,
        invoice_id=own_id if kind == "invoice" and event.type in TYPES else None,
        payment_id=(identifier(get(subject, "payment_intent")) or None) if is_after_sale else None,
        created_at=moment(event.created),
        received_at=now,
    )
