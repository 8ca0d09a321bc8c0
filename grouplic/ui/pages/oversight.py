"""One group and one person as operators see them, with what can be done about each."""

from dataclasses import dataclass

import reflex as rx

from grouplic.domain.orders import OrderKind
from grouplic.services import granting, overseeing
from grouplic.services.overseeing import Known
from grouplic.services.shop import Wish
from grouplic.ui import parts, seam
from grouplic.ui.money import show_date
from grouplic.ui.pages.operator import site_lists
from grouplic.ui.shell import page, page_head

el = rx.el


@dataclass(frozen=True)
class KnownRow:
    """Something that has a page."""

    words: str
    detail: str
    path: str


class GroupOversightState(seam.Refusable, rx.State):
    """A group."""

    group_id: str = ""
    name: str = ""
    ends: str = ""
    seats: str = ""
    modules: list[str] = []
    leaders: list[KnownRow] = []
    outcome: str = ""
    loaded: bool = False

    @rx.event
    @seam.shows_refusals
    async def load(self):
        """Read it."""
        self.outcome, self.loaded = "", False
        await self._read()

    @rx.event
    @seam.shows_refusals
    async def grant(self, form: dict):
        """Grant seats with a reason."""
        quantity, reason = _number(form), str(form.get("reason", ""))
        wish = Wish(OrderKind.ADD_SEATS, group_id=self.group_id, seats=quantity)
        await seam.act(
            self,
            lambda session, actor, now: granting.grant_to_group(session, wish, actor, reason, now),
        )
        await self._read()
        self.outcome = f"{quantity} seats granted."

    async def _read(self):
        group_id = str(self.group)
        seen = await seam.act(
            self,
            lambda session, actor, now: overseeing.oversee_group(session, group_id, actor, now),
        )
        self.group_id, self.name = str(seen.id), seen.name
        self.ends = show_date(seen.ends_at) if seen.ends_at else "never"
        counts = seen.counts
        self.seats = (
            f"{counts.taken} taken, {counts.issued} handed out, {counts.open} open, "
            f"{counts.retired} retired of {counts.bought}"
        )
        self.modules, self.leaders = list(seen.modules), _rows(seen.leaders)
        self.loaded = True


class PersonOversightState(seam.Refusable, rx.State):
    """A person."""

    person_id: str = ""
    name: str = ""
    email: str = ""
    facts: str = ""
    sessions: int = 0
    unsent: int = 0
    leads: list[KnownRow] = []
    learns: list[KnownRow] = []
    outcome: str = ""
    loaded: bool = False

    @rx.event
    @seam.shows_refusals
    async def load(self):
        """Read them."""
        self.outcome, self.loaded = "", False
        await self._read()

    @rx.event
    @seam.shows_refusals
    async def sign_out(self):
        """End all of their sessions."""
        person_id = self.person_id
        await seam.act(
            self,
            lambda session, actor, now: overseeing.sign_out_everywhere(
                session, person_id, actor, now
            ),
        )
        await self._read()
        self.outcome = "Signed out everywhere."

    @rx.event
    @seam.shows_refusals
    async def send_again(self):
        """Send mails that were given up once more."""
        person_id = self.person_id
        sent = await seam.act(
            self,
            lambda session, actor, now: overseeing.send_unsent_again(
                session, person_id, actor, now
            ),
        )
        await self._read()
        self.outcome = f"{sent} mails are on their way again."

    async def _read(self):
        person_id = str(self.person)
        seen = await seam.act(
            self,
            lambda session, actor, now: overseeing.oversee_person(session, person_id, actor, now),
        )
        self.person_id, self.name, self.email = str(seen.id), seen.name, seen.email
        self.facts = f"{seen.role}, mailbox {'proven' if seen.verified else 'not proven'}"
        self.sessions, self.unsent = seen.sessions, seen.unsent
        self.leads, self.learns = _rows(seen.leads), _rows(seen.learns)
        self.loaded = True


def group_oversight() -> rx.Component:
    """The page of a group."""
    state = GroupOversightState
    return page(
        page_head("Operator · Group", state.name),
        site_lists(),
        parts.refusal(state.refusal),
        rx.cond(state.outcome != "", parts.notice("good", state.outcome)),
        parts.when_loaded(
            state.loaded,
            el.div(
                el.section(
                    el.dl(
                        el.dt("Seats"),
                        el.dd(state.seats),
                        el.dt("Ends"),
                        el.dd(state.ends),
                        el.dt("Modules"),
                        el.dd(rx.foreach(state.modules, lambda title: el.div(title))),
                        class_name="facts",
                    ),
                    el.a("See what its leaders see", href="/my-teaching/" + state.group_id),
                    class_name="card",
                ),
                _known("Leaders", state.leaders, "Nobody leads this group."),
                _grant(),
                class_name="stack-wide",
            ),
        ),
        current="Operator",
    )


def person_oversight() -> rx.Component:
    """The page of a person."""
    state = PersonOversightState
    return page(
        page_head("Operator · Person", state.name),
        site_lists(),
        parts.refusal(state.refusal),
        rx.cond(state.outcome != "", parts.notice("good", state.outcome)),
        parts.when_loaded(
            state.loaded,
            el.div(
                el.section(
                    el.p(state.email, ", ", state.facts),
                    el.p("Signed in in ", state.sessions, " browsers"),
                    el.div(
                        parts.button(
                            "Sign out everywhere",
                            on_click=state.sign_out,
                            disabled=state.sessions == 0,
                        ),
                        parts.button(
                            "Send failed mails again",
                            on_click=state.send_again,
                            disabled=state.unsent == 0,
                        ),
                        class_name="row wrap",
                    ),
                    class_name="card",
                ),
                _known("Leads", state.leads, "Leads no group."),
                _known("Learns in", state.learns, "Never held a seat."),
                class_name="stack-wide",
            ),
        ),
        current="Operator",
    )


def _known(title: str, rows: rx.Var[list[KnownRow]], none: str) -> rx.Component:
    return el.section(
        el.h2(title),
        rx.cond(
            rows.length() > 0,
            el.ul(
                rx.foreach(
                    rows,
                    lambda row: el.li(
                        el.a(row.words, href=row.path), " ", el.span(row.detail, class_name="hint")
                    ),
                ),
                class_name="plain",
            ),
            el.p(none, class_name="hint"),
        ),
        class_name="card",
    )


def _grant() -> rx.Component:
    return el.form(
        el.h2("Grant seats"),
        parts.field("Seats", "quantity", input_mode="numeric", required=True),
        parts.field("Reason", "reason", "Kept in the audit.", required=True, max_length=500),
        el.button("Grant", type="submit", class_name="btn primary"),
        on_submit=GroupOversightState.grant,
        reset_on_submit=True,
        class_name="card stack",
    )


def _rows(known: tuple[Known, ...]) -> list[KnownRow]:
    return [KnownRow(one.words, one.detail, one.path) for one in known]


def _number(form: dict) -> int:
    text = str(form.get("quantity", "")).strip()
    return int(text) if text.isdecimal() and len(text) < 6 else 0
