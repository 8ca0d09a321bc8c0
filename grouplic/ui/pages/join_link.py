"""The join link of a group, as its leader keeps it: terms, switch, address, live uses."""

import re
from datetime import UTC, date, datetime, time, timedelta

import reflex as rx

from grouplic.domain.refusals import Refusal
from grouplic.services import groups, join_link_terms
from grouplic.services.join_link_terms import LinkCard, Terms
from grouplic.ui import parts, seam
from grouplic.ui.leading import led
from grouplic.ui.live import watch
from grouplic.ui.money import show_day
from grouplic.ui.numbers import written
from grouplic.ui.pages.group_page import group_page
from grouplic.ui.returning import has_returned
from grouplic.ui.visitor import visitor

el = rx.el

_ONE_DAY = timedelta(days=1)
_MOST_DIGITS = 6


class JoinLinkState(seam.Refusable, rx.State):
    """The link and its uses, live."""

    group_id: str = ""
    group_name: str = ""
    exists: bool = False
    address: str = ""
    code: str = ""
    cap: int = 0
    uses: int = 0
    day: str = ""
    domains: str = ""
    says: str = ""
    is_open: bool = False
    works: bool = False
    asks: bool = False
    done: str = ""
    loaded: bool = False

    @rx.event
    @seam.shows_refusals
    async def load(self):
        """Check the right, watch the group, and read the link."""
        group_id = str(self.group)
        group = await led(self, group_id, groups.May.MANAGE_PEOPLE)
        self.group_id, self.group_name = group_id, group.name
        if not await has_returned(self):
            self.asks, self.done = False, ""
        watch(self, f"group:{group.id}", on=JoinLinkState.refresh)
        await self._read()
        self.loaded = True

    @rx.event
    @seam.shows_refusals
    async def refresh(self):
        """Read it again, since something changed."""
        await self._read()

    @rx.event
    @seam.shows_refusals
    async def save(self, form: dict):
        """Make the link, or change its terms."""
        group_id, terms = self.group_id, _terms(form)
        tokens = seam.outside().tokens
        await seam.act(
            self,
            lambda session, actor, now: join_link_terms.create_or_change(
                session, group_id, terms, actor, tokens, now
            ),
        )
        self.done = "Saved." if self.exists else "The link is on."
        await self._read()

    @rx.event
    @seam.shows_refusals
    async def switch(self, on: bool):
        """Turn the link off, or on again."""
        group_id, wanted = self.group_id, on is True
        await seam.act(
            self,
            lambda session, actor, now: join_link_terms.switch(
                session, group_id, wanted, actor, now
            ),
        )
        self.done = "The link is on." if wanted else "The link is off."
        await self._read()

    @rx.event
    async def ask_renew(self):
        """Say what a new address means, or leave it at the old one."""
        self.asks, self.done = not self.asks, ""

    @rx.event
    @seam.shows_refusals
    async def renew(self):
        """Give the link a new address."""
        group_id, tokens = self.group_id, seam.outside().tokens
        await seam.act(
            self,
            lambda session, actor, now: join_link_terms.renew(
                session, group_id, actor, tokens, now
            ),
        )
        self.asks, self.done = False, "This is the new address. The old one opens nothing."
        await self._read()

    async def _read(self):
        group_id, tokens = self.group_id, seam.outside().tokens
        card = await seam.read(
            self,
            lambda session, actor, now: join_link_terms.card(session, group_id, actor, tokens, now),
        )
        self.exists = card is not None
        if card:
            self._show(card)

    def _show(self, card: LinkCard):
        self.address = seam.outside().public_url + card.path
        # Another address is another picture.
        self.code = f"/keys/{self.group_id}/join-link.svg?{card.path[-8:]}"
        self.cap, self.uses, self.is_open = card.cap, card.uses, card.is_open
        last = _last_day(card.expires_at) if card.expires_at else None
        self.day = last.isoformat() if last else ""
        self.domains = ", ".join(card.domains)
        self.works = card.is_open and not card.has_expired and card.uses < card.cap
        self.says = _standing(card, show_day(last) if last else "")


def join_link() -> rx.Component:
    """The page."""
    return group_page(
        JoinLinkState,
        "Join link",
        el.div(
            el.p(
                "One address for everybody: whoever follows it takes an open seat, until as many "
                "have joined as you say.",
            ),
            rx.cond(JoinLinkState.exists, _link()),
            _terms_form(),
            class_name="stack-wide",
        ),
        within=("Enrollment Key Codes", "/keys"),
        refusal=rx.cond(JoinLinkState.refused_field == "", parts.refusal(JoinLinkState.refusal)),
        lines=6,
    )


