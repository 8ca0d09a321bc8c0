"""Leaders: who leads the group and in which role; inviting, changing, removing."""

from dataclasses import dataclass

import reflex as rx

from grouplic.domain.groups import LeaderRole
from grouplic.services import invite_form, leader_form, leaders
from grouplic.services.inviting import Invitee
from grouplic.ui import parts, seam
from grouplic.ui.leading import led
from grouplic.ui.live import watch
from grouplic.ui.money import show_date
from grouplic.ui.pages.group_page import group_page
from grouplic.ui.returning import has_returned
from grouplic.ui.sent_once import SentOnce, number_of_form
from grouplic.ui.typed_address import address_field, begin_anew

el = rx.el

_ROLES = (
    (LeaderRole.EVERYTHING, "Everything", "Buys seats and modules, manages people and leaders."),
    (LeaderRole.PEOPLE, "People only", "Fills seats and manages people."),
    (LeaderRole.REPORTS, "Reports only", "Sees the seats, progress and reports."),
)


@dataclass(frozen=True)
class LeaderRow:
    """One leader."""

    id: str
    name: str
    email: str
    role: str
    since: str
    is_you: bool
    state: str
    look: str
    error: str
    invitation: str


class LeadersState(seam.Refusable, SentOnce, rx.State):
    """The leaders of the group on this page."""

    group_id: str = ""
    group_name: str = ""
    rows: list[LeaderRow] = []
    removing: str = ""
    outcome: str = ""
    loaded: bool = False

    @rx.event
    async def enter(self):
        """Come to the page: what was done before is no news."""
        if not await has_returned(self):
            await begin_anew(self)
            self.outcome = self.removing = ""
        return LeadersState.load

    @rx.event
    @seam.shows_refusals
    async def load(self):
        """Check the right, watch the group, and read its leaders."""
        group_id = str(self.group)
        # Whoever is refused keeps nothing on the page, also when the right went away meanwhile.
        self.loaded, self.rows = False, []
        group = await led(self, group_id)
        self.group_id, self.group_name = group_id, group.name
        watch(self, f"group:{group.id}", f"mail:{group.id}", on=LeadersState.load)
        await self._read()
        self.loaded = True

    @rx.event
    @seam.shows_refusals
    async def invite(self, form: dict):
        """Invite somebody to lead."""
        if self._was_sent(form):
            return
        group_id, role, self.outcome = str(self.group), str(form.get("role", "")), ""
        person = Invitee(
            str(form.get("email", "")),
            str(form.get("first_name", "")),
            str(form.get("last_name", "")),
        )
        self.outcome = await seam.flow(
            self,
            lambda outside, actor, _now: leader_form.send(outside, group_id, person, role, actor),
        )
        self._is_done()
        await self._read()

    @rx.event
    @seam.shows_refusals
    async def give_role(self, leader: str, role: str):
        """Give a leader another role."""
        group_id, wanted, chosen = str(self.group), str(leader), str(role)
        await seam.act(
            self,
            lambda session, actor, now: leaders.change_role(
                session, group_id, wanted, chosen, actor, now
            ),
        )
        self.outcome = "The role is changed."
        return LeadersState.load

    @rx.event
    async def ask(self, leader: str):
        """Ask before removing somebody; the same again takes it back."""
        self.removing = "" if self.removing == leader else str(leader)

    @rx.event
    @seam.shows_refusals
    async def end_leadership(self, leader: str):
        """Remove a leader."""
        group_id, wanted = str(self.group), str(leader)
        name = await seam.act(
            self,
            lambda session, actor, now: leaders.remove_leader(
                session, group_id, wanted, actor, now
            ),
        )
        self.removing, self.outcome = "", f"{name} no longer leads this group."
        return LeadersState.load

    @rx.event
    @seam.shows_refusals
    async def send_again(self, invitation: str):
        """Mail an invitation to lead again."""
        group_id, wanted = str(self.group), str(invitation)
        await seam.flow(
            self,
            lambda outside, actor, _now: invite_form.send_again(outside, group_id, wanted, actor),
        )
        self.outcome = "A mail with a new link is on its way."
        await self._read()

    async def _read(self):
        group_id = str(self.group)
        found = await seam.read(
            self, lambda session, actor, _now: leaders.leaders_of(session, group_id, actor)
        )
        self.rows = [_row(leader) for leader in found]


