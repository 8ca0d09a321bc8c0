"""Admission: people whom a leader names get an account, a seat and a mail, many at a time.

Locks are taken in one order everywhere: group, people by address, seats, keys.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from functools import cached_property
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
from grouplic.services.seats import hold_seats, move_seats, void_keys
from grouplic.services.standing import begin_summaries
from grouplic.services.terms import refuse_ended
from grouplic.services.waiting import leave_waiting_list


@dataclass(frozen=True)
class Newcomer:
    """Someone to be admitted. ``password_hash`` is of a password that a leader supplied."""

    email: str
    first_name: str
    last_name: str
    way: Way
    by_id: UUID
    note: str = ""
    password_hash: str | None = None

    @cached_property
    def email_key(self) -> str:
        """What makes the address one person's."""
        return self.email.lower()


@dataclass(frozen=True)
class Person:
    """Somebody's account, as far as their admission needs it."""

    id: UUID
    email: str
    email_key: str
    first_name: str
    last_name: str
    verified_at: datetime | None


class Outcome(StrEnum):
    """What became of a newcomer. Only ``new``, ``account`` and ``claim`` used a seat."""

    NEW = "new"
    ACCOUNT = "account"
    CLAIM = "claim"
    MEMBER = "member"
    NO_SEAT = "no_seat"


@dataclass(frozen=True)
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
    return _Admission(session, group, newcomers, now).run(takes_issued, list(seats))


class _Admission:
    def __init__(
        self, session: Session, group: Group, newcomers: Sequence[Newcomer], now: datetime
    ) -> None:
        self._session, self._group, self._now = session, group, now
        self._newcomers = newcomers
        self._people = {person.email_key: person for person in reversed(newcomers)}
        self._users: dict[str, Person] = {}
        self._new: set[str] = set()
        self._letters = Letters(session, group, now)
        self._enrollments: list[dict[str, Any]] = []
        self._events: list[dict[str, Any]] = []

    def run(self, takes_issued: bool, seats: list[Seat]) -> list[Admitted]:
        self._users = hold_people(self._session, self._people)
        members = self._members()
        retired = self._seats_to_return_to(members)
        needing = [key for key in self._in_order() if not self._has_place(key, members, retired)]
        missing = max(0, len(needing) - len(seats))
        seats += hold_seats(self._session, self._group.id, missing, takes_issued)
        self._create_accounts(needing[: len(seats)])
        members = self._members()  # another transaction may just have made one of them
        given = dict(
            zip((key for key in needing if self._is_free(key, members)), seats, strict=False)
        )
        given.update(retired)
        outcomes = {key: self._enroll(key, seat) for key, seat in given.items()}
        self._write(list(given.values()))
        return [self._outcome(person, outcomes, members) for person in self._newcomers]

    def _in_order(self) -> list[str]:
        return list(dict.fromkeys(person.email_key for person in self._newcomers))

    def _has_place(self, key: str, members: set[UUID], retired: dict[str, Seat]) -> bool:
        return key in retired or not self._is_free(key, members, unknown=True)

    def _is_free(self, key: str, members: set[UUID], unknown: bool = False) -> bool:
        user = self._users.get(key)
        return unknown if user is None else user.id not in members

    def _members(self) -> set[UUID]:
        return set(
            self._session.exec(
                select(Enrollment.user_id).where(
                    Enrollment.group_id == self._group.id,
                    col(Enrollment.user_id).in_([user.id for user in self._users.values()]),
                    col(Enrollment.ended_at).is_(None),
                )
            )
        )

    def _seats_to_return_to(self, members: set[UUID]) -> dict[str, Seat]:
        keys = {user.id: key for key, user in self._users.items() if user.id not in members}
        rows = self._session.exec(
            select(Enrollment.user_id, Seat)
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
        return {keys[user_id]: seat for user_id, seat in rows}

    def _create_accounts(self, keys: Iterable[str]) -> None:
        missing = [self._people[key] for key in keys if key not in self._users]
        made = insert_users(
            self._session,
            [(p.email, p.first_name, p.last_name, p.password_hash) for p in missing],
            self._now,
        )
        self._new = made
        self._users |= hold_people(self._session, [person.email_key for person in missing])

    def _enroll(self, key: str, seat: Seat) -> Admitted:
        person, user = self._people[key], self._users[key]
        kind = self._kind(key, user)
        enrollment_id = new_id()
        self._enrollments.append(
            {
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
        )
        self._events.append(self._event(person, user, seat))
        to = Recipient(user.id, user.email, user.first_name, user.last_name)
        invitation_id = self._letters.invite(
            kind, to, person.by_id, person.note, enrollment_id=enrollment_id
        )
        outcome = {
            InvitationKind.LOGIN: Outcome.NEW,
            InvitationKind.CLAIM: Outcome.CLAIM,
        }.get(kind, Outcome.ACCOUNT)
        return Admitted(person.email, outcome, user.id, enrollment_id, seat.number, invitation_id)

    def _kind(self, key: str, user: Person) -> InvitationKind:
        if key in self._new:
            return InvitationKind.LOGIN
        return InvitationKind.ADDED if user.verified_at else InvitationKind.CLAIM

    def _event(self, person: Newcomer, user: Person, seat: Seat) -> dict[str, Any]:
        return {
            "id": new_id(),
            "at": self._now,
            "kind": "enrolled",
            "actor_id": person.by_id,
            "group_id": self._group.id,
            "facts": {"seat": seat.number, "learner": str(user.id), "way": str(person.way)},
        }

    def _write(self, seats: list[Seat]) -> None:
        if not seats:
            return
        move_seats(self._session, seats, SeatState.TAKEN, self._now)
        void_keys(self._session, [seat.id for seat in seats], self._now)
        insert_many(self._session, Enrollment, self._enrollments)
        begin_summaries(self._session, self._group.id, [row["id"] for row in self._enrollments])
        self._letters.write()
        insert_many(self._session, AuditEvent, self._events)
        leave_waiting_list(self._session, self._group.id, list(self._users), self._now)
        touch(self._session, f"group:{self._group.id}")
        touch(self._session, *(f"user:{row['user_id']}" for row in self._enrollments))

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
    session.flush()
    rows = session.connection().execute(
        sql_select(*(getattr(User, field.name) for field in fields(Person)))
        .where(col(User.email_key).in_(sorted(email_keys)))
        .order_by(col(User.email_key))
        .with_for_update(key_share=True)
    )
    return {person.email_key: person for person in (Person(*row) for row in rows)}
