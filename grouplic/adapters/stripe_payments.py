"""Payments by Stripe Checkout and Stripe Invoicing, through the official SDK.

The local payment page speaks the same API, so this code runs unchanged against it.
"""

import functools
import logging
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, ParamSpec, TypeVar, cast
from uuid import UUID

import stripe
from stripe import StripeClient

from grouplic.adapters.stripe_events import TYPES, read_event
from grouplic.adapters.stripe_reading import (
    identifier,
    metadata,
    read_checkout,
    read_checkout_line,
    read_dispute,
    read_invoice,
    read_invoice_line,
    read_payment_of_charge,
    read_refund,
)
from grouplic.adapters.stripe_requests import (
    CheckoutOptions,
    invoice_lines,
    invoice_params,
    session_params,
)
from grouplic.domain.orders import PaymentEvent
from grouplic.services.ports import (
    Checkout,
    CheckoutRequest,
    Invoice,
    InvoiceRequest,
    MadeRefund,
    PaidLine,
    Payment,
    ProviderRefused,
    ProviderSilent,
    RefundRequest,
)

log = logging.getLogger(__name__)

Asked = ParamSpec("Asked")
Answer = TypeVar("Answer")

_EXPAND = ["payment_intent.latest_charge"]
_PAGE = 100
_CLOCKS_DIFFER = timedelta(hours=1)


@dataclass(frozen=True)
class Patience:
    """How long one request may take, in seconds, and how often it is repeated."""

    seconds: float = 20
    repeats: int = 2


def _hears_silence(ask: Callable[Asked, Answer]) -> Callable[Asked, Answer]:
    """Turn no answer, "too many requests" and a failure at Stripe into ``ProviderSilent``."""

    @functools.wraps(ask)
    def asking(*args: Asked.args, **kwargs: Asked.kwargs) -> Answer:
        try:
            return ask(*args, **kwargs)
        except (stripe.APIConnectionError, stripe.RateLimitError, stripe.APIError) as error:
            log.warning("Stripe does not answer: %s", error)
            raise ProviderSilent from error

    return asking


