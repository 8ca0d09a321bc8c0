"""Redeeming an enrollment key."""

from datetime import datetime, timedelta

import pytest
from sqlmodel import select

from grouplic.adapters.database import Database
from grouplic.domain import keys
from grouplic.domain.groups import EnrollmentKey, Group, SeatState, Way
from grouplic.domain.records import AuditEvent
from grouplic.domain.refusals import NotFound, Refusal, TooManyAttempts
from grouplic.services import joining, key_ledger, learning, leaving, redeeming, waiting
from grouplic.services.access import AccessEnded
from grouplic.services.joining import UnknownKey
from grouplic.services.waiting import ToWait
from tests.cast import Cast, key_of_open_seat, live_learners, seat_states
from tests.outside import outside_of


def redeem_first_key(database: Database, cast: Cast, now: datetime) -> str:
    with database.writing() as session:
        (handed,) = key_ledger.hand_out(session, cast.group_id, 1, cast.alice, now)
        joining.redeem(session, handed.text, cast.bob, now)
    return handed.text


def test_a_key_gives_its_seat_and_the_modules_at_once(
    database: Database, cast: Cast, now: datetime
) -> None:
    redeem_first_key(database, cast, now)
    with database.reading() as session:
        assert seat_states(session, cast.group_id) == ["taken", "open", "open"]
        assert live_learners(session, cast.group_id) == {cast.bob.user_id}
        assert [card.slug for card in learning.my_modules(session, cast.bob, now)] == ["writing"]


def test_redeeming_twice_changes_nothing(database: Database, cast: Cast, now: datetime) -> None:
    key = redeem_first_key(database, cast, now)
    with database.writing() as session:
        again = joining.redeem(session, key, cast.bob, now)
    assert again.already_in
    with database.reading() as session:
        assert seat_states(session, cast.group_id) == ["taken", "open", "open"]


def test_a_member_who_redeems_another_key_keeps_it_unused(
    database: Database, cast: Cast, now: datetime
) -> None:
    redeem_first_key(database, cast, now)
    with database.writing() as session:
        (spare,) = key_ledger.hand_out(session, cast.group_id, 1, cast.alice, now)
        assert joining.redeem(session, spare.text, cast.bob, now).already_in
    with database.writing() as session:
        joined = joining.redeem(session, spare.text, cast.charlie, now)
    assert not joined.already_in


def test_a_used_key_is_refused_to_others(database: Database, cast: Cast, now: datetime) -> None:
    key = redeem_first_key(database, cast, now)
    with database.writing() as session, pytest.raises(Refusal, match="already been used"):
        joining.redeem(session, key, cast.charlie, now)


def test_a_voided_key_is_refused(database: Database, cast: Cast, now: datetime) -> None:
    with database.writing() as session:
        code = key_of_open_seat(session, cast.group_id)
        session.exec(select(EnrollmentKey).where(EnrollmentKey.code == code)).one().voided_at = now
    with database.writing() as session, pytest.raises(Refusal, match="no longer works"):
        joining.redeem(session, code, cast.bob, now)


def test_an_unknown_key_is_told_apart_from_a_mistyped_one(
    database: Database, cast: Cast, now: datetime
) -> None:
    with database.reading() as session:
        with pytest.raises(UnknownKey):
            joining.preview_key(session, keys.mint(), None, now)
        code = key_of_open_seat(session, cast.group_id)
        typo = ("3" if code[0] == "2" else "2") + code[1:]
        with pytest.raises(keys.MistypedKey):
            joining.preview_key(session, typo, None, now)


def test_the_key_of_an_ended_license_opens_nothing(
    database: Database, cast: Cast, now: datetime
) -> None:
    with database.writing() as session:
        session.get_one(Group, cast.group_id).ends_at = now - timedelta(days=1)
        code = key_of_open_seat(session, cast.group_id)
    with database.writing() as session, pytest.raises(Refusal, match="has ended"):
        joining.redeem(session, code, cast.bob, now)


def test_the_preview_says_what_a_key_opens_and_changes_nothing(
    database: Database, cast: Cast, now: datetime
) -> None:
    with database.reading() as session:
        code = key_of_open_seat(session, cast.group_id)
        preview = joining.preview_key(session, keys.show(code).lower(), None, now)
        assert preview.group_name == "Northlab autumn intake"
        assert preview.leader_name == "Alice Marsh"
        assert [(m.title, m.lessons, m.minutes) for m in preview.modules] == [("Writing", 2, 10)]
        assert seat_states(session, cast.group_id) == ["open"] * 3


def test_a_learner_who_started_retires_the_seat_and_may_come_back_to_it_free(
    database: Database, cast: Cast, now: datetime
) -> None:
    redeem_first_key(database, cast, now)
    later = now + timedelta(hours=1)
    with database.writing() as session:
        learning.open_lesson(session, cast.bob, "writing", "lesson-1", later)
    with database.writing() as session:
        leaving.remove(session, cast.group_id, cast.bob.user_id, cast.alice, later)
        assert seat_states(session, cast.group_id) == ["retired", "open", "open"]
        with pytest.raises(AccessEnded):
            learning.open_lesson(session, cast.bob, "writing", "lesson-1", later)
    with database.writing() as session:
        (spare,) = key_ledger.hand_out(session, cast.group_id, 1, cast.alice, later)
        joining.redeem(session, spare.text, cast.bob, later)
        assert seat_states(session, cast.group_id) == ["taken", "issued", "open"]


