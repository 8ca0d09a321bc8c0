"""A group license as a model: sets of seat numbers and who holds which. No database, no rows."""

from collections.abc import Iterable, Set
from dataclasses import dataclass, field
from datetime import datetime


class Refused(Exception):
    """The model says no; nothing has changed."""


@dataclass
class JoinLink:
    """Whom the link lets in: as many as its cap says, until its end, at one domain or at any."""

    cap: int
    ends_at: datetime | None
    domain: str
    is_open: bool = True
    uses: int = 0


@dataclass
class License:
    """Seats by state; ``unproven`` accounts, and those among the learners who must claim first.

    ``held`` says which seats somebody has had, ``used`` on which of them they have read since then.
    ``owed`` are taken seats that were refunded. ``waiting`` says of whom waits which import put
    them there; ``imports`` says whom each import that can be undone brought, by which joining.
    """

    open: set[int] = field(default_factory=set)
    issued: set[int] = field(default_factory=set)
    holders: dict[str, int] = field(default_factory=dict)
    retired: dict[str, int] = field(default_factory=dict)
    withdrawn: set[int] = field(default_factory=set)
    owed: set[int] = field(default_factory=set)
    waiting: dict[str, str] = field(default_factory=dict)
    imports: dict[str, dict[str, int]] = field(default_factory=dict)
    modules: set[str] = field(default_factory=set)
    accounts: set[str] = field(default_factory=set)
    unproven: set[str] = field(default_factory=set)
    claiming: set[str] = field(default_factory=set)
    held: dict[str, set[int]] = field(default_factory=dict)
    used: set[tuple[str, int]] = field(default_factory=set)
    joined: dict[str, int] = field(default_factory=dict)
    joins: int = 0
    ended: bool = False
    link: JoinLink | None = None

    @property
    def seats(self) -> int:
        """Seats there ever were."""
        held = len(self.holders) + len(self.retired)
        return len(self.open) + len(self.issued) + len(self.withdrawn) + held

    def add_seats(self, quantity: int) -> set[int]:
        """Seats that were paid for come after the last one, and go to whoever waits."""
        new = {self.seats + place for place in range(1, quantity + 1)}
        self.open |= new
        self.fill()
        return new

    def fill(self) -> None:
        """Open seats go to whoever waits longest, while the term lasts."""
        if self.ended:
            return
        while self.open and self.waiting:
            person, of_import = next(iter(self.waiting.items()))
            self.admit([person])
            if of_import in self.imports:
                self.imports[of_import][person] = self.joins

    def wait(self, people: Iterable[str], of_import: str = "") -> None:
        """Whoever is not on the waiting list comes to its end."""
        for person in people:
            self.waiting.setdefault(person, of_import)

    def undo(self, of_import: str) -> None:
        """Whoever an import brought leaves, unless they have begun; nobody waits for it."""
        if of_import not in self.imports:
            raise Refused
        brought = self.imports.pop(of_import)
        self.waiting = {who: which for who, which in self.waiting.items() if which != of_import}
        for person, joining in brought.items():
            if self.joined.get(person) == joining and not self._has_begun(person):
                self.leave(person)
        self.fill()

    def withdraw(self, of_order: Set[int], quantity: int) -> None:
        """Refunded seats go: the order's and the last first; taken ones once they come free."""
        retired = {seat: who for who, seat in self.retired.items() if seat in of_order}
        taken = set(self.holders.values()) - self.owed
        for seats in (self.open, self.issued, retired, taken):
            chosen = sorted(seats, key=lambda seat: (seat not in of_order, -seat))[:quantity]
            quantity -= len(chosen)
            (self.owed if seats is taken else self.withdrawn).update(chosen)
            for seat in chosen:
                self.open.discard(seat)
                self.issued.discard(seat)
                self.retired.pop(retired.get(seat, ""), None)

    def void(self, seat: int, live: bool) -> None:
        """A live key is replaced, and its seat is open."""
        if live:
            self.issued.discard(seat)
            self.open.add(seat)
            self.fill()

    def follow_link(self, person: str, now: datetime) -> bool:
        """Take an open seat by the join link; return whether the person was in already."""
        link = self.link
        if link is None:
            raise Refused
        if person in self.holders:
            return True
        full = link.uses >= link.cap and person not in self.retired
        over = self.ended or (link.ends_at is not None and link.ends_at <= now)
        if not link.is_open or over or full or not person.endswith(link.domain):
            raise Refused
        if link.domain and person in self.unproven:
            raise Refused
        returns = person in self.retired
        seat = self._seat_for(person, ())
        if seat is None:
            raise Refused
        link.uses += not returns
        self._seat(person, seat)
        return False

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
        has_begun = self._has_begun(person)
        seat = self.holders.pop(person)
        self.claiming.discard(person)
        del self.joined[person]
        if seat in self.owed:
            self.owed.discard(seat)
            self.withdrawn.add(seat)
            return None
        if has_begun:
            self.retired[person] = seat
            return None
        self.open.add(seat)
        return seat

    def read(self, person: str) -> None:
        """Open a lesson."""
        if person not in self.holders or person in self.claiming or self.ended:
            raise Refused
        self.used |= {(person, seat) for seat in self.held[person]}

    def prove(self, person: str) -> None:
        """Prove the mailbox."""
        self.unproven.discard(person)
        self.claiming.discard(person)

    def _has_begun(self, person: str) -> bool:
        return (person, self.holders[person]) in self.used

    def _seat_for(self, person: str, spare: Iterable[int]) -> int | None:
        if person in self.retired:
            return self.retired.pop(person)
        return next(iter([*spare, *sorted(self.open)]), None)

    def _seat(self, person: str, seat: int) -> None:
        self.open.discard(seat)
        self.issued.discard(seat)
        self.holders[person] = seat
        self.held.setdefault(person, set()).add(seat)
        self.joins += 1
        self.joined[person] = self.joins
        self.waiting.pop(person, None)
