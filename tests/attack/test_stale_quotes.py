"""A quote that no longer holds says so when it is opened, not when it is to be paid."""

from datetime import timedelta
from uuid import UUID

from grouplic.domain.groups import Group
from grouplic.domain.orders import OrderKind
from grouplic.services import saved_quotes
from grouplic.services.outside import Outside
from grouplic.services.shop import Wish
from tests.attack.stage import HYDRATE, Heard, Tabs, new_tab
from tests.attack.tenants import Tenants
from tests.coroutines import run


def opened(tenants: Tenants, quote_id: str) -> dict[str, object]:
    async def work() -> Heard:
        payload = {"hashes": ["what the page was built with"]}
        async with Tabs().running() as tabs:
            cookie, path = tenants.cookie("alice"), f"/buy?quote={quote_id}"
            return await tabs.knock(new_tab(), HYDRATE, payload, cookie, path)

    heard = run(work())
    assert heard.bugs == []
    return heard.vars["buy_state"]


def test_a_quote_for_a_license_that_is_over_shows_no_price(site: Outside, tenants: Tenants) -> None:
    now = site.clock()
    wish = Wish(OrderKind.ADD_SEATS, group_id=tenants.group_id, seats=2)
    with site.database.writing() as session:
        alice = tenants.people["alice"].actor
        quote_id = str(saved_quotes.save_quote(session, wish, alice, now).id)
    assert opened(tenants, quote_id)["total"]

    with site.database.writing() as session:
        session.get_one(Group, UUID(tenants.group_id)).ends_at = now - timedelta(days=1)
    shown = opened(tenants, quote_id)
    assert not shown.get("total")
    assert "Renew the group first" in str(shown["hint"])
    assert shown["choose_anew"] == f"/buy?group={tenants.group_id}&add=seats"
