"""Admission: people whom a leader names get an account, a seat and a mail, many at a time.

Locks are taken in one order everywhere: group, people by address, seats, keys.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import select as sql_select
from sqlmodel import Session, col, select

from grouplic.domain.base import new_id
from grouplic.domain.groups import Enrollment, Group, Seat, SeatState, Way
from grouplic.domain.joins import InvitationKind
from grouplic.domain.people import User
from grouplic.domain.records import AuditEvent
from grouplic.services.accounts import insert_users
from grouplic.services.groups import lock_group
from grouplic.services.invitations import Letters, Recipient
from grouplic.services.many_rows import insert_many
from grouplic.services.recording import touch
from grouplic.services.seats import HeldSeat, hold_seats, move_seats, void_keys
from grouplic.services.standing import begin_summaries, carry_over
from grouplic.services.terms import refuse_ended
from grouplic.services.waiting import leave_waiting_list


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Someone to be admitted. ``password_hash`` is of a password that a leader supplied."""

    email: str
    first_name: str
    last_name: str
    way: Way
    by_id: UUID
    note: str = ""
    password_hash: str | None = None

    @property
    def email_key(self) -> str:
        """What makes the address one person's."""
        return self.email.lower()


@dataclass(frozen=True, slots=True)
class Person(Recipient):
    """Somebody's account, as far as their admission needs it."""

    id: UUID
    email_key: str
    verified_at: datetime | None


class Outcome(StrEnum):
    """What became of a newcomer. Only ``new``, ``account`` and ``claim`` used a seat."""

    NEW = "new"
    ACCOUNT = "account"
    CLAIM = "claim"
    MEMBER = "member"
    NO_SEAT = "no_seat"


_OUTCOMES = {
    InvitationKind.LOGIN: Outcome.NEW,
    InvitationKind.ADDED: Outcome.ACCOUNT,
    InvitationKind.CLAIM: Outcome.CLAIM,
}


@dataclass(frozen=True, slots=True)
class Admitted:
    """A newcomer's outcome, with the seat where there is one."""

    email: str
    outcome: Outcome
    user_id: UUID | None = None
    enrollment_id: UUID | None = None
    seat_number: int = 0
    invitation_id: UUID | None = None


def admit(
    session: Session,
    group_id: UUID,
    newcomers: Sequence[Newcomer],
    now: datetime,
    takes_issued: bool = False,
    seats: Sequence[Seat] = (),
) -> list[Admitted]:
    """Admit each newcomer to the group, in their order, as far as seats go.

    An existing account is added as it is; where its mailbox was never proven, the group opens to it
    by a link sent there. Someone in the group already costs no seat; someone who comes back to a
    seat that retired with them gets it back. Open seats go first; ``takes_issued`` lets keys that
    are out stop working when no open seat is left. ``seats`` are held ones to use before all.
    Refuses everybody, as ``LicenseEnded``, once the group's term is over.
    """
    group = lock_group(session, group_id)
    refuse_ended(group, now)
    held = [HeldSeat(seat.id, seat.group_id, seat.number) for seat in seats]
    return _Admission(session, group, newcomers, now).run(takes_issued, held)


