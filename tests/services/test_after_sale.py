"""After the sale: refunds withdraw what is free first, and nobody is thrown out."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlmodel import select

from grouplic.adapters.database import Database
from grouplic.domain.after_sale import Difference, Refund
from grouplic.domain.groups import EnrollmentKey, Seat, Way
from grouplic.domain.orders import Order, OrderKind, PaymentEvent
from grouplic.domain.records import Mail
from grouplic.domain.refusals import NotFound, Refusal
from grouplic.services import (
    checkout,
    differences,
    joining,
    key_ledger,
    leaving,
    order_history,
    refunds,
    withdrawing,
)
from grouplic.services.groups import lock_group
from grouplic.services.payment_events import receive_event
from grouplic.services.ports import Payment
from grouplic.services.shop import Wish
from tests.cast import Cast, live_learners, seat_states
from tests.services.payments import Provider


@pytest.fixture
def provider() -> Provider:
    return Provider()


@pytest.fixture
def paid(database: Database, cast: Cast, provider: Provider, now: datetime) -> UUID:
    """Alice's order of five more seats, paid: the group has eight."""
    return buy(database, cast, provider, now)


def buy(
    database: Database,
    cast: Cast,
    provider: Provider,
    now: datetime,
    kind: OrderKind = OrderKind.ADD_SEATS,
    **wish: object,
) -> UUID:
    wanted = Wish(kind, group_id=str(cast.group_id), **(wish if wish else {"seats": 5}))
    opened = checkout.start_checkout(database, provider, wanted, cast.alice, now)
    provider.pay(opened.id)
    checkout.reconcile(database, provider, now)
    return UUID(opened.order_id)


def payment_of(database: Database, order_id: UUID) -> str:
    with database.reading() as session:
        return str(session.get_one(Order, order_id).payment_id)


def hear_of_refund(
    database: Database, provider: Provider, payment_id: str, now: datetime, event_id: str = "evt_r"
) -> None:
    event = PaymentEvent(
        id=event_id, type="charge.refunded", payment_id=payment_id, created_at=now, received_at=now
    )
    receive_event(database, provider, event, now)


def take(database: Database, cast: Cast, now: datetime, *names: str) -> None:
    with database.writing() as session:
        for name in names:
            group = lock_group(session, cast.group_id)
            learner = getattr(cast, name).user_id
            joining.take_open_seat(session, group, learner, Way.DEMO, cast.alice.user_id, now)


def open_kinds(database: Database) -> list[str]:
    with database.reading() as session:
        return list(session.exec(select(Difference.kind)))


def refund(
    database: Database, provider: Provider, cast: Cast, order_id: UUID, now: datetime, **what: int
) -> UUID:
    return refunds.refund(database, provider, order_id, cast.olive, "Asked to", now, **what)


def test_a_whole_refund_withdraws_the_seats_of_the_order_the_last_first(
    database: Database, cast: Cast, provider: Provider, paid: UUID, now: datetime
) -> None:
    refund(database, provider, cast, paid, now)

    with database.reading() as session:
        assert seat_states(session, cast.group_id) == ["open"] * 3 + ["withdrawn"] * 5
        order = session.get_one(Order, paid)
        assert order.refunded_amount == order.amount_total == 5000
        gone = select(EnrollmentKey.code).join(Seat, Seat.id == EnrollmentKey.seat_id)
        alive = gone.where(Seat.state == "withdrawn", EnrollmentKey.voided_at.is_(None))
        assert session.exec(alive).all() == []
        assert session.exec(select(Mail.template)).all()[-1] == "seats_refunded"


