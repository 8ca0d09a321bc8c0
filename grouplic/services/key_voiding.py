"""Labeling and voiding many keys at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, func, update
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from grouplic.domain.groups import EnrollmentKey, Group, Seat, SeatState
from grouplic.domain.joins import Invitation
from grouplic.domain.refusals import Refusal
from grouplic.services.actors import Actor
from grouplic.services.filling import fill_from_waiting_list, hold_those_who_wait
from grouplic.services.groups import May, hold_led_group, led_group
from grouplic.services.identifiers import id_of
from grouplic.services.invitations import withdraw_mails
from grouplic.services.key_filter import EVERY_KEY, KeyFilter, matching
from grouplic.services.key_ledger import PAGE, clean_label
from grouplic.services.recording import record, touch
from grouplic.services.seats import mint_keys, move_seats, void_keys

_AT_ONCE = 500  # identifiers in one statement
_MAY_OPEN = (SeatState.OPEN, SeatState.ISSUED)


@dataclass(frozen=True)
class Chosen:
    """Keys to change together: those named, or all that match when ``ids`` is None."""

    wanted: KeyFilter
    ids: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Voiding:
    """What voiding the chosen keys would do, told before it is done."""

    live: int
    issued: int
    dead: int
    mailed: int

    @property
    def sentence(self) -> str:
        """The prospect in words."""
        if not self.live:
            return "None of these keys can be used any more, so there is nothing to void."
        stop = (
            "1 key will stop working; its seat is open again, with a new key."
            if self.live == 1
            else f"{self.live:,} keys will stop working; their seats are open again, "
            "each with a new key."
        )
        return " ".join([stop, *self._more()])

    def _more(self) -> list[str]:
        more = []
        if self.mailed:
            more.append(
                f"{self.mailed:,} of them went out by mail: those invitations end, and mails that "
                "have not left are withdrawn."
            )
        if self.dead:
            more.append(f"{self.dead:,} used or voided already stay as they are.")
        return more


def label(
    session: Session, group_id: UUID | str, chosen: Chosen, text: str, actor: Actor, now: datetime
) -> int:
    """Give the chosen keys a label, or none; return how many there are."""
    cleaned = clean_label(text)
    # Held, so that whoever changes many keys at once does so one after the other.
    group = hold_led_group(session, actor, group_id, May.MANAGE_PEOPLE)
    ids = list(session.exec(_ids(group, chosen)))
    for start in range(0, len(ids), _AT_ONCE):
        session.exec(
            update(EnrollmentKey)
            .where(col(EnrollmentKey.id).in_(ids[start : start + _AT_ONCE]))
            .values(label=cleaned)
        )
    record(session, "keys_labeled", now, actor.user_id, group.id, keys=len(ids), label=cleaned)
    touch(session, f"group:{group.id}")
    return len(ids)


def prospect(session: Session, group_id: UUID | str, chosen: Chosen, actor: Actor) -> Voiding:
    """Return what voiding the chosen keys would do; changes nothing."""
    group = led_group(session, actor, group_id, May.MANAGE_PEOPLE)
    alive = _is_live()
    live, issued, total = session.exec(
        select(
            func.count().filter(alive),
            func.count().filter(alive, col(EnrollmentKey.issued_at).is_not(None)),
            func.count(),
        ).where(col(EnrollmentKey.id).in_(_ids(group, chosen)))
    ).one()
    mailed = session.exec(
        select(func.count())
        .select_from(Invitation)
        .join(EnrollmentKey, col(EnrollmentKey.id) == col(Invitation.key_id))
        .where(
            col(Invitation.key_id).in_(_ids(group, chosen)),
            col(Invitation.ended_at).is_(None),
            alive,
        )
    ).one()
    return Voiding(live, issued, total - live, mailed)


def void(
    session: Session, group_id: UUID | str, chosen: Chosen, actor: Actor, now: datetime
) -> int:
    """Void those of the chosen keys that are live, and return how many.

    Their seats are open again with new keys, and go to whoever waits; what was mailed with a key is
    withdrawn. A key that is redeemed meanwhile stays used.
    """
    group = hold_led_group(session, actor, group_id, May.MANAGE_PEOPLE)
    hold_those_who_wait(session, group.id)
    in_order = (
        select(EnrollmentKey.id)
        .join(Seat, col(Seat.id) == col(EnrollmentKey.seat_id))
        .where(col(EnrollmentKey.id).in_(_ids(group, chosen)), _is_live())
        .order_by(col(Seat.number))
    )
    ids, voided = list(session.exec(in_order)), 0
    for start in range(0, len(ids), _AT_ONCE):
        voided += _void_some(session, ids[start : start + _AT_ONCE], now)
    if voided:
        record(session, "keys_voided", now, actor.user_id, group.id, keys=voided)
        touch(session, f"group:{group.id}", f"mail:{group.id}")
        fill_from_waiting_list(session, group.id, now)
    return voided


def _void_some(session: Session, ids: Sequence[UUID], now: datetime) -> int:
    # Seats before their keys, as everywhere; a key's row is read only when its seat is held.
    held = session.exec(
        select(Seat)
        .join(EnrollmentKey, col(EnrollmentKey.seat_id) == col(Seat.id))
        .where(col(EnrollmentKey.id).in_(ids))
        .order_by(col(Seat.number))
        .with_for_update(of=Seat)
        .execution_options(populate_existing=True)
    ).all()
    live = {
        key.seat_id: key.id
        for key in session.exec(
            select(EnrollmentKey)
            .where(col(EnrollmentKey.id).in_(ids), _is_live())
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    }
    seats = [seat for seat in held if seat.id in live and seat.state in _MAY_OPEN]
    void_keys(session, [seat.id for seat in seats], now)
    move_seats(session, seats, SeatState.OPEN, now)
    mint_keys(session, seats, now)
    _end_invitations(session, [live[seat.id] for seat in seats], now)
    return len(seats)


def _end_invitations(session: Session, key_ids: Sequence[UUID], now: datetime) -> None:
    invitations = session.exec(
        select(Invitation).where(
            col(Invitation.key_id).in_(key_ids), col(Invitation.ended_at).is_(None)
        )
    ).all()
    for invitation in invitations:
        invitation.ended_at = now
        session.add(invitation)
    withdraw_mails(session, [invitation.mail_id for invitation in invitations])


def _ids(group: Group, chosen: Chosen) -> SelectOfScalar[UUID]:
    if chosen.ids is None:
        return matching(group, chosen.wanted)
    if not chosen.ids:
        raise Refusal("Choose at least one key.")
    if len(chosen.ids) > PAGE:
        raise Refusal(f"Choose at most {PAGE} keys one by one, or all that match the filter.")
    named = [id_of("key", one) for one in chosen.ids]
    return matching(group, EVERY_KEY).where(col(EnrollmentKey.id).in_(named))


def _is_live() -> ColumnElement[bool]:
    return col(EnrollmentKey.voided_at).is_(None) & col(EnrollmentKey.redeemed_at).is_(None)
