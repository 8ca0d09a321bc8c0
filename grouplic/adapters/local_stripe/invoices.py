"""The life of an invoice: draft, open, then paid, void or uncollectible.

Source: https://docs.stripe.com/invoicing/overview
"""

from grouplic.adapters.local_stripe import objects
from grouplic.adapters.local_stripe.errors import ApiError, ParameterError, no_such
from grouplic.adapters.local_stripe.events import Change
from grouplic.adapters.local_stripe.identifiers import new_id
from grouplic.adapters.local_stripe.invoice_shape import (
    new_invoice,
    new_invoice_line,
    new_invoice_payment,
)
from grouplic.adapters.local_stripe.objects import Body
from grouplic.adapters.local_stripe.sessions import succeed
from grouplic.adapters.local_stripe.shapes import (
    new_charge,
    new_payment_intent,
    new_price,
    new_product,
)

_EVENTS = {"void": "invoice.voided", "uncollectible": "invoice.marked_uncollectible"}


def create(change: Change, params: Body) -> Body:
    """Write a draft for a customer."""
    customer = objects.find(change.connection, "customer", params["customer"])
    if customer is None:
        raise no_such("customer", params["customer"], status=400, param="customer")
    invoice = objects.add(change.connection, new_invoice(params, customer, change.now))
    change.happened("invoice.created", with_lines(change, invoice))
    return with_lines(change, invoice)


def add_lines(change: Change, invoice: Body, lines: list[Body]) -> Body:
    """Add lines to a draft."""
    _require(invoice, "draft")
    for params in lines:
        data = params["price_data"]
        if data["currency"].lower() != invoice["currency"].lower():
            raise ParameterError("The currency of a line must be the invoice's.", param="lines")
        product = objects.add(change.connection, new_product(data["product_data"], change.now))
        price = objects.add(change.connection, new_price(product["id"], data, change.now))
        line = new_invoice_line(invoice, params, price, change.now)
        objects.add(change.connection, line, parent=invoice["id"])
        for name in ("subtotal", "subtotal_excluding_tax", "total", "total_excluding_tax"):
            invoice[name] += line["amount"]
    invoice["amount_due"] = invoice["amount_remaining"] = invoice["total"]
    objects.save(change.connection, invoice)
    return with_lines(change, invoice)


def delete(change: Change, invoice: Body) -> Body:
    """Delete a draft, as if it had never been written."""
    _require(invoice, "draft")
    objects.remove(change.connection, invoice["id"])
    return {"id": invoice["id"], "object": "invoice", "deleted": True}


def finalize(change: Change, invoice: Body, params: Body) -> Body:
    """Open a draft: from here on its lines stay as they are, and it can be paid."""
    _require(invoice, "draft")
    page = change.config.page(f"/invoices/{invoice['id']}")
    invoice |= {"status": "open", "number": f"{new_id('')[:8].upper()}-0001"}
    invoice |= {"hosted_invoice_url": page, "invoice_pdf": f"{page}?print=1"}
    invoice |= {"auto_advance": params.get("auto_advance", False), "effective_at": change.now}
    invoice["status_transitions"]["finalized_at"] = change.now
    objects.save(change.connection, invoice)
    change.happened("invoice.finalized", with_lines(change, invoice))
    return with_lines(change, invoice)


def send(change: Change, invoice: Body) -> Body:
    """Mail an open invoice, which here means to say so."""
    _require(invoice, "open")
    change.happened("invoice.sent", with_lines(change, invoice))
    return with_lines(change, invoice)


def end(change: Change, invoice: Body, status: str) -> Body:
    """Void an open invoice, or mark it as uncollectible."""
    _require(invoice, "open", *(["uncollectible"] if status == "void" else []))
    invoice["status"] = status
    name = "voided_at" if status == "void" else "marked_uncollectible_at"
    invoice["status_transitions"][name] = change.now
    objects.save(change.connection, invoice)
    change.happened(_EVENTS[status], with_lines(change, invoice))
    return with_lines(change, invoice)


def pay(change: Change, invoice: Body) -> Body:
    """Pay an open invoice; one that was given up can be paid all the same."""
    _require(invoice, "open", "uncollectible")
    payer = {"amount_total": invoice["amount_due"], "currency": invoice["currency"]}
    payer |= {"customer": invoice["customer"], "payment_method_types": ["card"]}
    data = {"description": invoice["description"]}
    intent = objects.add(change.connection, new_payment_intent(payer, data, change.now))
    details = {"email": invoice["customer_email"], "name": invoice["customer_name"]}
    charge = objects.add(change.connection, new_charge(intent, details, change.now))
    intent["latest_charge"] = charge["id"]
    succeed(change, intent, charge)
    payment = new_invoice_payment(invoice, intent, change.now)
    objects.add(change.connection, payment, parent=invoice["id"])
    invoice |= {"status": "paid", "attempted": True, "amount_paid": invoice["amount_due"]}
    invoice |= {"amount_remaining": 0}
    invoice["status_transitions"]["paid_at"] = change.now
    objects.save(change.connection, invoice)
    change.happened("invoice.paid", with_lines(change, invoice))
    return with_lines(change, invoice)


def with_lines(change: Change, invoice: Body) -> Body:
    """Return the invoice with the first of its lines, as the API answers."""
    return {**invoice, "lines": lines(change, invoice["id"], objects.Page())}


def lines(change: Change, invoice_id: str, page: objects.Page) -> Body:
    """Return the list of an invoice's lines."""
    found, has_more = objects.lines_of(change.connection, invoice_id, page, "line_item")
    return objects.listing(f"/v1/invoices/{invoice_id}/lines", found, has_more)


def _require(invoice: Body, *statuses: str) -> None:
    if invoice["status"] not in statuses:
        raise ApiError(
            f"This invoice is {invoice['status']}, so this can no longer be done.",
            code="invoice_not_editable",
        )
