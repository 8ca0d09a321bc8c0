"""A new Checkout Session, with the fields and the values that Stripe gives it."""

from grouplic.adapters.local_stripe.config import LocalStripeConfig
from grouplic.adapters.local_stripe.identifiers import new_id
from grouplic.adapters.local_stripe.objects import Body
from grouplic.adapters.local_stripe.shapes import NO_ADDRESS

LONGEST_SECONDS = 24 * 3600


def new_session(
    params: Body, lines: list[Body], customer: Body | None, config: LocalStripeConfig, now: int
) -> Body:
    """Return an open session that charges ``lines``."""
    identifier = new_id("cs_test_a1")
    total = sum(line["amount_total"] for line in lines)
    return {
        "id": identifier,
        "object": "checkout.session",
        **_unused(),
        **_email(params, customer),
        "allow_promotion_codes": params.get("allow_promotion_codes"),
        "amount_subtotal": total,
        "amount_total": total,
        "automatic_tax": _tax(params.get("automatic_tax", {}).get("enabled", False)),
        "billing_address_collection": params.get("billing_address_collection"),
        "cancel_url": params.get("cancel_url"),
        "client_reference_id": params.get("client_reference_id"),
        "created": now,
        "currency": lines[0]["currency"],
        "custom_fields": [],
        "custom_text": dict.fromkeys(
            ("after_submit", "shipping_address", "submit", "terms_of_service_acceptance")
        ),
        "discounts": [],
        "expires_at": params.get("expires_at", now + LONGEST_SECONDS),
        "invoice_creation": _no_invoice(),
        "livemode": False,
        "metadata": params.get("metadata", {}),
        "mode": "payment",
        "payment_method_collection": "if_required",
        "payment_method_options": {"card": {"request_three_d_secure": "automatic"}},
        "payment_method_types": ["card"],
        "payment_status": "unpaid" if total else "no_payment_required",
        "phone_number_collection": {"enabled": False},
        "shipping_options": [],
        "status": "open",
        "success_url": params["success_url"],
        **({"tax_id_collection": _tax_ids(params)} if "tax_id_collection" in params else {}),
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        "ui_mode": "hosted_page",
        "url": config.page(f"/pay/{identifier}"),
    }


def _email(params: Body, customer: Body | None) -> Body:
    email = customer["email"] if customer else params.get("customer_email")
    details: Body = {
        "address": dict(NO_ADDRESS),
        "business_name": None,
        "email": email,
        "individual_name": None,
        "name": customer["name"] if customer else None,
        "phone": None,
        "tax_exempt": "none",
        "tax_ids": [],
    }
    return {
        "customer": customer["id"] if customer else None,
        "customer_creation": None if customer else "if_required",
        "customer_details": details if email else None,
        "customer_email": params.get("customer_email"),
    }


def _tax(enabled: bool) -> Body:
    # Nobody computes a tax here: the page says that it would be none.
    details = {"liability": {"type": "self"}, "provider": "stripe", "status": "complete"}
    return {"enabled": enabled, **(details if enabled else dict.fromkeys(details))}


def _tax_ids(params: Body) -> Body:
    return {"required": "never", **params["tax_id_collection"]}


def _no_invoice() -> Body:
    names = (
        "account_tax_ids",
        "custom_fields",
        "description",
        "footer",
        "issuer",
        "rendering_options",
    )
    return {"enabled": False, "invoice_data": {**dict.fromkeys(names), "metadata": {}}}


def _unused() -> Body:
    # What Stripe answers with null for a session that asks for none of it.
    return dict.fromkeys(
        (
            "adaptive_pricing",
            "after_expiration",
            "client_secret",
            "collected_information",
            "consent",
            "consent_collection",
            "currency_conversion",
            "customer_account",
            "integration_identifier",
            "invoice",
            "locale",
            "managed_payments",
            "optional_items",
            "origin_context",
            "payment_intent",
            "payment_link",
            "payment_method_configuration_details",
            "permissions",
            "recovered_from",
            "saved_payment_method_options",
            "setup_intent",
            "shipping_address_collection",
            "shipping_cost",
            "submit_type",
            "subscription",
            "wallet_options",
        )
    )
