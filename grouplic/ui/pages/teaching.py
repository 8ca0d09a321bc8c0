"""myTeaching: the groups one leads, and the live dashboard of one of them."""

from dataclasses import dataclass
from uuid import UUID

import reflex as rx

from grouplic.services import groups, overseeing
from grouplic.services.seat_map import MOST_TILES, seat_map
from grouplic.ui import parts, seam
from grouplic.ui.live import watch
from grouplic.ui.money import show_date
from grouplic.ui.pages import progress_panels
from grouplic.ui.pages.first_minutes import FirstMinutesState, first_minutes, look_around
from grouplic.ui.pages.license import LicenseState, license_notices
from grouplic.ui.pages.progress import ProgressState
from grouplic.ui.shell import page, page_head

el = rx.el


@dataclass(frozen=True)
class GroupRow:
    """A group in the list."""

    path: str
    name: str
    modules: str
    taken: int
    bought: int
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
                card.counts.taken,
                card.counts.bought,
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
    sentence: str = ""
    latest: int = 0
    latest_name: str = ""
    manages: bool = False
    leads_all: bool = False
    oversees: bool = False
    loaded: bool = False

    @rx.event
    @seam.shows_refusals
    async def load(self):
        """Read the group's seats, and watch them."""
        group_id = str(self.group)
        self.loaded = self.loaded and group_id == self.group_id

        await self._watch(group_id)

        def work(session, actor, _now):
            group = groups.led_group(session, actor, group_id, groups.May.SEE)
            modules = [module.title for module in groups.modules_of(session, group.id)]
            rights = groups.rights_in(session, group.id, actor)
            oversees = not groups.leads(session, group.id, actor)
            return group, modules, rights, oversees, seat_map(session, group.id, actor)

        group, self.modules, rights, self.oversees, seats = await seam.read(self, work)
        if self.loaded and seats.taken > self.taken:
            self.latest, self.latest_name = seats.latest_number, seats.latest_name
        self.group_id, self.name = str(group.id), group.name
        self.manages = groups.May.MANAGE_PEOPLE in rights
        self.leads_all = groups.May.DO_EVERYTHING in rights
        self.until = f"access until {show_date(group.ends_at)}" if group.ends_at else "no end date"
        self.open, self.issued, self.taken = seats.open, seats.issued, seats.taken
        self.retired, self.completed = seats.retired, seats.completed
        self.bought, self.seats, self.sentence = seats.bought, seats.seats, seats.sentence
        if self.oversees and not self.loaded:
            await self._note_look(group.id)
        self.loaded = True
        return FirstMinutesState.load

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
        )
        watch(self, f"group:{group.id}", on=_redraw)


def _redraw():
    return [GroupState.load(), LicenseState.load(), ProgressState.load()]


def teaching() -> rx.Component:
    """The list of groups."""
    return page(
        page_head(
            "Groups you lead",
            "myTeaching",
            parts.how_it_works("your-first-group", "Your first group"),
        ),
        parts.refusal(TeachingState.refusal),
        parts.when_loaded(
            TeachingState.loaded,
            rx.cond(
                TeachingState.rows.length() > 0,
                el.div(rx.foreach(TeachingState.rows, _group_row), class_name="modules"),
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


def group() -> rx.Component:
    """The dashboard of one group."""
    return page(
        parts.closed(GroupState.refusal),
        rx.cond(GroupState.refusal == "", parts.when_loaded(GroupState.loaded, _dashboard(), 8)),
        current="myTeaching",
    )


def _group_row(row: rx.Var[GroupRow]) -> rx.Component:
    return el.a(
        el.p(row.modules, rx.cond(row.is_sandbox, " · sandbox", ""), class_name="eyebrow"),
        el.h2(row.name),
        el.p(el.b(row.taken), " of ", row.bought, " seats taken"),
        parts.progress(row.taken, row.bought, "Seats taken"),
        href=row.path,
        class_name="card module",
    )


def _dashboard() -> rx.Component:
    path = "/buy?group=" + GroupState.group_id
    return el.div(
        page_head(
            el.span(
                "Group license · ",
                GroupState.modules.length(),
                rx.cond(GroupState.modules.length() == 1, " module · ", " modules · "),
                GroupState.until,
                rx.cond(GroupState.leads_all, _settings_link()),
            ),
            GroupState.name,
            parts.how_it_works("group-license-faq", "Group licenses"),
            rx.cond(GroupState.leads_all, parts.link_button("Add Modules", path + "&add=modules")),
            rx.cond(GroupState.leads_all, parts.link_button("Add Seats", path + "&add=seats")),
            rx.cond(GroupState.manages, _users_menu()),
        ),
        rx.cond(GroupState.oversees, _read_only()),
        first_minutes(),
        license_notices(GroupState),
        _seats(),
        progress_panels.answers(),
        progress_panels.learners(),
        progress_panels.summary_wish(),
        el.section(
            el.h2("Modules"),
            el.ul(rx.foreach(GroupState.modules, lambda title: el.li(title)), class_name="plain"),
            el.a(
                "See what your learners read",
                href="/my-teaching/" + GroupState.group_id + "/preview",
            ),
            class_name="card",
        ),
        class_name="stack-wide",
    )


def _read_only() -> rx.Component:
    return parts.notice(
        "info",
        "You see what the leaders of this group see. Nothing can be changed from here. ",
        el.a("Back to the group's page", href="/operator/groups/" + GroupState.group_id),
    )


def _settings_link() -> rx.Component:
    path = "/my-teaching/" + GroupState.group_id
    return el.span(
        " · ",
        el.a("Orders", href=path + "/orders"),
        " · ",
        el.a("Settings", href=path + "/settings"),
    )


def _users_menu() -> rx.Component:
    return el.details(
        el.summary("Users", class_name="btn primary"),
        el.div(
            el.a("Invite via Email", href="/my-teaching/" + GroupState.group_id + "/invite"),
            el.a("Enrollment Key Codes", href="/my-teaching/" + GroupState.group_id + "/keys"),
            el.a("Upload a CSV File", href="/my-teaching/" + GroupState.group_id + "/upload"),
            el.a("Manage People", href="/my-teaching/" + GroupState.group_id + "/people"),
            class_name="panel",
        ),
        class_name="menu users",
    )


def _seats() -> rx.Component:
    counts = [
        ("done", "Completed", GroupState.completed),
        ("taken", "Learning", GroupState.taken - GroupState.completed),
        ("issued", "Key handed out", GroupState.issued),
        ("open", "Open", GroupState.open),
        ("retired", "Retired", GroupState.retired),
    ]
    return el.section(
        el.div(
            el.p(
                el.span(GroupState.taken, id="taken"),
                el.span(" of ", el.span(GroupState.bought, id="bought"), class_name="of"),
                class_name="big",
            ),
            el.p("seats taken", class_name="lead"),
            el.p(GroupState.open, " open, ", GroupState.issued, " keys handed out"),
            el.p(
                el.i(aria_hidden="true"),
                rx.cond(
                    GroupState.latest > 0,
                    "Live. "
                    + GroupState.latest_name
                    + " took seat "
                    + GroupState.latest.to_string()
                    + " just now",
                    "Live. Seats fill here as people join.",
                ),
                class_name="live",
                role="status",
            ),
        ),
        el.div(
            rx.cond(
                GroupState.bought <= MOST_TILES,
                parts.seat_map(GroupState.seats, GroupState.sentence, GroupState.latest),
                parts.seat_bar(counts),
            ),
            parts.legend(counts),
            class_name="grow",
        ),
        class_name="card hero",
        aria_label="Seats",
    )
