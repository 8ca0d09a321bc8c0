"""Each thing an operator does is written down once: who, when, to whom, and why."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import Session, select

from grouplic.adapters.database import Database
from grouplic.domain.after_sale import DifferenceKind, Refund
from grouplic.domain.people import User
from grouplic.domain.records import AuditEvent, MailState
from grouplic.domain.refusals import NotFound
from grouplic.services import checkout, differences, invoicing, overseeing, refunds, withdrawing
from grouplic.services.actors import Actor
from grouplic.services.recording import queue_mail
from tests.cast import Cast
from tests.services.payments import Provider
from tests.services.test_after_sale import buy
from tests.services.test_buying import add_seats, provider

__all__ = ["provider"]


@dataclass
class Stage:
    """Where an operator acts."""

    database: Database
    cast: Cast
    provider: Provider
    now: datetime

    def writes(self, deed: Callable[[Session], object]) -> None:
        with self.database.writing() as session:
            deed(session)


# What an operator does, ready to be done by an actor; and the event that it leaves.
Deed = Callable[[Stage], tuple[Callable[[Actor], object], dict[str, Any]]]


def sign_out(stage: Stage) -> tuple[Callable[[Actor], object], dict[str, Any]]:
    bob = stage.cast.bob.user_id

    def deed(actor: Actor) -> None:
        stage.writes(lambda s: overseeing.sign_out_everywhere(s, bob, actor, stage.now))

    return deed, {"kind": "signed_out_by_operator", "group": None, "person": str(bob)}


def resend(stage: Stage) -> tuple[Callable[[Actor], object], dict[str, Any]]:
    bob = stage.cast.bob.user_id

    def give_up(session: Session) -> None:
        for _ in range(2):
            mail = queue_mail(session, "password_changed", session.get_one(User, bob), stage.now)
            mail.state = MailState.FAILED

    def deed(actor: Actor) -> None:
        stage.writes(lambda s: overseeing.send_unsent_again(s, bob, actor, stage.now))

    stage.writes(give_up)
    return deed, {"kind": "mails_sent_again", "group": None, "person": str(bob), "mails": 2}


def refund(stage: Stage) -> tuple[Callable[[Actor], object], dict[str, Any]]:
    order = buy(stage.database, stage.cast, stage.provider, stage.now)

    def deed(actor: Actor) -> None:
        refunds.refund(
            stage.database, stage.provider, order, actor, " Asked to ", stage.now, seats=2
        )

    event = {"kind": "refund_requested", "group": stage.cast.group_id, "order": str(order)}
    return deed, event | {"amount": 2000, "seats": 2, "reason": "Asked to"}


def approve(stage: Stage) -> tuple[Callable[[Actor], object], dict[str, Any]]:
    order = checkout.order_on_invoice(
        stage.database,
        stage.provider,
        add_seats(stage.cast, 5),
        "",
        30,
        stage.cast.alice,
        stage.now,
    )

    def deed(actor: Actor) -> None:
        stage.writes(lambda s: invoicing.approve_invoice(s, order, actor, " Known ", stage.now))

    event = {"kind": "invoice_approved", "group": stage.cast.group_id}
    return deed, event | {"order": str(order), "reason": "Known"}


def take_back(stage: Stage) -> tuple[Callable[[Actor], object], dict[str, Any]]:
    group = stage.cast.group_id

    def deed(actor: Actor) -> None:
        stage.writes(
            lambda s: withdrawing.take_back_seats(s, group, 2, actor, " Agreed ", stage.now)
        )

    event = {"kind": "seats_taken_back", "group": group, "gone": 2, "owed": 0}
    return deed, event | {"reason": "Agreed"}


def settle(stage: Stage) -> tuple[Callable[[Actor], object], dict[str, Any]]:
    stage.writes(lambda s: differences.note_difference(s, DifferenceKind.AMOUNT, "cs_1", stage.now))
    with stage.database.reading() as session:
        (found,) = session.exec(select(differences.Difference.id)).all()

    def deed(actor: Actor) -> None:
        stage.writes(
            lambda s: differences.settle_difference(s, found, actor, "Looked into", stage.now)
        )

    event = {"kind": "difference_settled", "group": None}
    return deed, event | {"difference": str(found), "subject": "cs_1"}


def events(database: Database) -> list[AuditEvent]:
    with database.reading() as session:
        return list(session.exec(select(AuditEvent)))


DEEDS = (sign_out, resend, refund, approve, take_back, settle)


@pytest.mark.parametrize("deed", DEEDS, ids=lambda deed: deed.__name__)
def test_what_an_operator_does_is_written_down_once_and_what_is_refused_is_not(
    database: Database, cast: Cast, provider: Provider, now: datetime, deed: Deed
) -> None:
    act, expected = deed(Stage(database, cast, provider, now))
    before = {event.id for event in events(database)}
    for outsider in (cast.alice, cast.bob, cast.charlie):
        with pytest.raises(NotFound):
            act(outsider)
    assert {event.id for event in events(database)} == before

    act(cast.olive)
    kind, group = expected.pop("kind"), expected.pop("group")
    (event,) = [each for each in events(database) if each.kind == kind]
    assert (event.at, event.actor_id, event.group_id) == (now, cast.olive.user_id, group)
    assert event.facts == expected


def test_a_refund_names_the_operator_and_one_made_at_the_provider_names_nobody(
    database: Database, cast: Cast, provider: Provider, now: datetime
) -> None:
    order = buy(database, cast, provider, now)
    made = refunds.refund(database, provider, order, cast.olive, "Asked to", now, seats=1)
    provider.give_back(f"pi_cs_{order}", 1000, seats=1)
    refunds.note_payment(database, provider.read_payment(f"pi_cs_{order}"), now)

    with database.reading() as session:
        rows = {row.id: row.made_by_id for row in session.exec(select(Refund))}
    others: list[UUID | None] = [by for row, by in rows.items() if row != made]
    assert (rows[made], others) == (cast.olive.user_id, [None])
    found = [event for event in events(database) if event.kind == "refund_found"]
    assert [(each.actor_id, each.facts["amount"]) for each in found] == [(None, 1000)]
    withdrawn = [event for event in events(database) if event.kind == "seats_refunded"]
    assert [each.actor_id for each in withdrawn] == [cast.olive.user_id, None]
