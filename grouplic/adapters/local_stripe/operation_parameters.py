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
CREATE_SESSION = Hash(
    {
        "cancel_url": URL,
        "client_reference_id": Text(200),
        "customer": Text(),
        "customer_email": EMAIL,
        "expand": EXPAND,
        "expires_at": Integer(),
        "line_items": Array(_LINE),
        "metadata": Metadata(),
        "mode": choice("payment"),
        "payment_intent_data": _INTENT,
        "success_url": URL,
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
