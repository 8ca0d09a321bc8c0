"""One order as operators see it: what was charged, what became of it, refunds and approval."""

from dataclasses import dataclass

import reflex as rx

from grouplic.domain.currencies import minor_units
from grouplic.services import invoicing, refunds
from grouplic.services.listing import Money
from grouplic.services.order_oversight import OrderOversight, look_at_order, oversee_order
from grouplic.ui import parts, seam
from grouplic.ui.live import watch
from grouplic.ui.money import show_moment, show_money, show_number, show_seats
from grouplic.ui.pages.operator import site_lists, typed_number
from grouplic.ui.shell import page, page_head

el = rx.el

_STATUS = {
    "pending": "not paid yet",
    "processing": "payment on its way",
    "fulfilled": "fulfilled",
    "failed": "payment failed",
    "expired": "expired",
}
_SEATS = ("open", "issued", "taken", "retired", "withdrawn")


@dataclass(frozen=True)
class Fact:
    """Something known of the order; ``path`` shows more of it."""

    name: str
    text: str
    path: str = ""


class OrderOversightState(seam.Refusable, rx.State):
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
    outcome: str = ""
    loaded: bool = False

    @rx.event
    @seam.shows_refusals
    async def load(self):
        """Read the order, and watch it."""
        self.outcome, self.loaded = "", False
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
    @seam.shows_refusals
    async def give_back(self, form: dict):
        """Refund the order, some of its seats, or an amount."""
        order_id, reason = self.order_id, str(form.get("reason", ""))
        amount, seats = None, None
        if form.get("what") == "seats":
            seats = typed_number(form.get("seats"))
        elif form.get("what") == "amount":
            amount = minor_units(str(form.get("amount", "")), self.currency)
        await seam.flow(
            self,
            lambda outside, actor, now: refunds.refund(
                outside.database, outside.payments, order_id, actor, reason, now, amount, seats
            ),
        )
        await self._read()
        self.outcome = "The money is on its way back. What became of the seats is shown below."

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


def operator_order() -> rx.Component:
    """The page."""
    state = OrderOversightState
    return page(
        page_head("Operator · Order", rx.cond(state.title != "", state.title, "Order")),
        site_lists("orders"),
        parts.refusal(state.refusal),
        el.div(
            rx.cond(state.outcome != "", parts.notice("good", state.outcome, role="none")),
            role="status",
            class_name="refusal",
        ),
        rx.cond(
            state.loaded | (state.refusal == ""),
            parts.when_loaded(
                state.loaded,
                el.div(
                    _facts_card("What was ordered", state.lines),
                    _facts_card("How it stands", state.facts),
                    rx.cond(state.refunds.length() > 0, _facts_card("Refunds", state.refunds)),
                    rx.cond(state.disputes.length() > 0, _facts_card("Disputes", state.disputes)),
                    rx.cond(state.approvable, _approval()),
                    rx.cond(state.left_amount > 0, _refund()),
                    class_name="stack-wide",
                ),
            ),
        ),
        current="Operator",
    )


def _facts_card(title: str, facts: rx.Var[list[Fact]]) -> rx.Component:
    return el.section(
        el.h2(title),
        el.dl(
            rx.foreach(
                facts,
                lambda fact: rx.fragment(
                    el.dt(fact.name),
                    el.dd(rx.cond(fact.path != "", el.a(fact.text, href=fact.path), fact.text)),
                ),
            ),
            class_name="facts",
        ),
        class_name="card",
    )


def _approval() -> rx.Component:
    return el.form(
        el.h2("Approve before the payment"),
        el.p(
            "The seats and modules come at once. The invoice stays open; should it never be paid, "
            "that is listed under Differences, and the seats stay until you take them back."
        ),
        parts.field("Reason", "reason", "Kept with the order.", required=True, max_length=500),
        el.button("Approve", type="submit", class_name="btn primary"),
        on_submit=OrderOversightState.approve,
        class_name="card stack",
    )


def _refund() -> rx.Component:
    state = OrderOversightState
    has_seats = state.seats_left > 0
    return el.form(
        el.h2("Give money back"),
        el.p("Up to ", el.b(state.left, id="left"), " can be given back."),
        el.fieldset(
            el.legend("What is given back"),
            el.div(
                _way(
                    "all",
                    "Everything that is left",
                    rx.cond(
                        has_seats,
                        state.seats_left.to_string()
                        + " seats are withdrawn: open ones first, then those whose key was handed "
                        "out. Whoever sits on one stays until it comes free.",
                        "No seat changes. Modules stay open until you decide under Differences.",
                    ),
                    default_checked=True,
                ),
                rx.cond(
                    has_seats,
                    _way(
                        "seats",
                        "The price of some seats",
                        "So many seats are withdrawn, in the same order.",
                        _typed("seats", "How many seats", "numeric"),
                    ),
                ),
                _way(
                    "amount",
                    "An amount",
                    "No seat changes, unless it is all that is left.",
                    _typed("amount", "Amount in " + state.currency.upper(), "decimal"),
                ),
                class_name="stack ways",
            ),
        ),
        parts.field("Reason", "reason", "Kept with the refund.", required=True, max_length=500),
        el.button("Give it back", type="submit", class_name="btn danger"),
        on_submit=OrderOversightState.give_back,
        class_name="card stack",
    )


def _way(
    value: str, label: str, hint: rx.Var[str] | str, *more: rx.Component, **props
) -> rx.Component:
    return el.div(
        el.label(
            el.input(type="radio", name="what", value=value, **props),
            el.span(label, el.span(hint, class_name="hint"), class_name="choice grow"),
            class_name="check-card",
        ),
        *more,
    )


def _typed(name: str, label: rx.Var[str] | str, mode: str) -> rx.Component:
    return el.div(
        el.label(label, html_for=name),
        el.input(
            id=name,
            name=name,
            input_mode=mode,
            auto_complete="off",
            aria_invalid=rx.cond(OrderOversightState.refused_field == name, "true", "false"),
        ),
        class_name="field asked",
    )


def _facts(seen: OrderOversight) -> list[Fact]:
    order = seen.order
    group = f"/operator/groups/{order.group_id}" if order.group_id else ""
    facts = [
        Fact("Status", _joined(_STATUS[order.status], f"by {order.source}", order.reason)),
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
