"""Anything people do, in any order and repeated: the database says what a small model says.

Every failure is replayed: what failed is kept in .hypothesis/ and tried first the next time, and
the report prints a `@reproduce_failure` line that replays it anywhere.
"""

import copy
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import create_engine, text
from sqlmodel import Session

from grouplic.adapters.database import Database
from grouplic.domain.orders import OrderKind
from grouplic.domain.refusals import Refusal
from grouplic.domain.uploads import Overflow
from tests.cast import Cast, invite_the_cast
from tests.conftest import migrate
from tests.model.license import License, Refused
from tests.model.rules import broken_rules
from tests.model.stage import Stage

SEATS = 3
STEPS = 50
PROVEN = ["bob@northlab.org", "charlie@northlab.org", "olive@northlab.org"]
STRANGERS = [f"dan{number}@new.org" for number in range(6)]
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)

someone = st.sampled_from(PROVEN + STRANGERS)
several = st.lists(someone, min_size=1, max_size=4)
a_few = st.integers(1, 3)
any_one = st.integers(0, 1_000)


class LicenseMachine(RuleBasedStateMachine):
    """A group of three seats, Alice who leads it, and nine people who come and go."""

    def __init__(self) -> None:
        super().__init__()
        folder, cast = _prepared()
        self.file = folder / f"{uuid4().hex}.db"
        shutil.copy(folder / "prepared.db", self.file)
        self.stage = Stage(Database(f"sqlite:///{self.file}"), cast, NOW)
        self.model = License(
            open=set(range(1, SEATS + 1)), modules={"writing"}, accounts=set(PROVEN)
        )
        self.checkouts: dict[str, tuple[str, int]] = {}
        self.ordered: set[str] = set()

    def teardown(self) -> None:
        """Give the file back."""
        self.stage.database.engine.dispose()
        for file in self.file.parent.glob(f"{self.file.name}*"):
            file.unlink()

    @precondition(lambda self: not self.model.ended and self.model.bought < 12)
    @rule(seats=a_few)
    def order_seats(self, seats: int) -> None:
        """Open a checkout for more seats; the group's other one ends, unpaid."""
        self._order(OrderKind.ADD_SEATS, seats, "")

    @precondition(
        lambda self: (
            not self.model.ended
            and len(self.model.modules) < 3
            and self.model.bought > len(self.model.retired)
        )
    )
    @rule(which=any_one)
    def order_a_module(self, which: int) -> None:
        """Open a checkout for one more module."""
        missing = sorted({"writing", "privacy", "security"} - self.model.modules - self.ordered)
        if missing:
            self._order(OrderKind.ADD_MODULES, 0, missing[which % len(missing)])

    @precondition(lambda self: self.checkouts)
    @rule(which=any_one, times=a_few)
    def pay_and_hear_of_it(self, which: int, times: int) -> None:
        """Pay for a checkout that is open, and hear of it once or more."""
        checkout = sorted(self.checkouts)[which % len(self.checkouts)]
        if self.stage.provider.checkouts[checkout].status == "open":
            self.stage.provider.pay(checkout)
            module, seats = self.checkouts[checkout]
            if module:
                self.model.modules.add(module)
            else:
                self.model.add_seats(seats)
        for _ in range(times):
            self.stage.settle(checkout)

    @rule(people=several)
    def invite(self, people: list[str]) -> None:
        """Invite by email: all of them or nobody."""
        self._both(lambda: self._admit_all(people), lambda: self.stage.invite(people))

    @rule(people=several, overflow=st.sampled_from(Overflow))
    def upload(self, people: list[str], overflow: Overflow) -> None:
        """Upload a file; what does not fit waits or fails."""
        self._both(
            lambda: self._admit_some(people, overflow), lambda: self.stage.upload(people, overflow)
        )

    @rule(people=several)
    def wait(self, people: list[str]) -> None:
        """Put people who are not in the group on its waiting list."""
        outside = [person for person in people if person not in self.model.holders]
        self._put_on_list(outside)
        self.model.fill()
        self.stage.wait(outside)

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
        if person not in self.model.accounts:
            return
        codes = self.stage.codes()
        code, seat, live = codes[which % len(codes)]
        self._both(
            lambda: self.model.redeem(person, seat, live), lambda: self.stage.redeem(code, person)
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

    @rule(ended=st.booleans())
    def end_term(self, ended: bool) -> None:
        """Let the license end, or go on, and those who wait with it."""
        self.model.ended = ended
        self.model.fill()
        self.stage.end_term(self.stage.now - timedelta(days=1) if ended else None)

    @invariant()
    def database_is_as_the_model(self) -> None:
        """Everyone and every seat is where the model says, no rule is broken, history only grows.

        What a leader does alters no account that exists.
        """
        with self.stage.database.reading() as session:
            assert broken_rules(session) == []
            found = {what: set(_rows(session, query)) for what, query in _FOUND.items()}
            waiting = [email for (email,) in _rows(session, _WAITING)]
        model = self.model
        assert found == {
            "seats": {
                *((seat, "open") for seat in model.open),
                *((seat, "issued") for seat in model.issued),
                *((seat, "taken") for seat in model.holders.values()),
                *((seat, "retired") for seat in model.retired.values()),
            },
            "holders": {
                (person, seat, person in model.claiming) for person, seat in model.holders.items()
            },
            "modules": {(module,) for module in model.modules},
            "joins": {(model.joins,)},
            "accounts": {("Bob", None, "member"), ("Charlie", None, "member")}
            | {("Olive", None, "operator")},
        }
        assert waiting == model.waiting

    def _order(self, kind: OrderKind, seats: int, module: str) -> None:
        checkout = self.stage.buy(kind, max(1, seats), (module,) if module else ())
        self.checkouts[checkout] = (module, seats)
        self.ordered = {module}

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

    def _admit_some(self, people: Sequence[str], overflow: Overflow) -> None:
        left_over = self.model.admit(people)
        if overflow == Overflow.WAIT:
            self._put_on_list(left_over)

    def _swap(self, person: str, newcomer: str) -> None:
        seat = self.model.leave(person)
        if newcomer in self.model.holders:
            raise Refused
        if self.model.admit([newcomer], [] if seat is None else [seat]):
            raise Refused
        self.model.fill()

    def _put_on_list(self, people: Sequence[str]) -> None:
        known = set(self.model.waiting)
        self.model.waiting += [p for p in dict.fromkeys(people) if p not in known]

    def _learner(self, which: int) -> str:
        learners = sorted(self.model.holders)
        return learners[which % len(learners)]


def test_ten_thousand_steps_agree_with_the_model() -> None:
    _run(examples=200)


@pytest.mark.prove
def test_a_million_steps_agree_with_the_model() -> None:
    _run(examples=20_000)


def _run(examples: int) -> None:
    with _folder():
        run_state_machine_as_test(
            LicenseMachine,
            settings=settings(
                max_examples=examples,
                stateful_step_count=STEPS,
                deadline=None,
                print_blob=True,
                suppress_health_check=list(HealthCheck),
            ),
        )


_place: list[Path] = []


@contextmanager
def _folder() -> Iterator[None]:
    # In memory where the machine has such a place: syncing it costs nothing, and the settings of
    # the database are those of production.
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        _place[:] = [Path(folder)]
        _prepared.cache_clear()
        yield


@lru_cache(maxsize=1)
def _prepared() -> tuple[Path, Cast]:
    folder = _place[0]
    file = folder / "prepared.db"
    migrate(f"sqlite:///{file}")
    database = Database(f"sqlite:///{file}")
    cast = invite_the_cast(database, NOW, SEATS)
    database.engine.dispose()
    engine = create_engine(f"sqlite:///{file}")
    with engine.connect() as connection:
        connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
    engine.dispose()
    return folder, cast


def _rows(session: Session, query: str) -> list[tuple[object, ...]]:
    return [tuple(row) for row in session.connection().execute(text(query))]


_WAITING = "SELECT email_key FROM waiting WHERE ended_at IS NULL ORDER BY id"
_FOUND = {
    "seats": "SELECT number, state FROM seat",
    "holders": """
        SELECT u.email_key, s.number, e.awaits_claim FROM enrollment e
        JOIN user_account u ON u.id = e.user_id JOIN seat s ON s.id = e.seat_id
        WHERE e.ended_at IS NULL
    """,
    "modules": "SELECT m.slug FROM group_module g JOIN module m ON m.id = g.module_id",
    "joins": "SELECT COUNT(*) FROM enrollment",
    "accounts": """
        SELECT first_name, password_hash, role FROM user_account
        WHERE email_key IN ('bob@northlab.org', 'charlie@northlab.org', 'olive@northlab.org')
    """,
}
