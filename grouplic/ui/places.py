"""The pages of the site: each with its address, its title, and what is read when it opens."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import reflex as rx

from grouplic.ui.pages import (
    account,
    account_page,
    accounts,
    buy,
    buying,
    certificate,
    dashboard,
    errors,
    every_part,
    first_minutes,
    group_oversight,
    group_oversight_state,
    group_settings,
    insights,
    insights_page,
    invite,
    invite_page,
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
    order_page,
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
    reminders_page,
    teaching,
    texts,
    unsubscribe,
    upload,
    upload_state,
    welcome,
)

DESCRIPTION = "Buy seats for a team once, fill them in minutes, watch people learn."
_RETURN = accounts.ReturnState.load


class Place(NamedTuple):
    """A page: its address, what it shows, its title, and what is read when it opens."""

    route: str
    shows: Callable[[], rx.Component]
    title: str
    on_load: Sequence[Any] = ()
    description: str = DESCRIPTION


_SHOP = (
    Place("/buy", buying.buy, "Buy a group license", [buy.BuyState.load]),
    Place("/quotes/[quote]", quote.quote, "Quote", [quote.QuoteState.load]),
    Place("/orders/[order]", order_page.order, "Order", [order.OrderState.load]),
    Place("/terms", texts.text, "Terms", [texts.TextState.load]),
    Place("/privacy", texts.text, "Privacy", [texts.TextState.load]),
    Place("/contact", texts.text, "Contact", [texts.TextState.load]),
)
_TEACHING = (
    Place("/my-teaching", teaching.teaching, "myTeaching", [teaching.TeachingState.load]),
    Place(
        "/my-teaching/[group]",
        dashboard.dashboard,
        "Group",
        [
            teaching.GroupState.load,
            license.LicenseState.load,
            first_minutes.FirstMinutesState.load,
            progress.ProgressState.load,
        ],
    ),
    Place("/my-teaching/[group]/orders", orders.orders, "Orders", [orders.OrdersState.load]),
    Place("/my-teaching/[group]/keys", keys.keys, "Keys", [key_ledger.KeysState.load]),
    Place(
        "/my-teaching/[group]/join-link",
        join_link.join_link,
        "Join link",
        [join_link.JoinLinkState.load],
    ),
    Place("/my-teaching/[group]/invite", invite_page.invite, "Invite", [invite.InviteState.load]),
    Place("/my-teaching/[group]/upload", upload.upload, "Upload", [upload_state.UploadState.load]),
    Place(
        "/my-teaching/[group]/people",
        people_list.people,
        "Manage People",
        [people.PeopleState.enter],
    ),
    Place(
        "/my-teaching/[group]/leaders",
        leaders.leaders_page,
        "Leaders",
        [leaders.LeadersState.enter],
    ),
    Place(
        "/my-teaching/[group]/settings",
        group_settings.settings_page,
        "Group settings",
        [group_settings.SettingsState.load],
    ),
    Place(
        "/my-teaching/[group]/insights",
        insights_page.insights_page,
        "Insights",
        [insights.InsightsState.load],
    ),
    Place(
        "/my-teaching/[group]/learners/[learner]",
        learner.learner_page,
        "Learner",
        [learner.LearnerState.load],
    ),
    Place(
        "/my-teaching/[group]/reminders",
        reminders_page.reminders_page,
        "Due dates and reminders",
        [reminders.RemindersState.enter],
    ),
    Place(
        "/my-teaching/[group]/preview",
        preview.preview_list,
        "Preview",
        [preview.PreviewListState.load],
    ),
    Place(
        "/my-teaching/[group]/preview/[module]/[lesson]",
        player.preview,
        "Preview of a lesson",
        [player.PreviewState.load],
    ),
    Place(
        "/my-teaching/[group]/preview/[module]/quiz",
        quiz_preview.quiz_preview,
        "Preview of a quiz",
        [quiz_preview.QuizPreviewState.load],
    ),
)
_LEARNING = (
    Place(
        "/redeem",
        redeem.redeem,
        "Redeem a key",
        [redeem.RedeemState.load],
        "Type or scan your enrollment key, see which modules it opens, and start learning.",
    ),
    Place("/join/[link]", join.join, "Join a group", [join.JoinState.load]),
    Place("/welcome", welcome.welcome, "Welcome", [welcome.WelcomeState.load]),
    Place(
        "/my-learning",
        learning.my_learning,
        "myLearning",
        [learning.LearningState.load, license.PausedState.load],
    ),
    Place("/learn/[module]/[lesson]", player.lesson, "Lesson", [player.LessonState.load]),
    Place("/learn/[module]/quiz", quiz.quiz, "Quiz", [quiz.QuizState.load]),
    Place(
        "/certificates/[code]",
        certificate.certificate,
        "Verify a certificate",
        [certificate.CertificateState.load],
    ),
    Place(
        "/unsubscribe",
        unsubscribe.unsubscribe_page,
        "Unsubscribe",
        [unsubscribe.UnsubscribeState.load],
    ),
)
_ACCOUNTS = (
    Place("/sign-in", accounts.sign_in, "Sign in", [_RETURN]),
    Place("/sign-up", accounts.sign_up, "Create an account", [_RETURN]),
    Place("/forgot-password", accounts.forgot_password, "Forgot your password?", [_RETURN]),
    Place("/reset-password", accounts.reset_password, "Choose a new password", [_RETURN]),
    Place("/verify-email", accounts.verify_email, "Confirm your address", [_RETURN]),
    Place("/account", account_page.account, "Account", [account.AccountState.load, _RETURN]),
    Place("/confirm-email", account_page.confirm_email, "Use this address?", [_RETURN]),
)
_OPERATING = (
    Place("/operator", operator.operator, "Operator", [operator.OperatorState.load]),
    Place("/operator/[site_list]", operator.operator, "Operator", [operator.OperatorState.load]),
    Place(
        "/operator/orders/[order]",
        operator_order.operator_order,
        "Operator",
        [operator_order_state.OrderOversightState.load],
    ),
    Place(
        "/operator/differences/[difference]",
        operator_decisions.difference_page,
        "Operator",
        [operator_decisions.DifferenceState.load],
    ),
    Place(
        "/operator/modules/[module]",
        operator_decisions.module_page,
        "Operator",
        [operator_decisions.SellingState.load],
    ),
    Place(
        "/operator/groups/[group]",
        group_oversight.group_oversight,
        "Operator",
        [group_oversight_state.GroupOversightState.load],
    ),
    Place(
        "/operator/people/[person]",
        oversight.person_oversight,
        "Operator",
        [oversight.PersonOversightState.load],
    ),
)
_OTHERS = (
    Place("/error", errors.error, "Something went wrong", [errors.ErrorState.load]),
    Place("404", errors.missing, "Not found"),
    Place("/dev/mailbox", mailbox.mailbox, "Local mailbox", [mailbox.MailboxState.load]),
)
PLACES = (*_SHOP, *_TEACHING, *_LEARNING, *_ACCOUNTS, *_OPERATING, *_OTHERS)
# What only helps to develop the site.
WORKSHOP = (
    Place(
        "/dev/parts",
        every_part.every_part,
        "Parts",
        description="Every part of the pages in every state.",
    ),
)
