"""A tab whose session has ended: whatever it sends, nothing of the person comes back."""

from collections.abc import Callable

import pytest

from grouplic.services import sessions
from grouplic.services.outside import Outside
from grouplic.ui.doors import FRAMEWORK
from grouplic.ui.open_doors import OPEN_DOORS
from tests.attack.listening import usual_payload
from tests.attack.stage import STATE, Tabs, browser, new_tab
from tests.attack.tenants import MARK, Tenants
from tests.conftest import NOW
from tests.coroutines import run

_PAGES = f"{STATE}.grouplic___ui___"
_DASHBOARD = [
    f"{_PAGES}who____who_state.load",
    f"{_PAGES}pages___teaching____group_state.load",
    f"{_PAGES}pages___key_ledger____keys_state.load",
    f"{_PAGES}pages___people____people_state.load",
]


def sign_out(site: Outside, tenants: Tenants) -> None:
    browser(site, tenants.cookie("alice")).post("/auth/sign-out")


def end_all(site: Outside, tenants: Tenants) -> None:
    with site.database.writing() as session:
        sessions.end_sessions(session, tenants.people["alice"].actor.user_id, NOW)


def of_alice(tenants: Tenants, text: str) -> list[str]:
    """Return what of her group or of herself stands in ``text``."""
    own = [secret for secret in ("alice", "marsh") if secret in text.lower()]
    return tenants.found_in(text) + own


def filling(name: str) -> list[str]:
    """Return what fills a tab with that which the event might show."""
    own = f"{name.rpartition('.')[0]}.load"
    return [own] if own in OPEN_DOORS else _DASHBOARD


@pytest.mark.parametrize("end", [sign_out, end_all])
def test_no_event_of_a_tab_whose_session_has_ended_is_answered_with_anything_of_hers(
    site: Outside, tenants: Tenants, end: Callable[[Outside, Tenants], None]
) -> None:
    path, group = f"/my-teaching/{tenants.group_id}", tenants.group_id
    cookie = tenants.cookie("alice")
    opened = {name: new_tab() for name in [*FRAMEWORK, *OPEN_DOORS]}

    async def work() -> tuple[str, dict[str, str]]:
        async with Tabs().running() as tabs:

            async def knock(tab: str, name: str) -> str:
                payload = usual_payload(name)
                heard = await tabs.knock(tab, name, payload, cookie, path, group=group)
                return heard.text

            loads = [(tab, load) for name, tab in opened.items() for load in filling(name)]
            before = [await knock(tab, load) for tab, load in loads]
            end(site, tenants)
            return "".join(before), {name: await knock(tab, name) for name, tab in opened.items()}

    before, after = run(work())
    assert MARK in before
    assert "Alice Marsh" in before
    leaks = {name: of_alice(tenants, text) for name, text in after.items()}
    assert {name: found for name, found in leaks.items() if found} == {}
