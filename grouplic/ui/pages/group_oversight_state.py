"""What the operator's page of a group knows, and what can be asked of it."""

from datetime import datetime
from urllib.parse import urlencode

import reflex as rx

from grouplic.domain.orders import OrderKind
from grouplic.services import granting, overseeing, withdrawing
from grouplic.services.shop import RenewedMeanwhile, Wish
from grouplic.ui import seam
from grouplic.ui.live import watch
from grouplic.ui.money import show_date, show_seats
from grouplic.ui.pages.operator import typed_number
from grouplic.ui.pages.oversight import KnownRow, known_rows
from grouplic.ui.returning import has_returned
from grouplic.ui.sent_once import SentOnce


class GroupOversightState(seam.RefusableByForm, SentOnce, rx.State):
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
    _shown_end: datetime | None = None

    @rx.event
    @seam.shows_refusals
    async def load(self):
        """Read it, and watch it."""
        if not await has_returned(self):
            self.outcome, self.taking = "", 0
        self.loaded = False
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
        if self._was_sent(form):
            return
        seats = typed_number(form.get("quantity"))
        await self._grant(Wish(OrderKind.ADD_SEATS, group_id=self.group_id, seats=seats), form)
        self.outcome = f"{show_seats(seats)} granted."

    @rx.event
    @seam.shows_refusals
    async def grant_module(self, form: dict):
        """Grant a module with a reason."""
        if self._was_sent(form):
            return
        chosen = (str(form.get("module", "")),)
        await self._grant(Wish(OrderKind.ADD_MODULES, group_id=self.group_id, modules=chosen), form)
        self.outcome = "The module is open to everybody in the group."

    @rx.event
    @seam.shows_refusals
    async def grant_time(self, form: dict):
        """Grant the renewal that the catalog offers, with a reason."""
        if self._was_sent(form):
            return
        wish = Wish(OrderKind.RENEWAL, group_id=self.group_id, shown_end=self._shown_end)
        try:
            await self._grant(wish, form)
        except RenewedMeanwhile:
            await self._read()
            raise
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
        if not self.taking:
            return  # pressed twice
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
        self._is_done()
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
        self.has_end, self._shown_end = seen.ends_at is not None, seen.ends_at
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
