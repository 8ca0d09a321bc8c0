"""Inviting by email: a seat at once, or a key to one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, select

from grouplic.domain.groups import EnrollmentKey, Seat, SeatState, Way
from grouplic.domain.joins import InvitationKind
from grouplic.domain.refusals import Refusal
from grouplic.services.accounts import clean_email
from grouplic.services.actors import Actor
from grouplic.services.admission import Admitted, Newcomer, Outcome, admit
from grouplic.services.groups import May, hold_led_group
from grouplic.services.invitations import Letters, Recipient
from grouplic.services.recording import record, touch
from grouplic.services.seats import HeldSeat, hold_seats, move_seats
from grouplic.services.terms import refuse_ended
from grouplic.services.wording import counted, say_too_few_open

LONGEST_NOTE = 1000
MOST_AT_ONCE = 500


@dataclass(frozen=True)
class Invitee:
    """Someone to invite, as typed."""

    email: str
    first_name: str = ""
    last_name: str = ""


def invite(
    session: Session,
    group_id: UUID | str,
    people: Sequence[Invitee],
    actor: Actor,
    now: datetime,
    note: str = "",
    takes_issued: bool = False,
) -> list[Admitted]:
    """Enroll the people and mail each of them; refuse the whole list if seats do not suffice.

    Refuses an impossible address, an endless note, and who may not manage the group's people.
    """
    group = hold_led_group(session, actor, group_id, May.MANAGE_PEOPLE)
    cleaned = clean_note(note)
    newcomers = [
        Newcomer(
            clean_email(person.email),
            person.first_name.strip()[:100],
            person.last_name.strip()[:100],
            Way.INVITE,
            actor.user_id,
            cleaned,
        )
        for person in _some(people)
    ]
    admitted = admit(session, group.id, newcomers, now, takes_issued)
    missing = sum(one.outcome == Outcome.NO_SEAT for one in admitted)
    if missing:
        more = counted(missing, "seat is", "seats are")
        raise Refusal(f"{more} missing. Nobody was invited.")
    return admitted


def mail_keys(
    session: Session,
    group_id: UUID | str,
    people: Sequence[Invitee],
    actor: Actor,
    now: datetime,
    note: str = "",
) -> int:
    """Mail each of the people an enrollment key of their own; the seats count as issued.

    Returns how many; refuses the whole list if open seats do not suffice.
    """
    group = hold_led_group(session, actor, group_id, May.MANAGE_PEOPLE)
    to = [
        Recipient(None, clean_email(p.email), p.first_name.strip()[:100], p.last_name.strip()[:100])
        for p in _some(people)
    ]
    refuse_ended(group, now)
    seats = hold_seats(session, group.id, len(to))
    if len(seats) < len(to):
        raise Refusal(say_too_few_open(len(to), len(seats)))
    move_seats(session, seats, SeatState.ISSUED, now)
    letters = Letters(session, group, now)
    keys = live_keys(session, seats)
    for seat, recipient in zip(seats, to, strict=True):
        key = keys[seat.id]
        key.issued_at, key.label = now, recipient.email[:60]
        session.add(key)
        letters.invite(InvitationKind.KEY, recipient, actor.user_id, clean_note(note), key=key)
    letters.write()
    record(session, "keys_mailed", now, actor.user_id, group.id, keys=len(seats))
    touch(session, f"group:{group.id}")
    return len(seats)


def clean_note(note: str) -> str:
    """Return the personal note; refuse an endless one. Line breaks stay, other controls go."""
    text = note.replace("\r\n", "\n").replace("\r", "\n").strip()
    if len(text) > LONGEST_NOTE:
        raise Refusal(f"A note has at most {LONGEST_NOTE:,} characters.", "note")
    return "".join(symbol for symbol in text if symbol == "\n" or symbol.isprintable())


def _some(people: Sequence[Invitee]) -> Sequence[Invitee]:
    if not people:
        raise Refusal("Add at least one address.", "email")
    if len(people) > MOST_AT_ONCE:
        raise Refusal(
            f"Invite at most {MOST_AT_ONCE} people at once, or upload a CSV file.", "email"
        )
    return people


def live_keys(session: Session, seats: Sequence[Seat | HeldSeat]) -> dict[UUID, EnrollmentKey]:
    """Return the live key of each of these seats."""
    rows = session.exec(
        select(EnrollmentKey).where(
            col(EnrollmentKey.seat_id).in_([seat.id for seat in seats]),
            col(EnrollmentKey.voided_at).is_(None),
            col(EnrollmentKey.redeemed_at).is_(None),
        )
    )
    return {key.seat_id: key for key in rows}