class _Admission:
    def __init__(
        self, session: Session, group: Group, newcomers: Sequence[Newcomer], now: datetime
    ) -> None:
        self._session, self._group, self._now = session, group, now
        self._newcomers = newcomers
        self._people = {person.email_key: person for person in reversed(newcomers)}
        self._users: dict[str, Person] = {}
        self._new: dict[str, UUID] = {}
        self._letters = Letters(session, group, now)
        self._enrollments: dict[str, dict[str, Any]] = {}
        self._events: list[dict[str, Any]] = []

    def run(self, takes_issued: bool, seats: list[HeldSeat]) -> list[Admitted]:
        self._users = hold_people(self._session, self._people)
        members = self._members(self._users)
        retired = self._seats_to_return_to(members)
        needing = [key for key in self._in_order() if not self._has_place(key, members, retired)]
        missing = max(0, len(needing) - len(seats))
        seats += hold_seats(self._session, self._group.id, missing, takes_issued)
        # Another transaction may just have made one of them, and a member.
        members |= self._members(self._create_accounts(needing[: len(seats)]))
        given = dict(
            zip((key for key in needing if self._is_free(key, members)), seats, strict=False)
        )
        given.update(retired)
        outcomes = {key: self._enroll(key, seat) for key, seat in given.items()}
        self._write(given)
        return [self._outcome(person, outcomes, members) for person in self._newcomers]

    def _in_order(self) -> list[str]:
        return list(dict.fromkeys(person.email_key for person in self._newcomers))

    def _has_place(self, key: str, members: set[UUID], retired: dict[str, HeldSeat]) -> bool:
        return key in retired or not self._is_free(key, members, unknown=True)

    def _is_free(self, key: str, members: set[UUID], unknown: bool = False) -> bool:
        user = self._users.get(key)
        return unknown if user is None else user.id not in members

    def _members(self, users: dict[str, Person]) -> set[UUID]:
        if not users:
            return set()
        return set(
            self._session.exec(
                select(Enrollment.user_id).where(
                    Enrollment.group_id == self._group.id,
                    col(Enrollment.user_id).in_([user.id for user in users.values()]),
                    col(Enrollment.ended_at).is_(None),
                )
            )
        )

    def _seats_to_return_to(self, members: set[UUID]) -> dict[str, HeldSeat]:
        keys = {user.id: key for key, user in self._users.items() if user.id not in members}
        if not keys:
            return {}
        rows = self._session.exec(
            select(Enrollment.user_id, Seat.id, Seat.number)
            .join(Seat, col(Seat.id) == col(Enrollment.seat_id))
            .where(
                Seat.group_id == self._group.id,
                Seat.state == SeatState.RETIRED,
                col(Enrollment.user_id).in_(list(keys)),
                # The enrollment whose end retired the seat, and not an earlier one on it.
                Enrollment.ended_at == Seat.changed_at,
            )
            .order_by(col(Seat.number).desc())
            .with_for_update(of=Seat)
        )
        return {
            keys[user_id]: HeldSeat(seat_id, self._group.id, number)
            for user_id, seat_id, number in rows
        }

    def _create_accounts(self, keys: Iterable[str]) -> dict[str, Person]:
        """Make the accounts that are missing; return those that have come to be meanwhile."""
        missing = [self._people[key] for key in keys if key not in self._users]
        self._new = insert_users(
            self._session,
            [(p.email, p.first_name, p.last_name, p.password_hash) for p in missing],
            self._now,
        )
        there = [p.email_key for p in missing if p.email_key not in self._new]
        found = hold_people(self._session, there)
        self._users |= found
        for p in missing:
            # What was made in this transaction is held, and is as it was written.
            if (user_id := self._new.get(p.email_key)) is not None:
                self._users[p.email_key] = Person(
                    user_id, p.email, p.first_name, p.last_name, p.email_key, None
                )
        return found

    def _enroll(self, key: str, seat: HeldSeat) -> Admitted:
        person, user = self._people[key], self._users[key]
        kind = self._kind(key, user)
        enrollment_id = new_id()
        self._enrollments[key] = {
            "id": enrollment_id,
            "group_id": self._group.id,
            "seat_id": seat.id,
            "user_id": user.id,
            "way": str(person.way),
            "join_link_id": None,
            "awaits_claim": kind == InvitationKind.CLAIM,
            "enrolled_at": self._now,
            "ended_at": None,
        }
        self._events.append(self._event(person, user, seat))
        invitation_id = self._letters.invite(
            kind, user, person.by_id, person.note, enrollment_id=enrollment_id
        )
        outcome = _OUTCOMES[kind]
        return Admitted(person.email, outcome, user.id, enrollment_id, seat.number, invitation_id)

    def _kind(self, key: str, user: Person) -> InvitationKind:
        if key in self._new:
            return InvitationKind.LOGIN
        return InvitationKind.ADDED if user.verified_at else InvitationKind.CLAIM

    def _event(self, person: Newcomer, user: Person, seat: HeldSeat) -> dict[str, Any]:
        return {
            "id": new_id(),
            "at": self._now,
            "kind": "enrolled",
            "actor_id": person.by_id,
            "group_id": self._group.id,
            "facts": {"seat": seat.number, "learner": str(user.id), "way": str(person.way)},
        }

    def _write(self, given: dict[str, HeldSeat]) -> None:
        if not given:
            return
        seats = list(given.values())
        move_seats(self._session, seats, SeatState.TAKEN, self._now)
        void_keys(self._session, [seat.id for seat in seats], self._now)
        rows = self._enrollments
        insert_many(self._session, Enrollment, list(rows.values()))
        begin_summaries(self._session, self._group.id, [row["id"] for row in rows.values()])
        # Nobody has reached anything with an account that was made here.
        carry_over(self._session, [rows[key]["id"] for key in given if key not in self._new])
        self._letters.write()
        insert_many(self._session, AuditEvent, self._events)
        leave_waiting_list(self._session, self._group.id, list(self._users), self._now)
        touch(self._session, f"group:{self._group.id}")
        touch(self._session, *(f"user:{row['user_id']}" for row in rows.values()))

    def _outcome(
        self, person: Newcomer, outcomes: dict[str, Admitted], members: set[UUID]
    ) -> Admitted:
        key = person.email_key
        user = self._users.get(key)
        if key in outcomes and self._people[key] is person:
            return outcomes[key]
        if key in outcomes or (user and user.id in members):
            return Admitted(person.email, Outcome.MEMBER, user.id if user else None)
        return Admitted(person.email, Outcome.NO_SEAT)


def hold_people(session: Session, email_keys: Iterable[str]) -> dict[str, Person]:
    """Return the accounts with these addresses, and hold them in the order of everywhere."""
    # Two admissions of one person at once would both find no enrollment; here the second waits.
    keys = sorted(email_keys)
    if not keys:
        return {}
    session.flush()
    rows = session.connection().execute(
        sql_select(*(getattr(User, field.name) for field in fields(Person)))
        .where(col(User.email_key).in_(keys))
        .order_by(col(User.email_key))
        .with_for_update(key_share=True)
    )
    return {person.email_key: person for person in (Person(*row) for row in rows)}
