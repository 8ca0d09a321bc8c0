"""What is said beside a button is about the last press of it, and of no other before."""

import pytest

from tests.attack.stage import HYDRATE, STATE, Heard, Tabs, new_tab
from tests.attack.tenants import Tenants
from tests.coroutines import run

REMINDERS = f"{STATE}.grouplic___ui___pages___reminders____reminders_state"


@pytest.mark.usefixtures("site")
def test_a_due_date_that_was_set_is_no_news_beside_one_that_was_not_cleared(
    tenants: Tenants,
) -> None:
    group, cookie = tenants.group_id, tenants.cookie("alice")
    path = f"/my-teaching/{group}/reminders"
    form = {"module": tenants.ids["Module"], "due_on": "2026-12-24"}

    async def work() -> list[Heard]:
        tab = new_tab()
        async with Tabs().running() as tabs:
            await tabs.knock(tab, HYDRATE, {"hashes": ["built with"]}, cookie, path, group=group)
            deeds = (("set_due", {"form": form}), ("clear_due", {"module": "no module"}))
            return [
                await tabs.knock(tab, f"{REMINDERS}.{name}", payload, cookie, path, group=group)
                for name, payload in deeds
            ]

    done, refused = (heard.vars["reminders_state"] for heard in run(work()))
    assert done["due_outcome"].startswith("The due date is set.")
    assert (refused["refused_by"], refused.get("due_outcome")) == ("clear_due", "")
