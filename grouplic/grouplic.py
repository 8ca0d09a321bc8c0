"""The composition root: the app, its pages, its HTTP routes, its lifespan tasks."""

import asyncio
import contextlib
import functools
import logging
import secrets
from pathlib import Path

import reflex as rx
from redis.exceptions import RedisError
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.routing import BaseRoute, Mount

from grouplic import wiring
from grouplic.adapters.local_stripe import deliver_forever, local_stripe
from grouplic.adapters.mail.worker import send_forever
from grouplic.adapters.upload_worker import work_forever
from grouplic.http.accounts import account_routes
from grouplic.http.cookies import HashedSessionCookie
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
from grouplic.services.checkout import reconcile
from grouplic.services.keeping_up import keep_up
from grouplic.services.quizzes import anything_expired, close_expired_attempts
from grouplic.services.reminding_work import send_what_is_due
from grouplic.services.sandbox import discard_expired
from grouplic.settings import settings
from grouplic.ui import live, seam
from grouplic.ui.bundle import HASHES_FILE
from grouplic.ui.doors import Doors
from grouplic.ui.open_doors import OPEN_DOORS
from grouplic.ui.pages import (
    account,
    accounts,
    buy,
    buying,
    certificate,
    errors,
    every_part,
    group_oversight,
    group_oversight_state,
    group_settings,
    help,
    home,
    insights,
    insights_page,
    invite,
    join,
    join_link,
    key_ledger,
    keys,
    leaders,
    learner,
    learning,
    license,
    mailbox,
    operator,
    operator_decisions,
    operator_order,
    operator_order_state,
    order,
    orders,
    oversight,
    people,
    people_list,
    player,
    preview,
    progress,
    quiz,
    quiz_preview,
    quote,
    redeem,
    reminders,
    teaching,
    texts,
    unsubscribe,
    upload,
    upload_state,
    welcome,
)
from grouplic.ui.visitor import Visitors
from grouplic.ui.who import WhoState

log = logging.getLogger("grouplic")

_RECONCILE_EVERY = 30.0  # seconds; a purchase whose webhook never comes waits no longer
_CLOSE_ATTEMPTS_EVERY = 20.0  # seconds; whoever is there hands in at once, this is for the others
_KEEP_UP_EVERY = 60.0  # seconds; reminders and the nightly comparison look whether they are due
_LOOK_AT_THE_CALENDAR_EVERY = 60.0  # seconds
_CLEAR_SANDBOXES_EVERY = 600.0  # seconds
_FONTS = ("hanken-grotesk", "newsreader")
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


