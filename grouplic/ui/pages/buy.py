"""The group license purchase page: modules × seats, the quote, and on to the payment."""

from dataclasses import dataclass
from urllib.parse import quote as quoted
from urllib.parse import urlencode

import reflex as rx

from grouplic.domain.orders import OrderKind
from grouplic.domain.quotes import MOST_SEATS
from grouplic.domain.refusals import Refusal
from grouplic.services import checkout, groups, shop
from grouplic.services.shop import Wish
from grouplic.ui import parts, seam
from grouplic.ui.money import show_money
from grouplic.ui.shell import page
from grouplic.ui.who import WhoState

el = rx.el


@dataclass(frozen=True)
class Choice:
    """A module to choose, or one that the group has already."""

    slug: str
    title: str
    size: str
    price: str
    chosen: bool
    owned: bool


@dataclass(frozen=True)
class Line:
    """One line of the quote."""

    title: str
    count: str
    amount: str


class BuyState(seam.Refusable, rx.State):
    """The choice being made. It is also kept in the address, so that signing in loses nothing."""

    group_id: str = ""
    group_name: str = ""
    adding: str = ""
    seats: int = 10
    choices: list[Choice] = []
    lines: list[Line] = []
    total: str = ""
    hint: str = ""
    sign_in_path: str = ""
    loaded: bool = False
    _slugs: list[str] = []

    @rx.event
    @seam.shows_refusals
    async def load(self):
        """Read the choice from the address; adding to a group is for its leader."""
        self.loaded = False
        self.group_id = seam.parameter(self, "group")
        self.adding = seam.parameter(self, "add") if self.group_id else ""
        self._slugs = [slug for slug in seam.parameter(self, "modules").split(",") if slug]
        self.seats = _number(seam.parameter(self, "seats"), 5 if self.group_id else 10)
        self.group_name = seam.parameter(self, "name")[: shop.LONGEST_GROUP_NAME]
        if self.group_id:
            group = await seam.read(
                self, lambda session, actor, _: groups.led_group(session, actor, self.group_id)
            )
            self.group_name = group.name
        await self._price()
        self.loaded = True

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
    @seam.shows_refusals
    async def pay(self):
        """Place the order and go to the payment page; a visitor signs in first."""
        wish = self._wish()
        await seam.read_as_anyone(self, lambda session, actor, _: _check(session, wish, actor))
        started = await seam.flow(
            self,
            lambda outside, actor, now: checkout.start_checkout(
                outside.database, outside.payments, wish, actor, now
            ),
        )
        return rx.redirect(started.url)

    async def _price(self):
        wish, group_id, adding = self._wish(), self.group_id, self.adding

        def work(session, actor, now):
            offers = shop.offers(session)
            owned = set()
            if group_id and actor:
                group = groups.led_group(session, actor, group_id)
                owned = shop.owned_modules(session, group.id)
            try:
                answer, hint = shop.answer(session, wish, actor, for_quote=True), ""
            except Refusal as refusal:
                answer, hint = None, refusal.message
            return offers, owned, answer, hint

        offers, owned, answer, self.hint = await seam.read_as_anyone(self, work)
        self.choices = [
            Choice(
                offer.slug,
                offer.title,
                f"{offer.lessons} lessons · {offer.minutes} min",
                show_money(offer.unit_amount, offer.currency),
                chosen=offer.slug in self._slugs,
                owned=offer.slug in owned,
            )
            for offer in offers
        ]
        self.lines, self.total = _show(answer.quote) if answer else ([], "")
        if answer and adding == "modules":
            self.seats = answer.quote.seats
        self._keep()

    def _wish(self) -> Wish:
        kind = {"seats": OrderKind.ADD_SEATS, "modules": OrderKind.ADD_MODULES}.get(
            self.adding, OrderKind.NEW_GROUP
        )
        return Wish(kind, self.group_name, self.group_id, tuple(self._slugs), self.seats)

    def _keep(self):
        chosen = {"modules": ",".join(sorted(self._slugs)), "seats": self.seats}
        if self.group_id:
            chosen |= {"group": self.group_id, "add": self.adding}
        else:
            chosen["name"] = self.group_name
        self.sign_in_path = quoted(f"/buy?{urlencode(chosen)}", safe="")


