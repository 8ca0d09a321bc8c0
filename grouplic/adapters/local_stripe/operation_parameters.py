"""The parameters that each operation takes; Stripe takes more, and here the rest is unknown."""

import re

from grouplic.adapters.local_stripe.parameters import (
    CURRENCY,
    EMAIL,
    EXPAND,
    PAGE,
    URL,
    Array,
    Fitting,
    Flag,
    Hash,
    Integer,
    Metadata,
    Moments,
    Text,
    choice,
)

_PRODUCT = Hash({"name": Text(), "description": Text(), "metadata": Metadata()}, ("name",))
_PRICE = Hash(
    {"currency": CURRENCY, "unit_amount": Integer(), "product_data": _PRODUCT},
    ("currency", "unit_amount", "product_data"),
)
_LINE = Hash({"price_data": _PRICE, "quantity": Integer(1, 999_999)}, ("price_data", "quantity"))
_INTENT = Hash({"description": Text(1000), "metadata": Metadata(), "receipt_email": EMAIL})
_EVENT_TYPE = Fitting("event type", lambda text: bool(re.fullmatch(r"[a-z0-9_.*]+", text)))

NOTHING = Hash({})
ONLY_EXPAND = Hash({"expand": EXPAND})
RETRIEVE_INTENT = Hash({"expand": EXPAND, "client_secret": Text()})
CREATE_CUSTOMER = Hash(
    {
        "description": Text(),
        "email": EMAIL,
        "expand": EXPAND,
        "metadata": Metadata(),
        "name": Text(256),
        "phone": Text(20),
    }
)
_TAX = Hash({"enabled": Flag()}, ("enabled",))
CREATE_SESSION = Hash(
    {
        "allow_promotion_codes": Flag(),
        "automatic_tax": _TAX,
        "billing_address_collection": choice("auto", "required"),
        "cancel_url": URL,
        "client_reference_id": Text(200),
        "customer": Text(),
        "customer_email": EMAIL,
        "customer_update": Hash(
            {"address": choice("auto", "never"), "name": choice("auto", "never")}
        ),
        "expand": EXPAND,
        "expires_at": Integer(),
        "line_items": Array(_LINE),
        "metadata": Metadata(),
        "mode": choice("payment"),
        "payment_intent_data": _INTENT,
        "success_url": URL,
        "tax_id_collection": Hash(
            {"enabled": Flag(), "required": choice("if_supported", "never")}, ("enabled",)
        ),
    },
    ("mode", "line_items", "success_url"),
)
LIST_CUSTOMERS = Hash({**PAGE, "created": Moments(), "email": Text()})
LIST_SESSIONS = Hash(
    {
        **PAGE,
        "created": Moments(),
        "customer": Text(),
        "payment_intent": Text(),
        "status": choice("open", "complete", "expired"),
    }
)
LIST_LINES = Hash(PAGE)
LIST_EVENTS = Hash(
    {
        **PAGE,
        "created": Moments(),
        "delivery_success": Flag(),
        "type": _EVENT_TYPE,
        "types": Array(_EVENT_TYPE, at_most=20),
    }
)
LIST_CHARGES = Hash({**PAGE, "created": Moments(), "payment_intent": Text(), "customer": Text()})
LIST_OF_PAYMENT = Hash({**PAGE, "created": Moments(), "payment_intent": Text(), "charge": Text()})
LIST_INVOICES = Hash({**PAGE, "created": Moments(), "customer": Text()})
CREATE_REFUND = Hash(
    {
        "amount": Integer(),
        "charge": Text(),
        "expand": EXPAND,
        "metadata": Metadata(),
        "payment_intent": Text(),
        "reason": choice("duplicate", "fraudulent", "requested_by_customer"),
    }
)
CREATE_COUPON = Hash(
    {
        "amount_off": Integer(1),
        "currency": CURRENCY,
        "duration": choice("once"),
        "expand": EXPAND,
        "id": Text(40),
        "name": Text(40),
        "percent_off": Integer(1, 100),
    }
)
CREATE_PROMOTION_CODE = Hash(
    {
        "code": Text(500),
        "expand": EXPAND,
        "promotion": Hash({"coupon": Text(), "type": choice("coupon")}, ("coupon", "type")),
    },
    ("promotion",),
)
_CUSTOM_FIELD = Hash({"name": Text(40), "value": Text(140)}, ("name", "value"))
CREATE_INVOICE = Hash(
    {
        "auto_advance": Flag(),
        "automatic_tax": _TAX,
        "collection_method": choice("send_invoice"),
        "currency": CURRENCY,
        "custom_fields": Array(_CUSTOM_FIELD, at_most=4),
        "customer": Text(),
        "days_until_due": Integer(),
        "description": Text(1500),
        "expand": EXPAND,
        "metadata": Metadata(),
        "pending_invoice_items_behavior": choice("exclude"),
    },
    ("collection_method", "currency", "customer", "days_until_due"),
)
ADD_LINES = Hash(
    {
        "expand": EXPAND,
        "lines": Array(
            Hash(
                {
                    "description": Text(),
                    "metadata": Metadata(),
                    "price_data": _PRICE,
                    "quantity": Integer(1, 999_999),
                },
                ("description", "price_data", "quantity"),
            ),
            at_most=250,
        ),
    },
    ("lines",),
)
FINALIZE = Hash({"auto_advance": Flag(), "expand": EXPAND})
