"""Anything people do, in any order and repeated: the database says what a small model says.

Every failure is replayed: it prints its seed, and `MODEL_SEED=… MODEL_STEPS=… make prove
TESTS=tests/model` takes the same steps again. So does the `@reproduce_failure` line of the report,
for the shortest way to it alone.
"""

import copy
import os
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

import hypothesis
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    get_state_machine_test,
    invariant,
    precondition,
    rule,
)
from sqlalchemy import text
from sqlmodel import Session, select

from grouplic.domain.groups import Group
from grouplic.domain.orders import OrderKind
from grouplic.domain.refusals import Refusal
from grouplic.domain.terms import add_months
from grouplic.domain.uploads import Overflow
from tests.model.ground import NOW, SEATS, YEAR, Ground, on_postgresql, on_sqlite
from tests.model.license import JoinLink, License, Refused
from tests.model.rules import broken_rules
from tests.model.stage import Stage

pytestmark = pytest.mark.timeout(900)

STEPS = 50  # of one walk
SECOND = timedelta(seconds=1)
TEN_THOUSAND = 10_000
PROVEN = ["bob@northlab.org", "charlie@northlab.org", "olive@northlab.org"]
STRANGERS = [f"dan{number}@new.org" for number in range(6)]

someone = st.sampled_from(PROVEN + STRANGERS)
several = st.lists(someone, min_size=1, max_size=4)
a_few = st.integers(1, 3)
any_one = st.integers(0, 1_000)
_KINDS = [OrderKind.ADD_SEATS, OrderKind.ADD_SEATS, OrderKind.ADD_MODULES, OrderKind.RENEWAL]


@dataclass
class Taken:
    """How many steps were taken and found to agree."""

    steps: int = 0


