"""The site as visitors find it: every page added, and what its head loads."""

import functools
from collections.abc import Callable, Sequence

import reflex as rx

from grouplic.domain.help import Article
from grouplic.services.catalog import ModuleText
from grouplic.ui.pages import catalog, help, home
from grouplic.ui.places import PLACES, WORKSHOP, Place
from grouplic.ui.who import WhoState

_FONTS = ("hanken-grotesk", "newsreader")
_SCRIPTS = (
    "stay-connected",
    "copy-from",
    "scan-code",
    "uploads",
    "study",
    "time-zone",
    "wayfinding",
    "keep-typed",
    "keep-choice",
    "show-password",
    "one-press",
    "seats",
)
_HELP = "How to buy, fill and follow a group license, in short answers."


def head() -> list[rx.Component]:
    """Return what every page's head loads, all of it from the site itself."""
    return [
        rx.el.link(rel="icon", href="/favicon.svg", type="image/svg+xml"),
        *[_preloaded_font(name) for name in _FONTS],
        *[rx.el.script(src=f"/{name}.js", defer=True) for name in _SCRIPTS],
    ]


def add_pages(
    made: rx.App,
    articles: Sequence[Article],
    written: Callable[[], Sequence[ModuleText]],
    in_production: bool,
) -> None:
    """Add every page; what only helps to develop the site is left out of production.

    ``written`` gives the modules as they are in the catalog's files, when a page is built.
    """
    start = Place(
        "/",
        lambda: home.home(written()),
        "Group licenses of online modules",
        [catalog.CatalogState.load],
    )
    workshop = () if in_production else WORKSHOP
    for place in (start, *PLACES, *_help(articles), *workshop):
        made.add_page(
            place.shows,
            route=place.route,
            title=f"{place.title} · Grouplic",
            description=place.description,
            image="/favicon.svg",
            on_load=[WhoState.load, *place.on_load],
        )


def _help(articles: Sequence[Article]) -> list[Place]:
    overview = Place("/help", lambda: help.overview(articles), "Help", description=_HELP)
    return [overview, *[_article(one) for one in articles]]


def _article(one: Article) -> Place:
    return Place(
        f"/help/{one.slug}",
        functools.partial(help.article, one),
        one.title,
        [help.VoteState.load],
        one.summary,
    )


def _preloaded_font(name: str) -> rx.Component:
    path = f"/fonts/{name}-latin-wght-normal.woff2"
    return rx.el.link(
        rel="preload",
        href=path,
        type="font/woff2",
        cross_origin="anonymous",
        custom_attrs={"as": "font"},
    )