def _routes() -> list[BaseRoute]:
    outside = wiring.outside()
    routes: list[BaseRoute] = [
        *account_routes(outside),
        *webhook_routes(outside),
        *quote_routes(outside),
        *upload_routes(outside),
        *key_routes(outside),
        *study_routes(outside),
        *report_routes(outside),
        *unsubscribe_routes(outside),
        *health_routes(outside, _vitals()),
        *operator_routes(outside),
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
    hidden = HashedSessionCookie(gated, settings().cookie_name)
    return SecurityHeaders(hidden, hashes, secure)


async def _pump(pages: rx.App) -> None:
    def alive() -> set[str]:
        tokens = set(pages.event_namespace.token_to_sid)
        live.forget(tokens)
        return tokens

    async def deliver(token: str, topics: frozenset[str]) -> None:
        await live.deliver(pages, token, topics)

    with pages.set_contexts():
        await wiring.live_bus().pump(deliver, alive)


async def _reconcile() -> None:
    while True:
        await asyncio.sleep(_RECONCILE_EVERY)
        outside = wiring.outside()
        with contextlib.suppress(Exception):
            await run_in_threadpool(reconcile, outside.database, outside.payments, outside.clock())


async def _keep_up() -> None:
    while True:
        try:
            await run_in_threadpool(keep_up, wiring.outside())
        except Exception:
            log.exception("Reminders and comparisons could not go on; trying again")
        await asyncio.sleep(_KEEP_UP_EVERY)


async def _close_attempts() -> None:
    outside = wiring.outside()

    def close() -> None:
        now = outside.clock()
        with outside.database.reading() as session:
            if not anything_expired(session, now):
                return
        with outside.database.writing() as session:
            close_expired_attempts(session, now)

    while True:
        await asyncio.sleep(_CLOSE_ATTEMPTS_EVERY)
        try:
            await run_in_threadpool(close)
        except Exception:
            log.exception("Attempts whose time is up could not be scored; trying again")


async def _remind() -> None:
    while True:
        outside = wiring.outside()
        try:
            await run_in_threadpool(send_what_is_due, outside.database, outside.clock())
        except Exception:
            log.exception("Reminders and summaries could not be queued; trying again")
        await asyncio.sleep(_LOOK_AT_THE_CALENDAR_EVERY)


async def _clear_sandboxes() -> None:
    outside = wiring.outside()
    while True:
        try:
            await run_in_threadpool(discard_expired, outside.database, outside.clock())
        except Exception:
            log.exception("Sandbox groups could not be cleared away; trying again")
        await asyncio.sleep(_CLEAR_SANDBOXES_EVERY)


def _preloaded_font(name: str) -> rx.Component:
    path = f"/fonts/{name}-latin-wght-normal.woff2"
    return rx.el.link(
        rel="preload",
        href=path,
        type="font/woff2",
        cross_origin="anonymous",
        custom_attrs={"as": "font"},
    )


def _make_app() -> rx.App:
    log_without_secrets(as_json=settings().log_json)
    seam.wire(wiring.outside())
    live.wire_bus(wiring.live_bus().watch)
    made = rx.App(
        stylesheets=["/grouplic.css"],
        html_lang="en",
        toaster=None,
        backend_exception_handler=backend_exception_handler,
        api_transformer=[Starlette(routes=_routes()), _wrapped],
        app_wraps={
            (55, "ErrorBoundary"): errors.boundary,
            (5, "Overlay"): errors.connection,
        },
        head_components=[
            rx.el.link(rel="icon", href="/favicon.svg", type="image/svg+xml"),
            *[_preloaded_font(name) for name in _FONTS],
            rx.el.script(src="/copy-from.js", defer=True),
            rx.el.script(src="/scan-code.js", defer=True),
            rx.el.script(src="/uploads.js", defer=True),
            rx.el.script(src="/study.js", defer=True),
            rx.el.script(src="/time-zone.js", defer=True),
            rx.el.script(src="/wayfinding.js", defer=True),
            rx.el.script(src="/keep-typed.js", defer=True),
        ],
    )
    made.add_middleware(Doors(OPEN_DOORS))
    made.add_middleware(Visitors())
    made.add_middleware(live.NoteRoutes())
    _add_pages(made)
    made.register_lifespan_task(_pump, pages=made)
    made.register_lifespan_task(_reconcile)
    made.register_lifespan_task(work_forever, outside=wiring.outside())
    made.register_lifespan_task(_close_attempts)
    made.register_lifespan_task(_keep_up)
    made.register_lifespan_task(_remind)
    made.register_lifespan_task(_clear_sandboxes)
    made.register_lifespan_task(send_forever, outbox=wiring.outbox())
    if settings().uses_local_stripe and not settings().in_production:
        made.register_lifespan_task(deliver_forever, config=wiring.local_stripe_config())
    return made


def _add_pages(made: rx.App) -> None:
    form = [WhoState.load, accounts.ReturnState.load]
    pages = (
        ("/", home.home, "Group licenses of online modules", [home.CatalogState.load]),
        ("/buy", buying.buy, "Buy a group license", [buy.BuyState.load]),
        ("/quotes/[quote]", quote.quote, "Quote", [quote.QuoteState.load]),
        ("/my-teaching/[group]/orders", orders.orders, "Orders", [orders.OrdersState.load]),
        ("/terms", texts.text, "Terms", [texts.TextState.load]),
        ("/privacy", texts.text, "Privacy", [texts.TextState.load]),
        ("/contact", texts.text, "Contact", [texts.TextState.load]),
        ("/orders/[order]", order.order, "Order", [order.OrderState.load]),
        ("/my-teaching", teaching.teaching, "myTeaching", [teaching.TeachingState.load]),
        (
            "/my-teaching/[group]",
            teaching.group,
            "Group",
            [
                teaching.GroupState.load,
                license.LicenseState.load,
                progress.ProgressState.load,
            ],
        ),
        ("/my-teaching/[group]/keys", keys.keys, "Keys", [key_ledger.KeysState.load]),
        (
            "/my-teaching/[group]/join-link",
            join_link.join_link,
            "Join link",
            [join_link.JoinLinkState.load],
        ),
        ("/join/[link]", join.join, "Join a group", [join.JoinState.load]),
        ("/my-teaching/[group]/invite", invite.invite, "Invite", [invite.InviteState.load]),
        ("/my-teaching/[group]/upload", upload.upload, "Upload", [upload_state.UploadState.load]),
        (
            "/my-teaching/[group]/people",
            people_list.people,
            "Manage People",
            [people.PeopleState.enter],
        ),
        (
            "/my-teaching/[group]/leaders",
            leaders.leaders_page,
            "Leaders",
            [leaders.LeadersState.enter],
        ),
        (
            "/my-teaching/[group]/settings",
            group_settings.settings_page,
            "Group settings",
            [group_settings.SettingsState.load],
        ),
        (
            "/my-teaching/[group]/insights",
            insights_page.insights_page,
            "Insights",
            [insights.InsightsState.load],
        ),
        (
            "/my-teaching/[group]/learners/[learner]",
            learner.learner_page,
            "Learner",
            [learner.LearnerState.load],
        ),
        (
            "/my-teaching/[group]/reminders",
            reminders.reminders_page,
            "Due dates and reminders",
            [reminders.RemindersState.enter],
        ),
        (
            "/unsubscribe",
            unsubscribe.unsubscribe_page,
            "Unsubscribe",
            [unsubscribe.UnsubscribeState.load],
        ),
        ("/welcome", welcome.welcome, "Welcome", [welcome.WelcomeState.load]),
        ("/redeem", redeem.redeem, "Redeem a key", [redeem.RedeemState.load]),
        (
            "/my-learning",
            learning.my_learning,
            "myLearning",
            [learning.LearningState.load, license.PausedState.load],
        ),
        ("/learn/[module]/[lesson]", player.lesson, "Lesson", [player.LessonState.load]),
        ("/learn/[module]/quiz", quiz.quiz, "Quiz", [quiz.QuizState.load]),
        (
            "/my-teaching/[group]/preview",
            preview.preview_list,
            "Preview",
            [preview.PreviewListState.load],
        ),
        (
            "/my-teaching/[group]/preview/[module]/[lesson]",
            player.preview,
            "Preview of a lesson",
            [player.PreviewState.load],
        ),
        (
            "/my-teaching/[group]/preview/[module]/quiz",
            quiz_preview.quiz_preview,
            "Preview of a quiz",
            [quiz_preview.QuizPreviewState.load],
        ),
        (
            "/certificates/[code]",
            certificate.certificate,
            "Verify a certificate",
            [certificate.CertificateState.load],
        ),
        ("/sign-in", accounts.sign_in, "Sign in", form[1:]),
        ("/sign-up", accounts.sign_up, "Create an account", form[1:]),
        ("/forgot-password", accounts.forgot_password, "Forgot your password?", form[1:]),
        ("/reset-password", accounts.reset_password, "Choose a new password", form[1:]),
        ("/verify-email", accounts.verify_email, "Confirm your address", form[1:]),
        ("/account", account.account, "Account", [account.AccountState.load, *form[1:]]),
        ("/confirm-email", account.confirm_email, "Use this address?", form[1:]),
        ("/operator", operator.operator, "Operator", [operator.OperatorState.load]),
        (
            "/operator/orders/[order]",
            operator_order.operator_order,
            "Operator",
            [operator_order_state.OrderOversightState.load],
        ),
        (
            "/operator/differences/[difference]",
            operator_decisions.difference_page,
            "Operator",
            [operator_decisions.DifferenceState.load],
        ),
        (
            "/operator/modules/[module]",
            operator_decisions.module_page,
            "Operator",
            [operator_decisions.SellingState.load],
        ),
        ("/operator/[site_list]", operator.operator, "Operator", [operator.OperatorState.load]),
        (
            "/operator/groups/[group]",
            group_oversight.group_oversight,
            "Operator",
            [group_oversight_state.GroupOversightState.load],
        ),
        (
            "/operator/people/[person]",
            oversight.person_oversight,
            "Operator",
            [oversight.PersonOversightState.load],
        ),
        ("/error", errors.error, "Something went wrong", [errors.ErrorState.load]),
        ("/404", errors.missing, "Not found", []),
        ("/dev/mailbox", mailbox.mailbox, "Local mailbox", [mailbox.MailboxState.load]),
    )
    for route, component, title, on_load in pages:
        made.add_page(
            component,
            route="404" if route == "/404" else route,
            title=f"{title} · Grouplic",
            description="Buy seats for a team once, fill them in minutes, watch people learn.",
            image="/favicon.svg",
            on_load=[WhoState.load, *on_load],
        )
    _add_help(made)
    if not settings().in_production:
        made.add_page(
            every_part.every_part,
            route="/dev/parts",
            title="Parts · Grouplic",
            description="Every part of the pages in every state.",
            on_load=[WhoState.load],
        )


def _add_help(made: rx.App) -> None:
    articles = wiring.outside().articles
    made.add_page(
        lambda: help.overview(articles),
        route="/help",
        title="Help · Grouplic",
        description="How to buy, fill and follow a group license, in short answers.",
        image="/favicon.svg",
        on_load=[WhoState.load],
    )
    for article in articles:
        made.add_page(
            functools.partial(help.article, article),
            route=f"/help/{article.slug}",
            title=f"{article.title} · Grouplic",
            description=article.summary,
            image="/favicon.svg",
            on_load=[WhoState.load, help.VoteState.load],
        )


app = _make_app()