class LicenseMachine(RuleBasedStateMachine):
    """A group of three seats, Alice who leads it, and nine people who come and go."""

    def __init__(self, ground: Ground, taken: Taken) -> None:
        super().__init__()
        self.taken = taken
        self.taken.steps -= 1  # the first look is at where the walk begins
        self.stage = Stage(ground.fresh(), ground.cast, NOW)
        self.model = License(
            open=set(range(1, SEATS + 1)), modules={"writing"}, accounts=set(PROVEN)
        )
        self.ends_at = add_months(NOW, YEAR)
        self.checkouts: dict[str, tuple[OrderKind, str, int]] = {}
        self.bought: dict[str, set[int]] = {}
        self.refunded: dict[str, int] = {}
        self.ordered: set[str] = set()
        self.uploads: list[str] = []

    @precondition(lambda self: self.model.open | self.model.issued or self.model.holders)
    @rule(kind=st.sampled_from(_KINDS), seats=a_few, which=any_one, paid=st.booleans())
    def order(self, kind: OrderKind, seats: int, which: int, paid: bool) -> None:
        """Open a checkout, which ends the group's other one unpaid; and pay, now or maybe later."""
        missing = sorted({"writing", "privacy", "security"} - self.model.modules - self.ordered)
        possible = {
            OrderKind.ADD_SEATS: not self.model.ended and self.model.seats < 12,
            OrderKind.ADD_MODULES: not self.model.ended and bool(missing),
            OrderKind.RENEWAL: True,
        }
        if not possible[kind]:
            return
        module = missing[which % len(missing)] if kind == OrderKind.ADD_MODULES else ""
        checkout = self.stage.buy(kind, seats, (module,) if module else ())
        self.checkouts[checkout] = (kind, module, seats)
        self.ordered = {module}
        if paid:
            self._pay(checkout)
            self.stage.settle(checkout)

    @precondition(lambda self: self.checkouts)
    @rule(which=any_one, times=a_few)
    def pay_and_hear_of_it(self, which: int, times: int) -> None:
        """Pay for a checkout that is open, and hear of it once or more."""
        checkout = sorted(self.checkouts)[which % len(self.checkouts)]
        if self.stage.provider.checkouts[checkout].status == "open":
            self._pay(checkout)
        for _ in range(times):
            self.stage.settle(checkout)

    @precondition(lambda self: self.bought)
    @rule(which=any_one, seats=st.none() | a_few)
    def refund(self, which: int, seats: int | None) -> None:
        """Refund an order that was paid, or some of its seats."""
        checkout = sorted(self.bought)[which % len(self.bought)]
        has_seats = bool(self.bought[checkout])
        self._both(
            lambda: self._refund(checkout, seats if has_seats else None),
            lambda: self.stage.refund(checkout, seats if has_seats else None),
        )

    @rule(days=st.sampled_from([1, 45, 250]))
    def let_time_pass(self, days: int) -> None:
        """Nothing happens for a while; the term may end, and imports can be undone no more."""
        self.stage.now += timedelta(days=days)
        self.model.imports.clear()
        self._look_at_the_clock()

    @rule(people=several)
    def invite(self, people: list[str]) -> None:
        """Invite by email: all of them or nobody."""
        self._both(lambda: self._admit_all(people), lambda: self.stage.invite(people))

    @rule(people=several, overflow=st.sampled_from(Overflow))
    def upload(self, people: list[str], overflow: Overflow) -> None:
        """Upload a file; what does not fit waits or fails."""
        made: list[str] = []
        left_over: list[str] = []
        before = self.model.joins
        self._both(
            lambda: left_over.extend(self.model.admit(people)),
            lambda: made.append(self.stage.upload(people, overflow)),
        )
        for upload in made:
            joined = {who: number for who, number in self.model.joined.items() if number > before}
            self.model.imports[upload] = joined
            if overflow == Overflow.WAIT:
                self.model.wait(left_over, upload)
            self.uploads.append(upload)

    @precondition(lambda self: self.uploads)
    @rule(which=any_one)
    def undo(self, which: int) -> None:
        """Take an import back; twice or late it is refused."""
        upload = self.uploads[-1 - which % min(3, len(self.uploads))]
        self._both(lambda: self.model.undo(upload), lambda: self.stage.undo(upload))

    @rule(people=several)
    def wait(self, people: list[str]) -> None:
        """Put people who are not in the group on its waiting list."""
        outside = [person for person in people if person not in self.model.holders]
        self.model.wait(outside)
        self.model.fill()
        self.stage.wait(outside)

    @precondition(lambda self: self.model.waiting)
    @rule(which=any_one, comes_first=st.booleans())
    def change_the_list(self, which: int, comes_first: bool) -> None:
        """Take somebody off the waiting list, or put them first."""
        person = sorted(self.model.waiting)[which % len(self.model.waiting)]
        of_import = self.model.waiting.pop(person)
        if comes_first:
            self.model.waiting = {person: of_import, **self.model.waiting}
            self.stage.put_first(person)
        else:
            self.stage.take_off_list(person)

    @rule(quantity=a_few)
    def hand_out(self, quantity: int) -> None:
        """Hand out keys."""
        self._both(lambda: self.model.issue(quantity), lambda: self.stage.hand_out(quantity))

    @rule(people=st.lists(someone, min_size=1, max_size=3))
    def mail_keys(self, people: list[str]) -> None:
        """Mail keys."""
        self._both(lambda: self.model.issue(len(people)), lambda: self.stage.mail_keys(people))

    @rule(which=any_one, person=someone)
    def redeem(self, which: int, person: str) -> None:
        """Redeem any key there ever was, as anybody with an account."""
        if person in self.model.accounts:
            code, seat, live = self._key(which)
            self._both(
                lambda: self.model.redeem(person, seat, live),
                lambda: self.stage.redeem(code, person),
            )

    @rule(which=any_one)
    def void(self, which: int) -> None:
        """Void any key there ever was; a dead one stays as it is."""
        code, seat, live = self._key(which)
        self.model.void(seat, live)
        self.stage.void(code)

    @rule(
        cap=st.integers(1, 5),
        lasts=st.sampled_from([None, timedelta(days=30)]),
        domain=st.sampled_from(["", "northlab.org"]),
    )
    def set_link(self, cap: int, lasts: timedelta | None, domain: str) -> None:
        """Make the join link or change its terms; what was used already counts."""
        self._both(
            lambda: self._set_link(cap, lasts, domain),
            lambda: self.stage.set_link(cap, lasts, domain),
        )

    @precondition(lambda self: self.model.link)
    @rule(is_open=st.booleans())
    def switch_link(self, is_open: bool) -> None:
        """Turn the join link on or off."""
        assert self.model.link
        self.model.link.is_open = is_open
        self.stage.switch_link(is_open)

    @precondition(lambda self: self.model.link)
    @rule(person=someone)
    def follow_link(self, person: str) -> None:
        """Join by the link as anybody with an account."""
        if person in self.model.accounts:
            self._both(
                lambda: self.model.follow_link(person, self.stage.now),
                lambda: self.stage.follow_link(person),
            )

    @precondition(lambda self: self.model.holders)
    @rule(which=any_one)
    def remove(self, which: int) -> None:
        """Remove a learner; whoever waits gets the seat."""
        person = self._learner(which)
        self.model.leave(person)
        self.model.fill()
        self.stage.remove(person)

    @precondition(lambda self: self.model.holders)
    @rule(which=any_one, newcomer=someone)
    def swap(self, which: int, newcomer: str) -> None:
        """Swap a learner for somebody who is not in the group."""
        person = self._learner(which)
        self._both(lambda: self._swap(person, newcomer), lambda: self.stage.swap(person, newcomer))

    @rule(which=any_one)
    def resend(self, which: int) -> None:
        """Send an invitation again: no seat moves."""
        try:
            self.stage.resend(which)
        except Refusal:
            return  # the key of this invitation has been used

    @precondition(lambda self: self.model.holders)
    @rule(which=any_one)
    def read(self, which: int) -> None:
        """Open a lesson as a learner, whose seat is used from then on."""
        person = self._learner(which)
        self._both(lambda: self.model.read(person), lambda: self.stage.read(person))

    @rule(person=someone)
    def read_as_anybody(self, person: str) -> None:
        """Open a lesson as anybody with an account."""
        if person in self.model.accounts:
            self._both(lambda: self.model.read(person), lambda: self.stage.read(person))

    @rule(person=someone)
    def prove(self, person: str) -> None:
        """Prove a mailbox."""
        if person in self.model.accounts:
            self.model.prove(person)
            self.stage.prove(person)

    @invariant()
    def database_is_as_the_model(self) -> None:
        """Everyone and every seat is where the model says, no rule is broken, history only grows.

        What a leader does alters no account that exists.
        """
        with self.stage.database.reading() as session:
            assert broken_rules(session) == []
            found = {what: set(_rows(session, query)) for what, query in _FOUND.items()}
            waiting = [email for (email,) in _rows(session, _WAITING)]
            (ends_at,) = session.exec(select(Group.ends_at))
        model = self.model
        assert found == {
            "seats": {
                *((seat, "open") for seat in model.open),
                *((seat, "issued") for seat in model.issued),
                *((seat, "taken") for seat in model.holders.values()),
                *((seat, "retired") for seat in model.retired.values()),
                *((seat, "withdrawn") for seat in model.withdrawn),
            },
            "owed": {(seat,) for seat in model.owed},
            "holders": {
                (person, seat, person in model.claiming) for person, seat in model.holders.items()
            },
            "modules": {(module,) for module in model.modules},
            "joins": {(model.joins, model.link.uses if model.link else 0)},
            "accounts": {("Bob", None, "member"), ("Charlie", None, "member")}
            | {("Olive", None, "operator")},
        }
        assert waiting == list(model.waiting)
        assert ends_at == self.ends_at
        self.taken.steps += 1

    def _pay(self, checkout: str) -> None:
        self.stage.provider.pay(checkout)
        kind, module, seats = self.checkouts[checkout]
        self.bought[checkout] = set()
        if kind == OrderKind.ADD_MODULES:
            self.model.modules.add(module)
        elif kind == OrderKind.ADD_SEATS:
            self.bought[checkout] = self.model.add_seats(seats)
        else:
            heard_at = self.stage.now + SECOND  # the stage's clock ticks when it hears of it
            self.ends_at = add_months(max(self.ends_at, heard_at), YEAR)
            self._look_at_the_clock()
            self.model.fill()

    def _key(self, which: int) -> tuple[str, int, bool]:
        codes = self.stage.codes()
        return codes[which % len(codes)]

    def _look_at_the_clock(self) -> None:
        self.model.ended = self.ends_at <= self.stage.now

    def _set_link(self, cap: int, lasts: timedelta | None, domain: str) -> None:
        link = self.model.link
        if link and cap < link.uses:
            raise Refused
        made = JoinLink(cap, self.stage.now + lasts if lasts else None, domain)
        if link:
            made.is_open, made.uses = link.is_open, link.uses
        self.model.link = made

    def _refund(self, checkout: str, seats: int | None) -> None:
        size, before = len(self.bought[checkout]), self.refunded.get(checkout, 0)
        left = max(1, size) - before
        if left < 1 or (seats or 1) > left:
            raise Refused
        self.refunded[checkout] = before + (seats or left)
        self.model.withdraw(self.bought[checkout], min(size, seats or left))

    def _both(self, expected: Callable[[], object], done: Callable[[], object]) -> None:
        before = copy.deepcopy(self.model)
        try:
            answer = expected()
        except Refused:
            self.model = before
            with pytest.raises(Refusal):
                done()
            return
        assert done() == answer

    def _admit_all(self, people: Sequence[str]) -> None:
        if self.model.admit(people):
            raise Refused

    def _swap(self, person: str, newcomer: str) -> None:
        seat = self.model.leave(person)
        if newcomer in self.model.holders:
            raise Refused
        if self.model.admit([newcomer], [] if seat is None else [seat]):
            raise Refused
        self.model.fill()

    def _learner(self, which: int) -> str:
        learners = sorted(self.model.holders)
        return learners[which % len(learners)]


