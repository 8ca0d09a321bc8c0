"""The key ledger: handing out in batches, finding, labeling, voiding."""

from datetime import datetime
from uuid import uuid4

import pytest
from sqlalchemy import event
from sqlmodel import Session, select

from grouplic.adapters.database import Database
from grouplic.domain import keys
from grouplic.domain.groups import EnrollmentKey, LeaderRole, Seat
from grouplic.domain.joins import Invitation, Waiting
from grouplic.domain.records import Mail, MailState
from grouplic.domain.refusals import NotFound, Refusal
from grouplic.services import inviting, joining, key_ledger, key_voiding
from grouplic.services.inviting import Invitee
from grouplic.services.key_filter import EVERY_KEY, KeyFilter
from grouplic.services.key_ledger import LedgerPage
from grouplic.services.key_voiding import Chosen
from tests.cast import Cast, invite_the_cast, live_learners, seat_states


def found(
    database: Database, cast: Cast, wanted: KeyFilter = EVERY_KEY, page: int = 1
) -> LedgerPage:
    with database.reading() as session:
        return key_ledger.ledger(session, cast.group_id, wanted, page, cast.alice)


def named(page: LedgerPage, *numbers: int) -> tuple[str, ...]:
    """The live keys of these seats, as a page would name them."""
    live = [row for row in page.rows if row.state in ("open", "issued")]
    return tuple(str(row.id) for row in live if row.seat_number in numbers)


def hand_out(
    session: Session, cast: Cast, now: datetime, quantity: int = 1, label: str = ""
) -> str:
    handed = key_ledger.hand_out(session, cast.group_id, quantity, cast.alice, now, label)
    return handed[0].text


def test_the_ledger_shows_every_key_with_what_became_of_it(
    database: Database, cast: Cast, now: datetime
) -> None:
    with database.writing() as session:
        used = hand_out(session, cast, now, 2, " Section\tB ")
        joining.redeem(session, used, cast.bob, now)
    page = found(database, cast)
    with database.writing() as session:
        chosen = Chosen(EVERY_KEY, named(page, 2))
        assert key_voiding.void(session, cast.group_id, chosen, cast.alice, now) == 1

    rows = found(database, cast).rows
    assert [(row.seat_number, row.state, row.label) for row in rows] == [
        (2, "open", ""),
        (3, "open", ""),
        (1, "used", "Section B"),
        (2, "voided", "Section B"),
    ]
    assert (rows[2].redeemed_by, rows[2].redeemed_email) == ("Bob Marsh", "bob@northlab.org")
    assert rows[2].text == used
    assert rows[2].issued_at == rows[2].redeemed_at == now


def test_a_batch_is_served_again_without_what_has_been_used(
    database: Database, cast: Cast, now: datetime
) -> None:
    with database.writing() as session:
        first = hand_out(session, cast, now, 2, "Section B")
    with database.writing() as session:
        hand_out(session, cast, now)
        joining.redeem(session, first, cast.bob, now)
    with database.reading() as session:
        shown, more = key_ledger.batches(session, cast.group_id, 1, cast.alice)
        assert [(b.label, b.quantity, b.unused, b.made_by) for b in shown] == [
            ("", 1, 1, "Alice Marsh"),
            ("Section B", 2, 1, "Alice Marsh"),
        ]
        assert not more
        wanted = KeyFilter(batch=str(shown[1].id))
        (left,) = key_ledger.handed_out(session, cast.group_id, cast.alice, wanted)
        assert (left.seat_number, left.label) == (2, "Section B")


@pytest.mark.parametrize(
    ("wanted", "seats"),
    [
        (KeyFilter(state="issued"), [2]),
        (KeyFilter(state="used"), [1]),
        (KeyFilter(state="open"), [3]),
        (KeyFilter(state="voided"), []),
        (KeyFilter(label="Section B"), [2, 1]),
        (KeyFilter(search="section"), [2, 1]),
        (KeyFilter(search="BOB MAR"), [1]),
        (KeyFilter(search="bob@north"), [1]),
        (KeyFilter(search="%"), []),
        (KeyFilter(state="issued", search="bob"), []),
        (KeyFilter(batch=str(uuid4())), []),
    ],
)
def test_keys_are_found_by_state_label_and_who_redeemed_them(
    database: Database, cast: Cast, now: datetime, wanted: KeyFilter, seats: list[int]
) -> None:
    with database.writing() as session:
        joining.redeem(session, hand_out(session, cast, now, 2, "Section B"), cast.bob, now)
    assert [row.seat_number for row in found(database, cast, wanted).rows] == seats


def test_a_key_is_found_by_a_fragment_with_its_dashes_in_any_case(
    database: Database, cast: Cast, now: datetime
) -> None:
    third = found(database, cast).rows[2]
    (row,) = found(database, cast, KeyFilter(search=third.text[3:12].lower())).rows
    assert row == third


