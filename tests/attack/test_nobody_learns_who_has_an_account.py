"""Answers that are alike whoever has an account; the work behind them is counted, not timed."""

import asyncio
import time
from dataclasses import dataclass, replace
from typing import Any

import pytest

from grouplic import wiring
from grouplic.services.even_answers import EvenAnswers
from grouplic.services.flash import read_flash
from grouplic.services.outside import Outside
from grouplic.services.ports import Hasher
from tests.attack.stage import browser
from tests.attack.tenants import Tenants

PASSWORD = "tulip anchor meadow 42"
KNOWN, UNKNOWN = "frank@people.org", "nobody@people.org"


@dataclass
class Counting:
    """Counts what takes a hundred times as long as everything else together."""

    inner: Hasher
    hashes: int = 0

    def hash(self, password: str) -> str:
        self.hashes += 1
        return self.inner.hash(password)

    def matches(self, password: str, kept: str | None) -> bool:
        self.hashes += 1
        return self.inner.matches(password, kept)

    def is_outdated(self, kept: str) -> bool:
        return self.inner.is_outdated(kept)


@pytest.fixture
def counted(site: Outside) -> tuple[Outside, Counting]:
    """The site with an account, and a count of the password hashes."""
    form = {"email": KNOWN, "first_name": "Frank", "last_name": "Marsh", "password": PASSWORD}
    browser(site).post("/auth/sign-up", data=form)
    counting = Counting(site.hasher)
    return replace(site, hasher=counting), counting


def answer(outside: Outside, form: str, email: str) -> tuple[Any, ...]:
    """Return all that the visitor can tell apart, without the address they typed themselves."""
    visitor = browser(outside)
    said = visitor.post(f"/auth/{form}", data={"email": email, "password": "wrong horse battery"})
    headers = {name: value for name, value in said.headers.items() if name != "set-cookie"}
    return said.status_code, said.text, headers, sorted(visitor.cookies.keys())


@pytest.mark.parametrize("form", ["sign-in", "forgot-password"])
def test_a_form_answers_alike_and_works_alike(counted: tuple[Outside, Counting], form: str) -> None:
    outside, counting = counted
    assert answer(outside, form, KNOWN) == answer(outside, form, UNKNOWN)
    both = counting.hashes
    answer(outside, form, KNOWN)
    assert counting.hashes - both == both / 2


@dataclass
class Time:
    """A clock that hashes and waits put forward: a hash takes longer where there is an account."""

    inner: Hasher
    now: float = 100.0

    def hash(self, password: str) -> str:
        self.now += 1
        return self.inner.hash(password)

    def matches(self, password: str, kept: str | None) -> bool:
        self.now += 1 if kept else 0.25
        return self.inner.matches(password, kept)

    def is_outdated(self, kept: str) -> bool:
        return self.inner.is_outdated(kept)

    async def sleep(self, seconds: float) -> None:
        self.now += seconds


def time_of(outside: Outside, form: str, email: str, password: str) -> float:
    """Return how long the visitor waits for the answer."""
    clock = Time(outside.hasher)
    even = EvenAnswers(4, lambda: clock.now, clock.sleep)
    visitor = browser(replace(outside, hasher=clock, even_answers=even))
    said = visitor.post(f"/auth/{form}", data={"email": email, "password": password})
    assert said.status_code == 303
    return clock.now - 100


def test_what_is_refused_takes_the_same_time_whoever_has_an_account(
    counted: tuple[Outside, Counting],
) -> None:
    outside, _ = counted
    for form in ("sign-in", "forgot-password"):
        for email in (KNOWN, UNKNOWN):
            assert time_of(outside, form, email, "wrong horse battery") == 4
    # Who is let in need not wait, nor whoever asks for what tells nothing.
    assert time_of(outside, "sign-in", KNOWN, PASSWORD) == 1
    assert time_of(outside, "sign-out", "", "") == 0


def test_the_site_itself_gives_even_answers() -> None:
    assert wiring.outside().even_answers == EvenAnswers(0.4, time.monotonic, asyncio.sleep)


def test_a_hash_is_computed_for_an_account_that_is_not_there(site: Outside) -> None:
    assert not site.hasher.matches(PASSWORD, None)


def test_the_message_of_a_refused_sign_in_is_the_same(counted: tuple[Outside, Counting]) -> None:
    outside, _ = counted
    said = []
    for email in (KNOWN, UNKNOWN):
        visitor = browser(outside)
        visitor.post("/auth/sign-in", data={"email": email, "password": "wrong"})
        flash = read_flash(visitor.cookies["grouplic_flash"], "sign-in", outside.secret_key)
        assert flash
        said.append((flash.message, flash.field))
    assert said[0] == said[1]


def test_a_dead_key_and_a_wrong_one_cost_no_hash(
    counted: tuple[Outside, Counting], tenants: Tenants
) -> None:
    outside, counting = counted
    form = {"email": UNKNOWN, "first_name": "A", "last_name": "B", "password": PASSWORD}
    for key in ("2222222222222222", "nonsense"):
        browser(outside).post("/auth/redeem", data={**form, "key": key})
    assert counting.hashes == 0
