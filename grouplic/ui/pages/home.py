"""The start page: what a group license is, and the modules."""

from dataclasses import dataclass

import reflex as rx

from grouplic.services import shop
from grouplic.ui import parts, seam
from grouplic.ui.money import show_money
from grouplic.ui.shell import page

el = rx.el


@dataclass(frozen=True)
class ModuleTeaser:
    """A module as the catalog shows it."""

    slug: str
    title: str
    summary: str
    audience: str
    outcomes: list[str]
    size: str
    price: str


class CatalogState(rx.State):
    """The modules for sale."""

    modules: list[ModuleTeaser] = []
    loaded: bool = False

    @rx.event
    async def load(self) -> None:
        """Read the catalog; anyone may."""
        offers = await seam.read_as_anyone(self, lambda session, _actor, _now: shop.offers(session))
        self.modules = [teaser(offer) for offer in offers]
        self.loaded = True


def teaser(offer: shop.Offer) -> ModuleTeaser:
    """Return the offer as the page shows it."""
    return ModuleTeaser(
        slug=offer.slug,
        title=offer.title,
        summary=offer.summary,
        audience=offer.audience,
        outcomes=list(offer.outcomes),
        size=f"{offer.lessons} lessons · {offer.minutes} min",
        price=show_money(offer.unit_amount, offer.currency),
    )


def home() -> rx.Component:
    """The page."""
    return page(
        _hero(),
        el.section(
            el.h2("Modules", id="modules"),
            parts.when_loaded(
                CatalogState.loaded,
                el.div(rx.foreach(CatalogState.modules, _card), class_name="modules"),
                8,
            ),
            class_name="stack",
        ),
        el.section(el.h2("How it works"), _way(), class_name="stack"),
        current="Modules",
    )


def _hero() -> rx.Component:
    return el.section(
        el.div(
            el.p("Group licenses of online modules", class_name="eyebrow"),
            el.h1("Buy seats once. Fill them in minutes. Watch people learn."),
            el.p(
                "Choose modules for your team or class, pay for the seats together, and hand out "
                "one key a person. You see every seat fill, live.",
                class_name="lead",
            ),
            el.div(
                parts.link_button("Buy a group license", "/buy", "primary"),
                parts.link_button("I have an enrollment key", "/redeem"),
                class_name="row wrap",
            ),
        ),
        el.div(
            *[el.span(class_name=f"seat {look}") for look in _PICTURE],
            class_name="seats hero-map",
            aria_hidden="true",
        ),
        class_name="hero-home",
    )


_PICTURE = ["done"] * 7 + ["taken"] * 9 + ["issued"] * 4 + ["open"] * 10


def _card(module: rx.Var[ModuleTeaser]) -> rx.Component:
    return el.article(
        el.h3(module.title),
        el.p(module.summary),
        el.ul(rx.foreach(module.outcomes, lambda outcome: el.li(outcome)), class_name="ticks"),
        el.div(
            el.span(module.size, class_name="eyebrow"),
            el.span(el.b(module.price), " a seat"),
            class_name="row between",
        ),
        parts.link_button("Choose this module", "/buy?modules=" + module.slug),
        class_name="card module",
    )


def _way() -> rx.Component:
    return parts.steps(
        ("Choose and pay", "Pick modules and a number of seats. Your group is ready at once."),
        ("Fill the seats", "Hand out enrollment keys; each opens one seat, for whoever holds it."),
        ("Watch people learn", "Every seat that is taken shows on your dashboard as it happens."),
    )
