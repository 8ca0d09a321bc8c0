"""What the API can do after a sale, and beside it: refunds, disputes, codes, invoices."""

from collections.abc import Callable

from grouplic.adapters.local_stripe import invoices, objects, promotions, refunds
from grouplic.adapters.local_stripe.objects import Body, Filter
from grouplic.adapters.local_stripe.operation import Call, Operation, listed, page, retrieve
from grouplic.adapters.local_stripe.operation_parameters import (
    ADD_LINES,
    CREATE_COUPON,
    CREATE_INVOICE,
    CREATE_PROMOTION_CODE,
    CREATE_REFUND,
    FINALIZE,
    LIST_CHARGES,
    LIST_INVOICES,
    LIST_LINES,
    LIST_OF_PAYMENT,
    NOTHING,
    ONLY_EXPAND,
)


def _of_payment(kind: str, url: str) -> Callable[[Call], Body]:
    def answer(call: Call) -> Body:
        wanted = Filter()
        wanted.add("kind = :kind", kind=kind)
        for name in ("payment_intent", "charge", "customer"):
            if value := call.params.get(name):
                wanted.add(f"body ->> '{name}' = :{name}", **{name: value})
        return listed(call, url, wanted)

    return answer


def _invoice(call: Call) -> Body:
    return objects.load(call.change.connection, "invoice", call.id)


def _retrieve_invoice(call: Call) -> Body:
    return invoices.with_lines(call.change, _invoice(call))


def _invoice_lines(call: Call) -> Body:
    _invoice(call)
    return invoices.lines(call.change, call.id, page(call.params))


def _list_invoices(call: Call) -> Body:
    found = _of_payment("invoice", "/v1/invoices")(call)
    return {**found, "data": [invoices.with_lines(call.change, each) for each in found["data"]]}


_INVOICE = "/v1/invoices/{id}"
AFTER_SALE_OPERATIONS = (
    Operation("GET", "/v1/charges", LIST_CHARGES, _of_payment("charge", "/v1/charges")),
    Operation("POST", "/v1/refunds", CREATE_REFUND, lambda c: refunds.create(c.change, c.params)),
    Operation("GET", "/v1/refunds", LIST_OF_PAYMENT, _of_payment("refund", "/v1/refunds")),
    Operation("GET", "/v1/refunds/{id}", ONLY_EXPAND, retrieve("refund")),
    Operation("GET", "/v1/disputes", LIST_OF_PAYMENT, _of_payment("dispute", "/v1/disputes")),
    Operation(
        "POST", "/v1/coupons", CREATE_COUPON, lambda c: promotions.new_coupon(c.change, c.params)
    ),
    Operation(
        "POST",
        "/v1/promotion_codes",
        CREATE_PROMOTION_CODE,
        lambda c: promotions.new_promotion_code(c.change, c.params),
    ),
    Operation(
        "POST", "/v1/invoices", CREATE_INVOICE, lambda c: invoices.create(c.change, c.params)
    ),
    Operation("GET", "/v1/invoices", LIST_INVOICES, _list_invoices),
    Operation("GET", _INVOICE, ONLY_EXPAND, _retrieve_invoice),
    Operation("DELETE", _INVOICE, NOTHING, lambda c: invoices.delete(c.change, _invoice(c))),
    Operation("GET", f"{_INVOICE}/lines", LIST_LINES, _invoice_lines),
    Operation(
        "POST",
        f"{_INVOICE}/add_lines",
        ADD_LINES,
        lambda c: invoices.add_lines(c.change, _invoice(c), c.params["lines"]),
    ),
    Operation(
        "POST",
        f"{_INVOICE}/finalize",
        FINALIZE,
        lambda c: invoices.finalize(c.change, _invoice(c), c.params),
    ),
    Operation(
        "POST", f"{_INVOICE}/send", ONLY_EXPAND, lambda c: invoices.send(c.change, _invoice(c))
    ),
    Operation(
        "POST",
        f"{_INVOICE}/void",
        ONLY_EXPAND,
        lambda c: invoices.end(c.change, _invoice(c), "void"),
    ),
    Operation(
        "POST",
        f"{_INVOICE}/mark_uncollectible",
        ONLY_EXPAND,
        lambda c: invoices.end(c.change, _invoice(c), "uncollectible"),
    ),
)
