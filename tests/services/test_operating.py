"""What operators see and do; nobody else does."""

from dataclasses import replace
from datetime import datetime

import pytest
from sqlmodel import select

from grouplic.adapters.database import Database
from grouplic.domain.after_sale import DifferenceKind
from grouplic.domain.catalog import Module
from grouplic.domain.groups import Way
from grouplic.domain.orders import Order, OrderKind, Source
from grouplic.domain.people import User, WebSession
from grouplic.domain.records import AuditEvent, Mail
from grouplic.domain.refusals import NotFound, Refusal
from grouplic.services import (
    catalog,
    differences,
    granting,
    groups,
    help_pages,
    joining,
    key_ledger,
    overseeing,
    selling,
    shop,
    weekly_summaries,
    withdrawing,
)
from grouplic.services.erasing import LeadsAlone
from grouplic.services.groups import May, SeatCounts, led_group
from grouplic.services.leaving import ReclaimRule
from grouplic.services.recording import queue_mail
from grouplic.services.shop import Wish
from grouplic.services.site_lists import SITE_LISTS
from tests.cast import Cast, a_group, a_module, seat_states, user_named


def more_seats(cast: Cast, seats: int) -> Wish:
    return Wish(OrderKind.ADD_SEATS, group_id=str(cast.group_id), seats=seats)


@pytest.mark.parametrize("name", SITE_LISTS)
def test_operators_read_each_list_and_nobody_else_does(
    database: Database, cast: Cast, now: datetime, name: str
) -> None:
    with database.writing() as session:
        queue_mail(session, "password_changed", user_named(session, "bob"), now)
        differences.note_difference(session, DifferenceKind.AMOUNT, "cs_1", now)
        help_pages.vote(session, "group-license-faq", False, "a reader", now)
    with database.reading() as session:
        listing = SITE_LISTS[name].page(session, cast.olive)
        assert listing.total == len(listing.rows) > 0
        assert all(len(row.cells) == len(listing.columns) for row in listing.rows)
        assert listing.rows == tuple(SITE_LISTS[name].every(session, cast.olive))
        for outsider in (cast.alice, cast.bob, cast.charlie):
            with pytest.raises(NotFound):
                SITE_LISTS[name].page(session, outsider)
            with pytest.raises(NotFound):
                SITE_LISTS[name].every(session, outsider)


def test_a_list_is_searched_as_text_and_filtered(database: Database, cast: Cast) -> None:
    people = SITE_LISTS["people"]
    with database.reading() as session:
        (found,) = people.page(session, cast.olive, "ALICE@north").rows
        assert found.cells[1] == "alice@northlab.org"
        assert people.page(session, cast.olive, "%").total == 0
        (olive,) = people.page(session, cast.olive, only="operator").rows
        assert olive.id == str(cast.olive.user_id)
        assert people.page(session, cast.olive, only="nonsense").total == 4


def test_a_list_is_turned_page_by_page(database: Database, cast: Cast, now: datetime) -> None:
    with database.writing() as session:
        for _ in range(60):
            queue_mail(session, "password_changed", user_named(session, "bob"), now)
    with database.reading() as session:
        first = SITE_LISTS["mail"].page(session, cast.olive, page=1)
        second = SITE_LISTS["mail"].page(session, cast.olive, page=2)
    assert (first.total, len(first.rows), len(second.rows)) == (60, 50, 10)
    assert not {row.id for row in first.rows} & {row.id for row in second.rows}


def test_granted_seats_come_from_an_order_with_a_reason(
    database: Database, cast: Cast, now: datetime
) -> None:
    with database.writing() as session:
        granting.grant_to_group(session, more_seats(cast, 2), cast.olive, " A gift ", now)
    with database.reading() as session:
        assert seat_states(session, cast.group_id) == ["open"] * 5
        order = session.exec(select(Order).where(Order.source == Source.OPERATOR)).one()
        assert (order.seats, order.amount_total, order.status) == (2, 0, "fulfilled")
        event = session.exec(select(AuditEvent).where(AuditEvent.kind == "granted")).one()
        assert (event.actor_id, event.facts["reason"]) == (cast.olive.user_id, "A gift")


@pytest.mark.parametrize(("quantity", "reason"), [(0, "A gift"), (20_000, "A gift"), (2, " ")])
def test_a_poor_grant_is_refused_and_changes_nothing(
    database: Database, cast: Cast, now: datetime, quantity: int, reason: str
) -> None:
    with database.writing() as session, pytest.raises(Refusal):
        granting.grant_to_group(session, more_seats(cast, quantity), cast.olive, reason, now)
    with database.reading() as session:
        assert seat_states(session, cast.group_id) == ["open"] * 3


