"""What is refused, and in which words: each rule that no other test comes to."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlmodel import Session, select

from grouplic.adapters.database import Database
from grouplic.adapters.secrets import DerivedTokens
from grouplic.domain.catalog import Module
from grouplic.domain.groups import EnrollmentKey, Group, GroupLeader, LeaderRole, Seat, Way
from grouplic.domain.joins import Invitation
from grouplic.domain.orders import Order, OrderKind
from grouplic.domain.people import Role, User
from grouplic.domain.quotes import MOST_AMOUNT, check_amount
from grouplic.domain.refusals import Refusal
from grouplic.domain.reminding import Newsletter
from grouplic.services import (
    accounts,
    due_dates,
    erasing,
    fulfillment,
    inviting,
    invoicing,
    join_link_terms,
    joining,
    key_ledger,
    leaders,
    learning,
    order_history,
    overseeing,
    refunds,
    reminders,
    selling,
    sent_invitations,
    shop,
    unsubscribing,
    uploads,
    waiting,
    withdrawing,
)
from grouplic.services.inviting import LONGEST_NOTE, Invitee
from grouplic.services.leaders import MOST_LEADERS
from grouplic.services.leaving import ReclaimRule
from grouplic.services.ports import PaidLine
from grouplic.services.reminder_needs import Need
from grouplic.services.shop import Wish
from grouplic.services.unsubscribing import Subscription
from grouplic.services.waiting import Where
from tests.cast import Cast, actor

TOKENS = DerivedTokens("a secret")
DAN = Invitee("dan@new.org", "Dan", "Novak")
NOBODY = "11111111-1111-1111-1111-111111111111"


@dataclass(frozen=True)
class Scene:
    """What a rule is asked with."""

    session: Session
    cast: Cast
    now: datetime

    @property
    def group(self) -> Group:
        """The group that Alice leads."""
        return self.session.get_one(Group, self.cast.group_id)

    @property
    def module(self) -> Module:
        """The module that the group has."""
        return self.session.exec(select(Module).where(Module.slug == "writing")).one()

    @property
    def order(self) -> Order:
        """The order that made the group."""
        return self.session.exec(select(Order)).one()

    def wish(self, kind: OrderKind, **more: object) -> Wish:
        """What Alice wishes for her group."""
        return Wish(kind, group_id=str(self.cast.group_id), **more)  # type: ignore[arg-type]

    def invite(self, *people: Invitee) -> None:
        """Let Alice invite them."""
        inviting.invite(self.session, self.cast.group_id, people, self.cast.alice, self.now)


@pytest.fixture
def scene(database: Database, cast: Cast, now: datetime):  # type: ignore[no-untyped-def]
    with database.writing() as session:
        yield Scene(session, cast, now)


def name(typed: str) -> Callable[[Scene], object]:
    return lambda s: accounts.clean_name(typed, "first_name", "first name")


def price(kind: OrderKind, **more: object) -> Callable[[Scene], object]:
    return lambda s: shop.answer(s.session, s.wish(kind, **more), s.cast.alice, s.now)


def end_license(s: Scene) -> None:
    s.group.ends_at = s.now
    s.session.flush()


def due_after_the_end(s: Scene) -> None:
    s.group.ends_at = s.now + timedelta(days=3)
    s.session.flush()
    day = f"{s.now + timedelta(days=4):%Y-%m-%d}"
    due_dates.set_due_date(s.session, s.cast.group_id, s.module.id, day, (), s.cast.alice, s.now)


def remind_after_the_end(s: Scene) -> None:
    end_license(s)
    reminders.remind(s.session, s.cast.group_id, Need.NOT_STARTED, s.cast.alice, s.now)


def buy_what_is_not_for_sale(s: Scene) -> None:
    privacy = s.session.exec(select(Module).where(Module.slug == "privacy")).one()
    privacy.for_sale = False
    s.session.flush()
    price(OrderKind.ADD_MODULES, modules=("privacy",))(s)


def buy_for_retired_seats(s: Scene) -> None:
    for seat in s.session.exec(select(Seat).where(Seat.group_id == s.cast.group_id)):
        seat.state = "retired"
    s.session.flush()
    price(OrderKind.ADD_MODULES, modules=("privacy",))(s)


def buy_what_has_ended(s: Scene) -> None:
    s.module.license_until = s.now
    s.session.flush()
    shop.answer(s.session, Wish(OrderKind.NEW_GROUP, "A", "", ("writing",), 1), None, s.now)


def renew_to_no_later_end(s: Scene) -> None:
    s.group.ends_at = s.module.license_until = s.now + timedelta(days=9)
    s.session.flush()
    price(OrderKind.RENEWAL)(s)


def invite_too_many_leaders(s: Scene) -> None:
    for number in range(MOST_LEADERS - 1):
        person = actor(s.session, f"leader{number}", s.now)
        s.session.add(
            GroupLeader(
                group_id=s.cast.group_id,
                user_id=person.user_id,
                role=LeaderRole.REPORTS,
                since=s.now,
            )
        )
    s.session.flush()
    leaders.invite_leader(s.session, s.cast.group_id, DAN, "reports", s.cast.alice, s.now)


def correct(typed: str) -> Callable[[Scene], object]:
    def ask(s: Scene) -> None:
        s.invite(DAN)
        sent = s.session.exec(select(Invitation)).one()
        sent_invitations.correct_address(
            s.session, s.cast.group_id, sent.id, typed, s.cast.alice, s.now
        )

    return ask


def correct_to_a_member(s: Scene) -> None:
    joining.take_open_seat(
        s.session, s.group, s.cast.bob.user_id, Way.DEMO, s.cast.alice.user_id, s.now
    )
    correct("bob@northlab.org")(s)


def correct_a_leaders_address(s: Scene) -> None:
    leaders.invite_leader(s.session, s.cast.group_id, DAN, "reports", s.cast.alice, s.now)
    sent = s.session.exec(select(Invitation)).one()
    sent_invitations.correct_address(
        s.session, s.cast.group_id, sent.id, "don@new.org", s.cast.alice, s.now
    )


def send_again(what: str) -> Callable[[Scene], object]:
    """Send a key again that was used or voided since it was mailed."""

    def ask(s: Scene) -> None:
        inviting.mail_keys(s.session, s.cast.group_id, [DAN], s.cast.alice, s.now)
        sent = s.session.exec(select(Invitation)).one()
        key = s.session.get_one(EnrollmentKey, sent.key_id)
        if what == "used":
            joining.redeem(s.session, key.code, s.cast.bob, s.now)
        else:
            key.voided_at = s.now
        s.session.flush()
        sent_invitations.resend(s.session, s.cast.group_id, sent.id, s.cast.alice, s.now)

    return ask


def mail_keys_to_four(s: Scene) -> None:
    people = [replace(DAN, email=f"dan{number}@new.org") for number in range(4)]
    inviting.mail_keys(s.session, s.cast.group_id, people, s.cast.alice, s.now)


def complete_unopened(s: Scene) -> None:
    joining.take_open_seat(
        s.session, s.group, s.cast.bob.user_id, Way.DEMO, s.cast.alice.user_id, s.now
    )
    learning.complete_lesson(s.session, s.cast.bob, "writing", "lesson-1", s.now)


def approve(order_id: str) -> Callable[[Scene], object]:
    return lambda s: invoicing.approve_invoice(s.session, order_id, s.cast.olive, "Known", s.now)


def take_back(quantity: int, reason: str, group_id: str = "") -> Callable[[Scene], object]:
    return lambda s: withdrawing.take_back_seats(
        s.session, group_id or s.cast.group_id, quantity, s.cast.olive, reason, s.now
    )


REFUSED: dict[str, tuple[Callable[[Scene], object], str]] = {
    "no name": (name("  "), "Please fill in the first name"),
    "an endless name": (name("n" * 101), "at most 100 characters"),
    "a name with a line break": (name("Ann\nLee"), "cannot be shown"),
    "more than can be charged": (lambda s: check_amount(MOST_AMOUNT + 1), "two parts"),
    "adding without signing in": (
        lambda s: shop.answer(s.session, s.wish(OrderKind.ADD_SEATS, seats=1), None, s.now),
        "sign in",
    ),
    "buying what is not for sale": (buy_what_is_not_for_sale, "no longer for sale"),
    "buying for seats that retired": (
        buy_for_retired_seats,
        "Every seat of this group has retired",
    ),
    "buying what has ended": (buy_what_has_ended, "license of Writing has ended"),
    "renewing to no later end": (renew_to_no_later_end, "no later end"),
    "a due date after the end": (due_after_the_end, "license ends on November 27, 2026"),
    "reminding after the end": (remind_after_the_end, "has ended"),
    "handing out no key": (
        lambda s: key_ledger.hand_out(s.session, s.cast.group_id, 0, s.cast.alice, s.now),
        "at least one key",
    ),
    "more leaders than there may be": (invite_too_many_leaders, f"at most {MOST_LEADERS}"),
    "inviting nobody": (lambda s: s.invite(), "at least one address"),
    "inviting everybody": (lambda s: s.invite(*[DAN] * 501), "at most 500 people"),
    "an endless note": (lambda s: inviting.clean_note("n" * (LONGEST_NOTE + 1)), "at most 1,000"),
    "more keys than seats": (mail_keys_to_four, "You need 4 seats, and 3 are open"),
    "correcting to the same address": (correct("DAN@new.org"), "Send again"),
    "correcting to somebody inside": (correct_to_a_member, "in the group already"),
    "correcting a leader": (correct_a_leaders_address, "Remove this leader"),
    "sending a used key again": (send_again("used"), "has been used"),
    "sending a voided key again": (send_again("voided"), "was voided"),
    "completing what was not opened": (complete_unopened, "This lesson"),
    "taking back no seat": (take_back(0, "Asked to"), "at least one seat"),
    "taking back without a reason": (take_back(1, "  "), "Say why"),
    "taking back from no group": (take_back(1, "Asked to", NOBODY), "This group"),
    "approving no order": (approve(NOBODY), "This order"),
    "approving nonsense": (approve("nonsense"), "This order"),
    "giving back what was not paid": (
        lambda s: refunds.hold_paid_order(s.session, s.order.id),
        "Nothing was paid",
    ),
    "giving back of no order": (
        lambda s: refunds.hold_paid_order(s.session, "nonsense"),
        "This order",
    ),
    "what came after no sale": (
        lambda s: order_history.after_sale_of(s.session, UUID(NOBODY), s.cast.alice),
        "This order",
    ),
    "what came after another's sale": (
        lambda s: order_history.after_sale_of(s.session, s.order.id, s.cast.charlie),
        "This order",
    ),
    "overseeing no group": (
        lambda s: overseeing.oversee_group(s.session, "nonsense", s.cast.olive),
        "This group",
    ),
    "overseeing nobody": (
        lambda s: overseeing.oversee_person(s.session, NOBODY, s.cast.olive, s.now),
        "This person",
    ),
    "selling no module": (
        lambda s: selling.oversee_module(s.session, NOBODY, s.cast.olive),
        "This module",
    ),
    "an upload there is not": (
        lambda s: uploads.upload_of(s.session, NOBODY, s.cast.alice),
        "This upload",
    ),
    "moving nobody who waits": (
        lambda s: waiting.move_on_waiting_list(
            s.session, s.cast.group_id, NOBODY, next(iter(Where)), s.cast.alice, s.now
        ),
        "waiting list",
    ),
    "switching no join link": (
        lambda s: join_link_terms.switch(s.session, s.cast.group_id, False, s.cast.alice, s.now),
        "This join link",
    ),
}


@pytest.mark.parametrize("what", list(REFUSED))
def test_it_is_refused_in_words_that_say_what_is_wrong(scene: Scene, what: str) -> None:
    ask, words = REFUSED[what]
    with pytest.raises(Refusal, match=words):
        ask(scene)


def test_the_only_operator_stays_until_there_is_another(scene: Scene) -> None:
    with pytest.raises(Refusal, match="only operator"):
        erasing.erase(scene.session, scene.cast.olive.user_id, ReclaimRule.NEVER, scene.now)
    actor(scene.session, "otto", scene.now, Role.OPERATOR)
    erasing.erase(scene.session, scene.cast.olive.user_id, ReclaimRule.NEVER, scene.now)
    assert scene.session.get_one(User, scene.cast.olive.user_id).erased_at == scene.now


@pytest.mark.parametrize("lines", [(PaidLine("gone", 1),), ()])
def test_a_paid_line_that_names_no_module_is_a_bug_and_loud(
    scene: Scene, lines: tuple[PaidLine, ...]
) -> None:
    with pytest.raises(LookupError, match="do not exist"):
        fulfillment.fulfill(scene.session, scene.order, lines, scene.now)


def test_subscribing_again_where_nothing_had_ended_changes_nothing(scene: Scene) -> None:
    mine = Subscription(Newsletter.REMINDERS, scene.cast.group_id, scene.cast.bob.user_id)
    before = unsubscribing.look_at(scene.session, mine)
    unsubscribing.subscribe_again(scene.session, mine, scene.now)
    assert unsubscribing.look_at(scene.session, mine) == before


def test_a_role_that_one_has_already_is_given_without_a_trace(scene: Scene) -> None:
    mine = scene.session.exec(select(GroupLeader.id)).one()
    scene.session.info.clear()
    leaders.change_role(
        scene.session, scene.cast.group_id, mine, "everything", scene.cast.alice, scene.now
    )
    assert "touched" not in scene.session.info
