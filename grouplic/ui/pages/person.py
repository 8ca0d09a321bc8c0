"""What is about to be done about one person: said before it is done."""

import reflex as rx

from grouplic.domain.addresses import LONGEST_TYPED
from grouplic.domain.refusals import Refusal
from grouplic.services import invite_form, leaving, people_form
from grouplic.services.identifiers import id_of
from grouplic.services.inviting import Invitee
from grouplic.ui import parts, seam
from grouplic.ui.pages.people import PeopleState
from grouplic.ui.pages.waiting import WaitingState
from grouplic.ui.typed_address import address_field, begin_anew, did_you_mean, likely_meant

el = rx.el

_DOINGS = ("remove", "swap", "correct")


class PersonState(seam.Refusable, rx.State):
    """What is about to be done about one person; said before it is done."""

    person: str = ""
    doing: str = ""
    name: str = ""
    sentence: str = ""
    comes_back: bool = False
    typed: str = ""
    says: str = ""
    look: str = "plain"
    meant: str = ""
    suggestion: str = ""
    ready: bool = False
    _invitation: str = ""
    _seen: list[str] = []

    @rx.event
    @seam.shows_refusals
    async def start(self, person: str, doing: str, invitation: str):
        """Say what removing, swapping or correcting somebody would do."""
        if doing not in _DOINGS:
            raise Refusal("This cannot be done.")
        self.person, self.doing, self._invitation = "", str(doing), str(invitation)
        self.typed = self.says = self.meant = self.suggestion = ""
        self.ready, self._seen = False, []
        await begin_anew(self)
        leaver = await self._prospect(str(person))
        self.name, self.sentence = leaver.name, leaver.sentence
        self.comes_back = leaver.seat_comes_back
        self.person = str(person)

    @rx.event
    async def stop(self):
        """Leave everything as it is."""
        self.person = self.doing = self.refusal = ""

    @rx.event
    @seam.shows_refusals
    async def check(self, email: str):
        """Judge the newcomer's address as it is typed."""
        self.typed = str(email).strip()[:LONGEST_TYPED]
        await self._judge()

    @rx.event
    @seam.shows_refusals
    async def use_corrected(self):
        """Take the corrected address."""
        self.typed = self.suggestion or self.typed
        await self._judge()

    @rx.event
    @seam.shows_refusals
    async def remove(self):
        """Remove the person."""
        if not self.person:
            return None  # pressed twice
        group_id, person = str(self.group), self.person
        removed = await seam.flow(
            self, lambda outside, actor, _now: people_form.remove(outside, group_id, person, actor)
        )
        return await self._done(removed.sentence, removed.undo, str(removed.enrollment_id))

    @rx.event
    @seam.shows_refusals
    async def swap(self, form: dict):
        """Swap the person for the newcomer."""
        if not self.person:
            return None  # pressed twice
        group_id, person = str(self.group), self.person
        newcomer = Invitee(
            str(form.get("email", "")),
            str(form.get("first_name", "")),
            str(form.get("last_name", "")),
        )
        outcome = await seam.flow(
            self,
            lambda outside, actor, _now: people_form.swap(
                outside, group_id, person, newcomer, actor
            ),
        )
        return await self._done(outcome)

    @rx.event
    @seam.shows_refusals
    async def correct(self, form: dict):
        """Invite the corrected address on the same seat."""
        if not self.person:
            return None  # pressed twice
        group_id, invitation = str(self.group), self._invitation
        email = str(form.get("email", ""))
        await seam.flow(
            self,
            lambda outside, actor, _now: invite_form.correct(
                outside, group_id, invitation, email, actor
            ),
        )
        return await self._done("The corrected address holds the seat, and a mail is on its way.")

    async def _done(self, outcome: str, undo: str = "", undo_of: str = ""):
        self.person = self.doing = ""
        people = await self.get_state(PeopleState)
        people._tell(outcome, undo, undo_of)
        await people._read()
        return WaitingState.load

    async def _prospect(self, person: str):
        group_id, rule = str(self.group), seam.outside().reclaim_rule
        wanted = id_of("learner", person)
        return await seam.read(
            self,
            lambda session, actor, _now: leaving.prospect(session, group_id, wanted, actor, rule),
        )

    async def _judge(self):
        self.ready, self.says, self.meant, self.suggestion = False, "", "", ""
        if not self.typed:
            return
        group_id, typed = str(self.group), self.typed
        is_new = "@" in typed and typed.lower() not in self._seen
        judged, open_seats = await seam.flow(
            self,
            lambda outside, actor, _now: people_form.newcomer_checked(
                outside, group_id, typed, is_new, actor
            ),
        )
        self._seen = [*self._seen, typed.lower()]
        self.suggestion = judged.suggestion
        if judged.problem:
            self.says, self.look = judged.problem, "bad"
            return
        self.meant = did_you_mean(judged.suggestion)
        leaver = await self._prospect(self.person)
        self.says, self.ready = people_form.swap_says(
            judged.verdict, leaver, judged.email, open_seats
        )
        self.look = "good" if self.ready else "warn"


