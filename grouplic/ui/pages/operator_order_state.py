"""What the operator's page of an order knows, and what can be asked of it."""

from dataclasses import dataclass

import reflex as rx

from grouplic.domain.currencies import minor_units
from grouplic.domain.orders import Order, OrderStatus, PayBy, Source
from grouplic.domain.refusals import Refusal
from grouplic.services import invoicing, refunds
from grouplic.services.listing import Money
from grouplic.services.order_oversight import OrderOversight, look_at_order, oversee_order
from grouplic.ui import seam
from grouplic.ui.live import watch
from grouplic.ui.money import show_moment, show_money, show_number, show_seats
from grouplic.ui.pages.operator import typed_number
from grouplic.ui.returning import has_returned
from grouplic.ui.sent_once import SentOnce

_STATUS = {
    "pending": "not paid yet",
    "processing": "payment on its way",
    "fulfilled": "fulfilled",
    "failed": "payment failed",
    "expired": "expired",
}
_KINDS = ("all", "seats", "amount")  # of refunds
_SEATS = ("open", "issued", "taken", "retired", "withdrawn")


@dataclass(frozen=True)
class Fact:
    """Something known of the order; ``path`` shows more of it."""

    name: str
    text: str
    path: str = ""


class OrderOversightState(seam.RefusableByForm, SentOnce, rx.State):
    """An order."""

    order_id: str = ""
    title: str = ""
    facts: list[Fact] = []
    lines: list[Fact] = []
    refunds: list[Fact] = []
    disputes: list[Fact] = []
    left: str = ""
    left_amount: int = 0
    seats_left: int = 0
    currency: str = ""
    approvable: bool = False
    what: str = "all"
    outcome: str = ""
    loaded: bool = False

    @rx.event
    @seam.shows_refusals
    async def load(self):
        """Read the order, and watch it."""
        if not await has_returned(self):
            self.outcome, self.what = "", "all"
        self.loaded = False
        order_id = str(self.order)
        seen = await seam.act(
            self, lambda session, actor, now: look_at_order(session, order_id, actor, now)
        )
        watch(self, f"order:{seen.order.id}", on=OrderOversightState.refresh)
        self._show(seen)

    @rx.event
    @seam.shows_refusals
    async def refresh(self):
        """Read it again, since it has changed."""
        await self._read()

    @rx.event
    async def choose_what(self, what: str):
        """Ask for the number that goes with this kind of refund, and for no other."""
        self.what = what if what in _KINDS else "all"

    @rx.event
    @seam.shows_refusals
    async def give_back(self, form: dict):
        """Refund the order, some of its seats, or an amount."""
        if self._was_sent(form):
            return
        order_id, reason = self.order_id, str(form.get("reason", ""))
        amount, seats = None, None
        _refuse_contradiction(form)
        if form["what"] == "seats":
            seats = typed_number(form.get("seats"))
        elif form["what"] == "amount":
            amount = minor_units(str(form.get("amount", "")), self.currency)
        await seam.flow(
            self,
            lambda outside, actor, now: refunds.refund(
                outside.database, outside.payments, order_id, actor, reason, now, amount, seats
            ),
        )
        await self._read()
        self.outcome = "The money is on its way back. What became of the seats is shown below."
        self._is_done()

    @rx.event
    @seam.shows_refusals
    async def approve(self, form: dict):
        """Grant what was ordered before its invoice is paid."""
        order_id, reason = self.order_id, str(form.get("reason", ""))
        await seam.act(
            self,
            lambda session, actor, now: invoicing.approve_invoice(
                session, order_id, actor, reason, now
            ),
        )
        await self._read()
        self.outcome = "Approved: the seats and modules are there. The invoice stays open."

    async def _read(self):
        order_id = self.order_id
        seen = await seam.read(
            self, lambda session, actor, _now: oversee_order(session, order_id, actor)
        )
        self._show(seen)

    def _show(self, seen: OrderOversight):
        order = seen.order
        self.order_id, self.currency = str(order.id), order.currency
        self.title = f"{order.group_name}: {order.kind.replace('_', ' ')}"
        self.facts = _facts(seen)
        self.lines = [
            Fact(line.title, f"{show_seats(line.seats)} × {_money(line.price)}")
            for line in seen.lines
        ]
        self.refunds = [
            Fact(
                f"{_money(one.money)}, {one.state}",
                _joined(
                    show_moment(one.at),
                    f"for {show_seats(one.seats)}" if one.seats else "",
                    f"by {one.made_by}" if one.made_by else "made at the provider",
                    one.reason,
                ),
            )
            for one in seen.refunds
        ]
        self.disputes = [
            Fact(
                f"{_money(one.money)}, {one.status.replace('_', ' ')}",
                _joined(
                    show_moment(one.opened_at),
                    one.reason.replace("_", " "),
                    f"answer by {show_moment(one.answer_by)}" if one.answer_by else "",
                ),
            )
            for one in seen.disputes
        ]
        self.left, self.left_amount = _money(seen.left), seen.left.amount
        self.seats_left, self.approvable = seen.seats_left, seen.approvable
        self.loaded = True


