"""myTeaching: the groups one leads, and what the dashboard of one of them knows of its seats."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import reflex as rx

from grouplic.services import groups, overseeing
from grouplic.services.seat_map import seat_map
from grouplic.ui import parts, seam
from grouplic.ui.live import watch
from grouplic.ui.money import show_date
from grouplic.ui.numbers import written
from grouplic.ui.pages.first_minutes import FirstMinutesState, look_around
from grouplic.ui.pages.license import LicenseState
from grouplic.ui.pages.progress import ProgressState
from grouplic.ui.shell import page, page_head

el = rx.el


@dataclass(frozen=True)
class GroupRow:
    """A group in the list."""

    path: str
    name: str
    modules: str
    until: str
    taken: int
    bought: int
    open: int
    is_sandbox: bool


class TeachingState(seam.Refusable, rx.State):
    """The groups one leads."""

    rows: list[GroupRow] = []
    loaded: bool = False

    @rx.event
    @seam.shows_refusals
    async def load(self):
        """Read them."""
        cards = await seam.read(
            self, lambda session, actor, _now: groups.groups_led_by(session, actor)
        )
        self.rows = [
            GroupRow(
                f"/my-teaching/{card.id}",
                card.name,
                f"{card.modules} modules" if card.modules != 1 else "1 module",
                _until(card.ends_at),
                card.counts.taken,
                card.counts.bought,
                card.counts.open,
                card.is_sandbox,
            )
            for card in cards
        ]
        self.loaded = True


class GroupState(seam.Refusable, rx.State):
    """One group's seats, live."""

    group_id: str = ""
    name: str = ""
    modules: list[str] = []
    until: str = ""
    open: int = 0
    issued: int = 0
    taken: int = 0
    retired: int = 0
    completed: int = 0
    bought: int = 0
    seats: str = ""
    latest: int = 0
    latest_name: str = ""
    manages: bool = False
    leads_all: bool = False
    oversees: bool = False
    is_sandbox: bool = False
    loaded: bool = False

    @rx.event
    @seam.shows_refusals
    async def load(self):
        """Read the group's seats, and watch them."""
        group_id = str(self.group)
        if group_id != self.group_id:
            self.loaded, self.latest, self.latest_name = False, 0, ""
        await self._watch(group_id)
        await self._show(group_id)

    @rx.event
    async def redraw(self):
        """Show everything on the dashboard as it stands now, in one go."""
        for kind in (GroupState, LicenseState, FirstMinutesState, ProgressState):
            shown = await self.get_state(kind)
            if elsewhere := await shown.load():
                return elsewhere

    async def _show(self, group_id: str):
        def work(session, actor, _now):
            group = groups.led_group(session, actor, group_id, groups.May.SEE)
            modules = [module.title for module in groups.modules_of(session, group.id)]
            rights = groups.rights_in(session, group.id, actor)
            oversees = not groups.leads(session, group.id, actor)
            return group, modules, rights, oversees, seat_map(session, group.id, actor)

        group, modules, rights, oversees, seats = await seam.read(
            self, work, alike=("dashboard", group_id)
        )
        if self.loaded and seats.taken > self.taken:
            self.latest, self.latest_name = seats.latest_number, seats.latest_name
        seam.show(
            self,
            group_id=group_id,
            name=group.name,
            modules=modules,
            manages=groups.May.MANAGE_PEOPLE in rights,
            leads_all=groups.May.DO_EVERYTHING in rights,
            oversees=oversees,
            until=_until(group.ends_at),
            is_sandbox=group.sandbox_of_id is not None,
            open=seats.open,
            issued=seats.issued,
            taken=seats.taken,
            retired=seats.retired,
            completed=seats.completed,
            bought=seats.bought,
            seats=seats.seats,
        )
        if oversees and not self.loaded:
            await self._note_look(group.id)
        seam.show(self, loaded=True)

    async def _note_look(self, group_id: UUID):
        await seam.act(
            self,
            lambda session, actor, now: overseeing.note_look_at_dashboard(
                session, group_id, actor, now
            ),
        )

    async def _watch(self, group_id: str):
        # The right comes first, then the watch, then the picture: so nothing is shown to a
        # stranger, and no change falls between the picture and the watch.
        group = await seam.read(
            self,
            lambda session, actor, _now: groups.led_group(session, actor, group_id, groups.May.SEE),
            alike=("right to see", group_id),
        )
        watch(self, f"group:{group.id}", on=GroupState.redraw)


def _until(ends_at: datetime | None) -> str:
    return f"access until {show_date(ends_at)}" if ends_at else "access without an end"


def teaching() -> rx.Component:
    """The list of groups."""
    several = TeachingState.rows.length() > 0
    return page(
        page_head(
            "Groups you lead",
            "myTeaching",
            parts.how_it_works("your-first-group", "Your first group"),
            rx.cond(several, parts.link_button("Buy a group license", "/buy")),
        ),
        parts.refusal(TeachingState.refusal),
        parts.when_loaded(
            TeachingState.loaded,
            rx.cond(
                several,
                el.div(rx.foreach(TeachingState.rows, _group_row), class_name="modules groups"),
                parts.empty_state(
                    "No group yet",
                    "Buy a group license, and its dashboard is here at once.",
                    parts.link_button("Buy a group license", "/buy", "primary"),
                ),
            ),
        ),
        rx.cond(TeachingState.loaded, look_around()),
        current="myTeaching",
    )


def _group_row(row: rx.Var[GroupRow]) -> rx.Component:
    return el.a(
        el.p(
            row.modules,
            " · ",
            row.until,
            rx.cond(row.is_sandbox, " · sandbox", ""),
            class_name="eyebrow",
        ),
        el.h2(row.name),
        el.p(
            el.b(written(row.taken)),
            " of ",
            written(row.bought),
            rx.cond(row.bought == 1, " seat taken, ", " seats taken, "),
            written(row.open),
            " open",
            class_name="seats-line",
        ),
        parts.progress(row.taken, row.bought, "Seats taken"),
        href=row.path,
        key=row.path,
        class_name="card module",
    )
