"""What waits for an operator's decision: a difference to settle, a module to sell or not."""

import reflex as rx

from grouplic.services import differences, selling
from grouplic.services.listing import Money, Prices
from grouplic.ui import parts, seam
from grouplic.ui.money import show_moment, show_money, show_number, show_term
from grouplic.ui.pages.operator import head_of_one, shown_prices
from grouplic.ui.shell import page

el = rx.el

# What a difference says in minor units; `order` is the amount of the order.
_AMOUNTS = {"amount", "charged", "order", "overcharged", "refunded"}


class DifferenceState(seam.Refusable, rx.State):
    """One difference."""

    difference_id: str = ""
    sentence: str = ""
    found: str = ""
    subject: str = ""
    facts: list[str] = []
    order_path: str = ""
    settled: str = ""
    note: str = ""
    loaded: bool = False

    @rx.event
    @seam.shows_refusals
    async def load(self):
        """Read it."""
        self.loaded, self.difference_id = False, str(self.difference)
        await self._read()

    @rx.event
    @seam.shows_refusals
    async def settle(self, form: dict):
        """Note what was done about it."""
        difference_id, note = self.difference_id, str(form.get("note", ""))
        await seam.act(
            self,
            lambda session, actor, now: differences.settle_difference(
                session, difference_id, actor, note, now
            ),
        )
        await self._read()

    async def _read(self):
        difference_id = self.difference_id
        found, currency = await seam.read(
            self,
            lambda session, actor, _now: differences.read_difference(session, difference_id, actor),
        )
        self.sentence, self.subject = differences.SENTENCES[found.kind], found.subject
        self.found = show_moment(found.found_at)
        self.facts = [_show_fact(name, fact, currency) for name, fact in found.facts.items()]
        self.order_path = f"/operator/orders/{found.order_id}" if found.order_id else ""
        self.settled = show_moment(found.settled_at) if found.settled_at else ""
        self.note, self.loaded = found.note, True


def _show_fact(name: str, fact, currency: str) -> str:
    if currency and name in _AMOUNTS:
        fact = show_money(int(fact), currency)
    return f"{name.replace('_', ' ')}: {fact}"


class SellingState(seam.Refusable, rx.State):
    """One module."""

    module_id: str = ""
    title: str = ""
    folder: str = ""
    price: str = ""
    basis: str = ""
    term: str = ""
    groups: str = ""
    for_sale: bool = False
    loaded: bool = False

    @rx.event
    @seam.shows_refusals
    async def load(self):
        """Read it."""
        self.loaded, self.module_id = False, str(self.module)
        await self._read()

    @rx.event
    @seam.shows_refusals
    async def sell(self, wanted: bool):
        """Take it off sale, or put it on sale."""
        module_id = self.module_id
        await seam.act(
            self,
            lambda session, actor, now: selling.set_for_sale(
                session, module_id, wanted is True, actor, now
            ),
        )
        await self._read()

    async def _read(self):
        module_id = self.module_id
        seen = await seam.read(
            self, lambda session, actor, _now: selling.oversee_module(session, module_id, actor)
        )
        module = seen.module
        currency = module.price_currency
        tiers = tuple((tier.seats, Money(tier.amount, currency)) for tier in module.tiers)
        self.title, self.folder = module.title, module.slug
        self.price = shown_prices(Prices(Money(module.price_amount, currency), tiers))
        self.basis = module.tier_basis if tiers else ""
        self.term, self.groups = show_term(module.term), show_number(seen.groups)
        self.for_sale, self.loaded = module.for_sale, True


def difference_page() -> rx.Component:
    """The page of a difference."""
    state = DifferenceState
    return page(
        head_of_one(
            state,
            "Operator · Difference",
            rx.cond(state.loaded, state.sentence, "Difference"),
            "differences",
        ),
        rx.cond(state.loaded, parts.refusal(state.refusal)),
        rx.cond(
            state.loaded | (state.refusal == ""),
            parts.when_loaded(
                state.loaded,
                el.div(
                    el.section(
                        el.dl(
                            el.dt("Found"),
                            el.dd(state.found),
                            el.dt("About"),
                            el.dd(state.subject),
                            el.dt("Facts"),
                            el.dd(rx.foreach(state.facts, lambda text: el.div(text))),
                            class_name="facts",
                        ),
                        rx.cond(state.order_path != "", el.a("The order", href=state.order_path)),
                        class_name="card",
                    ),
                    rx.cond(state.settled != "", _settled(), _settle()),
                    class_name="stack-wide",
                ),
            ),
        ),
        current="Operator",
    )


def _settled() -> rx.Component:
    return el.div(
        parts.notice(
            "good",
            el.p("Settled on ", DifferenceState.settled, "."),
            el.p(DifferenceState.note),
        ),
    )


def _settle() -> rx.Component:
    return el.form(
        el.h2("Settle it"),
        parts.field(
            "What was done about it",
            "note",
            "Kept with the difference. It is listed again only when it is found anew.",
            rx.cond(DifferenceState.refused_field == "note", DifferenceState.refusal, ""),
            required=True,
            max_length=500,
        ),
        el.button("Settle", type="submit", class_name="btn primary"),
        on_submit=DifferenceState.settle,
        class_name="card stack",
    )


def module_page() -> rx.Component:
    """The page of a module."""
    state = SellingState
    return page(
        head_of_one(
            state,
            "Operator · Module",
            rx.cond(state.loaded, state.title, "Module"),
            "modules",
        ),
        rx.cond(state.loaded, parts.refusal(state.refusal)),
        rx.cond(
            state.loaded | (state.refusal == ""),
            parts.when_loaded(
                state.loaded, el.section(_module_facts(), *_selling(), class_name="card")
            ),
        ),
        current="Operator",
    )


def _module_facts() -> rx.Component:
    state = SellingState
    counts = rx.cond(
        state.basis == "order", "the seats of one order", "the seats the group has as well"
    )
    return el.dl(
        el.dt("Price a seat"),
        el.dd(state.price),
        rx.cond(state.basis != "", rx.fragment(el.dt("Counts"), el.dd(counts))),
        el.dt("License"),
        el.dd(state.term),
        el.dt("Groups that have it"),
        el.dd(state.groups),
        class_name="facts",
    )


def _selling() -> tuple[rx.Component, ...]:
    state = SellingState
    return (
        el.p(
            "Text, price and license are what ",
            el.code(state.folder, "/module.toml"),
            " says; whether it is for sale is decided here, and loading the catalog leaves that "
            "as it is.",
            class_name="hint",
        ),
        el.p(
            rx.cond(
                state.for_sale,
                "For sale. Taken off, nobody can buy it anew; groups that have it keep it, and can "
                "add seats.",
                "Not for sale. Groups that have it keep it, and can add seats.",
            ),
            role="status",
        ),
        rx.cond(
            state.for_sale,
            el.div(parts.button("Take it off sale", on_click=state.sell(False))),
            el.div(parts.primary("Put it on sale", type="button", on_click=state.sell(True))),
        ),
    )
