"""One person as operators see them, with what can be done for them."""

from dataclasses import dataclass

import reflex as rx

from grouplic.domain.orders import OrderKind
from grouplic.services import granting, overseeing
from grouplic.services.overseeing import Known
from grouplic.services.shop import Wish
from grouplic.ui import parts, seam
from grouplic.ui.money import counted, show_seats
from grouplic.ui.pages.operator import head_of_one, typed_number
from grouplic.ui.sent_once import SentOnce, emptied_when_done
from grouplic.ui.shell import page

el = rx.el


@dataclass(frozen=True)
class KnownRow:
    """Something that has a page."""

    words: str
    detail: str
    path: str


class PersonOversightState(seam.RefusableByForm, SentOnce, rx.State):
    """A person."""

    person_id: str = ""
    name: str = ""
    email: str = ""
    facts: str = ""
    sessions: int = 0
    unsent: int = 0
    erased: bool = False
    leads: list[KnownRow] = []
    learns: list[KnownRow] = []
    grantable: list[KnownRow] = []
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
        self.outcome = f"{counted(sent, 'mail is', 'mails are')} on the way again."

    @rx.event
    @seam.shows_refusals
    async def grant_group(self, form: dict):
        """Grant a new group to lead, with one module to begin with, and a reason."""
        if self._was_sent(form):
            return
        self.outcome = ""
        person_id, reason = self.person_id, str(form.get("reason", ""))
        name, chosen = str(form.get("group_name", "")), (str(form.get("module", "")),)
        seats = typed_number(form.get("quantity"))
        wish = Wish(OrderKind.NEW_GROUP, name, modules=chosen, seats=seats)
        await seam.act(
            self,
            lambda session, actor, now: granting.grant_new_group(
                session, wish, person_id, actor, reason, now
            ),
        )
        self._is_done()
        await self._read()
        self.outcome = f"A group with {show_seats(seats)} granted."

    @rx.event
    @seam.shows_refusals
    async def erase(self, form: dict):
        """Erase somebody who has asked for it."""
        person_id, reason = self.person_id, str(form.get("reason", ""))
        rule = seam.outside().reclaim_rule
        await seam.act(
            self,
            lambda session, actor, now: overseeing.erase_at_request(
                session, person_id, actor, reason, rule, now
            ),
        )
        await self._read()
        self.outcome = "Erased."

    async def _read(self):
        person_id = str(self.person)
        seen = await seam.act(
            self,
            lambda session, actor, now: overseeing.oversee_person(session, person_id, actor, now),
        )
        self.person_id, self.name, self.email = str(seen.id), seen.name, seen.email
        self.facts = f"{seen.role}, address {'confirmed' if seen.verified else 'not confirmed'}"
        self.sessions, self.unsent, self.erased = seen.sessions, seen.unsent, seen.erased
        self.leads, self.learns = known_rows(seen.leads), known_rows(seen.learns)
        self.grantable = [KnownRow(title, "", slug) for slug, title in seen.grantable]
        self.loaded = True


def person_oversight() -> rx.Component:
    """The page of a person."""
    state = PersonOversightState
    return page(
        head_of_one(
            state,
            "Operator · Person",
            rx.cond(state.erased, "Erased", rx.cond(state.name != "", state.name, "Person")),
            "people",
        ),
        rx.cond(
            state.loaded | (state.refusal == ""),
            parts.when_loaded(state.loaded, _person()),
        ),
        current="Operator",
    )


def _person() -> rx.Component:
    state = PersonOversightState
    return el.div(
        el.section(
            el.p(state.email, ", ", state.facts),
            el.p(
                rx.match(
                    state.sessions,
                    (0, "Signed in nowhere"),
                    (1, "Signed in in one browser"),
                    "Signed in in " + state.sessions.to_string() + " browsers",
                )
            ),
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
        known("Leads", state.leads, "Leads no group."),
        known("Learns in", state.learns, "Never held a seat."),
        parts.refusal_elsewhere(state, state.grant_group, state.erase),
        el.div(
            rx.cond(state.outcome != "", parts.notice("good", state.outcome, role="none")),
            role="status",
            class_name="refusal",
        ),
        rx.cond(state.erased, rx.fragment(), el.div(_grant(), _erase(), class_name="stack-wide")),
        class_name="stack-wide",
    )


def _grant() -> rx.Component:
    state = PersonOversightState
    return el.details(
        el.summary("Grant a new group"),
        el.form(
            el.p(
                "They lead it at once, for nothing, and are told by mail. More modules and seats "
                "are granted on its own page.",
                class_name="hint",
            ),
            emptied_when_done(
                state,
                parts.field("Name of the group", "group_name", required=True, max_length=100),
                module_choice(state.grantable),
                parts.field("Seats", "quantity", input_mode="numeric", required=True),
                reason_field("grant-group"),
            ),
            parts.refusal_at(state, state.grant_group),
            el.button("Grant the group", type="submit", class_name="btn"),
            on_submit=state.grant_group,
            class_name="stack",
        ),
        class_name="card",
    )


def module_choice(grantable: rx.Var[list[KnownRow]]) -> rx.Component:
    """A choice among modules, by title; their slug is sent."""
    return el.div(
        el.label("Module", html_for="module"),
        el.select(
            rx.foreach(grantable, lambda one: el.option(one.words, value=one.path)),
            id="module",
            name="module",
        ),
        class_name="field",
    )


def reason_field(name: str) -> rx.Component:
    """Why an operator does this, which is kept in the audit; ``name`` tells forms apart."""
    return el.div(
        el.label("Reason", html_for=name),
        el.input(id=name, name="reason", required=True, max_length=500),
        class_name="field",
    )


def _erase() -> rx.Component:
    state = PersonOversightState
    return el.details(
        el.summary("Erase this person at their request"),
        el.form(
            el.p(
                "Their name, address and password are blanked and they leave every group, by the "
                "same rules as if they deleted their account. What was bought and learned stays, "
                "without a name. This cannot be undone."
            ),
            parts.field(
                "How they asked for it",
                "reason",
                "Kept in the audit.",
                required=True,
                max_length=500,
            ),
            parts.refusal_at(state, state.erase),
            el.button("Erase this person", type="submit", class_name="btn danger"),
            on_submit=state.erase,
            class_name="stack",
        ),
        class_name="card",
    )


def known(title: str, rows: rx.Var[list[KnownRow]], none: str) -> rx.Component:
    """A card of things that have a page, or ``none``."""
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
                class_name="plain known",
            ),
            el.p(none, class_name="hint"),
        ),
        class_name="card",
    )


def known_rows(found: tuple[Known, ...]) -> list[KnownRow]:
    """Return them ready to show."""
    return [KnownRow(one.words, one.detail, one.path) for one in found]
