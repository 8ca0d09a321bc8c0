"""Expansion: identifiers in an answer become the objects they stand for.

Source: https://docs.stripe.com/expand
"""

import sqlite3
from typing import Any

from grouplic.adapters.local_stripe import objects
from grouplic.adapters.local_stripe.errors import ApiError

_DEEPEST = 4
_EXPANDABLE = {
    ("checkout.session", "customer"): "customer",
    ("checkout.session", "payment_intent"): "payment_intent",
    ("payment_intent", "customer"): "customer",
    ("payment_intent", "latest_charge"): "charge",
    ("charge", "customer"): "customer",
    ("charge", "payment_intent"): "payment_intent",
    ("price", "product"): "product",
    ("refund", "charge"): "charge",
    ("refund", "payment_intent"): "payment_intent",
}


def expand(connection: sqlite3.Connection, body: objects.Body, paths: list[str]) -> objects.Body:
    """Return ``body`` with every path expanded; refuse a path that leads nowhere."""
    for path in paths:
        names = path.split(".")
        if len(names) > _DEEPEST:
            raise ApiError(
                f"You cannot expand more than {_DEEPEST} levels of a property. Property: {path}"
            )
        _walk(connection, body, names, path)
    return body


def _walk(connection: sqlite3.Connection, place: Any, names: list[str], path: str) -> None:
    if not names or place is None:
        return
    if isinstance(place, list):
        for element in place:
            _walk(connection, element, names, path)
        return
    name, *further = names
    _expand_one(connection, place, name, path)
    _walk(connection, place[name], further, path)


def _expand_one(connection: sqlite3.Connection, place: Any, name: str, path: str) -> None:
    kind = place.get("object") if isinstance(place, dict) else None
    if (kind, name) == ("checkout.session", "line_items"):
        place.setdefault("line_items", lines(connection, place["id"], objects.Page()))
    elif (kind, name) == ("invoice", "payments"):
        place.setdefault("payments", payments(connection, place["id"]))
    elif target := _EXPANDABLE.get((str(kind), name)):
        if isinstance(place[name], str):
            place[name] = objects.load(connection, target, place[name])
    elif not isinstance(place, dict) or not isinstance(place.get(name), dict | list):
        raise ApiError(
            f"This property cannot be expanded ({path}). You may want to try expanding "
            f"'data.{path}' if this is a list."
        )


def payments(connection: sqlite3.Connection, invoice_id: str) -> objects.Body:
    """Return the list of an invoice's payments."""
    found, more = objects.lines_of(connection, invoice_id, objects.Page(), "invoice_payment")
    return objects.listing("/v1/invoice_payments", found, more)


def lines(connection: sqlite3.Connection, session_id: str, page: objects.Page) -> objects.Body:
    """Return the list of a session's lines."""
    found, has_more = objects.lines_of(connection, session_id, page)
    return objects.listing(f"/v1/checkout/sessions/{session_id}/line_items", found, has_more)
