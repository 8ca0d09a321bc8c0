"""A connection that is back finds its page as it was; a page that is opened starts anew."""

from typing import Any, NamedTuple

import pytest

from grouplic.ui.sockets import Connections
from tests.attack.stage import HYDRATE, STATE, Tabs, app, new_tab
from tests.attack.tenants import Tenants
from tests.coroutines import run

_TURNED = f"{STATE}.reflex___state____on_load_internal_state.on_load_internal"
OPENED = (HYDRATE, {"hashes": ["what the page was built with"]})
CONNECTED_AGAIN = (HYDRATE, {})
TURNED_TO = (_TURNED, {})


class Place(NamedTuple):
    """A page, what is done there, and a variable of its state that holds where that led."""

    page: str
    does: str
    given: dict[str, Any]
    holds: str


_GROUP = "/my-teaching/group"
PLACES = (
    Place("/buy", "buy____buy_state.set_number", {"seats": "37"}, "seats"),
    Place("/redeem", "redeem____redeem_state.type_key", {"typed": "QWE"}, "typed"),
    Place(
        f"{_GROUP}/upload", "upload_state____upload_state.show_those", {"which": "look"}, "shown"
    ),
    Place(f"{_GROUP}/keys", "key_ledger____keys_state.choose_page", {}, "chosen"),
    Place(f"{_GROUP}/leaders", "leaders____leaders_state.ask", {"leader": "her"}, "removing"),
    Place(f"{_GROUP}/join-link", "join_link____join_link_state.ask_renew", {}, "asks"),
    Place(
        f"{_GROUP}/reminders", "reminders____reminders_state.choose_whom", {"need": "stuck"}, "need"
    ),
)


async def held_by(tabs: Tabs, tenants: Tenants, place: Place, *steps: Any) -> list[Any]:
    """Return what the page held when it was opened, and after the deed and each of the steps."""
    page, tab = place.page.replace("group", tenants.group_id), new_tab()
    state = place.does.rpartition(".")[0].rpartition("____")[2]
    held: list[Any] = []
    deed = (f"{STATE}.grouplic___ui___pages___{place.does}", place.given)
    for name, payload in (OPENED, *[one for step in steps for one in (deed, step)]):
        cookie, group = tenants.cookie("alice"), tenants.group_id
        heard = await tabs.knock(tab, name, payload, cookie, page, group=group)
        assert heard.bugs == []
        before = held[-1] if held else None
        held.append(heard.vars.get(state, {}).get(place.holds, before))
    return held


@pytest.mark.usefixtures("site")
def test_a_lost_connection_loses_nobody_their_place(tenants: Tenants) -> None:
    async def work() -> None:
        async with Tabs().running() as tabs:
            for place in PLACES:
                first, after, back = await held_by(tabs, tenants, place, CONNECTED_AGAIN)
                assert first != after, place
                assert back == after, place

    run(work())


@pytest.mark.usefixtures("site")
def test_a_page_that_is_opened_again_starts_anew(tenants: Tenants) -> None:
    async def work() -> None:
        async with Tabs().running() as tabs:
            for place in PLACES:
                first, *held = await held_by(tabs, tenants, place, TURNED_TO, OPENED)
                assert held[1::2] == [first, first], place
                assert first not in held[::2], place

    run(work())


@pytest.mark.usefixtures("site")
def test_fields_of_a_quiz_that_are_being_typed_in_are_not_drawn_anew(tenants: Tenants) -> None:
    async def work() -> list[Any]:
        tab, cookie = new_tab(), tenants.cookie("learner")
        drawn: list[Any] = []
        async with Tabs().running() as tabs:
            for name, payload in (OPENED, CONNECTED_AGAIN, TURNED_TO):
                heard = await tabs.knock(
                    tab, name, payload, cookie, "/learn/writing/quiz", module="writing"
                )
                assert heard.bugs == []
                drawn.append(heard.vars["quiz_state"].get("shown", drawn[-1] if drawn else 0))
        return drawn

    opened, back, turned_to = run(work())
    assert opened == back
    assert turned_to != back


class Connected(Connections):
    """Connections of whose pages nothing is read."""

    async def on_event(self, sid: str, data: Any) -> None:
        """Leave the page's first event alone."""


@pytest.mark.parametrize("opened", [True, False], ids=["a copy of the tab", "the same page"])
def test_a_page_whose_connection_has_vanished_finds_its_tab(opened: bool) -> None:
    assert isinstance(app.event_namespace, Connections)
    tab = new_tab()
    environ = {"QUERY_STRING": f"token={tab}", "asgi.scope": {}}
    first = {"event": {"name": HYDRATE, "payload": OPENED[1]}}
    then = {"event": {"name": HYDRATE, "payload": OPENED[1] if opened else {}}}

    async def work() -> tuple[str, str | None]:
        connections = Connected("/_event", app)
        connections._set_server(app.sio)
        await connections.on_connect("lost", environ, first)
        await connections.on_connect("back", environ, then)
        return connections.token_to_sid[tab], connections.sid_to_token.get("back")

    holder, token_of_back = run(work())
    assert (holder == "back") is not opened
    assert (token_of_back == tab) is not opened
