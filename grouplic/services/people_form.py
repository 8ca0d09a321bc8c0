"""Managing people from the page: what would happen, then what did, in sentences."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, select

from grouplic.domain.groups import Enrollment, Group, Seat, SeatState, Way
from grouplic.domain.people import User
from grouplic.domain.refusals import NotFound, Refusal
from grouplic.domain.uploads import Verdict
from grouplic.services import invite_form, leaving, waiting
from grouplic.services.accounts import clean_email
from grouplic.services.actors import Actor
from grouplic.services.admission import Admitted, Newcomer, Outcome, admit, hold_people
from grouplic.services.filling import fill_from_waiting_list
from grouplic.services.groups import May, hold_led_group, seat_counts
from grouplic.services.identifiers import id_of
from grouplic.services.inviting import Invitee
from grouplic.services.judging import Judged
from grouplic.services.leaving import ReclaimRule
from grouplic.services.outside import Outside
from grouplic.services.recording import record
from grouplic.services.seats import NoSeatOpen
from grouplic.services.waiting import ToWait


@dataclass(frozen=True)
class Removed:
    """What became of a removed learner's seat, and what putting them back would mean."""

    enrollment_id: UUID
    sentence: str
    undo: str


def newcomer_checked(
    outside: Outside, group_id: str, typed: str, is_new: bool, actor: Actor
) -> tuple[Judged, int]:
    """Return the verdict on a newcomer's address and the open seats; one lookup is spent."""
    judged, counts = invite_form.look_over(outside, group_id, [typed], int(is_new), actor)
    return judged[0], counts.open


def remove(outside: Outside, group_id: str, user_id: str, actor: Actor) -> Removed:
    """Remove a learner and say what became of the seat."""
    with outside.database.writing() as session:
        return remove_and_tell(
            session,
            group_id,
            id_of("learner", user_id),
            actor,
            outside.clock(),
            outside.reclaim_rule,
        )


def remove_and_tell(
    session: Session,
    group_id: str | UUID,
    user_id: UUID,
    actor: Actor,
    now: datetime,
    rule: ReclaimRule,
) -> Removed:
    """Remove a learner; return what became of the seat, and how honest undoing would be."""
    seat = leaving.remove(session, group_id, user_id, actor, now, rule)
    session.flush()
    session.refresh(seat)
    name = session.get_one(User, user_id).name
    left = session.exec(
        select(Enrollment.id)
        .where(Enrollment.group_id == seat.group_id, Enrollment.user_id == user_id)
        .order_by(col(Enrollment.id).desc())
    ).first()
    assert left is not None  # noqa: S101  (it has just been ended)
    return Removed(left, *_became(session, seat, name))


def put_back(outside: Outside, group_id: str, enrollment_id: str, actor: Actor) -> str:
    """Give somebody who left a seat again, and say which; costs an invitation."""
    invite_form.spend_invitations(outside, group_id, 1, actor)
    with outside.database.writing() as session:
        admitted = take_back(
            session, group_id, id_of("learner", enrollment_id), actor, outside.clock()
        )
    if admitted.outcome == Outcome.CLAIM:
        news = "A mail is on its way; the group opens once they confirm the account."
    else:
        news = "A mail that says so is on its way."
    return f"{admitted.email} holds seat {admitted.seat_number}. {news}"


def take_back(
    session: Session, group_id: UUID | str, enrollment_id: UUID, actor: Actor, now: datetime
) -> Admitted:
    """Admit somebody who left the group: to the seat that retired with them, else to an open one.

    Of open ones it is the seat they had, if that is open. Refuses when no seat is open, and someone
    who is in the group.
    """
    group = hold_led_group(session, actor, group_id, May.MANAGE_PEOPLE)
    left = session.get(Enrollment, enrollment_id)
    if left is None or left.group_id != group.id or left.ended_at is None:
        raise NotFound("learner")
    user = session.get_one(User, left.user_id)
    person = Newcomer(user.email, user.first_name, user.last_name, Way.INVITE, actor.user_id)
    hold_people(session, [user.email_key])
    seat = _if_open(session, left.seat_id)
    (admitted,) = admit(session, group.id, [person], now, seats=[seat] if seat else [])
    _refuse_without_seat(admitted, group)
    record(session, "put_back", now, actor.user_id, group.id, learner=str(user.id))
    return admitted


