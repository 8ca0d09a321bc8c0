"""An address as it is typed into a form: what was likely meant, and one press to take that."""

from typing import Any

import reflex as rx

from grouplic.domain.addresses import LONGEST_TYPED, judge_address

el = rx.el


class TypedAddressState(rx.State):
    """What was likely meant by the address in one field. It looks nobody up, and keeps nobody."""

    field: str = ""
    says: str = ""
    suggestion: str = ""

    @rx.event
    async def check(self, field: str, typed: str):
        """Say what was likely meant, if something else was."""
        address = judge_address(str(typed)[:LONGEST_TYPED])
        self.field, self.suggestion = str(field)[:LONGEST_TYPED], address.suggestion
        self.says = address.suggestion and (address.problem or did_you_mean(address.suggestion))

    @rx.event
    async def forget(self):
        """Say nothing, since the field is a new one or holds what was meant."""
        self.field = self.says = self.suggestion = ""


async def begin_anew(state: rx.State) -> None:
    """Say nothing of the field before: another form is opened."""
    await (await state.get_state(TypedAddressState)).forget()


def did_you_mean(suggestion: str) -> str:
    """Return the question that goes with another address, or an empty text for none."""
    return f"Did you mean {suggestion.rpartition('@')[2]}?" if suggestion else ""


def address_field(
    identifier: str, label: str = "Email", form: Any = "", **props: Any
) -> rx.Component:
    """A labeled address, with what was likely meant by it; whatever is typed may be sent.

    ``form`` tells a form from the one that was sent before it: what was typed there arrives late.
    """
    field = identifier + " " + form
    state, hint = TypedAddressState, f"{identifier}-meant"
    return el.div(
        el.label(label, html_for=identifier),
        el.input(
            id=identifier,
            name="email",
            type="email",
            required=True,
            max_length=LONGEST_TYPED,
            aria_describedby=hint,
            on_change=lambda typed: state.check(field, typed).debounce(300),
            **props,
        ),
        el.div(
            rx.cond(
                state.field == field,
                likely_meant(
                    state.says,
                    state.suggestion,
                    rx.set_value(identifier, state.suggestion),
                    rx.set_focus(identifier),
                    state.forget(),
                ),
            ),
            id=hint,
            role="status",
        ),
        class_name="field",
    )


def likely_meant(
    says: rx.Var[str], suggestion: rx.Var[str], *on_use: rx.event.EventSpec
) -> rx.Component:
    """What is odd about an address, and the button that takes the one that was likely meant."""
    return rx.cond(
        suggestion != "",
        el.div(
            rx.cond(says != "", el.span(says, class_name="chip warn")),
            use_instead(suggestion, *on_use),
            class_name="row wrap",
        ),
    )


def use_instead(suggestion: rx.Var[str], *on_use: rx.event.EventSpec) -> rx.Component:
    """The button that takes the address that was likely meant."""
    return el.button(
        "Use " + suggestion.to(str), type="button", class_name="link", on_click=list(on_use)
    )
