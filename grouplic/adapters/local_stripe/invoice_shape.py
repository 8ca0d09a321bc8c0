"""A new invoice, its lines and its payment, with the fields and the values that Stripe gives."""

from typing import Any

from grouplic.adapters.local_stripe.identifiers import new_id
from grouplic.adapters.local_stripe.objects import Body


def new_invoice(params: Body, customer: Body, now: int) -> Body:
    """Return a draft invoice without lines."""
    return {
        "id": new_id("in_"),
        "object": "invoice",
        **_unused(),
        "amount_due": 0,
        "amount_overpaid": 0,
        "amount_paid": 0,
        "amount_paid_off_stripe": 0,
        "amount_remaining": 0,
        "amount_shipping": 0,
        "attempt_count": 0,
        "attempted": False,
        "auto_advance": params.get("auto_advance", False),
        "automatic_tax": {
            "disabled_reason": None,
            "enabled": False,
            "liability": None,
            "provider": None,
            "status": None,
        },
        "billing_reason": "manual",
        "collection_method": params["collection_method"],
        "created": now,
        "currency": params["currency"],
        "custom_fields": params.get("custom_fields"),
        "customer": customer["id"],
        "customer_email": customer["email"],
        "customer_name": customer["name"],
        "customer_tax_exempt": "none",
        "customer_tax_ids": [],
        "default_tax_rates": [],
        "description": params.get("description"),
        "discounts": [],
        "due_date": now + params["days_until_due"] * 24 * 3600,
        "issuer": {"type": "self"},
        "lines": {"object": "list", "data": [], "has_more": False, "url": ""},
        "livemode": False,
        "metadata": params.get("metadata", {}),
        "payment_settings": {
            "default_mandate": None,
            "payment_method_options": None,
            "payment_method_types": None,
        },
        "period_end": now,
        "period_start": now,
        "post_payment_credit_notes_amount": 0,
        "pre_payment_credit_notes_amount": 0,
        "starting_balance": 0,
        "status": "draft",
        "status_transitions": dict.fromkeys(
            ("finalized_at", "marked_uncollectible_at", "paid_at", "voided_at")
        ),
        "subtotal": 0,
        "subtotal_excluding_tax": 0,
        "total": 0,
        "total_discount_amounts": [],
        "total_excluding_tax": 0,
        "total_pretax_credit_amounts": [],
        "total_taxes": [],
    }


def new_invoice_line(invoice: Body, params: Body, price: Body, now: int) -> Body:
    """Return a line of an invoice; its amount is the price times the quantity."""
    quantity = params["quantity"]
    amount = price["unit_amount"] * quantity
    return {
        "id": new_id("il_"),
        "object": "line_item",
        "amount": amount,
        "currency": invoice["currency"],
        "description": params["description"],
        "discount_amounts": [],
        "discountable": True,
        "discounts": [],
        "invoice": invoice["id"],
        "livemode": False,
        "metadata": params.get("metadata", {}),
        "parent": None,
        "period": {"end": now, "start": now},
        "pretax_credit_amounts": [],
        "pricing": {
            "price_details": {"price": price["id"], "product": price["product"]},
            "type": "price_details",
            "unit_amount_decimal": price["unit_amount_decimal"],
        },
        "quantity": quantity,
        "quantity_decimal": str(quantity),
        "subscription": None,
        "subtotal": amount,
        "taxes": [],
    }


def new_invoice_payment(invoice: Body, intent: Body, now: int) -> Body:
    """Return the payment of an invoice."""
    return {
        "id": new_id("inpay_"),
        "object": "invoice_payment",
        "amount_paid": invoice["amount_due"],
        "amount_requested": invoice["amount_due"],
        "created": now,
        "currency": invoice["currency"],
        "invoice": invoice["id"],
        "is_default": True,
        "livemode": False,
        "payment": {"payment_intent": intent["id"], "type": "payment_intent"},
        "status": "paid",
        "status_transitions": {"canceled_at": None, "paid_at": now},
    }


def _unused() -> dict[str, Any]:
    return dict.fromkeys(
        (
            "account_country",
            "account_name",
            "account_tax_ids",
            "application",
            "automatically_finalizes_at",
            "confirmation_secret",
            "customer_account",
            "customer_address",
            "customer_phone",
            "customer_shipping",
            "default_payment_method",
            "default_source",
            "effective_at",
            "ending_balance",
            "footer",
            "from_invoice",
            "hosted_invoice_url",
            "invoice_pdf",
            "last_finalization_error",
            "latest_revision",
            "next_payment_attempt",
            "number",
            "on_behalf_of",
            "parent",
            "receipt_number",
            "rendering",
            "shipping_cost",
            "shipping_details",
            "statement_descriptor",
            "test_clock",
            "webhooks_delivered_at",
        )
    )
