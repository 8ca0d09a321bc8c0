"""The first minutes: three steps to the first learner, and a sandbox group to look around in."""

import reflex as rx

from grouplic.services import first_steps, groups, sandbox
from grouplic.ui import parts, seam
from grouplic.ui.address import in_address
from grouplic.ui.money import show_date

el = rx.el


class FirstMinutesState(seam.Refusable, rx.State):
    """How far a new group has come, and whether it is a sandbox."""

    group_id: str = ""
    shown: bool = False
    bought: str = ""
    offered: int = 0
    joined: int = 0
    started: bool = False
    remaining: int = 3
    sandbox_until: str = ""
    is_ours: bool = False

    @rx.event
    @seam.shows_refusals
    async def load(self):
        """Read both."""
        group_id = str(self.group)

        def work(session, actor, _now):
            group = groups.led_group(session, actor, group_id, groups.May.SEE)
            rights = groups.rights_in(session, group_id, actor)
            return group, rights, first_steps.first_steps(session, group_id, actor)

        group, rights, steps = await seam.read(self, work, alike=("first steps", group_id))
        seam.show(
            self,
            group_id=group_id,
            shown=steps.shown and groups.May.MANAGE_PEOPLE in rights,
            is_ours=groups.May.DO_EVERYTHING in rights,
            bought=f"{_count(steps.seats, 'seat')} in {_count(steps.modules, 'module')}",
            offered=steps.offered,
            joined=steps.joined,
            started=steps.started,
            remaining=steps.remaining,
            sandbox_until=show_date(group.ends_at) if group.sandbox_of_id else "",
        )

    @rx.event
    @seam.shows_refusals
    async def dismiss(self):
        """Do not show the steps again."""
        group_id = self.group_id
        await seam.act(
            self,
            lambda session, actor, now: first_steps.dismiss_first_steps(
                session, group_id, actor, now
            ),
        )
        self.shown = False

    @rx.event
    @seam.shows_refusals
    async def look_around(self):
        """Open the sandbox group, made on the first call."""
        group_id = await seam.act(
            self, lambda session, actor, now: sandbox.open_sandbox(session, actor, now).id
        )
        return rx.redirect(f"/my-teaching/{group_id}")

    @rx.event
    @seam.shows_refusals
    async def throw_away(self):
        """Delete the sandbox group."""
        await seam.act(self, lambda session, actor, _now: sandbox.discard_sandbox(session, actor))
        self.sandbox_until = ""
        return rx.redirect("/my-teaching")


def look_around() -> rx.Component:
    """The button that opens the sandbox group."""
    return el.div(
        parts.button("Look around in a sandbox group", on_click=FirstMinutesState.look_around),
        parts.refusal(FirstMinutesState.refusal),
        class_name="look-around",
    )


def first_minutes() -> rx.Component:
    """What stands at the top of a dashboard while there is something to say."""
    here = FirstMinutesState.group_id == in_address("group")
    return el.div(
        rx.cond((FirstMinutesState.sandbox_until != "") & here, _sandbox()),
        rx.cond(FirstMinutesState.shown & here, _steps()),
        class_name="first-minutes",
    )


def _sandbox() -> rx.Component:
    return el.div(
        el.p(
            el.b("A sandbox. "),
            "Everybody in it is invented. Nothing is mailed or paid here, and it is deleted by "
            "itself on ",
            FirstMinutesState.sandbox_until,
            ".",
            class_name="grow",
        ),
        rx.cond(FirstMinutesState.is_ours, _throw_away()),
        class_name="notice warn row wrap sandbox",
    )


def _throw_away() -> rx.Component:
    return el.details(
        el.summary("Throw it away", class_name="btn small"),
        el.div(
            el.p(
                "The group, its invented people and all they did are deleted. "
                "You can open a new one at any time."
            ),
            el.button(
                "Delete the sandbox group",
                type="button",
                class_name="btn danger",
                on_click=FirstMinutesState.throw_away,
            ),
            class_name="panel stack",
        ),
        class_name="menu",
    )


def _steps() -> rx.Component:
    users = "/my-teaching/" + FirstMinutesState.group_id
    return el.section(
        el.div(
            el.h2("To your first learner"),
            el.p(
                rx.cond(
                    FirstMinutesState.remaining == 1,
                    "One step remains",
                    FirstMinutesState.remaining.to_string() + " steps remain",
                ),
                class_name="eyebrow grow",
                role="status",
            ),
            el.button(
                "Dismiss",
                type="button",
                class_name="btn small",
                on_click=FirstMinutesState.dismiss,
            ),
            class_name="row wrap",
        ),
        parts.refusal(FirstMinutesState.refusal),
        el.ol(
            _step(True, "Buy seats", el.p(FirstMinutesState.bought)),
            _step(
                FirstMinutesState.joined > 0,
                "Fill the first seat",
                rx.cond(FirstMinutesState.joined > 0, el.p("Somebody has joined."), _offer(users)),
            ),
            _step(
                FirstMinutesState.started,
                "The first lesson is opened",
                el.p(
                    rx.cond(
                        FirstMinutesState.joined > 0,
                        "Whoever has joined has not opened a lesson yet.",
                        "It shows here as it happens.",
                    )
                ),
            ),
            class_name="first-steps",
        ),
        class_name="card",
        aria_label="First steps",
    )


def _offer(users: rx.Var[str]) -> rx.Component:
    offered = FirstMinutesState.offered
    return el.div(
        el.p(
            rx.match(
                offered,
                (0, "Three ways to share seats, also under Users:"),
                (1, "1 invitation or key is out, not used yet."),
                offered.to_string() + " invitations and keys are out, none used yet.",
            )
        ),
        el.div(
            parts.link_button("Invite via Email", users + "/invite", "small"),
            parts.link_button("Enrollment Key Codes", users + "/keys", "small"),
            parts.link_button("Upload a CSV File", users + "/upload", "small"),
            class_name="row wrap",
        ),
    )


def _step(done: rx.Var[bool] | bool, title: str, content: rx.Component) -> rx.Component:
    return el.li(
        el.h3(title, rx.cond(done, el.span(" done", class_name="visually-hidden"))),
        content,
        class_name=rx.cond(done, "done", ""),
    )


def _count(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"