def test_open_seats_go_before_issued_ones_and_taken_ones_stay_until_they_come_free(
    database: Database, cast: Cast, provider: Provider, paid: UUID, now: datetime
) -> None:
    take(database, cast, now, "bob", "charlie")
    with database.writing() as session:
        key_ledger.hand_out(session, cast.group_id, 4, cast.alice, now)
    refund(database, provider, cast, paid, now)
    with database.reading() as session:
        assert seat_states(session, cast.group_id) == ["taken"] * 2 + ["issued"] + ["withdrawn"] * 5

    refunded_all = buy_and_refund_what_is_taken(database, cast, provider, now)
    with database.reading() as session:
        assert live_learners(session, cast.group_id) == {cast.bob.user_id, cast.charlie.user_id}
        assert refunded_all == 1
    with database.writing() as session:
        leaving.remove(session, cast.group_id, cast.charlie.user_id, cast.alice, now)
    with database.reading() as session:
        assert seat_states(session, cast.group_id)[:2] == ["taken", "withdrawn"]


def buy_and_refund_what_is_taken(
    database: Database, cast: Cast, provider: Provider, now: datetime
) -> int:
    """Take back two seats where one is issued: the other is owed by a learner's seat."""
    with database.writing() as session:
        done = withdrawing.take_back_seats(session, cast.group_id, 2, cast.olive, "Test", now)
    assert (done.gone, done.missing) == (1, 0)
    return done.owed


def test_a_part_that_names_seats_withdraws_so_many(
    database: Database, cast: Cast, provider: Provider, paid: UUID, now: datetime
) -> None:
    refund(database, provider, cast, paid, now, seats=2)

    with database.reading() as session:
        assert seat_states(session, cast.group_id).count("withdrawn") == 2
        assert session.get_one(Order, paid).refunded_amount == 2000
    assert open_kinds(database) == []


def test_a_part_that_names_no_seats_changes_none_and_waits_for_an_operator(
    database: Database, cast: Cast, provider: Provider, paid: UUID, now: datetime
) -> None:
    payment = payment_of(database, paid)
    provider.give_back(payment, 700)
    for _ in range(2):
        hear_of_refund(database, provider, payment, now)

    with database.reading() as session:
        assert seat_states(session, cast.group_id) == ["open"] * 8
        assert session.get_one(Order, paid).refunded_amount == 700
        waiting = session.exec(select(Difference)).one()
    assert waiting.kind == "partial_refund"
    with database.writing() as session:
        differences.settle_difference(session, waiting.id, cast.olive, "Goodwill", now)
    with database.reading() as session:
        settled = differences.difference_of(session, waiting.id, cast.olive)
        assert (settled.settled_at, settled.note) == (now, "Goodwill")


def test_a_refund_made_at_the_provider_withdraws_once_however_often_it_is_heard_of(
    database: Database, cast: Cast, provider: Provider, paid: UUID, now: datetime
) -> None:
    payment = payment_of(database, paid)
    provider.give_back(payment, 2000)
    hear_of_refund(database, provider, payment, now, "evt_1")
    provider.give_back(payment, 3000)
    for number in range(3):
        hear_of_refund(database, provider, payment, now, f"evt_{number + 2}")

    with database.reading() as session:
        assert seat_states(session, cast.group_id) == ["open"] * 3 + ["withdrawn"] * 5
        assert len(session.exec(select(Refund)).all()) == 2


def test_a_refund_whose_answer_got_lost_is_made_once(
    database: Database, cast: Cast, provider: Provider, paid: UUID, now: datetime
) -> None:
    provider.drops_refund_answers = 1
    with pytest.raises(ConnectionError):
        refund(database, provider, cast, paid, now, seats=1)
    with pytest.raises(Refusal, match=r"\$40 "):
        refund(database, provider, cast, paid, now, amount=4500)
    refunds.retry_refunds(database, provider, now + timedelta(minutes=5))

    with database.reading() as session:
        assert seat_states(session, cast.group_id).count("withdrawn") == 1
        assert session.get_one(Order, paid).refunded_amount == 1000
    assert len(provider.payments[payment_of(database, paid)].refunds) == 1


def test_refunded_modules_stay_open_until_an_operator_decides(
    database: Database, cast: Cast, provider: Provider, now: datetime
) -> None:
    order_id = buy(database, cast, provider, now, OrderKind.ADD_MODULES, modules=("privacy",))
    refund(database, provider, cast, order_id, now)

    assert open_kinds(database) == ["refunded_modules"]