def _refuse_contradiction(form: dict) -> None:
    """Refuse one kind of refund beside what was typed for another: it may give back too much."""
    what = form.get("what")
    if what not in _KINDS:
        raise Refusal("Choose what is given back.")
    for other, words in (("seats", "a number of seats"), ("amount", "an amount")):
        if what != other and str(form.get(other) or "").strip():
            raise Refusal(f"You typed {words} and chose something else. Choose one of them.", other)


def _status(order: Order) -> str:
    if order.pay_by == PayBy.INVOICE and order.source == Source.PAYMENT:
        open_invoice = order.status == OrderStatus.PROCESSING
        stands = "invoice open" if open_invoice else _STATUS[order.status]
        return _joined(stands, "by invoice")
    return _joined(_STATUS[order.status], f"by {order.source}", order.reason)


def _facts(seen: OrderOversight) -> list[Fact]:
    order = seen.order
    group = f"/operator/groups/{order.group_id}" if order.group_id else ""
    facts = [
        Fact("Status", _status(order)),
        Fact("Approved by", seen.approved_by),
        Fact("Group", order.group_name, group),
        Fact("Buyer", f"{seen.buyer.words}, {seen.buyer.detail}", seen.buyer.path),
        Fact("Placed", show_moment(order.created_at)),
        Fact("Fulfilled", show_moment(order.fulfilled_at) if order.fulfilled_at else ""),
        Fact("Paid", show_moment(order.paid_at) if order.paid_at else ""),
        Fact("Total", show_money(order.amount_total, order.currency)),
        Fact("Discount", _some(order.discount_amount, order.currency)),
        Fact("Tax", _some(order.tax_amount, order.currency)),
        Fact("Given back", _some(order.refunded_amount, order.currency)),
        Fact("Invoice", order.invoice_number, order.invoice_url or ""),
        Fact("Due", show_moment(order.due_at) if order.due_at else ""),
        Fact("Purchase order", order.purchase_number),
        Fact("Receipt", "at the provider" if order.receipt_url else "", order.receipt_url or ""),
        Fact("Checkout", order.checkout_id or ""),
        Fact("Payment", order.payment_id or ""),
        Fact("Its seats now", _seats(seen)),
    ]
    return [fact for fact in facts if fact.text]


def _seats(seen: OrderOversight) -> str:
    counted = [f"{show_number(seen.seats[s])} {s}" for s in _SEATS if seen.seats.get(s)]
    owed = f"{show_number(seen.owed)} of the taken ones go when they come free"
    return ", ".join([*counted, *([owed] if seen.owed else [])])


def _joined(*texts: str) -> str:
    return " · ".join(text for text in texts if text)


def _some(amount: int, currency: str) -> str:
    return show_money(amount, currency) if amount else ""


def _money(money: Money) -> str:
    return show_money(money.amount, money.currency)