def swap(outside: Outside, group_id: str, user_id: str, newcomer: Invitee, actor: Actor) -> str:
    """Swap a learner for somebody else, and say what became of the seat; costs an invitation."""
    invite_form.spend_invitations(outside, group_id, 1, actor)
    names = newcomer.first_name.strip()[:100], newcomer.last_name.strip()[:100]
    with outside.database.writing() as session:
        leaver = session.get(User, id_of("learner", user_id))
        admitted = leaving.swap(
            session,
            group_id,
            id_of("learner", user_id),
            (newcomer.email, *names),
            actor,
            outside.clock(),
            outside.reclaim_rule,
        )
        name = leaver.name if leaver else ""
    return (
        f"{admitted.email} holds seat {admitted.seat_number}, and a mail is on its way. "
        f"{name} has left the group."
    )


def swap_says(
    verdict: Verdict, leaver: leaving.Leaving, newcomer: str, open_seats: int
) -> tuple[str, bool]:
    """Return what a swap would do to the seats, and whether it can be done."""
    if verdict == Verdict.MEMBER:
        return f"{newcomer} is in the group already, so there is nothing to swap.", False
    news = (
        "They get a login by mail."
        if verdict == Verdict.NEW
        else "They have an account already, and get a mail."
    )
    if leaver.seat_comes_back:
        return f"{newcomer} takes seat {leaver.seat_number} from {leaver.name}. {news}", True
    retires = f"{leaver.name} has started, so seat {leaver.seat_number} retires"
    if not open_seats:
        return f"{retires}, and no other seat is open. Add seats first.", False
    return (
        f"{retires}, and {newcomer} takes {_an_open(open_seats)}. {news}",
        True,
    )


def wait(outside: Outside, group_id: str, person: Invitee, actor: Actor) -> str:
    """Put somebody on the waiting list and say what happened; costs an invitation."""
    email = clean_email(person.email)
    invite_form.spend_invitations(outside, group_id, 1, actor)
    with outside.database.writing() as session:
        return put_to_wait(
            session,
            group_id,
            ToWait(email, person.first_name.strip()[:100], person.last_name.strip()[:100]),
            actor,
            outside.clock(),
        )


def put_to_wait(
    session: Session, group_id: UUID | str, person: ToWait, actor: Actor, now: datetime
) -> str:
    """Put somebody at the end of the list; they join at once when a seat is free for them.

    Refuses who is in the group, or on the list already.
    """
    group = hold_led_group(session, actor, group_id, May.MANAGE_PEOPLE)
    if _is_member(session, group.id, person.email):
        raise Refusal(f"{person.email} is in the group already.", "email")
    added = waiting.put_on_waiting_list(session, group.id, [person], Way.INVITE, actor.user_id, now)
    if not added:
        raise Refusal(f"{person.email} is on the waiting list already.", "email")
    fill_from_waiting_list(session, group.id, now)
    session.flush()
    if _is_member(session, group.id, person.email):
        return f"A seat was open, so {person.email} holds it now, and a mail is on its way."
    return f"{person.email} waits, and gets a mail with the seat."


def _became(session: Session, seat: Seat, name: str) -> tuple[str, str]:
    if seat.state == SeatState.RETIRED:
        return (
            f"{name} has left. Seat {seat.number} retired with them.",
            f"Put {name} back on seat {seat.number}, free of charge",
        )
    if seat.state == SeatState.OPEN:
        return (
            f"{name} has left. Seat {seat.number} is open again.",
            f"Put {name} back, which takes seat {seat.number} or another open one",
        )
    taker = session.exec(
        select(User)
        .join(Enrollment, col(Enrollment.user_id) == col(User.id))
        .where(Enrollment.seat_id == seat.id, col(Enrollment.ended_at).is_(None))
    ).one()
    gone = f"{name} has left. Seat {seat.number} went to {taker.name} from the waiting list"
    open_seats = seat_counts(session, seat.group_id).open
    if not open_seats:
        return f"{gone}, so there is no seat to put {name} back on.", ""
    return f"{gone}.", f"Put {name} back, which takes {_an_open(open_seats)}"


def _if_open(session: Session, seat_id: UUID) -> Seat | None:
    return session.exec(
        select(Seat)
        .where(Seat.id == seat_id, Seat.state == SeatState.OPEN)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).first()


def _refuse_without_seat(admitted: Admitted, group: Group) -> None:
    if admitted.outcome == Outcome.NO_SEAT:
        raise NoSeatOpen(group.name)
    if admitted.outcome == Outcome.MEMBER:
        raise Refusal(f"{admitted.email} is in the group already.")


def _is_member(session: Session, group_id: UUID, email: str) -> bool:
    return (
        session.exec(
            select(Enrollment.id)
            .join(User, col(User.id) == col(Enrollment.user_id))
            .where(
                Enrollment.group_id == group_id,
                col(Enrollment.ended_at).is_(None),
                User.email_key == email.lower(),
            )
        ).first()
        is not None
    )


def _an_open(seats: int) -> str:
    return "the open seat" if seats == 1 else f"one of {seats:,} open seats"