def about_to() -> rx.Component:
    """The panel under the person it is about."""
    return parts.asking(
        rx.match(
            PersonState.doing,
            ("remove", _removing()),
            ("swap", _swapping()),
            ("correct", _correcting()),
            el.span(),
        ),
        parts.refusal(PersonState.refusal),
        class_name="stack",
        role="region",
        aria_label="What is about to be done",
    )


def _cancel() -> rx.Component:
    return parts.way_back("Cancel", PersonState.stop)


def _removing() -> rx.Component:
    return el.div(
        el.p(PersonState.sentence, id="what-happens", role="status"),
        el.p(
            "They lose access to the group's modules at once. What they have learned stays theirs.",
            class_name="hint",
        ),
        el.div(
            el.button(
                "Remove ",
                PersonState.name,
                type="button",
                class_name="btn danger",
                on_click=PersonState.remove,
                auto_focus=True,
            ),
            _cancel(),
            class_name="row wrap",
        ),
        class_name="stack",
    )


def _swapping() -> rx.Component:
    return el.form(
        el.p("Who comes instead of ", el.b(PersonState.name), "?"),
        el.div(
            el.div(
                el.label("Email", html_for="swap-email"),
                el.input(
                    id="swap-email",
                    name="email",
                    type="text",
                    input_mode="email",
                    required=True,
                    max_length=LONGEST_TYPED,
                    default_value=PersonState.typed,
                    key=PersonState.suggestion,
                    aria_describedby="swap-says",
                    auto_focus=True,
                    on_change=PersonState.check.debounce(300),
                ),
                class_name="field",
            ),
            _named("First name", "first_name"),
            _named("Last name", "last_name"),
            class_name="fields",
        ),
        _what_becomes_of_it(),
        el.div(
            el.button("Swap", type="submit", class_name="btn primary", disabled=~PersonState.ready),
            _cancel(),
            class_name="row wrap",
        ),
        on_submit=PersonState.swap,
        class_name="stack",
    )


def _what_becomes_of_it() -> rx.Component:
    return el.div(
        rx.cond(
            PersonState.says != "",
            parts.notice(PersonState.look, PersonState.says),
            el.span(PersonState.sentence, class_name="hint"),
        ),
        likely_meant(PersonState.meant, PersonState.suggestion, PersonState.use_corrected()),
        id="swap-says",
        role="status",
    )


def _named(label: str, name: str) -> rx.Component:
    return el.div(
        el.label(label, html_for="swap-" + name),
        el.input(id="swap-" + name, name=name, type="text", max_length=100),
        class_name="field",
    )


def _correcting() -> rx.Component:
    return el.form(
        el.p(
            "The invitation goes to another address, on the same seat. The link that went to the "
            "old one stops working."
        ),
        address_field("correct-email", "Correct address", PersonState.person, auto_focus=True),
        el.div(
            el.button("Invite this address", type="submit", class_name="btn primary"),
            _cancel(),
            class_name="row wrap",
        ),
        on_submit=PersonState.correct,
        class_name="stack",
    )
