"""Every door knocked at over the wire, as nobody and as an outsider."""

import asyncio
import re
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from uuid import uuid4

import pytest
import socketio
from playwright.sync_api import Page

from grouplic.demo import PASSWORD
from grouplic.ui.open_doors import OPEN_DOORS
from tests.coroutines import run
from tests.payloads import payload_of

pytestmark = pytest.mark.e2e

_STATE = "reflex___state____state"
_SECRETS = ("Ann Lee", "Northlab autumn intake")
_ERROR_PAGE = f"{_STATE}.grouplic___ui___pages___errors____error_state.load"


class NoRedirect(urllib.request.HTTPRedirectHandler):
    """Keeps the answer to a form, with its cookie, instead of following it."""

    def redirect_request(self, *_: object) -> None:
        return None


def sign_up(site: str) -> str:
    """Make an outsider's account and return its cookie header."""
    form = urllib.parse.urlencode(
        {
            "email": f"{uuid4().hex}@outside.org",
            "first_name": "Charlie",
            "last_name": "Outside",
            "password": "tulip anchor meadow 42",
        }
    ).encode()
    try:
        urllib.request.build_opener(NoRedirect).open(f"{site}/auth/sign-up", form)
    except urllib.error.HTTPError as answer:
        return str(answer.headers["set-cookie"]).split(";")[0]
    raise AssertionError("Signing up did not answer with a redirect.")


async def knock(site: str, cookie: str, group: str) -> str:
    """Call every door with a plausible payload, and return everything that came back."""
    heard: list[str] = []
    last, answered = uuid4().hex[:16], asyncio.Event()

    def hear(message: object) -> None:
        heard.append(repr(message))
        if last in heard[-1]:
            answered.set()

    client = socketio.AsyncClient(reconnection=False)
    client.on("event", hear, namespace="/_event")
    token = uuid4()
    await client.connect(
        f"{site}/_event?token={token}",
        headers={"Origin": site, **({"Cookie": cookie} if cookie else {})},
        socketio_path="/_event",
        namespaces=["/_event"],
        transports=["websocket"],
        auth={"event": _event(f"{_STATE}.hydrate_and_load", group)},
    )
    for name in OPEN_DOORS:
        await client.emit("event", _event(name, group), namespace="/_event")
    # Events of one tab are answered in order: the answer to the last one ends the wait.
    await client.emit("event", _event(_ERROR_PAGE, group, last), namespace="/_event")
    await asyncio.wait_for(answered.wait(), timeout=60)
    await client.disconnect()
    return "\n".join(heard)


def _event(name: str, group: str, reference: str = "") -> dict[str, object]:
    path = f"/my-teaching/{group}"
    return {
        "name": name,
        "payload": payload_of(name) if name in OPEN_DOORS else {},
        "router_data": {
            "pathname": path,
            "asPath": f"{path}?reference={reference}",
            "query": {"group": group, "order": group},
        },
        "token": "",
    }


@pytest.fixture
def alice(person: Callable[..., Page]) -> Page:
    """The demo leader, signed in, on the list of her groups."""
    page = person()
    page.goto("/sign-in?next=/my-teaching")
    page.get_by_label("Email").fill("alice@northlab.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    return page


@pytest.fixture
def group(alice: Page) -> str:
    """The id of the demo leader's group, which only she can find."""
    link = alice.get_by_role("link", name=re.compile("Northlab autumn intake"))
    return str(link.get_attribute("href")).rsplit("/", 1)[-1]


@pytest.mark.parametrize("who", ["nobody", "an outsider"])
def test_no_door_shows_anything_of_somebody_elses_group(site: str, who: str, group: str) -> None:
    heard = run(knock(site, sign_up(site) if who == "an outsider" else "", group))

    assert not [secret for secret in _SECRETS if secret in heard]
    assert not re.search(r"'text_rx_state_'|([A-Z2-9]{4}-){3}[A-Z2-9]{4}", heard)


def test_the_same_knocking_by_the_leader_hears_it_all(site: str, alice: Page, group: str) -> None:
    (session,) = [cookie for cookie in alice.context.cookies() if cookie["name"] == "grouplic"]
    heard = run(knock(site, f"grouplic={session['value']}", group))

    assert all(secret in heard for secret in _SECRETS)