@pytest.mark.parametrize("outsider", ["alice", "bob", "charlie"])
def test_only_an_operator_gives_money_or_takes_seats_back(
    database: Database, cast: Cast, provider: Provider, paid: UUID, now: datetime, outsider: str
) -> None:
    someone = getattr(cast, outsider)
    with pytest.raises(NotFound):
        refunds.refund(database, provider, paid, someone, "Mine", now)
    with database.writing() as session, pytest.raises(NotFound):
        withdrawing.take_back_seats(session, cast.group_id, 1, someone, "Mine", now)
    assert provider.refund_requests == 0


@pytest.mark.parametrize("what", [{"amount": 0}, {"amount": 5001}, {"seats": 6}, {"seats": 0}])
def test_more_than_was_paid_and_nothing_are_refused(
    database: Database,
    cast: Cast,
    provider: Provider,
    paid: UUID,
    now: datetime,
    what: dict[str, int],
) -> None:
    with pytest.raises(Refusal):
        refund(database, provider, cast, paid, now, **what)
    assert provider.refund_requests == 0


@pytest.mark.parametrize("status", ["needs_response", "under_review", "lost"])
def test_what_the_bank_has_taken_back_is_not_refunded_as_well(
    database: Database,
    cast: Cast,
    provider: Provider,
    paid: UUID,
    now: datetime,
    status: str,
) -> None:
    payment = payment_of(database, paid)
    provider.dispute(payment, status, now)
    hear_of_refund(database, provider, payment, now)
    with pytest.raises(Refusal, match="pay it twice"):
        refund(database, provider, cast, paid, now, seats=1)
    assert provider.refund_requests == 0

    provider.dispute(payment, "won", now)
    hear_of_refund(database, provider, payment, now, "evt_won")
    refund(database, provider, cast, paid, now, seats=1)
    assert provider.refund_requests == 1


def test_a_dispute_changes_no_seat_and_a_lost_one_waits_for_an_operator(
    database: Database, cast: Cast, provider: Provider, paid: UUID, now: datetime
) -> None:
    payment = payment_of(database, paid)
    for number, status in enumerate(("needs_response", "under_review", "lost", "lost")):
        provider.dispute(payment, status, now)
        hear_of_refund(database, provider, payment, now, f"evt_{number}")
        with database.reading() as session:
            assert order_history.after_sale_of(session, paid, cast.alice).dispute == status

    with database.reading() as session:
        assert seat_states(session, cast.group_id) == ["open"] * 8
    assert open_kinds(database) == ["dispute_lost"]


def test_the_history_is_for_the_leader_and_shows_what_became_of_an_order(
    database: Database, cast: Cast, provider: Provider, paid: UUID, now: datetime
) -> None:
    refund(database, provider, cast, paid, now, seats=2)
    with database.reading() as session:
        rows, total = order_history.orders_of_group(session, cast.group_id, cast.alice)
        assert (total, rows[0].id, rows[0].refunded_amount) == (2, paid, 2000)
        for outsider in (cast.bob, cast.charlie, cast.olive):
            with pytest.raises(NotFound):
                order_history.orders_of_group(session, cast.group_id, outsider)


def test_a_refund_that_fails_later_waits_for_an_operator(
    database: Database, cast: Cast, provider: Provider, paid: UUID, now: datetime
) -> None:
    refund(database, provider, cast, paid, now, seats=1)
    payment_id = payment_of(database, paid)
    payment = provider.payments[payment_id]
    failed = tuple(replace(made, state="failed") for made in payment.refunds)
    provider.payments[payment_id] = replace(payment, refunds=failed, amount_refunded=0)
    hear_of_refund(database, provider, payment_id, now)

    assert open_kinds(database) == ["refund_failed"]
    with database.reading() as session:
        assert session.get_one(Order, paid).refunded_amount == 0


