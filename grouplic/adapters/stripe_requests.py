"""What Stripe is asked to sell: the parameters of a session and of an invoice."""

from dataclasses import dataclass
from typing import Any

from grouplic.services.ports import CheckoutLine, CheckoutRequest, InvoiceRequest


@dataclass(frozen=True)
class CheckoutOptions:
    """What the settings ask of every checkout and invoice."""

    promotion_codes: bool = True
    automatic_tax: bool = False
    tax_ids: bool = False
    billing_address: bool = False


def session_params(
    request: CheckoutRequest, public_url: str, options: CheckoutOptions
) -> dict[str, Any]:
    """Return the parameters of a Checkout Session; its lines add up to the order's total."""
    order = {"order": str(request.order_id)}
    return {
        "mode": "payment",
        "client_reference_id": str(request.order_id),
        "customer": request.customer_id,
        "metadata": order,
        "line_items": [_session_line(line, request.currency) for line in request.lines],
        "payment_intent_data": {
            "metadata": order,
            "description": request.description,
            "receipt_email": request.email,
        },
        "expires_at": int(request.expires_at.timestamp()),
        "success_url": f"{public_url}/orders/{request.order_id}",
        "cancel_url": f"{public_url}/orders/{request.order_id}?closed=1",
        **_optional(options),
    }


def invoice_params(request: InvoiceRequest, options: CheckoutOptions) -> dict[str, Any]:
    """Return the parameters of a draft invoice, still without lines."""
    params: dict[str, Any] = {
        "customer": request.customer_id,
        "collection_method": "send_invoice",
        "days_until_due": request.days_until_due,
        "currency": request.currency,
        "description": request.description,
        "metadata": {"order": str(request.order_id)},
        "auto_advance": False,
        # What lies around for this customer is no part of this order.
        "pending_invoice_items_behavior": "exclude",
    }
    if request.purchase_number:
        params["custom_fields"] = [{"name": "Purchase order", "value": request.purchase_number}]
    if options.automatic_tax:
        params["automatic_tax"] = {"enabled": True}
    return params


def invoice_lines(request: InvoiceRequest) -> list[dict[str, Any]]:
    """Return the lines to add to a draft invoice; they add up to the order's total."""
    return [
        {
            "quantity": line.quantity,
            "description": line.title,
            "metadata": {"module": line.module_slug},
            "price_data": _price(line, request.currency),
        }
        for line in request.lines
    ]


def _session_line(line: CheckoutLine, currency: str) -> dict[str, Any]:
    return {"quantity": line.quantity, "price_data": _price(line, currency)}


def _price(line: CheckoutLine, currency: str) -> dict[str, Any]:
    return {
        "currency": currency,
        "unit_amount": line.unit_amount,
        "product_data": {"name": line.title, "metadata": {"module": line.module_slug}},
    }


def _optional(options: CheckoutOptions) -> dict[str, Any]:
    params: dict[str, Any] = {}
    if options.promotion_codes:
        params["allow_promotion_codes"] = True
    if options.automatic_tax:
        params["automatic_tax"] = {"enabled": True}
    if options.tax_ids:
        params["tax_id_collection"] = {"enabled": True}
    if options.billing_address:
        params["billing_address_collection"] = "required"
    if options.automatic_tax or options.tax_ids or options.billing_address:
        # What the buyer types is kept with the customer, as tax and invoices need it.
        params["customer_update"] = {"address": "auto", "name": "auto"}
    return params