def test_a_person_is_signed_out_by_an_operator(
    database: Database, cast: Cast, now: datetime
) -> None:
    with database.writing() as session:
        overseeing.sign_out_everywhere(session, cast.bob.user_id, cast.olive, now)
    with database.reading() as session:
        assert session.get_one(WebSession, cast.bob.session_id).ended_at == now
        assert session.get_one(WebSession, cast.alice.session_id).ended_at is None


def test_mails_that_were_given_up_are_sent_again(
    database: Database, cast: Cast, now: datetime
) -> None:
    with database.writing() as session:
        mail = queue_mail(session, "password_changed", user_named(session, "bob"), now)
        mail.state, mail.tries, mail.error = "failed", 8, "550 No"
    with database.writing() as session:
        assert overseeing.oversee_person(session, cast.bob.user_id, cast.olive, now).unsent == 1
        assert overseeing.send_unsent_again(session, cast.bob.user_id, cast.olive, now) == 1
        with pytest.raises(Refusal, match="No mail"):
            overseeing.send_unsent_again(session, cast.bob.user_id, cast.olive, now)
    with database.reading() as session:
        again = session.exec(select(Mail)).one()
        assert (again.state, again.tries, again.error) == ("queued", 0, "")


def test_operators_see_a_groups_dashboard_and_change_nothing_there(
    database: Database, cast: Cast
) -> None:
    with database.reading() as session:
        assert led_group(session, cast.olive, cast.group_id, May.SEE).id == cast.group_id
        for may in (May.MANAGE_PEOPLE, May.DO_EVERYTHING):
            with pytest.raises(NotFound):
                led_group(session, cast.olive, cast.group_id, may)
        assert groups.groups_led_by(session, cast.olive) == []


def test_looking_is_recorded(database: Database, cast: Cast, now: datetime) -> None:
    with database.writing() as session:
        seen = overseeing.look_at_group(session, cast.group_id, cast.olive, now)
        assert [leader.words for leader in seen.leaders] == ["Alice Marsh"]
        assert seen.grantable == (("privacy", "Privacy"), ("security", "Security"))
    with database.reading() as session:
        event = session.exec(select(AuditEvent).where(AuditEvent.kind == "operator_looked")).one()
        assert (event.actor_id, event.group_id) == (cast.olive.user_id, cast.group_id)


@pytest.mark.parametrize("who", ["alice", "bob", "charlie"])
def test_nobody_else_oversees_grants_or_signs_out(
    database: Database, cast: Cast, now: datetime, who: str
) -> None:
    actor = getattr(cast, who)
    with database.writing() as session:
        with pytest.raises(NotFound):
            overseeing.look_at_group(session, cast.group_id, actor, now)
        with pytest.raises(NotFound):
            overseeing.note_look_at_dashboard(session, cast.group_id, actor, now)
        with pytest.raises(NotFound):
            overseeing.oversee_person(session, cast.bob.user_id, actor, now)
        with pytest.raises(NotFound):
            overseeing.sign_out_everywhere(session, cast.bob.user_id, actor, now)
        with pytest.raises(NotFound):
            overseeing.send_unsent_again(session, cast.bob.user_id, actor, now)
        with pytest.raises(NotFound):
            granting.grant_to_group(session, more_seats(cast, 1), actor, "Because", now)


def test_what_taking_back_would_do_is_said_first_and_then_happens(
    database: Database, cast: Cast, now: datetime
) -> None:
    with database.writing() as session:
        group = groups.lock_group(session, cast.group_id)
        joining.take_open_seat(session, group, cast.bob.user_id, Way.DEMO, None, now)
        key_ledger.hand_out(session, cast.group_id, 1, cast.alice, now)
    with database.reading() as session:
        foresee = withdrawing.foresee_take_back
        assert foresee(session, cast.group_id, 2, cast.olive) == (SeatCounts(1, 1), 0)
        assert foresee(session, cast.group_id, 4, cast.olive) == (SeatCounts(1, 1, 1), 1)
        for outsider in (cast.alice, cast.bob, cast.charlie):
            with pytest.raises(NotFound):
                foresee(session, cast.group_id, 1, outsider)
    with database.writing() as session:
        done = withdrawing.take_back_seats(session, cast.group_id, 4, cast.olive, "By mistake", now)
        assert done == withdrawing.Withdrawn(2, 1, 1)
    with database.reading() as session:
        assert foresee(session, cast.group_id, 1, cast.olive) == (SeatCounts(), 1)


