"""The life of a Checkout Session: open, then complete or expired; and of its payment."""

from grouplic.adapters.local_stripe import objects
from grouplic.adapters.local_stripe.checkout_shape import new_session
from grouplic.adapters.local_stripe.config import LocalStripeConfig
from grouplic.adapters.local_stripe.errors import ApiError
from grouplic.adapters.local_stripe.events import Change
from grouplic.adapters.local_stripe.objects import Body
from grouplic.adapters.local_stripe.shapes import (
    new_charge,
    new_line,
    new_payment_intent,
    new_price,
    new_product,
)
from grouplic.adapters.local_stripe.store import Store

CARD_DECLINED = "Your card was declined. Try again, or use another card."
_INTENT_DATA = "checkout.session.payment_intent_data"


def open_session(change: Change, params: Body, customer: Body | None) -> Body:
    """Open a session for checked parameters, with a product and a price for every line."""
    lines = [_line(change, line) for line in params["line_items"]]
    session = new_session(params, lines, customer, change.config, change.now)
    for line in lines:
        objects.add(change.connection, line, parent=session["id"])
    _keep_intent_data(change, session["id"], params.get("payment_intent_data", {}))
    return objects.add(change.connection, session)


def expire(change: Change, session: Body) -> Body:
    """End an open session and its unpaid intent; refuse when it is not open."""
    if session["status"] != "open":
        raise ApiError(
            "Only Checkout Sessions with a status in ['open'] can be expired. This Checkout "
            f"Session has a status of '{session['status']}'."
        )
    if session["payment_intent"]:
        intent = objects.load(change.connection, "payment_intent", session["payment_intent"])
        intent |= {"status": "canceled", "canceled_at": change.now}
        intent["cancellation_reason"] = "expired"
        change.happened("payment_intent.canceled", objects.save(change.connection, intent))
    session |= {"status": "expired", "url": None}
    change.happened("checkout.session.expired", objects.save(change.connection, session))
    return session


def pay(change: Change, session: Body) -> None:
    """Pay an open session, by card and at once."""
    if session["amount_total"]:
        intent, charge = _attempt(change, session)
        succeed(change, intent, charge)
        session["payment_status"] = "paid"
    _complete(change, session)


def pay_later(change: Change, session: Body) -> None:
    """Complete an open session with a payment that is still to succeed or fail."""
    if session["amount_total"]:
        intent, charge = _attempt(change, session)
        intent["status"] = "processing"
        objects.save(change.connection, charge)
        change.happened("payment_intent.processing", objects.save(change.connection, intent))
    _complete(change, session)


def decline(change: Change, session: Body) -> None:
    """Let an attempt to pay fail; the session stays open."""
    if session["amount_total"]:
        intent, charge = _attempt(change, session)
        _fail(change, intent, charge, "card_declined", CARD_DECLINED)
        objects.save(change.connection, session)


def settle(change: Change, session: Body, *, succeeds: bool) -> bool:
    """Let a payment that was to come later succeed or fail; say whether there was one."""
    if not is_processing(change, session):
        return False
    intent = objects.load(change.connection, "payment_intent", session["payment_intent"])
    charge = objects.load(change.connection, "charge", intent["latest_charge"])
    if succeeds:
        succeed(change, intent, charge)
        session["payment_status"] = "paid"
    else:
        _fail(change, intent, charge, "debit_failed", "The payment could not be collected.")
    objects.save(change.connection, session)
    outcome = "succeeded" if succeeds else "failed"
    change.happened(f"checkout.session.async_payment_{outcome}", session)
    return True


def is_processing(change: Change, session: Body) -> bool:
    """Say whether the session's payment is still to succeed or fail."""
    if session["status"] != "complete" or not session["payment_intent"]:
        return False
    intent = objects.load(change.connection, "payment_intent", session["payment_intent"])
    return bool(intent["status"] == "processing")


def expire_overdue(store: Store, config: LocalStripeConfig) -> None:
    """Expire, once, every session whose time is over. Cheap when there is none."""
    now = config.timestamp()
    with store.reading() as connection:
        if not objects.overdue_sessions(connection, now):
            return
    with store.writing() as connection:
        # Read again under the write lock: another process may have been faster.
        for session in objects.overdue_sessions(connection, now):
            expire(Change(connection, config, now), session)


def _line(change: Change, params: Body) -> Body:
    data = params["price_data"]
    product = objects.add(change.connection, new_product(data["product_data"], change.now))
    price = objects.add(change.connection, new_price(product["id"], data, change.now))
    return new_line(price, product["name"], params["quantity"])


def _attempt(change: Change, session: Body) -> tuple[Body, Body]:
    """Return the session's intent, made at the first attempt, and a new charge for it."""
    connection = change.connection
    if session["payment_intent"]:
        intent = objects.load(connection, "payment_intent", session["payment_intent"])
    else:
        data = objects.load(connection, _INTENT_DATA, f"data_{session['id']}")["data"]
        intent = objects.add(connection, new_payment_intent(session, data, change.now))
        session["payment_intent"] = intent["id"]
        change.happened("payment_intent.created", intent)
    # A promotion code may have come after an attempt that failed.
    intent["amount"] = session["amount_total"]
    charge = new_charge(intent, session["customer_details"] or {}, change.now)
    intent |= {"latest_charge": charge["id"], "last_payment_error": None}
    return intent, objects.add(connection, charge)


def succeed(change: Change, intent: Body, charge: Body) -> None:
    """Let a charge and its intent succeed."""
    amount = intent["amount"]
    charge |= {"status": "succeeded", "paid": True, "captured": True, "amount_captured": amount}
    charge["outcome"] = {
        "advice_code": None,
        "network_advice_code": None,
        "network_decline_code": None,
        "network_status": "approved_by_network",
        "reason": None,
        "risk_level": "normal",
        "seller_message": "Payment complete.",
        "type": "authorized",
    }
    charge["receipt_url"] = change.config.page(f"/receipts/{charge['id']}")
    intent |= {"status": "succeeded", "amount_received": amount}
    intent["payment_method"] = charge["payment_method"]
    change.happened("charge.succeeded", objects.save(change.connection, charge))
    change.happened("payment_intent.succeeded", objects.save(change.connection, intent))


def _fail(change: Change, intent: Body, charge: Body, code: str, message: str) -> None:
    charge |= {"status": "failed", "failure_code": code, "failure_message": message}
    intent |= {"status": "requires_payment_method", "payment_method": None}
    intent["last_payment_error"] = {
        "charge": charge["id"],
        "code": code,
        "message": message,
        "type": "card_error",
    }
    change.happened("charge.failed", objects.save(change.connection, charge))
    change.happened("payment_intent.payment_failed", objects.save(change.connection, intent))


def _complete(change: Change, session: Body) -> None:
    session |= {"status": "complete", "url": None}
    change.happened("checkout.session.completed", objects.save(change.connection, session))


def _keep_intent_data(change: Change, session_id: str, data: Body) -> None:
    # No part of the session that Stripe shows, but wanted when its intent is made.
    kept = {"id": f"data_{session_id}", "object": _INTENT_DATA, "data": data}
    objects.add(change.connection, kept)