def test_a_refund_that_is_heard_of_before_its_payment_settles_the_order_first(
    database: Database, cast: Cast, provider: Provider, now: datetime
) -> None:
    wish = Wish(OrderKind.NEW_GROUP, group_name="Spring intake", modules=("privacy",), seats=2)
    opened = checkout.start_checkout(database, provider, wish, cast.alice, now)
    provider.pay(opened.id)
    provider.give_back(f"pi_{opened.id}", opened.amount_total)
    hear_of_refund(database, provider, f"pi_{opened.id}", now)
    checkout.reconcile(database, provider, now + timedelta(hours=1))

    with database.reading() as session:
        order = session.get_one(Order, UUID(opened.order_id))
        assert order.refunded_amount == order.amount_total == opened.amount_total
        assert order.group_id is not None
        assert seat_states(session, order.group_id) == ["withdrawn"] * 2


def test_a_refund_of_an_order_that_cannot_be_settled_yet_takes_no_other_orders_seats(
    database: Database, cast: Cast, provider: Provider, now: datetime
) -> None:
    wish = Wish(OrderKind.ADD_SEATS, group_id=str(cast.group_id), seats=2)
    opened = checkout.start_checkout(database, provider, wish, cast.alice, now)
    provider.pay(opened.id)
    payment = provider.payments[f"pi_{opened.id}"]
    provider.give_back(payment.id, payment.amount)
    refunds.note_payment(database, provider.read_payment(payment.id), now)
    with database.reading() as session:
        assert seat_states(session, cast.group_id) == ["open"] * 3

    checkout.reconcile(database, provider, now + timedelta(hours=1))
    refunds.note_payment(database, provider.read_payment(payment.id), now + timedelta(hours=1))
    with database.reading() as session:
        assert seat_states(session, cast.group_id) == ["open"] * 3 + ["withdrawn"] * 2


def test_giving_back_what_was_paid_twice_costs_no_seat(
    database: Database, cast: Cast, provider: Provider, paid: UUID, now: datetime
) -> None:
    provider.payments["pi_again"] = Payment("pi_again", str(paid), True, 5000, 0)
    provider.give_back("pi_again", 5000)
    hear_of_refund(database, provider, "pi_again", now)

    with database.reading() as session:
        assert seat_states(session, cast.group_id) == ["open"] * 8
        assert session.get_one(Order, paid).refunded_amount == 0


def test_a_refund_that_never_reached_the_provider_is_asked_for_again(
    database: Database, cast: Cast, provider: Provider, paid: UUID, now: datetime
) -> None:
    with database.writing() as session:
        refunds.request_refund(session, paid, cast.olive, "Asked to", now, None, 2)
    assert refunds.retry_refunds(database, provider, now + timedelta(minutes=5)) == 1

    assert provider.refund_requests == 1
    with database.reading() as session:
        assert seat_states(session, cast.group_id).count("withdrawn") == 2
        assert session.exec(select(Refund.state)).one() == "succeeded"


def test_a_refund_on_its_way_withdraws_nothing_until_it_has_arrived(
    database: Database, cast: Cast, provider: Provider, paid: UUID, now: datetime
) -> None:
    payment_id = payment_of(database, paid)
    arrived = provider.give_back(payment_id, 5000)
    payment = provider.payments[payment_id]
    under_way = replace(payment, refunds=(replace(arrived, state="pending"),))
    provider.payments[payment_id] = under_way
    for number in range(2):
        hear_of_refund(database, provider, payment_id, now, f"evt_{number}")
    with database.reading() as session:
        assert seat_states(session, cast.group_id) == ["open"] * 8
        assert session.get_one(Order, paid).refunded_amount == 5000

    provider.payments[payment_id] = payment
    hear_of_refund(database, provider, payment_id, now, "evt_arrived")
    with database.reading() as session:
        assert seat_states(session, cast.group_id) == ["open"] * 3 + ["withdrawn"] * 5