def buy() -> rx.Component:
    """The page."""
    return page(
        el.div(
            el.p(
                rx.match(
                    BuyState.adding,
                    ("seats", "Add Seats"),
                    ("modules", "Add Modules"),
                    "Group license",
                ),
                class_name="eyebrow",
            ),
            el.h1(
                rx.match(
                    BuyState.adding,
                    ("seats", "More seats for " + BuyState.group_name),
                    ("modules", "More modules for " + BuyState.group_name),
                    "Buy a group license",
                )
            ),
            class_name="page-head-plain",
        ),
        # A leader whose role does not include buying is told so instead of waiting.
        rx.cond(~BuyState.loaded, parts.refusal(BuyState.refusal)),
        parts.when_loaded(
            BuyState.loaded,
            el.div(
                el.div(_modules(), _seats(), _name(), class_name="stack-wide"),
                _summary(),
                class_name="buy",
            ),
            10,
        ),
        current="Modules",
    )


def _modules() -> rx.Component:
    return rx.cond(
        BuyState.adding != "seats",
        el.fieldset(
            el.legend("Modules"),
            el.p("Every seat opens every module of its group.", class_name="hint"),
            rx.foreach(BuyState.choices, _choice),
            class_name="card",
        ),
    )


def _choice(choice: rx.Var[Choice]) -> rx.Component:
    return el.label(
        el.input(
            type="checkbox",
            checked=choice.chosen | choice.owned,
            disabled=choice.owned,
            on_change=BuyState.choose(choice.slug).stop_propagation,
        ),
        el.span(
            el.b(choice.title),
            el.span(choice.size, class_name="hint"),
            rx.cond(choice.owned, el.span("Your group has it", class_name="chip")),
            class_name="grow choice",
        ),
        rx.cond(choice.owned, el.span(), el.span(choice.price, " a seat", class_name="price")),
        class_name=rx.cond(choice.owned, "check-card owned", "check-card"),
    )


def _seats() -> rx.Component:
    return rx.cond(
        BuyState.adding != "modules",
        el.div(
            el.label("Number of seats", html_for="seats"),
            el.div(
                parts.button("−", on_click=BuyState.change_number(-1), aria_label="One seat fewer"),
                el.input(
                    id="seats",
                    name="seats",
                    type="text",
                    input_mode="numeric",
                    value=BuyState.seats.to_string(),
                    on_change=BuyState.set_number.debounce(200),
                ),
                parts.button("+", on_click=BuyState.change_number(1), aria_label="One seat more"),
                class_name="stepper",
            ),
            class_name="card field",
        ),
    )


def _name() -> rx.Component:
    return rx.cond(
        BuyState.group_id == "",
        el.div(
            parts.field(
                "Group name",
                "group_name",
                hint="Your learners see it. You can tell your groups apart by it.",
                placeholder="Autumn intake",
                max_length=shop.LONGEST_GROUP_NAME,
                default_value=BuyState.group_name,
                on_change=BuyState.name_group.debounce(200),
            ),
            class_name="card",
        ),
    )


def _summary() -> rx.Component:
    return el.aside(
        el.h2("Your quote"),
        rx.foreach(
            BuyState.lines,
            lambda line: el.div(
                el.span(line.title, el.span(line.count, class_name="hint")),
                el.span(line.amount),
                class_name="line",
            ),
        ),
        rx.cond(
            BuyState.total != "",
            el.div(el.span("Total"), el.b(BuyState.total, id="total"), class_name="line total"),
            el.p(BuyState.hint, class_name="hint", id="quote-hint"),
        ),
        parts.refusal(BuyState.refusal),
        rx.cond(
            WhoState.signed_in,
            el.button(
                "Continue to payment",
                class_name="btn primary wide",
                on_click=BuyState.pay,
                disabled=BuyState.total == "",
            ),
            el.div(
                el.a(
                    "Create an account to pay",
                    href="/sign-up?next=" + BuyState.sign_in_path,
                    class_name="btn primary wide",
                ),
                el.p(
                    "or ",
                    el.a("sign in", href="/sign-in?next=" + BuyState.sign_in_path),
                    ". Your choice is kept.",
                    class_name="hint center-text",
                ),
            ),
        ),
        class_name="card quote",
        aria_live="polite",
    )


def _show(quote) -> tuple[list[Line], str]:
    lines = [
        Line(
            line.module.title,
            f"{line.quantity:,} × {show_money(line.module.unit_amount, quote.currency)}",
            show_money(line.amount, quote.currency),
        )
        for line in quote.lines
    ]
    return lines, show_money(quote.total, quote.currency)


def _check(session, wish: Wish, actor) -> None:
    if actor is None:
        return
    shop.answer(session, wish, actor)


def _number(text: str, default: int) -> int:
    text = str(text).strip()
    return int(text) if text.isdecimal() and len(text) <= 6 else default