def test_a_learner_who_never_started_frees_the_seat_with_a_new_key(
    database: Database, cast: Cast, now: datetime
) -> None:
    key = redeem_first_key(database, cast, now)
    with database.writing() as session:
        seat = leaving.remove(session, cast.group_id, cast.bob.user_id, cast.alice, now)
        assert seat.state == SeatState.OPEN
        assert key_of_open_seat(session, cast.group_id) != keys.read(key)


def test_guessing_is_limited_by_network_address_and_by_account_and_only_failures_count(
    database: Database, cast: Cast, now: datetime
) -> None:
    outside = outside_of(
        database, now, failed_keys_per_address="3/minute", failed_keys_per_account="2/minute"
    )
    with database.writing() as session:
        (handed,) = key_ledger.hand_out(session, cast.group_id, 1, cast.alice, now)
    for _ in range(5):
        redeeming.look_up(outside, handed.text, None, "192.0.2.7")
    for _ in range(3):
        with pytest.raises(UnknownKey):
            redeeming.look_up(outside, keys.mint(), None, "192.0.2.7")
    with pytest.raises(TooManyAttempts):
        redeeming.look_up(outside, handed.text, None, "192.0.2.7")
    # Someone signed in takes their failures along to another address.
    for _ in range(2):
        with pytest.raises(UnknownKey):
            redeeming.redeem(outside, keys.mint(), cast.bob, "192.0.2.8")
    with pytest.raises(TooManyAttempts):
        redeeming.redeem(outside, handed.text, cast.bob, "192.0.2.9")
    assert not redeeming.redeem(outside, handed.text, cast.charlie, "192.0.2.8").already_in


@pytest.mark.parametrize("outsider", ["bob", "charlie", "olive"])
def test_only_the_leader_hands_out_keys_and_removes(
    database: Database, cast: Cast, now: datetime, outsider: str
) -> None:
    redeem_first_key(database, cast, now)
    actor = getattr(cast, outsider)
    with database.writing() as session:
        with pytest.raises(NotFound):
            key_ledger.hand_out(session, cast.group_id, 1, actor, now)
        with pytest.raises(NotFound):
            key_ledger.handed_out(session, cast.group_id, actor)
        with pytest.raises(NotFound):
            leaving.remove(session, cast.group_id, cast.bob.user_id, actor, now)


def test_more_keys_than_open_seats_are_refused(
    database: Database, cast: Cast, now: datetime
) -> None:
    with (
        database.writing() as session,
        pytest.raises(Refusal, match="You need 4 seats, and 3 are open"),
    ):
        key_ledger.hand_out(session, cast.group_id, 4, cast.alice, now)
    with database.reading() as session:
        assert seat_states(session, cast.group_id) == ["open"] * 3


def test_a_redemption_uses_up_the_key_and_is_on_record(
    database: Database, cast: Cast, now: datetime
) -> None:
    code = keys.read(redeem_first_key(database, cast, now))
    with database.reading() as session:
        key = session.exec(select(EnrollmentKey).where(EnrollmentKey.code == code)).one()
        assert (key.redeemed_at, key.redeemed_by_id) == (now, cast.bob.user_id)
        event = session.exec(select(AuditEvent).where(AuditEvent.kind == "enrolled")).one()
        assert (event.at, event.actor_id, event.group_id) == (now, cast.bob.user_id, cast.group_id)
        assert event.facts == {"seat": 1, "learner": str(cast.bob.user_id), "way": "key"}


@pytest.mark.parametrize("others", [(), ("dan@new.org",)])
def test_whoever_redeems_a_key_leaves_the_waiting_list(
    database: Database, cast: Cast, now: datetime, others: tuple[str, ...]
) -> None:
    with database.writing() as session:
        waiting.put_on_waiting_list(
            session,
            cast.group_id,
            [ToWait(email, "", "") for email in ("Bob@northlab.org", *others)],
            Way.INVITE,
            cast.alice.user_id,
            now,
        )
    redeem_first_key(database, cast, now)
    with database.reading() as session:
        left, _ = waiting.waiting_list(session, cast.group_id, cast.alice)
    assert [row.email for row in left] == list(others)


def test_the_topics_of_the_group_and_of_the_learner_are_announced(
    database: Database, cast: Cast, now: datetime
) -> None:
    heard: list[frozenset[str]] = []
    with database.reading() as session:
        code = key_of_open_seat(session, cast.group_id)
    database.announce = heard.append
    with database.writing() as session:
        joining.redeem(session, code, cast.bob, now)
    assert heard == [{f"group:{cast.group_id}", f"user:{cast.bob.user_id}"}]
