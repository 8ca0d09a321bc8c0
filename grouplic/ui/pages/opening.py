"""What a key or a join link opens, shown before anybody decides, and the ways in."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import reflex as rx

from grouplic.services.actors import Actor, actor_of
from grouplic.services.join_links import LinkPreview
from grouplic.services.joining import KeyPreview
from grouplic.services.wording import counted
from grouplic.ui import parts, seam
from grouplic.ui.pages.accounts import new_account_fields
from grouplic.ui.who import WhoState

el = rx.el


@dataclass(frozen=True)
class Opens:
    """A module that is opened."""

    title: str
    size: str


class Opening(seam.Refusable, rx.State, mixin=True):
    """What is opened, by whom, and the way back to here as a parameter of another address."""

    group_name: str = ""
    leader: str = ""
    modules: list[Opens] = []
    way_back: str = ""

    def _show(self, preview: KeyPreview | LinkPreview, way_back: str) -> None:
        self.group_name, self.leader = preview.group_name, preview.leader_name
        self.way_back = quote(way_back, safe="")
        self.modules = [
            Opens(m.title, f"{counted(m.lessons, 'lesson')} · {m.minutes} min")
            for m in preview.modules
        ]


def whoever_asks(cookie: str) -> Actor | None:
    """Return who holds this session cookie; nobody has to."""
    outside = seam.outside()
    with outside.database.reading() as session:
        return actor_of(session, cookie, outside.clock())


def card(state: Any, *ways: rx.Component, accepted: Any = "") -> rx.Component:
    """The group, its modules, what its leader will see, and the ways in."""
    return el.aside(
        rx.cond(accepted, el.span(accepted, class_name="chip")),
        el.h2(state.group_name),
        el.p(
            state.leader,
            " invites you to these modules, and will see your progress and scores in them.",
        ),
        el.ul(
            rx.foreach(state.modules, lambda one: el.li(el.b(one.title), el.span(one.size))),
            class_name="opens",
        ),
        *ways,
        class_name="card",
    )


def refused(state: Any) -> rx.Component:
    """What was refused here, or by the form that led back here."""
    return parts.refusal(rx.cond(state.refusal != "", state.refusal, WhoState.form_message))


def member(words: Any) -> rx.Component:
    """For whoever is in the group already."""
    return el.div(
        parts.notice("info", "You are in this group already. ", words),
        parts.link_button("Go to myLearning", "/my-learning", "primary wide"),
        class_name="stack",
    )


def join_button(words: str, join: Any) -> rx.Component:
    """For whoever is signed in."""
    return el.button(words, type="button", class_name="btn primary wide", on_click=join)


def new_account(state: Any, action: str, words: str, **carried: Any) -> rx.Component:
    """For visitors: a new account, or the ones they have; ``carried`` is posted along."""
    return el.form(
        *[el.input(type="hidden", name=name, value=value) for name, value in carried.items()],
        *new_account_fields(),
        el.button(words, type="submit", class_name="btn primary wide"),
        el.p(
            "Have an account? ",
            el.a("Sign in", href="/sign-in?next=" + state.way_back),
            ", or ",
            el.a("get a new password", href="/forgot-password?next=" + state.way_back),
            " if you forgot it. Both bring you back here.",
            class_name="hint center-text",
        ),
        action=action,
        method="post",
        on_submit=None,
        class_name="stack",
    )


def learning_hint(words: str) -> rx.Component:
    """The way on for whoever is done here."""
    return el.p(words, el.a("Go to myLearning", href="/my-learning"), class_name="hint")
