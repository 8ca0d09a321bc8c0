"""One group as operators see it: its seats and leaders, what is granted and taken back."""

from urllib.parse import urlencode

import reflex as rx

from grouplic.domain.orders import OrderKind
from grouplic.services import granting, overseeing, withdrawing
from grouplic.services.shop import Wish
from grouplic.ui import parts, seam
from grouplic.ui.live import watch
from grouplic.ui.money import show_date, show_seats
from grouplic.ui.pages.operator import site_lists, typed_number
from grouplic.ui.pages.oversight import KnownRow, known, known_rows
from grouplic.ui.shell import page, page_head

el = rx.el


class GroupOversightState(seam.Refusable, rx.State):
    """A group."""

    group_id: str = ""
    name: str = ""
    ends: str = ""
    has_end: bool = False
    seats: str = ""
    orders_path: str = ""
    modules: list[str] = []
    leaders: list[KnownRow] = []
    grantable: list[KnownRow] = []
    outcome: str = ""
    taking: int = 0
    reason: str = ""
    foreseen: list[str] = []
    loaded: bool = False

    @rx.event
    @seam.shows_refusals
    async def load(self):
        """Read it, and watch it."""
        self.outcome, self.loaded, self.taking = "", False, 0
        group_id = str(self.group)
        seen = await seam.act(
            self,
            lambda session, actor, now: overseeing.look_at_group(session, group_id, actor, now),
        )
        watch(self, f"group:{seen.id}", on=GroupOversightState.refresh)
        self._show(seen)

    @rx.event
    @seam.shows_refusals
    async def refresh(self):
        """Read it again, since it has changed."""
        await self._read()

    @rx.event
    @seam.shows_refusals
    async def grant(self, form: dict):
        """Grant seats with a reason."""
        seats = typed_number(form.get("quantity"))
        await self._grant(Wish(OrderKind.ADD_SEATS, group_id=self.group_id, seats=seats), form)
        self.outcome = f"{show_seats(seats)} granted."

    @rx.event
    @seam.shows_refusals
    async def grant_module(self, form: dict):
        """Grant a module with a reason."""
        chosen = (str(form.get("module", "")),)
        await self._grant(Wish(OrderKind.ADD_MODULES, group_id=self.group_id, modules=chosen), form)
        self.outcome = "The module is open to everybody in the group."

    @rx.event
    @seam.shows_refusals
    async def grant_time(self, form: dict):
        """Grant the renewal that the catalog offers, with a reason."""
        await self._grant(Wish(OrderKind.RENEWAL, group_id=self.group_id), form)
        self.outcome = f"Renewed: access ends on {self.ends}."

    @rx.event
    @seam.shows_refusals
    async def ask_take_back(self, form: dict):
        """Say what taking seats back would do."""
        group_id, quantity = self.group_id, typed_number(form.get("taken_back"))
        self.outcome, self.taking = "", 0
        gone, missing = await seam.read(
            self,
            lambda session, actor, _now: withdrawing.foresee_take_back(
                session, group_id, quantity, actor
            ),
        )
        self.reason = str(form.get("reason", ""))[:500]
        sentences = [
            (gone.open, "open: gone at once."),
            (gone.issued, "with a key that was handed out: gone at once, the key stops working."),
            (gone.retired, "retired: gone at once."),
            (gone.taken, "taken: the learner stays, and the seat goes when it comes free."),
            (missing, "more than the group has: nothing happens for these."),
        ]
        self.foreseen = [f"{show_seats(number)} {rest}" for number, rest in sentences if number]
        self.taking = quantity

    @rx.event
    async def keep(self):
        """Take nothing back."""
        self.taking = 0

    @rx.event
    @seam.shows_refusals
    async def take_back(self):
        """Take seats back with a reason."""
        group_id, quantity, reason = self.group_id, self.taking, self.reason
        self.taking = 0
        done = await seam.act(
            self,
            lambda session, actor, now: withdrawing.take_back_seats(
                session, group_id, quantity, actor, reason, now
            ),
        )
        await self._read()
        owed = f" {show_seats(done.owed)} go when they come free." if done.owed else ""
        self.outcome = f"{show_seats(done.gone)} taken back.{owed}"

    async def _grant(self, wish: Wish, form: dict):
        reason = str(form.get("reason", ""))
        self.outcome = ""
        await seam.act(
            self,
            lambda session, actor, now: granting.grant_to_group(session, wish, actor, reason, now),
        )
        await self._read()

    async def _read(self):
        group_id = self.group_id
        seen = await seam.read(
            self, lambda session, actor, _now: overseeing.oversee_group(session, group_id, actor)
        )
        self._show(seen)

    def _show(self, seen: overseeing.GroupOversight):
        self.group_id, self.name = str(seen.id), seen.name
        self.orders_path = f"/operator/orders?{urlencode({'search': seen.name})}"
        self.has_end = seen.ends_at is not None
        self.ends = show_date(seen.ends_at) if seen.ends_at else "never"
        counts = seen.counts
        owed = f"; {seen.owed} of the taken ones go when they come free" if seen.owed else ""
        self.seats = (
            f"{counts.taken} taken, {counts.issued} handed out, {counts.open} open, "
            f"{counts.retired} retired of {counts.bought}{owed}"
        )
        self.modules, self.leaders = list(seen.modules), known_rows(seen.leaders)
        self.grantable = [KnownRow(title, "", slug) for slug, title in seen.grantable]
        self.loaded = True


