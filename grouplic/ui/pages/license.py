"""What a leader hears of the license on the dashboard, and a learner of one that is paused."""

import reflex as rx

from grouplic.services import groups, renewals
from grouplic.ui import parts, seam
from grouplic.ui.money import show_date
from grouplic.ui.numbers import written

el = rx.el


class LicenseState(seam.Refusable, rx.State):
    """The end of one group's license."""

    group_id: str = ""
    ends: str = ""
    ended: bool = False
    ends_soon: bool = False

    @rx.event
    @seam.shows_refusals
    async def load(self):
        """Read when the group ends."""
        group_id = str(self.group)
        seam.show(self, ends="", ended=False, ends_soon=False)

        def work(session, actor, now):
            group = groups.led_group(session, actor, group_id, groups.May.SEE)
            return group.ends_at, now

        ends_at, now = await seam.read(self, work, alike=("term", group_id))
        seam.show(self, group_id=group_id)
        if ends_at:
            self.ends, self.ended = show_date(ends_at), ends_at <= now
            self.ends_soon = not self.ended and (ends_at - now).days < max(renewals.DAYS_BEFORE)


class PausedState(seam.Refusable, rx.State):
    """The groups whose access is paused for the learner."""

    sentences: list[str] = []

    @rx.event
    @seam.shows_refusals
    async def load(self):
        """Read them."""
        paused = await seam.read(
            self, lambda session, actor, now: renewals.paused_for(session, actor, now)
        )
        self.sentences = [
            f"Access to {name} paused on {show_date(ended)}. Your progress is kept, and goes on "
            "when the people who lead the group renew it."
            for name, ended in paused
        ]


def license_notices(group: type[rx.State]) -> rx.Component:
    """What is worth saying about the license, above the dashboard whose state is ``group``."""
    path = "/buy?group=" + group.group_id
    gone = group.taken + group.retired
    here = LicenseState.group_id == group.group_id
    return el.div(
        rx.cond(
            LicenseState.ended & here,
            _notice(
                "bad",
                el.span(
                    "Access ended on ",
                    LicenseState.ends,
                    ". Learners cannot open the modules; nothing is deleted.",
                ),
                rx.cond(
                    group.leads_all,
                    parts.link_button("Renew", path + "&add=renewal", "primary small"),
                ),
            ),
            rx.cond(
                LicenseState.ends_soon & here,
                _notice(
                    "warn",
                    el.span("Access ends on ", LicenseState.ends, "."),
                    rx.cond(
                        group.leads_all,
                        parts.link_button("Renew", path + "&add=renewal", "small"),
                    ),
                ),
            ),
        ),
        rx.cond(
            (group.bought > 0) & (gone * 100 >= group.bought * 80),
            _notice(
                "warn",
                rx.cond(
                    gone >= group.bought,
                    el.span("Every seat is taken. Nobody else can join until you add some."),
                    el.span(written(gone), " of ", written(group.bought), " seats are taken."),
                ),
                rx.cond(
                    group.leads_all, parts.link_button("Add Seats", path + "&add=seats", "small")
                ),
            ),
        ),
        class_name="stack notices",
    )


def paused_notices() -> rx.Component:
    """What a learner is told about groups whose access is paused."""
    return el.div(
        rx.foreach(PausedState.sentences, lambda sentence: parts.notice("warn", sentence)),
        class_name="stack notices",
    )


def _notice(kind: str, text: rx.Component, action: rx.Component) -> rx.Component:
    return parts.notice(kind, el.div(text, action, class_name="row wrap between"))
