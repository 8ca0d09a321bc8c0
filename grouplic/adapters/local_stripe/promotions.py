"""Promotion codes: made through the API, typed on the payment page, spread over the lines."""

from grouplic.adapters.local_stripe import objects
from grouplic.adapters.local_stripe.errors import ParameterError, no_such
from grouplic.adapters.local_stripe.events import Change
from grouplic.adapters.local_stripe.identifiers import new_id
from grouplic.adapters.local_stripe.objects import Body

# There without asking, so that the page can be tried by hand.
ALWAYS = "LOCAL20"
_PERCENT = 20


def new_coupon(change: Change, params: Body) -> Body:
    """Store a coupon that takes off a share or an amount, and return it."""
    if ("percent_off" in params) == ("amount_off" in params):
        raise ParameterError("You must pass either percent_off or amount_off.")
    coupon = {
        "id": params.get("id", new_id("")[:8]),
        "object": "coupon",
        "amount_off": params.get("amount_off"),
        "created": change.now,
        "currency": params.get("currency"),
        "duration": "once",
        "duration_in_months": None,
        "livemode": False,
        "max_redemptions": None,
        "metadata": {},
        "name": params.get("name"),
        "percent_off": params.get("percent_off"),
        "redeem_by": None,
        "times_redeemed": 0,
        "valid": True,
    }
    return objects.add(change.connection, coupon)


def new_promotion_code(change: Change, params: Body) -> Body:
    """Store a code for a coupon, and return it."""
    coupon = params["promotion"]["coupon"]
    if objects.find(change.connection, "coupon", coupon) is None:
        raise no_such("coupon", coupon, status=400, param="promotion[coupon]")
    code = params.get("code", new_id("")[:8].upper())
    if _find(change, code):
        raise ParameterError(f"An active promotion code with code {code} already exists.")
    promotion = {
        "id": new_id("promo_"),
        "object": "promotion_code",
        "active": True,
        "code": code,
        "created": change.now,
        "customer": None,
        "customer_account": None,
        "expires_at": None,
        "livemode": False,
        "max_redemptions": None,
        "metadata": {},
        "promotion": {"coupon": coupon, "type": "coupon"},
        "restrictions": {
            "first_time_transaction": False,
            "minimum_amount": None,
            "minimum_amount_currency": None,
        },
        "times_redeemed": 0,
    }
    return objects.add(change.connection, promotion)


def apply_code(change: Change, session: Body, typed: str) -> bool:
    """Take a code's discount off an open session; say whether there is such a code for it."""
    promotion = _find(change, typed) or _always(change, typed)
    if promotion is None or not session["allow_promotion_codes"]:
        return False
    coupon = objects.load(change.connection, "coupon", promotion["promotion"]["coupon"])
    if coupon["amount_off"] and coupon["currency"] != session["currency"]:
        return False
    subtotal = session["amount_subtotal"]
    discount = min(coupon["amount_off"] or round(subtotal * coupon["percent_off"] / 100), subtotal)
    _spread(change, session, discount)
    session["discounts"] = [{"coupon": None, "promotion_code": promotion["id"]}]
    session["amount_total"] = subtotal - discount
    session["total_details"]["amount_discount"] = discount
    session["payment_status"] = "unpaid" if session["amount_total"] else "no_payment_required"
    objects.save(change.connection, session)
    return True


def _spread(change: Change, session: Body, discount: int) -> None:
    lines, _ = objects.lines_of(change.connection, session["id"], objects.Page(100))
    left, total = discount, sum(line["amount_subtotal"] for line in lines) or 1
    for line in lines:
        last = line is lines[-1]
        share = left if last else discount * line["amount_subtotal"] // total
        left -= share
        line["amount_discount"] = share
        line["amount_total"] = line["amount_subtotal"] - share
        objects.save(change.connection, line)


def _always(change: Change, typed: str) -> Body | None:
    if typed.strip().upper() != ALWAYS:
        return None
    coupon = new_coupon(change, {"percent_off": _PERCENT, "name": "Local discount"})
    return new_promotion_code(change, {"code": ALWAYS, "promotion": {"coupon": coupon["id"]}})


def _find(change: Change, typed: str) -> Body | None:
    wanted = objects.Filter()
    wanted.add("kind = 'promotion_code'")
    wanted.add("UPPER(body ->> 'code') = :code", code=typed.strip().upper())
    found, _ = objects.newest(change.connection, "objects", wanted, objects.Page(1))
    return found[0] if found else None