def group_oversight() -> rx.Component:
    """The page of a group."""
    state = GroupOversightState
    return page(
        page_head("Operator · Group", rx.cond(state.name != "", state.name, "Group")),
        site_lists("groups"),
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
                    _facts(),
                    known("Leaders", state.leaders, "Nobody leads this group."),
                    el.div(
                        _grant_seats(),
                        rx.cond(state.grantable.length() > 0, _grant_module()),
                        rx.cond(state.has_end, _grant_time()),
                        _take_back(),
                        class_name="plots",
                    ),
                    class_name="stack-wide",
                ),
            ),
        ),
        current="Operator",
    )


def _facts() -> rx.Component:
    state = GroupOversightState
    return el.section(
        el.dl(
            el.dt("Seats"),
            el.dd(state.seats, id="seats-now"),
            el.dt("Ends"),
            el.dd(state.ends),
            el.dt("Modules"),
            el.dd(rx.foreach(state.modules, lambda title: el.div(title))),
            class_name="facts",
        ),
        el.p(
            el.a("See what its leaders see", href="/my-teaching/" + state.group_id),
            el.a("Its orders", href=state.orders_path),
            class_name="row wrap links",
        ),
        class_name="card",
    )


def _grant_seats() -> rx.Component:
    return _form(
        "Grant seats",
        "They are open at once, for nothing.",
        parts.field("Seats", "quantity", input_mode="numeric", required=True),
        _reason("grant-seats"),
        el.button("Grant seats", type="submit", class_name="btn primary"),
        on_submit=GroupOversightState.grant,
    )


def _grant_module() -> rx.Component:
    return _form(
        "Grant a module",
        "Everybody in the group can open it at once, for nothing.",
        el.div(
            el.label("Module", html_for="module"),
            el.select(
                rx.foreach(
                    GroupOversightState.grantable,
                    lambda one: el.option(one.words, value=one.path),
                ),
                id="module",
                name="module",
            ),
            class_name="field",
        ),
        _reason("grant-module"),
        el.button("Grant the module", type="submit", class_name="btn"),
        on_submit=GroupOversightState.grant_module,
    )


def _grant_time() -> rx.Component:
    return _form(
        "Grant time",
        "The group is renewed as its leaders could renew it, for nothing.",
        _reason("grant-time"),
        el.button("Renew", type="submit", class_name="btn"),
        on_submit=GroupOversightState.grant_time,
    )


def _take_back() -> rx.Component:
    state = GroupOversightState
    return el.div(
        el.form(
            el.h2("Take back seats"),
            el.p(
                "Open seats go first, then those whose key was handed out. Nobody is thrown out: "
                "a taken seat goes when it comes free.",
                class_name="hint",
            ),
            parts.field("Seats", "taken_back", input_mode="numeric", required=True),
            _reason("take-back"),
            el.button("See what would happen", type="submit", class_name="btn"),
            on_submit=state.ask_take_back,
            class_name="stack",
        ),
        el.div(
            rx.cond(
                state.taking > 0,
                el.div(
                    el.ul(rx.foreach(state.foreseen, lambda text: el.li(text)), class_name="plain"),
                    el.div(
                        el.button(
                            "Take them back",
                            type="button",
                            class_name="btn danger",
                            on_click=state.take_back,
                        ),
                        parts.button("Keep them", on_click=state.keep),
                        class_name="row wrap",
                    ),
                    class_name="stack notice warn",
                ),
            ),
            role="status",
        ),
        class_name="card stack",
    )


def _form(title: str, text: str, *content: rx.Component, **props) -> rx.Component:
    return el.form(
        el.h2(title),
        el.p(text, class_name="hint"),
        *content,
        reset_on_submit=True,
        class_name="card stack",
        **props,
    )


def _reason(name: str) -> rx.Component:
    return el.div(
        el.label("Reason", html_for=name),
        el.input(id=name, name="reason", required=True, max_length=500),
        class_name="field",
    )
