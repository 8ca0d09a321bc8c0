"""A group license as a model: sets of seat numbers and who holds which. No database, no rows."""

from collections.abc import Iterable
from dataclasses import dataclass, field


class Refused(Exception):
    """The model says no; nothing has changed."""


@dataclass
class License:
    """Seats by state; ``unproven`` accounts, and those among the learners who must claim first."""

    open: set[int] = field(default_factory=set)
    issued: set[int] = field(default_factory=set)
    holders: dict[str, int] = field(default_factory=dict)
    retired: dict[str, int] = field(default_factory=dict)
    waiting: list[str] = field(default_factory=list)
    modules: set[str] = field(default_factory=set)
    accounts: set[str] = field(default_factory=set)
    unproven: set[str] = field(default_factory=set)
    claiming: set[str] = field(default_factory=set)
    reading: set[str] = field(default_factory=set)
    joins: int = 0
    ended: bool = False

    @property
    def bought(self) -> int:
        """Seats that were paid for."""
        return len(self.open) + len(self.issued) + len(self.holders) + len(self.retired)

    def add_seats(self, quantity: int) -> None:
        """Seats that were paid for come after the last one, and go to whoever waits."""
        self.open |= {self.bought + place for place in range(1, quantity + 1)}
        self.fill()

    def fill(self) -> None:
        """Open seats go to whoever waits longest."""
        if not self.ended:
            self.admit(self.waiting[: len(self.open)])

    def admit(self, people: Iterable[str], spare: Iterable[int] = ()) -> list[str]:
        """Seat people by a leader's word as far as seats go; return who found none."""
        if self.ended:
            raise Refused
        left_over = []
        for person in dict.fromkeys(people):
            if person in self.holders:
                continue
            known = person in self.accounts
            seat = self._seat_for(person, spare)
            if seat is None:
                left_over.append(person)
                continue
            self._seat(person, seat)
            if not known:
                self.accounts.add(person)
                self.unproven.add(person)
            elif person in self.unproven:
                self.claiming.add(person)
        return left_over

    def redeem(self, person: str, seat: int, live: bool) -> bool:
        """Take the seat of a key; return whether the person was in already."""
        if person in self.holders:
            return True
        if not live or self.ended:
            raise Refused
        if person in self.retired:
            seat = self.retired.pop(person)
        self._seat(person, seat)
        return False

    def issue(self, quantity: int) -> None:
        """Hand out the keys of the first open seats."""
        if quantity > len(self.open) or self.ended:
            raise Refused
        chosen = set(sorted(self.open)[:quantity])
        self.open -= chosen
        self.issued |= chosen

    def leave(self, person: str) -> int | None:
        """End an enrollment; return the seat if it comes back, which it does unless it was used."""
        seat = self.holders.pop(person)
        self.claiming.discard(person)
        if person in self.reading:
            self.retired[person] = seat
            return None
        self.open.add(seat)
        return seat

    def read(self, person: str) -> None:
        """Open a lesson."""
        if person not in self.holders or person in self.claiming or self.ended:
            raise Refused
        self.reading.add(person)

    def prove(self, person: str) -> None:
        """Prove the mailbox."""
        self.unproven.discard(person)
        self.claiming.discard(person)

    def _seat_for(self, person: str, spare: Iterable[int]) -> int | None:
        if person in self.retired:
            return self.retired.pop(person)
        return next(iter([*spare, *sorted(self.open)]), None)

    def _seat(self, person: str, seat: int) -> None:
        self.open.discard(seat)
        self.issued.discard(seat)
        self.holders[person] = seat
        self.reading.discard(person)
        self.joins += 1
        if person in self.waiting:
            self.waiting.remove(person)
