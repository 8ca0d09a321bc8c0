"""Every event handler and every route is on a list, or it is refused."""

import inspect
import os

os.environ.setdefault("__REFLEX_SKIP_COMPILE", "1")

import pytest
from reflex_base.registry import RegistrationContext
from starlette.routing import Mount, Route

from grouplic import wiring
from grouplic.grouplic import _routes, app
from grouplic.ui.doors import FRAMEWORK, registered_handlers
from grouplic.ui.open_doors import OPEN_DOORS, PAYING
from tests.payloads import payload_of

# The framework gives every state a `setvar`; with no setter to call it does nothing, and the
# middleware drops it all the same.
_DROPPED = ".setvar"

_ROUTES = {
    "/auth/sign-in",
    "/auth/sign-up",
    "/auth/sign-out",
    "/auth/sign-out-everywhere",
    "/auth/forgot-password",
    "/auth/reset-password",
    "/auth/change-password",
    "/auth/verify-email",
    "/auth/redeem",
    "/auth/welcome",
    "/auth/join",
    "/keys/{group}/unused.{kind}",
    "/keys/{group}/join-link.svg",
    "/auth/change-email",
    "/auth/confirm-email",
    "/auth/delete-account",
    "/reports/{group}/learners.csv",
    "/reports/{group}/learners.xlsx",
    "/reports/{group}/report.pdf",
    "/unsubscribe/{kind}/{group}/{user}/{token}",
    "/uploads/sample.csv",
    "/uploads/{group}",
    "/uploads/{upload}/problems.csv",
    "/uploads/{upload}/receipt.csv",
    "/study/beat",
    "/media/{module}/{name}",
    "/certificates/{code}/certificate.pdf",
    "/account/data.json",
    "/operator-files/{list}.csv",
    "/webhooks/stripe",
    "/quotes/{quote}/quote.pdf",
    "/local-stripe",
    "/healthz",
    "/metrics",
}


def test_every_handler_is_a_listed_door_or_is_dropped() -> None:
    assert app is not None
    open_to_clients = {name for name in registered_handlers() if not name.endswith(_DROPPED)}

    assert open_to_clients == OPEN_DOORS.keys() | FRAMEWORK


@pytest.mark.parametrize("name", sorted(OPEN_DOORS))
def test_every_door_is_knocked_at_with_what_it_takes(name: str) -> None:
    # An argument the handler does not have, and the doors would drop the knock unheard.
    handler = RegistrationContext.get().event_handlers[name].handler.fn
    assert payload_of(name).keys() == set(list(inspect.signature(handler).parameters)[1:])


def test_every_route_is_listed() -> None:
    routes = {route.path for route in _routes(wiring.outside()) if isinstance(route, Route | Mount)}

    assert routes == _ROUTES


def test_what_is_let_in_however_many_there_are_is_a_few_doors_of_paying() -> None:
    assert OPEN_DOORS.keys() >= PAYING
    pages = {name.rpartition("pages___")[2].partition("____")[0] for name in PAYING}
    assert pages == {"buy", "order"}
