"""Refunds and disputes: what happens to a charge after it succeeded.

Source: https://docs.stripe.com/api/refunds and https://docs.stripe.com/api/disputes
"""

from grouplic.adapters.local_stripe import objects
from grouplic.adapters.local_stripe.errors import ApiError, ParameterError, no_such
from grouplic.adapters.local_stripe.events import Change
from grouplic.adapters.local_stripe.identifiers import new_id
from grouplic.adapters.local_stripe.objects import Body

_A_WEEK = 7 * 24 * 3600


def create(change: Change, params: Body) -> Body:
    """Refund a charge, all that is left of it where no amount is given; at once, as cards do."""
    charge = _charge(change, params)
    left = charge["amount_captured"] - charge["amount_refunded"]
    amount = params.get("amount", left)
    if not left:
        raise ApiError(
            f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded"
        )
    if amount > left or amount < 1:
        raise ApiError(
            f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})",
            param="amount",
        )
    refund = objects.add(change.connection, _refund(charge, amount, params, change.now))
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount"]
    change.happened("refund.created", refund)
    change.happened("charge.refunded", objects.save(change.connection, charge))
    return refund


def dispute(change: Change, charge: Body) -> Body:
    """Let the buyer's bank question a charge."""
    opened = objects.add(change.connection, _dispute(charge, change.now))
    charge["disputed"] = True
    objects.save(change.connection, charge)
    change.happened("charge.dispute.created", opened)
    return opened


def close_dispute(change: Change, opened: Body, status: str) -> Body:
    """Let a dispute be won or lost."""
    opened["status"] = status
    change.happened("charge.dispute.closed", objects.save(change.connection, opened))
    return opened


def charge_of(change: Change, intent_id: str | None) -> Body | None:
    """Return the charge that paid an intent, if one did."""
    intent = objects.find(change.connection, "payment_intent", intent_id or "")
    if intent is None or intent["status"] != "succeeded":
        return None
    return objects.load(change.connection, "charge", intent["latest_charge"])


def of_charge(change: Change, kind: str, charge: Body) -> list[Body]:
    """Return the refunds or the disputes of a charge, newest first."""
    wanted = objects.Filter()
    wanted.add("kind = :kind AND body ->> 'charge' = :charge", kind=kind, charge=charge["id"])
    return objects.newest(change.connection, "objects", wanted, objects.Page(100))[0]


def _charge(change: Change, params: Body) -> Body:
    if ("charge" in params) == ("payment_intent" in params):
        raise ParameterError("Pass exactly one of: charge, payment_intent.")
    if identifier := params.get("charge"):
        charge = objects.find(change.connection, "charge", identifier)
        name = "charge"
    else:
        identifier, name = params["payment_intent"], "payment_intent"
        if objects.find(change.connection, name, identifier) is None:
            raise no_such(name, identifier, status=400, param=name)
        charge = charge_of(change, identifier)
        if charge is None:
            raise ApiError("This PaymentIntent does not have a successful charge to refund.")
    if charge is None:
        raise no_such(name, identifier, status=400, param=name)
    return charge


def _refund(charge: Body, amount: int, params: Body, now: int) -> Body:
    return {
        "id": new_id("re_"),
        "object": "refund",
        "amount": amount,
        "balance_transaction": None,
        "charge": charge["id"],
        "created": now,
        "currency": charge["currency"],
        "destination_details": {
            "card": {"type": "refund"},
            "type": "card",
        },
        "metadata": params.get("metadata", {}),
        "payment_intent": charge["payment_intent"],
        "reason": params.get("reason"),
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": "succeeded",
        "transfer_reversal": None,
    }


def _dispute(charge: Body, now: int) -> Body:
    return {
        "id": new_id("du_"),
        "object": "dispute",
        "amount": charge["amount"],
        "balance_transactions": [],
        "charge": charge["id"],
        "created": now,
        "currency": charge["currency"],
        "enhanced_eligibility_types": [],
        "evidence": dict.fromkeys(_EVIDENCE) | {"enhanced_evidence": {}},
        "evidence_details": {
            "due_by": now + _A_WEEK,
            "enhanced_eligibility": {},
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
        },
        "is_charge_refundable": False,
        "livemode": False,
        "metadata": {},
        "payment_intent": charge["payment_intent"],
        "reason": "general",
        "status": "needs_response",
    }


_EVIDENCE = (
    "access_activity_log",
    "billing_address",
    "cancellation_policy",
    "cancellation_policy_disclosure",
    "cancellation_rebuttal",
    "customer_communication",
    "customer_email_address",
    "customer_name",
    "customer_purchase_ip",
    "customer_signature",
    "duplicate_charge_documentation",
    "duplicate_charge_explanation",
    "duplicate_charge_id",
    "product_description",
    "receipt",
    "refund_policy",
    "refund_policy_disclosure",
    "refund_refusal_explanation",
    "service_date",
    "service_documentation",
    "shipping_address",
    "shipping_carrier",
    "shipping_date",
    "shipping_documentation",
    "shipping_tracking_number",
    "uncategorized_file",
    "uncategorized_text",
)
