"""Tabs that a change redraws: those of one session read it once, and no session has another's."""

from uuid import UUID

from grouplic.domain.groups import GroupLeader, LeaderRole
from grouplic.domain.people import WebSession
from grouplic.services import leaders
from grouplic.services.outside import Outside
from tests.attack.stage import STATE, Heard, Tabs, new_tab
from tests.attack.tenants import MARK, Tenants
from tests.conftest import NOW
from tests.coroutines import run
from tests.services.watching import Asked, asked

ON_LOAD = (
    "teaching____group_state.load",
    "license____license_state.load",
    "first_minutes____first_minutes_state.load",
    "progress____progress_state.load",
)
MANAGES, ONLY_SEES = "'manages_rx_state_': True", "'manages_rx_state_': False"


async def open_dashboard(tabs: Tabs, tenants: Tenants, who: str) -> str:
    """Open the dashboard of Alice's group in a new tab, and return the tab's name."""
    tab, cookie, group = new_tab(), tenants.cookie(who), tenants.group_id
    for load in ON_LOAD:
        name = f"{STATE}.grouplic___ui___pages___{load}"
        heard = await tabs.knock(tab, name, {}, cookie, f"/my-teaching/{group}", group=group)
        assert heard.bugs == []
    return tab


def let_dora_see(site: Outside, tenants: Tenants) -> UUID:
    """Let Dora see the reports of Alice's group, and do nothing there; return her leadership."""
    dora = GroupLeader(
        group_id=UUID(tenants.group_id),
        user_id=tenants.people["dora"].actor.user_id,
        role=LeaderRole.REPORTS,
        since=NOW,
    )
    with site.database.writing() as session:
        session.add(dora)
    return dora.id


def test_six_tabs_of_a_session_ask_the_database_no_more_than_one(
    site: Outside, tenants: Tenants
) -> None:
    async def work() -> list[Asked]:
        told = []
        async with Tabs().running() as tabs:
            opened = [await open_dashboard(tabs, tenants, "alice") for _ in range(6)]
            for number in (1, 6):
                with asked(site.database) as statements:
                    heard = await tabs.tell(*opened[:number])
                told.append(statements)
                assert all(MARK in one.text and MANAGES in one.text for one in heard.values())
        return told

    one, six = run(work())
    assert one
    assert len(six) == len(one)


def test_leaders_who_are_told_together_see_each_by_their_own_right(
    site: Outside, tenants: Tenants
) -> None:
    leadership = let_dora_see(site, tenants)
    alice = tenants.people["alice"].actor

    async def work() -> list[Heard]:
        async with Tabs().running() as tabs:
            hers = await open_dashboard(tabs, tenants, "alice")
            doras = await open_dashboard(tabs, tenants, "dora")
            before = await tabs.tell(hers, doras)
            with site.database.writing() as session:
                leaders.remove_leader(session, tenants.group_id, leadership, alice, NOW)
            after = await tabs.tell(hers, doras)
            return [before[hers], before[doras], after[hers], after[doras]]

    alice_before, dora_before, alice_after, dora_after = run(work())
    assert MANAGES in alice_before.text
    assert ONLY_SEES not in alice_before.text
    assert ONLY_SEES in dora_before.text
    assert MANAGES not in dora_before.text
    assert MARK in dora_before.text
    assert MARK in alice_after.text
    assert tenants.found_in(dora_after.text) == []


def test_a_tab_whose_session_has_ended_is_led_to_the_sign_in_page(
    site: Outside, tenants: Tenants
) -> None:
    async def work() -> Heard:
        async with Tabs().running() as tabs:
            tab = await open_dashboard(tabs, tenants, "alice")
            with site.database.writing() as session:
                alice = tenants.people["alice"].actor
                session.get_one(WebSession, alice.session_id).ended_at = NOW
            return (await tabs.tell(tab))[tab]

    heard = run(work())
    assert heard.redirects[0].startswith("/sign-in")
    assert tenants.found_in(heard.text) == []
