"""What the API can do: for each method and path, its parameters and its answer."""

from typing import Any

from grouplic.adapters.local_stripe import objects, sessions
from grouplic.adapters.local_stripe.after_sale_operations import AFTER_SALE_OPERATIONS
from grouplic.adapters.local_stripe.checkout_shape import LONGEST_SECONDS
from grouplic.adapters.local_stripe.errors import ParameterError, no_such
from grouplic.adapters.local_stripe.events import load_event, with_pending
from grouplic.adapters.local_stripe.expansion import expand, lines
from grouplic.adapters.local_stripe.objects import Body, Filter
from grouplic.adapters.local_stripe.operation import Call, Operation, listed, page, retrieve
from grouplic.adapters.local_stripe.operation_parameters import (
    CREATE_CUSTOMER,
    CREATE_SESSION,
    LIST_CUSTOMERS,
    LIST_EVENTS,
    LIST_LINES,
    LIST_SESSIONS,
    ONLY_EXPAND,
    RETRIEVE_INTENT,
)
from grouplic.adapters.local_stripe.shapes import new_customer

_SHORTEST_SECONDS = 30 * 60
_LARGEST_AMOUNT = 99_999_999


def _create_customer(call: Call) -> Body:
    return objects.add(call.change.connection, new_customer(call.params, call.change.now))


def _list_customers(call: Call) -> Body:
    wanted = Filter()
    wanted.add("kind = 'customer'")
    if email := call.params.get("email"):
        wanted.add("body ->> 'email' = :email", email=email)
    return listed(call, "/v1/customers", wanted)


def _create_session(call: Call) -> Body:
    _check_times(call)
    _check_lines(call.params["line_items"])
    return sessions.open_session(call.change, call.params, _customer(call))


def _list_sessions(call: Call) -> Body:
    wanted = Filter()
    wanted.add("kind = 'checkout.session'")
    for name in ("customer", "payment_intent", "status"):
        if value := call.params.get(name):
            wanted.add(f"body ->> '{name}' = :{name}", **{name: value})
    return listed(call, "/v1/checkout/sessions", wanted)


def _list_lines(call: Call) -> Body:
    objects.load(call.change.connection, "checkout.session", call.id)
    return lines(call.change.connection, call.id, page(call.params))


def _expire_session(call: Call) -> Body:
    session = objects.load(call.change.connection, "checkout.session", call.id)
    return sessions.expire(call.change, session)


def _list_events(call: Call) -> Body:
    connection, params, wanted = call.change.connection, call.params, Filter()
    types = [*params.get("types", []), *([params["type"]] if "type" in params else [])]
    if types:
        names = {f"type_{index}": type for index, type in enumerate(types)}
        wanted.add(f"({' OR '.join(f'type GLOB :{name}' for name in names)})", **names)
    if "delivery_success" in params:
        undelivered = (
            "EXISTS (SELECT 1 FROM deliveries WHERE event_id = events.id AND state != 'delivered')"
        )
        wanted.add(f"NOT {undelivered}" if params["delivery_success"] else undelivered)
    wanted.created("created", params.get("created"))
    found, has_more = objects.newest(connection, "events", wanted, page(params))
    return objects.listing(
        "/v1/events", (with_pending(connection, event) for event in found), has_more
    )


def _retrieve_event(call: Call) -> Body:
    return load_event(call.change.connection, call.id)


def _check_times(call: Call) -> None:
    expires_at = call.params.get("expires_at")
    if expires_at is None:
        return
    if expires_at < call.change.now + _SHORTEST_SECONDS:
        raise ParameterError(
            "The `expires_at` timestamp must be at least 30 minutes from Checkout Session "
            "creation.",
            param="expires_at",
        )
    if expires_at > call.change.now + LONGEST_SECONDS:
        raise ParameterError(
            "The `expires_at` timestamp must be less than 24 hours from Checkout Session creation.",
            param="expires_at",
        )


def _check_lines(wanted: list[dict[str, Any]]) -> None:
    if len({line["price_data"]["currency"].lower() for line in wanted}) != 1:
        raise ParameterError("All line items must have one currency.", param="line_items")
    if sum(line["price_data"]["unit_amount"] * line["quantity"] for line in wanted) > (
        _LARGEST_AMOUNT
    ):
        raise ParameterError(
            f"The total amount must be no more than {_LARGEST_AMOUNT} minor units.",
            code="amount_too_large",
            param="line_items",
        )


def _customer(call: Call) -> Body | None:
    identifier = call.params.get("customer")
    if identifier is None:
        return None
    if "customer_email" in call.params:
        raise ParameterError(
            "You may only specify one of these parameters: customer, customer_email.",
            param="customer_email",
        )
    customer = objects.find(call.change.connection, "customer", identifier)
    if customer is None:
        raise no_such("customer", identifier, status=400, param="customer")
    return customer


def answer(operation: Operation, call: Call) -> Body:
    """Return what the operation answers, with what the caller wants expanded."""
    body = operation.answer(call)
    return expand(call.change.connection, body, call.params.get("expand", []))


_SESSION = "/v1/checkout/sessions/{id}"
OPERATIONS = (
    Operation("POST", "/v1/customers", CREATE_CUSTOMER, _create_customer),
    Operation("GET", "/v1/customers", LIST_CUSTOMERS, _list_customers),
    Operation("GET", "/v1/customers/{id}", ONLY_EXPAND, retrieve("customer")),
    Operation("POST", "/v1/checkout/sessions", CREATE_SESSION, _create_session),
    Operation("GET", "/v1/checkout/sessions", LIST_SESSIONS, _list_sessions),
    Operation("GET", _SESSION, ONLY_EXPAND, retrieve("checkout.session")),
    Operation("GET", f"{_SESSION}/line_items", LIST_LINES, _list_lines),
    Operation("POST", f"{_SESSION}/expire", ONLY_EXPAND, _expire_session),
    Operation("GET", "/v1/payment_intents/{id}", RETRIEVE_INTENT, retrieve("payment_intent")),
    Operation("GET", "/v1/charges/{id}", ONLY_EXPAND, retrieve("charge")),
    Operation("GET", "/v1/events", LIST_EVENTS, _list_events),
    Operation("GET", "/v1/events/{id}", ONLY_EXPAND, _retrieve_event),
    *AFTER_SALE_OPERATIONS,
)