@pytest.mark.parametrize("quarter", range(4))  # side by side, where there are cores
def test_ten_thousand_steps_agree_with_the_model(quarter: int) -> None:
    with on_sqlite() as ground:
        walk_on(ground, TEN_THOUSAND // 4, random.randrange(2**32))


def test_a_thousand_steps_agree_with_the_model_on_postgresql(postgres_server: str) -> None:
    with on_postgresql(postgres_server) as ground:
        walk_on(ground, 1_000, random.randrange(2**32))


@pytest.mark.prove
@pytest.mark.timeout(14_400)
def test_a_million_steps_agree_with_the_model() -> None:
    """MODEL_STEPS and MODEL_SEED choose how many, and where to begin."""
    steps = int(os.environ.get("MODEL_STEPS", "1_000_000"))
    with on_sqlite() as ground:
        walk_on(ground, steps, int(os.environ.get("MODEL_SEED", "0")))


def walk_on(ground: Ground, steps: int, first: int) -> None:
    """Take at least so many steps, from that seed on.

    A run that is stopped has shown what its last line says.
    """
    seed, taken = first, 0
    while taken < steps:
        taken += walk(ground, min(steps - taken, TEN_THOUSAND), seed)
        print(f"It agrees after {taken:,} steps, seeds {first} to {seed}.", flush=True)
        seed += 1


def walk(ground: Ground, steps: int, seed: int) -> int:
    """Take so many steps at most, in walks of fifty; the seed says which. Returns how many.

    Hypothesis ends some walks before their time, about one step in eight.
    """
    print(f"To replay: MODEL_SEED={seed} MODEL_STEPS={steps}")
    wanted = settings(
        max_examples=-(-steps // STEPS),
        stateful_step_count=STEPS,
        deadline=None,
        print_blob=True,
        database=None,  # nothing but the seed says what happens
        suppress_health_check=list(HealthCheck),
    )
    taken = Taken()
    machine = partial(LicenseMachine, ground, taken)
    hypothesis.seed(seed)(get_state_machine_test(machine, settings=wanted))()  # type: ignore[arg-type]
    return taken.steps


def _rows(session: Session, query: str) -> list[tuple[object, ...]]:
    return [tuple(row) for row in session.connection().execute(text(query))]


_WAITING = "SELECT email_key FROM waiting WHERE ended_at IS NULL ORDER BY position, id"
_FOUND = {
    "seats": "SELECT number, state FROM seat",
    "owed": "SELECT number FROM seat WHERE owed_at IS NOT NULL",
    "holders": """
        SELECT u.email_key, s.number, e.awaits_claim FROM enrollment e
        JOIN user_account u ON u.id = e.user_id JOIN seat s ON s.id = e.seat_id
        WHERE e.ended_at IS NULL
    """,
    "modules": "SELECT m.slug FROM group_module g JOIN module m ON m.id = g.module_id",
    "joins": "SELECT COUNT(*), COUNT(join_link_id) FROM enrollment",
    "accounts": """
        SELECT first_name, password_hash, role FROM user_account
        WHERE email_key IN ('bob@northlab.org', 'charlie@northlab.org', 'olive@northlab.org')
    """,
}