def _link() -> rx.Component:
    return el.section(
        el.div(
            el.p(
                el.span(written(JoinLinkState.uses), id="uses"),
                el.span(" of ", written(JoinLinkState.cap), class_name="of"),
                class_name="big",
            ),
            el.p("joined by the link", class_name="lead"),
            el.p(
                rx.cond(JoinLinkState.works, el.i(aria_hidden="true")),
                JoinLinkState.says,
                class_name="live",
                role="status",
            ),
        ),
        _address(),
        el.img(
            src=JoinLinkState.code,
            alt="QR code of the join link",
            width="160",
            height="160",
            class_name="qr",
        ),
        class_name="card hero join-link",
        aria_label="The link",
    )


def _address() -> rx.Component:
    return el.div(
        el.label("Address", html_for="address"),
        el.div(
            el.input(id="address", type="text", read_only=True, value=JoinLinkState.address),
            parts.copy_button(JoinLinkState.address),
            class_name="row",
        ),
        el.div(
            parts.button(
                rx.cond(JoinLinkState.is_open, "Turn off", "Turn on"),
                on_click=JoinLinkState.switch(~JoinLinkState.is_open),
            ),
            parts.button("Make a new address …", on_click=JoinLinkState.ask_renew),
            class_name="row wrap",
        ),
        rx.cond(JoinLinkState.asks, _confirm()),
        class_name="grow stack field",
    )


def _confirm() -> rx.Component:
    return parts.asking(
        el.p("The address you gave out stops working at once, its QR code too."),
        el.button("Make a new address", class_name="btn danger", on_click=JoinLinkState.renew),
        parts.way_back("Keep this one", JoinLinkState.ask_renew),
        role="alert",
        class_name="notice warn row wrap",
    )


def _terms_form() -> rx.Component:
    return el.section(
        el.h2(rx.cond(JoinLinkState.exists, "Who may use it", "Make a join link")),
        el.form(
            _field(
                "Seats it may give",
                "cap",
                rx.cond(JoinLinkState.cap > 0, JoinLinkState.cap.to_string(), ""),
                "Each person who joins takes one. It counts for good, also if you remove them.",
                input_mode="numeric",
                required=True,
            ),
            _field(
                "Last day (optional)",
                "expires",
                JoinLinkState.day,
                "It works until this day is over where you are.",
                type="date",
            ),
            _field(
                "Email domains (optional)",
                "domains",
                JoinLinkState.domains,
                "Only for confirmed addresses at these domains. Leave it empty for everybody.",
                placeholder="northlab.org, northlab.com",
            ),
            el.button(
                rx.cond(JoinLinkState.exists, "Save", "Make the link"),
                type="submit",
                class_name="btn primary",
            ),
            on_submit=JoinLinkState.save,
            class_name="stack",
        ),
        el.p(JoinLinkState.done, role="status", class_name="good-word"),
        class_name="card link-terms",
    )


def _field(label: str, name: str, value: rx.Var[str], hint: str, **props) -> rx.Component:
    return parts.field(
        label,
        name,
        hint=hint,
        error=rx.cond(JoinLinkState.refused_field == name, JoinLinkState.refusal, ""),
        default_value=value,
        key=f"{name}-" + value,
        **{"type": "text", **props},
    )


def _terms(form: dict) -> Terms:
    cap = str(form.get("cap", "")).strip()
    if not (cap.isdecimal() and len(cap) <= _MOST_DIGITS):
        raise Refusal("Say how many people may join, as a number.", "cap")
    domains = re.split(r"[\s,;]+", str(form.get("domains", ""))[:2000])
    return Terms(int(cap), _end_of(str(form.get("expires", "")).strip()), tuple(domains))


def _end_of(day: str) -> datetime | None:
    if not day:
        return None
    try:
        after = date.fromisoformat(day) + _ONE_DAY
        return datetime.combine(after, time(), visitor().zone).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Refusal("This is no day. Write it like 2027-06-30.", "expires") from None


def _last_day(end: datetime) -> date:
    """The visitor's last whole or begun day before the end."""
    return (end - timedelta(seconds=1)).astimezone(visitor().zone).date()


def _standing(card: LinkCard, last_day: str) -> str:
    if not card.is_open:
        return "Turned off. Nobody can join by it."
    if card.has_expired:
        return f"Expired. Its last day was {last_day}."
    if card.uses >= card.cap:
        return "Full. Raise the number to let more people in."
    return f"On, until {last_day}." if last_day else "On."
