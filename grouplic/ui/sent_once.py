"""Forms that are carried out once, however often they are sent."""

from typing import Any

import reflex as rx

_NAME = "form_id"


class SentOnce(rx.State, mixin=True):
    """A form's number, which changes once it was carried out.

    Whoever presses a second time before the page has heard of the first sends the old number.
    """

    form_id: str = "form-0"

    def _was_sent(self, form: dict) -> bool:
        return str(form.get(_NAME, self.form_id)) != self.form_id

    def _is_done(self) -> None:
        self.form_id = f"form-{int(self.form_id.rpartition('-')[2]) + 1}"


def number_of_form(state: Any) -> rx.Component:
    """The number of the form it stands in."""
    return rx.el.input(type="hidden", name=_NAME, value=state.form_id)


def emptied_when_done(state: Any, *fields: rx.Component) -> rx.Component:
    """The fields and the number of a form: empty once it was carried out, kept while it is refused.

    The button stands outside of them, and keeps the focus.
    """
    return rx.el.div(*fields, number_of_form(state), key=state.form_id, class_name="stack")
