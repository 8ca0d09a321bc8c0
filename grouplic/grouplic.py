"""The composition root: the app, its pages, its HTTP routes, its lifespan tasks."""

import logging
import secrets
from functools import partial
from pathlib import Path

import reflex as rx
from redis.exceptions import RedisError
from starlette.applications import Starlette
from starlette.routing import BaseRoute, Mount

from grouplic import wiring
from grouplic.adapters.local_stripe import deliver_forever, local_stripe
from grouplic.adapters.mail.worker import send_forever
from grouplic.adapters.upload_worker import work_forever
from grouplic.chores import CHORES, keep_time, look_after
from grouplic.http.accounts import account_routes
from grouplic.http.cookies import HashedSessionCookie
from grouplic.http.crowding import OpenPages, Visits, with_room
from grouplic.http.frames import Frames
from grouplic.http.health import Vitals, health_routes
from grouplic.http.keys import key_routes
from grouplic.http.operator import operator_routes
from grouplic.http.quotes import quote_routes
from grouplic.http.redaction import log_without_secrets
from grouplic.http.reports import report_routes
from grouplic.http.security import Gate, SecurityHeaders, read_script_hashes
from grouplic.http.study import study_routes
from grouplic.http.unsubscribing import unsubscribe_routes
from grouplic.http.uploads import upload_routes
from grouplic.http.webhooks import webhook_routes
from grouplic.services.outside import Outside
from grouplic.settings import settings
from grouplic.ui import live, seam
from grouplic.ui.bundle import HASHES_FILE
from grouplic.ui.doors import FRAMEWORK, Doors, Reports, note_report
from grouplic.ui.open_doors import OPEN_DOORS, PAYING
from grouplic.ui.pages import errors
from grouplic.ui.returning import Returns
from grouplic.ui.site import add_pages, head
from grouplic.ui.sockets import take_over_lost_tabs
from grouplic.ui.turns import Turns
from grouplic.ui.visitor import Visitors
from grouplic.ui.who import Owners

log = logging.getLogger("grouplic")

_BUILD = Path(".web/build")


def backend_exception_handler(exception: Exception) -> rx.event.EventSpec | None:
    """Log a bug under a short number, and show a calm page with the same number.

    Without Redis no page has a state, the calm one neither: pages stay as they are until it is
    back, and are then loaded again.
    """
    if isinstance(exception, RedisError):
        log.warning("Redis is not reachable; a page was not answered: %s", exception)
        return None
    reference = secrets.token_hex(4)
    log.error("Bug %s", reference, exc_info=exception)
    return rx.redirect(f"/error?reference={reference}")


def _routes(outside: Outside) -> list[BaseRoute]:
    busy = [
        *quote_routes(outside),
        *upload_routes(outside),
        *key_routes(outside),
        *study_routes(outside),
        *report_routes(outside),
        *unsubscribe_routes(outside),
        *operator_routes(outside),
    ]
    routes: list[BaseRoute] = [
        # Its forms go back to their pages with the reason, and what was typed.
        *account_routes(outside),
        # Money and supervisors are few, and always get an answer.
        *webhook_routes(outside),
        *health_routes(outside, _vitals()),
        *with_room(busy, outside.requests),
    ]
    if settings().uses_local_stripe and not settings().in_production:
        routes.append(Mount(wiring.LOCAL_STRIPE_PATH, local_stripe(wiring.local_stripe_config())))
    return routes


def _vitals() -> Vitals:
    token = settings().metrics_token.get_secret_value()
    return Vitals(token, wiring.redis_answers, lambda: len(app.event_namespace.token_to_sid))


def _wrapped(inner):
    hashes = read_script_hashes(_BUILD / HASHES_FILE)
    secure = settings().secure_cookie
    gated = Gate(inner, largest_upload=settings().upload_megabytes * 1_000_000)
    counted = Visits(OpenPages(gated, wiring.outside().pages), wiring.outside().visits)
    framed = Frames(counted, FRAMEWORK | OPEN_DOORS.keys())
    hidden = HashedSessionCookie(framed, settings().cookie_name)
    return SecurityHeaders(hidden, hashes, secure)


async def _pump(pages: rx.App) -> None:
    def alive() -> set[str]:
        tokens = set(pages.event_namespace.token_to_sid)
        live.forget(tokens)
        return tokens

    with pages.set_contexts():
        await wiring.live_bus().pump(partial(live.deliver, pages), alive)


def _make_app() -> rx.App:
    log_without_secrets(as_json=settings().log_json)
    seam.wire(wiring.outside())
    live.wire_bus(wiring.live_bus().watch)
    made = rx.App(
        stylesheets=["/grouplic.css"],
        html_lang="en",
        toaster=None,
        frontend_exception_handler=note_report,
        backend_exception_handler=backend_exception_handler,
        api_transformer=[Starlette(routes=_routes(wiring.outside())), _wrapped],
        app_wraps={
            (55, "ErrorBoundary"): errors.boundary,
            (5, "Overlay"): errors.connection,
        },
        head_components=head(),
    )
    take_over_lost_tabs(made)
    made.add_middleware(Doors(OPEN_DOORS))
    made.add_middleware(Reports())
    made.add_middleware(Turns(PAYING))
    made.add_middleware(Owners(OPEN_DOORS))
    made.add_middleware(Returns())
    made.add_middleware(Visitors())
    made.add_middleware(live.NoteRoutes())
    add_pages(made, wiring.outside().articles, wiring.written_modules, settings().in_production)
    made.register_lifespan_task(_pump, pages=made)
    for chore in CHORES:
        made.register_lifespan_task(look_after, chore=chore)
    made.register_lifespan_task(keep_time, lateness=wiring.outside().lateness)
    made.register_lifespan_task(work_forever, outside=wiring.outside())
    made.register_lifespan_task(send_forever, outbox=wiring.outbox())
    if settings().uses_local_stripe and not settings().in_production:
        made.register_lifespan_task(deliver_forever, config=wiring.local_stripe_config())
    return made


app = _make_app()
