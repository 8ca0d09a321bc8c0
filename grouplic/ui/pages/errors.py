"""When something is missing, broken, or not connected."""

import reflex as rx
from reflex_base.vars.function import ArgsFunctionOperation
from reflex_components_core.base.error_boundary import ErrorBoundary
from reflex_components_core.core.banner import has_connection_errors

from grouplic.ui import parts, seam
from grouplic.ui.shell import page

el = rx.el


class ErrorState(rx.State):
    """The number under which a bug was logged."""

    reference: str = ""

    @rx.event
    async def load(self) -> None:
        """Read it from the address; anything that is no such number is not shown."""
        given = seam.parameter(self, "reference")
        self.reference = given if given.isalnum() and len(given) <= 16 else ""


def error() -> rx.Component:
    """The calm page."""
    return page(
        parts.empty_state(
            "Something went wrong on our side.",
            el.span(
                "Nothing you entered was changed halfway. If it happens again, tell us this "
                "number: ",
                el.b(ErrorState.reference),
            ),
            parts.link_button("Back to the start", "/", "primary"),
            heading=el.h1,
        )
    )


def missing() -> rx.Component:
    """The page for an address that leads nowhere."""
    return page(
        parts.empty_state(
            "There is no page here.",
            "The address may be mistyped, or the page has moved.",
            parts.link_button("Back to the start", "/", "primary"),
            heading=el.h1,
        )
    )


def boundary(_stateful: bool) -> rx.Component:
    """What stands in for the page when its script fails; no stack trace reaches the browser."""
    calm = el.div(
        el.h2("Something went wrong."),
        el.p("Please load this page again."),
        class_name="empty",
        role="alert",
    )
    return ErrorBoundary.create(
        fallback_render=ArgsFunctionOperation.create(("event_args",), rx.Var.create(calm)),
    )


def connection(_stateful: bool) -> rx.Component:
    """A quiet line while the connection is lost; the framework reconnects by itself."""
    # The framework puts the page in here as well: it must not stand inside the live region.
    return rx.fragment(
        el.div(
            rx.cond(
                has_connection_errors,
                el.p("The connection is lost. Trying again …", class_name="offline"),
            ),
            role="status",
        )
    )