def test_pages_hold_fifty_and_one_past_the_end_is_the_last(
    database: Database, now: datetime
) -> None:
    cast = invite_the_cast(database, now, seats=120)
    first, last = found(database, cast), found(database, cast, page=99)
    assert [row.seat_number for row in first.rows] == list(range(1, 51))
    assert [row.seat_number for row in last.rows] == list(range(101, 121))
    assert (last.total, last.page) == (120, 3)


def test_a_page_costs_as_many_queries_for_many_keys_as_for_few(
    database: Database, now: datetime
) -> None:
    cast = invite_the_cast(database, now, seats=60)
    statements: list[str] = []
    event.listen(
        database.engine,
        "before_cursor_execute",
        lambda _c, _u, statement, *_: statements.append(statement),
    )
    found(database, cast)
    many = len([s for s in statements if s.startswith("SELECT")])
    statements.clear()
    found(database, cast, KeyFilter(search="ZZZZ"))
    few = len([s for s in statements if s.startswith("SELECT")])
    assert many == few <= 4


def test_many_keys_get_a_label_at_once_by_choice_or_by_filter(
    database: Database, cast: Cast, now: datetime
) -> None:
    page = found(database, cast)
    with database.writing() as session:
        chosen = Chosen(EVERY_KEY, named(page, 1, 3))
        assert key_voiding.label(session, cast.group_id, chosen, "Evening", cast.alice, now) == 2
    assert [row.label for row in found(database, cast).rows] == ["Evening", "", "Evening"]
    with database.writing() as session:
        everything = Chosen(KeyFilter(label="Evening"))
        key_voiding.label(session, cast.group_id, everything, "", cast.alice, now)
    assert found(database, cast).labels == []


def test_voiding_says_first_what_will_happen(database: Database, cast: Cast, now: datetime) -> None:
    with database.writing() as session:
        joining.redeem(session, hand_out(session, cast, now), cast.bob, now)
    with database.reading() as session:
        told = key_voiding.prospect(session, cast.group_id, Chosen(EVERY_KEY), cast.alice).sentence
        used = Chosen(KeyFilter(state="used"))
        nothing = key_voiding.prospect(session, cast.group_id, used, cast.alice).sentence
    assert told.startswith("2 keys will stop working; their seats are open again")
    assert told.endswith("1 used or voided already stay as they are.")
    assert nothing.startswith("None of these keys can be used any more")


def test_a_voided_key_opens_nothing_and_its_seat_is_open_with_a_new_one(
    database: Database, cast: Cast, now: datetime
) -> None:
    with database.writing() as session:
        old = hand_out(session, cast, now)
    with database.writing() as session:
        everything = Chosen(KeyFilter(state="issued"))
        assert key_voiding.void(session, cast.group_id, everything, cast.alice, now) == 1
        assert seat_states(session, cast.group_id) == ["open"] * 3
    with database.writing() as session, pytest.raises(Refusal, match="no longer works"):
        joining.redeem(session, old, cast.bob, now)
    with database.writing() as session:
        new = hand_out(session, cast, now)
        assert not joining.redeem(session, new, cast.bob, now).already_in


def test_a_key_redeemed_before_the_seat_is_held_stays_used(
    database: Database, cast: Cast, now: datetime
) -> None:
    with database.writing() as session:
        key = hand_out(session, cast, now, 2)
    chosen = Chosen(EVERY_KEY, named(found(database, cast), 1, 2))
    with database.writing() as session:
        joining.redeem(session, key, cast.bob, now)
    with database.writing() as session:
        assert key_voiding.void(session, cast.group_id, chosen, cast.alice, now) == 1
        assert seat_states(session, cast.group_id) == ["taken", "open", "open"]
        assert live_learners(session, cast.group_id) == {cast.bob.user_id}


def test_a_seat_that_comes_open_goes_to_whoever_waits(
    database: Database, cast: Cast, now: datetime
) -> None:
    with database.writing() as session:
        hand_out(session, cast, now, 3)
    with database.writing() as session:
        add_to_the_list(session, cast, now)
    with database.writing() as session:
        chosen = Chosen(EVERY_KEY, named(found(database, cast), 2))
        key_voiding.void(session, cast.group_id, chosen, cast.alice, now)
        assert seat_states(session, cast.group_id) == ["issued", "taken", "issued"]
        assert live_learners(session, cast.group_id) == {cast.charlie.user_id}