class StripePayments:
    """Every request that changes something carries an idempotency key, so it may be repeated.

    ``api_base`` points the SDK at the local payment page; empty means Stripe itself.
    """

    def __init__(
        self,
        api_key: str,
        public_url: str,
        api_base: str = "",
        options: CheckoutOptions = CheckoutOptions(),  # noqa: B008  (frozen)
        patience: Patience = Patience(),
    ) -> None:
        base_addresses = {"api": api_base} if api_base else {}
        client = StripeClient(
            api_key,
            base_addresses=base_addresses,  # type: ignore[arg-type]
            max_network_retries=patience.repeats,
            http_client=stripe.RequestsClient(timeout=patience.seconds),
        )
        # The SDK's parameters are typed dictionaries; ours are built from what an order says.
        self._api = cast(Any, client.v1)
        self._public_url = public_url.rstrip("/")
        self._options = options

    @_hears_silence
    def create_customer(self, user_id: UUID, email: str, name: str) -> str:
        """Return Stripe's id for this buyer; the idempotency key makes a repeat the same one."""
        customer = self._api.customers.create(
            {"email": email, "name": name, "metadata": {"user": str(user_id)}},
            {"idempotency_key": f"customer-{user_id}"},
        )
        return str(customer.id)

    @_hears_silence
    def start(self, request: CheckoutRequest) -> Checkout:
        """Open a Checkout Session with a line per module, or return the one this order has."""
        session = self._api.checkout.sessions.create(
            session_params(request, self._public_url, self._options),
            {"idempotency_key": f"order-{request.order_id}"},
        )
        return read_checkout(session, lines=())

    @_hears_silence
    def read(self, checkout_id: str) -> Checkout:
        """Return the session as it stands now, with its final line items."""
        session = self._api.checkout.sessions.retrieve(checkout_id, {"expand": _EXPAND})
        items = self._api.checkout.sessions.line_items.list(
            checkout_id, {"limit": _PAGE, "expand": ["data.price.product"]}
        )
        lines = tuple(read_checkout_line(item) for item in items.auto_paging_iter())
        return read_checkout(session, lines)

    @_hears_silence
    def expire(self, checkout_id: str) -> Checkout:
        """End the session if it is open, and return how it stands: it may just have been paid."""
        # Only an open session can be expired; what another one is instead, reading it says.
        with suppress(stripe.InvalidRequestError):
            key = {"idempotency_key": f"expire-{checkout_id}"}
            self._api.checkout.sessions.expire(checkout_id, {}, key)
        return self.read(checkout_id)

    @_hears_silence
    def send_invoice(self, request: InvoiceRequest) -> Invoice:
        """Write, finalize and mail an invoice; each step happens once, if asked twice or not."""
        order = request.order_id
        invoice = self._api.invoices.create(
            invoice_params(request, self._options), {"idempotency_key": f"invoice-{order}"}
        )
        lines = {"lines": invoice_lines(request)}
        self._api.invoices.add_lines(invoice.id, lines, {"idempotency_key": f"lines-{order}"})
        finish = {"auto_advance": True}
        key = {"idempotency_key": f"finalize-{order}"}
        self._api.invoices.finalize_invoice(invoice.id, finish, key)
        self._api.invoices.send_invoice(invoice.id, {}, {"idempotency_key": f"send-{order}"})
        return self.read_invoice(invoice.id)

    @_hears_silence
    def read_invoice(self, invoice_id: str) -> Invoice:
        """Return the invoice as it stands now, with its final lines."""
        invoice = self._api.invoices.retrieve(invoice_id, {"expand": ["payments"]})
        items = self._api.invoices.line_items.list(invoice_id, {"limit": _PAGE})
        return read_invoice(invoice, self._lines(items))

    @_hears_silence
    def find_invoice(self, order_id: UUID, customer_id: str, since: datetime) -> Invoice | None:
        """Return the customer's invoice whose metadata name the order."""
        # A list shows what was written a moment ago; a search may not, for a minute:
        # https://docs.stripe.com/search#data-freshness
        wanted = {"customer": customer_id, **_since(since - _CLOCKS_DIFFER)}
        for invoice in self._api.invoices.list(wanted).auto_paging_iter():
            if metadata(invoice).get("order") == str(order_id):
                return self.read_invoice(invoice.id)
        return None

    @_hears_silence
    def void_invoice(self, invoice_id: str) -> Invoice:
        """Void the invoice if it is open, delete it if it is a draft, and return how it stands: it
        may just have been paid.
        """
        invoice = self.read_invoice(invoice_id)
        if invoice.status == "draft":
            with suppress(stripe.InvalidRequestError):
                self._api.invoices.delete(invoice_id)
                return replace(invoice, status="void")
        with suppress(stripe.InvalidRequestError):
            key = {"idempotency_key": f"void-{invoice_id}"}
            self._api.invoices.void_invoice(invoice_id, {}, key)
        return self.read_invoice(invoice_id)

    @_hears_silence
    def refund(self, request: RefundRequest) -> MadeRefund:
        """Give money back; what it is for goes along, so that the event about it says so too."""
        ours = {"refund": str(request.refund_id), "order": str(request.order_id)}
        if request.seats is not None:
            ours["seats"] = str(request.seats)
        try:
            made = self._api.refunds.create(
                {
                    "payment_intent": request.payment_id,
                    "amount": request.amount,
                    "metadata": ours,
                },
                {"idempotency_key": f"refund-{request.refund_id}"},
            )
        except stripe.InvalidRequestError as refused:
            raise ProviderRefused(f"The payment provider says: {refused.user_message}") from None
        return read_refund(made)

    @_hears_silence
    def read_payment(self, payment_id: str) -> Payment:
        """Return the payment with its refunds and disputes."""
        expand = {"expand": ["latest_charge"]}
        intent = self._api.payment_intents.retrieve(payment_id, expand)
        wanted = {"payment_intent": payment_id, "limit": _PAGE}
        refunds = self._api.refunds.list(wanted).auto_paging_iter()
        disputes = self._api.disputes.list(wanted).auto_paging_iter()
        charge = intent.latest_charge
        return Payment(
            id=intent.id,
            order_id=metadata(intent).get("order", ""),
            paid=intent.status == "succeeded",
            amount=int(intent.amount_received or 0),
            amount_refunded=int(getattr(charge, "amount_refunded", 0) or 0),
            refunds=tuple(read_refund(made) for made in refunds),
            disputes=tuple(read_dispute(dispute) for dispute in disputes),
        )

    @_hears_silence
    def undelivered_events(self, since: datetime) -> list[PaymentEvent]:
        """Return the events that no endpoint of ours has taken, oldest first."""
        wanted = {"types": list(TYPES), "delivery_success": False, **_since(since)}
        events = self._api.events.list(wanted).auto_paging_iter()
        return [read_event(event, since) for event in events][::-1]

    def checkouts_since(self, since: datetime) -> Iterator[Checkout]:
        """Return the completed sessions, without their lines."""
        wanted = {"status": "complete", **_since(since)}
        for session in self._api.checkout.sessions.list(wanted).auto_paging_iter():
            yield read_checkout(session, lines=())

    def payments_since(self, since: datetime) -> Iterator[Payment]:
        """Return the payments behind the charges that succeeded."""
        for charge in self._api.charges.list(_since(since)).auto_paging_iter():
            if charge.status == "succeeded":
                yield read_payment_of_charge(charge)

    def refunds_since(self, since: datetime) -> Iterator[tuple[str, str]]:
        """Return the payment and the id of each refund."""
        for made in self._api.refunds.list(_since(since)).auto_paging_iter():
            if payment_id := identifier(made.payment_intent):
                yield payment_id, made.id

    def _lines(self, items: Any) -> tuple[PaidLine, ...]:
        return tuple(read_invoice_line(item) for item in items.auto_paging_iter())


def _since(since: datetime) -> dict[str, Any]:
    return {"created": {"gte": int(since.timestamp())}, "limit": _PAGE}
