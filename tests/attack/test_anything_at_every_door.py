"""Anything at all at every event handler: refused in words or not heard, and never a bug."""

import re
from dataclasses import replace
from typing import Any, NoReturn

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from grouplic.services.outside import Outside
from grouplic.ui.doors import registered_handlers
from tests.attack.stage import HYDRATE, STATE, Heard, Tabs, new_tab, wired
from tests.attack.tenants import Tenants
from tests.coroutines import run
from tests.model.rules import broken_rules
from tests.payloads import payload_of

_PAIRS = "__reflex_form_data__"
_HUGE = "x" * 150_000
_DEEP: Any = "bottom"
for _ in range(60):
    _DEEP = [_DEEP]
_ODD = [
    None, True, False, -1, 0, 2**31, 2**63, 10**40, -(10**40), 1.5, 1e308, float("nan"),
    "", " ", "\0", "a\0b", "'", "%", "\\", "../../etc/passwd", "{{7*7}}", "${7*7}", "\ud800",
    "\u202e", "１２", "²", "٣", "1e5", "-0", "NaN", "inf", "0x10", _HUGE, [], {}, [[]], _DEEP,
    {"form": {}}, ["x"] * 500, {"a": {"b": {"c": []}}}, "00000000-0000-0000-0000-000000000000",
    "ffffffffffffffffffffffffffffffffffff", "9999-12-31", "0001-01-01", "2026-02-30",
]  # fmt: skip
odd_values = st.sampled_from(_ODD)
anything = odd_values | st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner),
    max_leaves=8,
)


def payloads(name: str, ids: list[str]) -> st.SearchStrategy[dict[str, Any]]:
    """Return strategies for what a stranger might send to this handler."""
    usual = payload_of(name)
    values = anything | st.sampled_from(ids)

    def one(value: Any) -> st.SearchStrategy[Any]:
        if isinstance(value, dict):
            filled = st.fixed_dictionaries({key: values | st.just(value[key]) for key in value})
            pairs = st.builds(lambda form: {_PAIRS: list(map(list, form.items()))}, filled)
            odd = st.builds(lambda inner: {_PAIRS: inner}, values)
            return filled | pairs | odd | values | st.just(value)
        return values | st.just(value)

    right = st.fixed_dictionaries({argument: one(value) for argument, value in usual.items()})
    return right | st.dictionaries(st.text(max_size=12), values, max_size=3)


def throw(site: Outside, tenants: Tenants, who: str, examples: int, seed: int) -> list[str]:
    """Throw ``examples`` payloads at every handler as somebody; return the bugs that were met."""
    ids = list(tenants.ids.values())
    doors = sorted(registered_handlers())
    met: list[str] = []

    async def work() -> None:
        async with Tabs().running() as tabs:
            tab = new_tab()
            cookie = tenants.cookie(who)
            path, group = f"/my-teaching/{tenants.group_id}", tenants.group_id
            await tabs.knock(tab, HYDRATE, {}, cookie, path, group=group)
            for name in doors:
                for payload in _drawn(payloads(name, ids), examples, seed):
                    heard = await tabs.knock(tab, name, payload, cookie, path, group=group)
                    met.extend(f"{name} {payload!r:.300}: {bug!r:.300}" for bug in heard.bugs)

    run(work())
    return met


def _drawn(strategy: st.SearchStrategy[Any], examples: int, seed: int) -> list[Any]:
    drawn: list[Any] = []

    @settings(
        max_examples=examples,
        database=None,
        derandomize=seed == 0,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
        deadline=None,
    )
    @given(strategy)
    def take(value: Any) -> None:
        drawn.append(value)

    take()
    return drawn


@pytest.mark.parametrize("who", ["charlie", "alice"])
def test_anything_at_any_door_meets_no_bug(site: Outside, tenants: Tenants, who: str) -> None:
    assert throw(site, tenants, who, 3, 0) == []
    with site.database.reading() as session:
        assert broken_rules(session) == []


@pytest.mark.prove
@pytest.mark.parametrize("seed", range(1, 4))
@pytest.mark.parametrize("who", ["", "charlie", "learner", "alice", "olive"])
def test_anything_at_all_for_hours_meets_no_bug(
    site: Outside, tenants: Tenants, who: str, seed: int
) -> None:
    assert throw(site, tenants, who, 100, seed) == []
    with site.database.reading() as session:
        assert broken_rules(session) == []


def test_a_bug_shows_a_number_and_no_stack(site: Outside) -> None:
    def broken() -> NoReturn:
        raise RuntimeError("something inside")

    async def meet() -> Heard:
        async with Tabs().running() as tabs:
            who = f"{STATE}.grouplic___ui___who____who_state.load"
            return await tabs.knock(new_tab(), who, {})

    with wired(replace(site, clock=broken)):
        heard = run(meet())

    assert [str(bug) for bug in heard.bugs] == ["something inside"]
    assert re.fullmatch(r"/error\?reference=[0-9a-f]{8}", heard.redirects[0])
    assert "something inside" not in heard.text
    assert "Traceback" not in heard.text