def _row(leader: leaders.Leader) -> LeaderRow:
    state, look = "", ""
    if leader.mail_state == "failed":
        state, look = "Mail failed", "bad"
    elif leader.awaits_claim:
        state, look = "Awaits confirmation", "warn"
    elif leader.never_signed_in:
        state, look = "Invited, never signed in", "plain"
    return LeaderRow(
        id=str(leader.id),
        name=leader.name,
        email=leader.email,
        role=str(leader.role),
        since=show_date(leader.since),
        is_you=leader.is_you,
        state=state,
        look=look,
        error=leader.mail_error if look == "bad" else "",
        invitation=str(leader.invitation_id or "") if state else "",
    )


def leaders_page() -> rx.Component:
    """The page."""
    return group_page(
        LeadersState,
        "Leaders",
        el.div(
            el.div(
                rx.cond(LeadersState.outcome != "", parts.notice("good", LeadersState.outcome)),
                role="status",
                class_name="refusal told",
            ),
            el.section(
                el.ul(rx.foreach(LeadersState.rows, _leader), class_name="plain leaders"),
                class_name="card",
                aria_label="Leaders",
            ),
            _invite(),
            class_name="stack-wide",
        ),
        within=("Manage People", "/people"),
    )


def _leader(row: rx.Var[LeaderRow]) -> rx.Component:
    return el.li(
        el.div(
            el.div(
                el.b(row.name, rx.cond(row.is_you, " (you)", "")),
                el.span(
                    rx.cond(row.name != row.email, row.email.to(str) + " · ", ""),
                    "since ",
                    row.since,
                    class_name="hint",
                ),
                class_name="choice grow",
            ),
            rx.cond(row.state != "", el.span(row.state, class_name="chip " + row.look.to(str))),
            rx.cond(
                row.invitation != "",
                parts.doing("Send again", LeadersState.send_again(row.invitation), row.email),
            ),
            el.select(
                *[el.option(words, value=str(role)) for role, words, _ in _ROLES],
                value=row.role,
                on_change=lambda role: LeadersState.give_role(row.id, role),
                aria_label="Role of " + row.email.to(str),
            ),
            parts.doing("Remove", LeadersState.ask(row.id), row.email),
            class_name="row wrap",
        ),
        rx.cond(row.error != "", el.p("The mail server said: ", row.error, class_name="error")),
        rx.cond(LeadersState.removing == row.id, _asking(row)),
        key=row.id,
    )


def _asking(row: rx.Var[LeaderRow]) -> rx.Component:
    return parts.asking(
        el.p(
            rx.cond(
                row.is_you,
                "You will no longer see or change anything of this group, also on pages that are "
                "open now. A seat of your own stays yours.",
                row.name.to(str)
                + " will no longer see or change anything of this group, also on pages that are "
                "open now. A seat of their own stays theirs.",
            )
        ),
        el.div(
            el.button(
                "Remove ",
                row.name,
                type="button",
                class_name="btn danger",
                on_click=LeadersState.end_leadership(row.id),
            ),
            parts.way_back("Cancel", LeadersState.ask(row.id)),
            class_name="row wrap",
        ),
        class_name="notice warn stack",
    )


def _invite() -> rx.Component:
    return el.section(
        el.h2("Invite a leader"),
        el.form(
            el.div(
                address_field("email", form=LeadersState.form_id),
                parts.field("First name", "first_name", max_length=100),
                parts.field("Last name", "last_name", max_length=100),
                class_name="fields",
            ),
            el.fieldset(
                el.legend("Role"),
                *[_role(str(role), words, may) for role, words, may in _ROLES],
            ),
            number_of_form(LeadersState),
            el.div(el.button("Invite to lead", type="submit", class_name="btn primary")),
            on_submit=LeadersState.invite,
            key=LeadersState.form_id,
            class_name="stack",
        ),
        class_name="card",
    )


def _role(role: str, words: str, may: str) -> rx.Component:
    return el.label(
        el.input(type="radio", name="role", value=role, default_checked=role == "everything"),
        el.span(el.b(words), el.span(may, class_name="hint"), class_name="choice"),
        class_name="check-card",
    )
