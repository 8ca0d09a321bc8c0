"""The choice of what to buy, its quote, and on to the payment."""

from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from urllib.parse import quote as quoted
from urllib.parse import urlencode

import reflex as rx

from grouplic.domain.orders import OrderKind
from grouplic.domain.quotes import MOST_SEATS, next_price
from grouplic.domain.refusals import Refusal
from grouplic.services import checkout, saved_quotes, shop
from grouplic.services.shop import Wish
from grouplic.services.unanswered_invoices import SentBefore
from grouplic.ui import seam
from grouplic.ui.leading import led
from grouplic.ui.money import counted, show_date, show_money
from grouplic.ui.pages.buy_paths import KINDS, adding_of, choice_path
from grouplic.ui.pages.buy_rows import Choice, Line, choice_of, look, show_line
from grouplic.ui.returning import has_returned


class BuyState(seam.Refusable, rx.State):
    """The choice being made. It is also kept in the address: signing in, the way back from the
    payment page and a reload lose nothing.
    """

    group_id: str = ""
    group_name: str = ""
    adding: str = ""
    seats: int = 10
    choices: list[Choice] = []
    lines: list[Line] = []
    total: str = ""
    hint: str = ""
    next_price: str = ""
    until: str = ""
    purchase_number: str = ""
    quote_id: str = ""
    quote_note: str = ""
    sent_before: str = ""
    sent_order: str = ""
    choose_anew: str = "/buy"
    sign_in_path: str = ""
    chosen: str = ""
    loaded: bool = False
    _slugs: list[str] = []
    _shown_end: datetime | None = None
    _placed: str = ""
    _placed_as: str = ""
    _sent: frozenset[str] = frozenset()
    _sent_as: str = ""

    @rx.event
    @seam.shows_refusals
    async def load(self):
        """Read the choice from the address; adding to a group is for its leader."""
        if self.loaded and await has_returned(self):
            await self._price()
            return
        self.loaded, self.purchase_number = False, seam.parameter(self, "po")[:100]
        self.quote_id, self.quote_note = seam.parameter(self, "quote"), ""
        self.choose_anew = "/buy"
        self.group_id = seam.parameter(self, "group")
        self.adding = seam.parameter(self, "add") if self.group_id else ""
        self._slugs = [slug for slug in seam.parameter(self, "modules").split(",") if slug]
        self.seats = _number(seam.parameter(self, "seats"), 5 if self.group_id else 10)
        self.group_name = seam.parameter(self, "name")[: shop.LONGEST_GROUP_NAME]
        if self.quote_id:
            await self._open_quote()
        elif self.group_id:
            group = await led(self, self.group_id)
            self.group_name = group.name
        await self._price()
        self._forget_sent()
        self.chosen, self._placed_as, self.loaded = "", "", True

    @rx.event
    @seam.shows_refusals
    async def choose(self, slug: str):
        """Choose a module, or put it back."""
        known = {choice.slug for choice in self.choices if not choice.owned}
        if slug not in known:
            raise Refusal("This module cannot be chosen.", "modules")
        self._slugs = [*{*self._slugs} ^ {slug}]
        await self._price()

    @rx.event
    @seam.shows_refusals
    async def set_number(self, seats: str):
        """Set the number of seats."""
        self.seats = _number(seats, 0)
        await self._price()

    @rx.event
    @seam.shows_refusals
    async def change_number(self, by: int):
        """Add a seat or take one away."""
        if by not in (-1, 1):
            raise Refusal("Seats are added one by one.", "seats")
        self.seats = min(max(self.seats + by, 1), MOST_SEATS)
        await self._price()

    @rx.event
    async def name_group(self, name: str):
        """Name the new group."""
        if not self.group_id:
            self.group_name = str(name)[: shop.LONGEST_GROUP_NAME]
            self._keep()

    @rx.event
    async def set_purchase_number(self, number: str):
        """Type the purchase order number that the invoice shall carry."""
        self.purchase_number = str(number)[:100]
        self._keep()

    @rx.event
    @seam.shows_refusals
    async def pay(self):
        """Place the order and go to the payment page; a visitor signs in first."""
        wish = self._wish_as_shown()
        async with self._shown_anew():
            await seam.read_as_anyone(
                self, lambda session, actor, now: _check(session, wish, actor, now)
            )
            if (waiting := await self._placed_before(wish)) and waiting.checkout_url:
                return rx.redirect(waiting.checkout_url)
            started = await seam.flow(
                self,
                lambda outside, actor, now: checkout.start_checkout(
                    outside.database, outside.payments, wish, actor, now
                ),
            )
        self._placed, self._placed_as = started.order_id, repr(wish)
        return rx.redirect(started.url)

    @rx.event
    @seam.shows_refusals
    async def pay_by_invoice(self):
        """Place the order and have its invoice mailed; ask first, if the same was just sent."""
        return await self._send_invoice(besides=())

    @rx.event
    @seam.shows_refusals
    async def send_second(self):
        """Have an invoice mailed besides those that were said to be sent."""
        return await self._send_invoice(besides=self._sent)

    @rx.event
    @seam.shows_refusals
    async def save_quote(self):
        """Keep these prices for 30 days, and show the quote."""
        wish = self._wish_as_shown()
        async with self._shown_anew():
            saved = await seam.act(
                self, lambda session, actor, now: saved_quotes.save_quote(session, wish, actor, now)
            )
        return rx.redirect(f"/quotes/{saved.id}")

    @asynccontextmanager
    async def _shown_anew(self):
        """Show what holds now beside the refusal of what was shown before."""
        try:
            yield
        except shop.RenewedMeanwhile:
            await self._price()
            raise

    async def _send_invoice(self, besides):
        wish, number = self._wish_as_shown(), self.purchase_number
        self._forget_sent()
        if waiting := await self._placed_before(wish, number):
            return rx.redirect(f"/orders/{waiting.id}")

        def work(outside, actor, now):
            days = outside.invoice_days
            return checkout.order_on_invoice(
                outside.database, outside.payments, wish, number, days, actor, now, besides
            )

        try:
            async with self._shown_anew():
                order_id = await seam.flow(self, work)
        except SentBefore as sent:
            self.sent_before, self.sent_order = sent.message, str(sent.order_id)
            self._sent, self._sent_as = sent.order_ids, _by_invoice(wish, number)
            return None
        self._placed, self._placed_as = str(order_id), _by_invoice(wish, number)
        return rx.redirect(f"/orders/{order_id}")

    def _forget_sent(self):
        self.sent_before, self.sent_order, self._sent = "", "", frozenset()

    async def _placed_before(self, wish: Wish, number: str | None = None):
        """Return the order of an earlier press, which a second one shall not place again."""
        how = repr(wish) if number is None else _by_invoice(wish, number)
        if self._placed_as != how:
            return None
        order_id = self._placed
        view = await seam.flow(
            self,
            lambda outside, actor, now: checkout.resume_checkout(
                outside.database, outside.payments, order_id, actor, now
            ),
        )
        return view if view.status in ("pending", "processing") else None

    async def _open_quote(self):
        quote_id = self.quote_id

        def work(session, actor, now):
            return saved_quotes.quote_of(session, quote_id, actor, now)

        try:
            view = await seam.read_as_anyone(self, work)
        except saved_quotes.QuoteExpired as expired:
            self.choose_anew = choice_path(expired.kind, expired.group_id)
            raise
        wish = view.wish
        self.group_id, self.adding = wish.group_id, adding_of(wish.kind)
        self.choose_anew = choice_path(wish.kind, wish.group_id)
        self.group_name = self.group_name or wish.group_name
        self._slugs, self.seats = list(wish.modules), wish.seats
        self.quote_note = f"Quote {view.number}, valid until {show_date(view.valid_until)}"

    async def _price(self):
        wish = self._wish()
        seen = await seam.read_as_anyone(
            self, lambda session, actor, now: look(session, wish, actor, now)
        )
        self.hint, self.until, self._shown_end = seen.hint, seen.until, seen.ends_at
        self.choices = [choice_of(offer, self._slugs, seen.owned) for offer in seen.offers]
        self._show_quote(seen.quote)
        if seen.quote and self.adding in ("modules", "renewal"):
            self.seats = seen.quote.seats
        self._keep()

    def _show_quote(self, quote):
        self.lines, self.total, self.next_price = [], "", ""
        if quote is None:
            return
        self.lines = [show_line(line, quote.currency) for line in quote.lines]
        self.total = show_money(quote.total, quote.currency)
        if self.adding in ("modules", "renewal") or self.quote_id:
            return
        if near := next_price(quote):
            price = show_money(near.per_seat, quote.currency)
            more = counted(near.more, "more seat")
            self.next_price = f"{more} and every seat costs less: {price} a seat."

    def _wish(self) -> Wish:
        return Wish(
            KINDS.get(self.adding, OrderKind.NEW_GROUP),
            self.group_name,
            self.group_id,
            tuple(self._slugs),
            self.seats,
            self.quote_id,
        )

    def _wish_as_shown(self) -> Wish:
        return replace(self._wish(), shown_end=self._shown_end)

    def _keep(self):
        if self._sent_as != _by_invoice(self._wish_as_shown(), self.purchase_number):
            self._forget_sent()  # that was about another choice
        chosen = {"modules": ",".join(sorted(self._slugs)), "seats": self.seats}
        if self.quote_id:
            chosen = {"quote": self.quote_id, "name": self.group_name}
        elif self.group_id:
            chosen |= {"group": self.group_id, "add": self.adding}
        else:
            chosen["name"] = self.group_name
        if self.purchase_number:
            chosen["po"] = self.purchase_number
        self.chosen = urlencode(chosen)
        self.sign_in_path = quoted(f"/buy?{self.chosen}", safe="")


def _by_invoice(wish: Wish, number: str) -> str:
    return f"{wish!r} by invoice {number}"


def _check(session, wish: Wish, actor, now) -> None:
    if actor is None:
        return
    if wish.quote_id:
        saved_quotes.redeem_quote(session, wish, actor, now)
    else:
        shop.answer(session, wish, actor, now)


def _number(text: str, default: int) -> int:
    text = str(text).strip()
    return int(text) if text.isdecimal() and len(text) <= 6 else default
