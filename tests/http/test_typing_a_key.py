"""The page on which a key is typed: what it says stays until something else is typed."""

from datetime import datetime

import pytest

from grouplic.adapters.database import Database
from grouplic.services import key_ledger
from tests.attack.stage import STATE, Tabs, new_tab, wired
from tests.cast import Cast
from tests.coroutines import run
from tests.outside import outside_of

_PAGE = f"{STATE}.grouplic___ui___pages___redeem____redeem_state"
_TOO_SHORT = "this one has 12."


@pytest.fixture
def key(database: Database, cast: Cast, now: datetime) -> str:
    """A key that somebody was given."""
    with database.writing() as session:
        (handed,) = key_ledger.hand_out(session, cast.group_id, 1, cast.alice, now)
    return handed.text


def shown(database: Database, now: datetime, *events: tuple[str, dict[str, object]]) -> list[str]:
    """Send these events of the page one after another; return what came back to each."""

    async def work() -> list[str]:
        tab = new_tab()
        async with Tabs().running() as tabs:
            return [
                (await tabs.knock(tab, f"{_PAGE}.{name}", payload, path="/redeem")).text
                for name, payload in events
            ]

    with wired(outside_of(database, now)):
        return run(work())


def test_what_enter_is_answered_is_not_taken_back_by_the_typing_that_is_told_later(
    database: Database, now: datetime, key: str
) -> None:
    part = key[:14]
    enter = "look_up", {"form": {"key": part}}
    entered, told, on = shown(
        database,
        now,
        enter,
        ("type_key", {"typed": part}),
        ("type_key", {"typed": key[:15]}),
    )
    assert _TOO_SHORT in entered
    assert "'refusal_rx_state_': ''" not in told
    # Once more is typed, it is not too short anymore: it is not whole yet.
    assert "'refusal_rx_state_': ''" in on


def test_half_a_key_is_not_complained_about(database: Database, now: datetime, key: str) -> None:
    (told,) = shown(database, now, ("type_key", {"typed": key[:14]}))
    assert _TOO_SHORT not in told