def test_a_mailed_key_that_is_voided_takes_its_mail_and_its_invitation_along(
    database: Database, cast: Cast, now: datetime
) -> None:
    with database.writing() as session:
        inviting.mail_keys(session, cast.group_id, [Invitee("kim@new.org")], cast.alice, now)
    with database.writing() as session:
        mailed = Chosen(KeyFilter(search="kim@"))
        told = key_voiding.prospect(session, cast.group_id, mailed, cast.alice).sentence
        assert "1 of them went out by mail" in told
        key_voiding.void(session, cast.group_id, mailed, cast.alice, now)
    with database.reading() as session:
        assert session.exec(select(Invitation.ended_at)).all() == [now]
        assert session.exec(select(Mail.state)).all() == [MailState.WITHDRAWN]


def test_keys_of_another_group_are_not_touched(
    database: Database, cast: Cast, now: datetime
) -> None:
    with database.writing() as session:
        from tests.cast import a_group

        other = a_group(session, cast.charlie, now)
    foreign = named(found(database, cast), 1, 2, 3)
    with database.writing() as session:
        chosen = Chosen(EVERY_KEY, foreign)
        assert key_voiding.void(session, other.id, chosen, cast.charlie, now) == 0
        assert key_voiding.label(session, other.id, chosen, "mine", cast.charlie, now) == 0
    assert {row.state for row in found(database, cast).rows} == {"open"}


@pytest.mark.parametrize("outsider", ["bob", "charlie", "olive"])
def test_only_who_manages_people_sees_or_changes_the_ledger(
    database: Database, cast: Cast, now: datetime, outsider: str
) -> None:
    actor = getattr(cast, outsider)
    group, all_keys = cast.group_id, Chosen(EVERY_KEY)
    with database.writing() as session:
        for attempt in (
            lambda: key_ledger.ledger(session, group, EVERY_KEY, 1, actor),
            lambda: key_ledger.batches(session, group, 1, actor),
            lambda: key_ledger.handed_out(session, group, actor),
            lambda: key_voiding.prospect(session, group, all_keys, actor),
            lambda: key_voiding.label(session, group, all_keys, "x", actor, now),
            lambda: key_voiding.void(session, group, all_keys, actor, now),
        ):
            with pytest.raises(NotFound):
                attempt()


def test_a_leader_who_only_sees_reports_is_refused(
    database: Database, cast: Cast, now: datetime
) -> None:
    from grouplic.domain.groups import GroupLeader

    with database.writing() as session:
        session.add(
            GroupLeader(
                group_id=cast.group_id,
                user_id=cast.bob.user_id,
                role=LeaderRole.REPORTS,
                since=now,
            )
        )
    with database.reading() as session, pytest.raises(Refusal, match="Your role"):
        key_ledger.ledger(session, cast.group_id, EVERY_KEY, 1, cast.bob)


@pytest.mark.parametrize(
    ("chosen", "reason"),
    [
        (Chosen(EVERY_KEY, ()), "at least one"),
        (Chosen(EVERY_KEY, ("not a key",)), "does not exist"),
        (Chosen(EVERY_KEY, tuple(str(uuid4()) for _ in range(51))), "at most 50"),
        (Chosen(KeyFilter(batch="x")), "does not exist"),
    ],
)
def test_a_choice_that_cannot_be_is_refused(
    database: Database, cast: Cast, now: datetime, chosen: Chosen, reason: str
) -> None:
    with database.writing() as session, pytest.raises(Refusal, match=reason):
        key_voiding.void(session, cast.group_id, chosen, cast.alice, now)


def test_an_endless_label_is_refused_and_hands_nothing_out(
    database: Database, cast: Cast, now: datetime
) -> None:
    with database.writing() as session, pytest.raises(Refusal, match="at most 60"):
        hand_out(session, cast, now, 1, "x" * 61)
    assert {row.state for row in found(database, cast).rows} == {"open"}


def test_every_live_seat_keeps_exactly_one_live_key(
    database: Database, cast: Cast, now: datetime
) -> None:
    with database.writing() as session:
        hand_out(session, cast, now, 2)
        key_voiding.void(session, cast.group_id, Chosen(EVERY_KEY), cast.alice, now)
    with database.reading() as session:
        live = session.exec(
            select(Seat.number, EnrollmentKey.code)
            .join(EnrollmentKey, EnrollmentKey.seat_id == Seat.id)
            .where(EnrollmentKey.voided_at.is_(None))
            .order_by(Seat.number)
        ).all()
    assert [number for number, _ in live] == [1, 2, 3]
    assert all(keys.read(code) for _, code in live)


def add_to_the_list(session: Session, cast: Cast, now: datetime) -> None:
    session.add(
        Waiting(
            group_id=cast.group_id,
            email=cast.charlie.email,
            email_key=cast.charlie.email,
            way="invite",
            added_by_id=cast.alice.user_id,
            added_at=now,
        )
    )
