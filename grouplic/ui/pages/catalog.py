"""The modules for sale, as the start page shows them."""

from collections.abc import Sequence
from dataclasses import dataclass

import reflex as rx

from grouplic.services import shop
from grouplic.services.catalog import ModuleText
from grouplic.ui import parts, seam
from grouplic.ui.money import show_money, show_number, show_term

el = rx.el


@dataclass(frozen=True)
class ModuleTeaser:
    """A module as the catalog shows it; the price is empty until it is known."""

    slug: str
    title: str
    summary: str
    audience: str
    outcomes: list[str]
    size: str
    price: str = ""
    volume: str = ""
    term: str = ""


class CatalogState(rx.State):
    """The modules for sale, with their prices."""

    modules: list[ModuleTeaser] = []
    loaded: bool = False

    @rx.event
    async def load(self) -> None:
        """Read the catalog; anyone may."""
        offers = await seam.read_as_anyone(self, lambda session, _actor, _now: shop.offers(session))
        self.modules = [_teaser(offer) for offer in offers]
        self.loaded = True


def modules(written: Sequence[ModuleText]) -> rx.Component:
    """The modules: as they were written when the site was built, then as they are for sale now.

    What was written stands in the first HTML, in cards of the same size, so that nothing jumps.
    """
    first = rx.Var.create([_as_written(text) for text in written])
    return el.div(
        rx.foreach(rx.cond(CatalogState.loaded, CatalogState.modules, first), _card),
        class_name="modules pairs",
    )


def _teaser(offer: shop.Offer) -> ModuleTeaser:
    return ModuleTeaser(
        slug=offer.slug,
        title=offer.title,
        summary=offer.summary,
        audience=offer.audience,
        outcomes=list(offer.outcomes),
        size=_size(offer.lessons, offer.minutes),
        price=show_money(offer.unit_amount, offer.currency),
        volume=", ".join(
            f"{show_money(tier.amount, offer.currency)} from {show_number(tier.seats)} seats"
            for tier in offer.tiers
        ),
        term=show_term(offer.term),
    )


def _as_written(text: ModuleText) -> ModuleTeaser:
    return ModuleTeaser(
        slug=text.slug,
        title=text.title,
        summary=text.summary,
        audience=text.audience,
        outcomes=list(text.outcomes),
        size=_size(len(text.lessons), sum(lesson.minutes for lesson in text.lessons)),
    )


def _size(lessons: int, minutes: int) -> str:
    return f"{lessons} lesson{'' if lessons == 1 else 's'} · {minutes} min"


def _card(module: rx.Var[ModuleTeaser]) -> rx.Component:
    return el.article(
        el.p(module.size, class_name="eyebrow"),
        el.h3(module.title),
        el.p(module.summary, class_name="summary"),
        rx.cond(module.audience != "", el.p("For: ", module.audience, class_name="hint")),
        el.details(
            el.summary(
                "What people learn", el.span(" in ", module.title, class_name="visually-hidden")
            ),
            el.ul(rx.foreach(module.outcomes, lambda outcome: el.li(outcome)), class_name="ticks"),
            class_name="outcomes",
        ),
        el.div(
            el.p(
                el.span(
                    # Of its later height from the start.
                    rx.cond(module.price != "", module.price, "\u00a0"),
                    class_name="num",
                ),
                rx.cond(module.price != "", " a seat", ""),
                el.span(
                    rx.cond(module.volume != "", module.volume, module.term),
                    class_name="hint volume",
                ),
                class_name="grow",
            ),
            parts.link_button(
                "Choose",
                "/buy?modules=" + module.slug,
                aria_label="Choose " + module.title,
            ),
            class_name="row foot-row",
        ),
        class_name="card module",
    )