def test_a_module_is_taken_off_sale_and_stays_so_when_the_catalog_is_loaded(
    database: Database, cast: Cast, now: datetime
) -> None:
    with database.writing() as session:
        module = session.exec(select(Module).where(Module.slug == "privacy")).one()
        for outsider in (cast.alice, cast.bob, cast.charlie):
            with pytest.raises(NotFound):
                selling.set_for_sale(session, module.id, False, outsider, now)
            with pytest.raises(NotFound):
                selling.oversee_module(session, module.id, outsider)
        for _ in range(2):
            selling.set_for_sale(session, str(module.id), False, cast.olive, now)
    with database.writing() as session:
        catalog.load(session, [replace(a_module("privacy", 2), content_hash="new")], now)
    with database.reading() as session:
        assert "privacy" not in [offer.slug for offer in shop.offers(session)]
        event = session.exec(
            select(AuditEvent).where(AuditEvent.kind == "module_taken_off_sale")
        ).one()
        assert (event.actor_id, event.facts) == (cast.olive.user_id, {"module": "privacy"})
    with database.writing() as session:
        selling.set_for_sale(session, module.id, True, cast.olive, now)
        assert "privacy" in [offer.slug for offer in shop.offers(session)]


def test_a_difference_is_settled_once_with_a_note_by_an_operator(
    database: Database, cast: Cast, now: datetime
) -> None:
    with database.writing() as session:
        differences.note_difference(session, DifferenceKind.AMOUNT, "cs_1", now)
    listed = SITE_LISTS["differences"]
    with database.writing() as session:
        (row,) = listed.page(session, cast.olive, only="open").rows
        with pytest.raises(Refusal, match="what was done"):
            differences.settle_difference(session, row.id, cast.olive, " ", now)
        for outsider in (cast.alice, cast.bob, cast.charlie):
            with pytest.raises(NotFound):
                differences.settle_difference(session, row.id, outsider, "Mine", now)
        for note in ("Charged again", "Twice"):
            differences.settle_difference(session, row.id, cast.olive, note, now)
        for nonsense in ("", "no id"):
            with pytest.raises(NotFound):
                differences.difference_of(session, nonsense, cast.olive)
    with database.reading() as session:
        assert listed.page(session, cast.olive, only="open").total == 0
        (settled,) = listed.page(session, cast.olive, only="settled").rows
        assert settled.cells[3:] == ("settled", "Charged again")


def test_an_operator_who_leads_a_group_has_a_leaders_rights_in_it(
    database: Database, cast: Cast, now: datetime
) -> None:
    with database.writing() as session:
        own = a_group(session, cast.olive, now)
        assert groups.rights_in(session, own.id, cast.olive) == set(May)
        assert groups.rights_in(session, cast.group_id, cast.olive) == {May.SEE}
        with pytest.raises(NotFound):
            groups.rights_in(session, own.id, cast.alice)


def test_an_operator_who_only_looks_gets_no_weekly_summary(
    database: Database, cast: Cast, now: datetime
) -> None:
    with database.writing() as session, pytest.raises(NotFound):
        weekly_summaries.set_summary(session, cast.group_id, True, cast.olive, now)


def test_a_person_is_erased_at_their_request_by_an_operator_with_a_reason(
    database: Database, cast: Cast, now: datetime
) -> None:
    rule = ReclaimRule.NOT_STARTED
    with database.writing() as session:
        group = groups.lock_group(session, cast.group_id)
        joining.take_open_seat(session, group, cast.bob.user_id, Way.DEMO, None, now)
    with database.writing() as session:
        erase = overseeing.erase_at_request
        for outsider in (cast.alice, cast.bob, cast.charlie):
            with pytest.raises(NotFound):
                erase(session, cast.bob.user_id, outsider, "Mine", rule, now)
        with pytest.raises(Refusal, match="how they asked"):
            erase(session, cast.bob.user_id, cast.olive, " ", rule, now)
        with pytest.raises(LeadsAlone, match="no other main leader"):
            erase(session, cast.alice.user_id, cast.olive, "By mail", rule, now)
        erase(session, cast.bob.user_id, cast.olive, "By mail", rule, now)
        with pytest.raises(Refusal, match="erased already"):
            erase(session, cast.bob.user_id, cast.olive, "By mail", rule, now)
    with database.reading() as session:
        bob = session.get_one(User, cast.bob.user_id)
        assert (bob.erased_at, bob.first_name, bob.email.endswith("@erased.invalid")) == (
            now,
            "",
            True,
        )
        assert seat_states(session, cast.group_id) == ["open"] * 3
        event = session.exec(
            select(AuditEvent).where(AuditEvent.kind == "erased_by_operator")
        ).one()
        assert (event.actor_id, event.facts["reason"]) == (cast.olive.user_id, "By mail")
