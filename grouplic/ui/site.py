"""The site as visitors find it: every page with its address, and what its head loads."""

import functools
from collections.abc import Sequence

import reflex as rx

from grouplic.domain.help import Article
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
from grouplic.ui.who import WhoState

_FONTS = ("hanken-grotesk", "newsreader")
_SCRIPTS = (
    "copy-from",
    "scan-code",
    "uploads",
    "study",
    "time-zone",
    "wayfinding",
    "keep-typed",
)


def head() -> list[rx.Component]:
    """Return what every page's head loads, all of it from the site itself."""
    return [
        rx.el.link(rel="icon", href="/favicon.svg", type="image/svg+xml"),
        *[_preloaded_font(name) for name in _FONTS],
        *[rx.el.script(src=f"/{name}.js", defer=True) for name in _SCRIPTS],
    ]


def add_pages(made: rx.App, articles: Sequence[Article], in_production: bool) -> None:
    """Add every page; what only helps to develop the site is left out of production."""
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
    _add_help(made, articles)
    if not in_production:
        made.add_page(
            every_part.every_part,
            route="/dev/parts",
            title="Parts · Grouplic",
            description="Every part of the pages in every state.",
            on_load=[WhoState.load],
        )


def _add_help(made: rx.App, articles: Sequence[Article]) -> None:
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


def _preloaded_font(name: str) -> rx.Component:
    path = f"/fonts/{name}-latin-wght-normal.woff2"
    return rx.el.link(
        rel="preload",
        href=path,
        type="font/woff2",
        cross_origin="anonymous",
        custom_attrs={"as": "font"},
    )
