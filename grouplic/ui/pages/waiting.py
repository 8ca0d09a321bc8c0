"""The waiting list of a group: its order, who joins it, who leaves it."""

from dataclasses import dataclass

import reflex as rx

from grouplic.domain.refusals import Refusal
from grouplic.services import people_form, waiting
from grouplic.services.inviting import Invitee
from grouplic.services.waiting import Where
from grouplic.ui import parts, seam
from grouplic.ui.money import show_date
from grouplic.ui.sent_once import SentOnce, number_of_form
from grouplic.ui.typed_address import address_field

el = rx.el

_PAGE = 25


@dataclass(frozen=True)
class WaitingPerson:
    """Somebody who waits."""

    id: str
    place: int
    name: str
    email: str
    since: str


class WaitingState(seam.Refusable, SentOnce, rx.State):
    """One page of the waiting list."""

    rows: list[WaitingPerson] = []
    total: int = 0
    skipped: int = 0
    outcome: str = ""

    @rx.event
    @seam.shows_refusals
    async def load(self):
        """Read the list."""
        self.rows = []
        await self._read()

    @rx.event
    @seam.shows_refusals
    async def turn(self, by: int):
        """Turn a page."""
        self.skipped = max(0, self.skipped + (_PAGE if by == 1 else -_PAGE))
        await self._read()

    @rx.event
    @seam.shows_refusals
    async def add(self, form: dict):
        """Put somebody on the list."""
        if self._was_sent(form):
            return
        group_id, self.outcome = str(self.group), ""
        person = Invitee(
            str(form.get("email", "")),
            str(form.get("first_name", "")),
            str(form.get("last_name", "")),
        )
        self.outcome = await seam.flow(
            self, lambda outside, actor, _now: people_form.wait(outside, group_id, person, actor)
        )
        self._is_done()
        await self._read()

    @rx.event
    @seam.shows_refusals
    async def move(self, waiting_id: str, where: str):
        """Move somebody to the front, up or down."""
        if str(where) not in set(Where):
            raise Refusal("The list has no such place.")
        group_id, wanted, place = str(self.group), str(waiting_id), Where(str(where))
        await seam.act(
            self,
            lambda session, actor, now: waiting.move_on_waiting_list(
                session, group_id, wanted, place, actor, now
            ),
        )
        await self._read()

    @rx.event
    @seam.shows_refusals
    async def take_off(self, waiting_id: str):
        """Take somebody off the list."""
        group_id, wanted = str(self.group), str(waiting_id)
        await seam.act(
            self,
            lambda session, actor, now: waiting.take_off_waiting_list(
                session, group_id, wanted, actor, now
            ),
        )
        self.outcome = ""
        await self._read()

    async def _read(self):
        group_id, skip = str(self.group), self.skipped
        rows, self.total = await seam.read(
            self,
            lambda session, actor, _now: waiting.waiting_list(
                session, group_id, actor, _PAGE, skip
            ),
        )
        if skip and not rows:
            self.skipped = 0
            return await self._read()
        self.rows = [
            WaitingPerson(
                str(row.id), row.place, row.name or row.email, row.email, show_date(row.added_at)
            )
            for row in rows
        ]
        return None


def waiting_list() -> rx.Component:
    """The panel."""
    return el.section(
        el.h2("Waiting list"),
        el.p(
            "It fills by itself: whenever seats are bought or come back, the first of the list "
            "get them, with a mail.",
            class_name="hint",
        ),
        parts.refusal(WaitingState.refusal),
        el.div(
            rx.cond(WaitingState.outcome != "", parts.notice("good", WaitingState.outcome)),
            role="status",
        ),
        rx.cond(
            WaitingState.total > 0,
            el.ol(rx.foreach(WaitingState.rows, _row), class_name="plain waiters"),
            el.p("Nobody waits.", class_name="hint"),
        ),
        rx.cond(WaitingState.total > _PAGE, _pager()),
        _add(),
        class_name="card",
        id="waiting-list",
    )


def _row(row: rx.Var[WaitingPerson]) -> rx.Component:
    return el.li(
        el.b(row.place, class_name="place"),
        el.div(
            el.b(row.name),
            el.span(row.email, " · since ", row.since, class_name="hint"),
            class_name="choice grow",
        ),
        el.div(
            parts.doing("To the front", WaitingState.move(row.id, "front"), row.email),
            parts.doing("Up", WaitingState.move(row.id, "up"), row.email),
            parts.doing("Down", WaitingState.move(row.id, "down"), row.email),
            parts.doing("Take off", WaitingState.take_off(row.id), row.email),
            class_name="row wrap",
        ),
        key=row.id,
    )


def _pager() -> rx.Component:
    return el.div(
        parts.button("Earlier", on_click=WaitingState.turn(-1), disabled=WaitingState.skipped == 0),
        el.span(WaitingState.total, " people wait", role="status"),
        parts.button(
            "Later",
            on_click=WaitingState.turn(1),
            disabled=WaitingState.skipped + _PAGE >= WaitingState.total,
        ),
        class_name="row wrap",
    )


def _add() -> rx.Component:
    return el.details(
        el.summary("Put somebody on the list"),
        el.form(
            el.div(
                address_field("email", form=WaitingState.form_id),
                parts.field("First name", "first_name", max_length=100),
                parts.field("Last name", "last_name", max_length=100),
                class_name="fields",
            ),
            number_of_form(WaitingState),
            el.div(el.button("Put on the list", type="submit", class_name="btn")),
            on_submit=WaitingState.add,
            key=WaitingState.form_id,
            class_name="stack",
        ),
        class_name="more",
    )
