"""Secrets that people send and are sent pass through every flow, and stand in no log."""

import logging
import secrets
from collections.abc import Iterator
from io import StringIO

import pytest
from sqlmodel import select

from grouplic.domain.people import LinkPurpose, OneTimeLink
from grouplic.domain.uploads import Overflow, Upload
from grouplic.http.redaction import JsonFormatter, RedactingFormatter
from grouplic.services import background, drafts, key_ledger
from grouplic.services.outside import Outside
from grouplic.ui.open_doors import OPEN_DOORS
from tests.attack.stage import HYDRATE, STATE, Tabs, browser, new_tab
from tests.attack.tenants import Tenants
from tests.conftest import NOW
from tests.coroutines import run
from tests.payloads import payload_of
from tests.services.upload_site import pools

PASSWORD = f"tulip anchor {secrets.token_hex(8)}"
_FIX = f"{STATE}.grouplic___ui___pages___upload_state____upload_state.fix"
ERIC = {"email": "eric@people.org", "first_name": "Eric", "last_name": "Marsh"}


@pytest.fixture(params=[RedactingFormatter("%(message)s"), JsonFormatter()])
def log(request: pytest.FixtureRequest) -> Iterator[StringIO]:
    """Everything any logger says, debugging included, as the site writes it."""
    written = StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(request.param)
    root, level = logging.getLogger(), logging.getLogger().level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    logging.getLogger("grouplic.ui.doors").disabled = False
    yield written
    root.removeHandler(handler)
    root.setLevel(level)


def test_no_secret_of_any_flow_stands_in_the_log(
    site: Outside, tenants: Tenants, log: StringIO
) -> None:
    alice = tenants.people["alice"]
    with site.database.writing() as session:
        (key,) = key_ledger.hand_out(session, tenants.group_id, 1, alice.actor, NOW)
    known = {PASSWORD, key.text, key.text.replace("-", ""), alice.cookie, "a-signature-x9"}
    visitor = browser(site)
    visitor.post("/auth/redeem", data={**ERIC, "password": PASSWORD, "key": key.text})
    known.add(visitor.cookies["grouplic"])
    visitor.post("/auth/sign-in", data={"email": ERIC["email"], "password": PASSWORD})
    known.add(visitor.cookies["grouplic"])
    known |= reset(site)
    known |= upload(site, tenants)
    for wrong in (
        "sign-in",
        "sign-up",
        "redeem",
        "join",
        "welcome",
        "change-password",
        "verify-email",
    ):
        form = {**ERIC, "password": PASSWORD, "current": PASSWORD, "key": key.text}
        answer = visitor.post(f"/auth/{wrong}", data={**form, "token": "a-token-x9"})
        assert answer.status_code < 500
    known.add("a-token-x9")
    signed = {"Stripe-Signature": "t=1,v1=a-signature-x9"}
    assert browser(site).post("/webhooks/stripe", content=b"{}", headers=signed).status_code == 400
    knock_at_everything(tenants, key.text, alice.cookie)

    text = log.getvalue()
    assert "Refused an event" in text  # it is the site's own log that is read
    assert sorted(one for one in known if one in text) == []


def reset(site: Outside) -> set[str]:
    """Take the way by a forgotten password; return what must stay secret of it."""
    client = browser(site)
    client.post("/auth/forgot-password", data={"email": ERIC["email"]})
    with site.database.reading() as session:
        link = session.exec(
            select(OneTimeLink).where(OneTimeLink.purpose == LinkPurpose.RESET_PASSWORD)
        ).one()
    token = site.tokens.derive(link.purpose, link.id, link.generation)
    answer = client.post(
        f"/auth/reset-password?token={token}",
        data={"token": token, "password": f"{PASSWORD} again"},
        headers={"Referer": f"https://learn.example/reset-password?token={token}"},
    )
    assert "grouplic" in answer.cookies
    return {token, f"{PASSWORD} again", answer.cookies["grouplic"]}


def upload(site: Outside, tenants: Tenants) -> set[str]:
    """Import a file with passwords, one of them refused; return what must stay secret of it."""
    alice, supplied, weak = tenants.people["alice"], f"{PASSWORD} of a file", "password-x9-1234"
    lines = ("email,password", f"fay@people.org,{supplied}", f"gil@people.org,{weak}", f"x,{weak}")
    files = {"file": ("staff.csv", "\n".join(lines).encode(), "text/csv")}
    answer = browser(site, alice.cookie).post(f"/uploads/{tenants.group_id}", files=files)
    assert answer.status_code == 204
    with pools() as work:
        while background.work_once(site, work):  # the passwords are judged
            pass
        with site.database.writing() as session:
            newest = session.exec(select(Upload.id).where(Upload.file_name == "staff.csv")).one()
            drafts.confirm(session, newest, Overflow.STOP, False, alice.actor, NOW)
        while background.work_once(site, work):
            pass
    with browser(site) as visitor:
        visitor.post("/auth/sign-in", data={"email": "fay@people.org", "password": supplied})
        return {supplied, weak, visitor.cookies["grouplic"]}


def knock_at_everything(tenants: Tenants, key: str, cookie: str) -> None:
    """Knock at every door with a key in hand, as the page of the key and as nobody's handler."""

    async def work() -> None:
        async with Tabs().running() as tabs:
            tab, path = new_tab(), f"/redeem?key={key}"
            await tabs.knock(tab, HYDRATE, {}, cookie, path, group=tenants.group_id)
            for name in OPEN_DOORS:
                payload = payload_of(name)
                if "form" in payload:
                    payload = {"form": {**payload["form"], "password": PASSWORD, "key": key}}
                await tabs.knock(tab, name, payload, cookie, path, group=tenants.group_id)
            typed = {"row_id": "1", "name": "user_pass", "typed": PASSWORD}
            await tabs.knock(tab, _FIX, typed, cookie, path, group=tenants.group_id)
            await tabs.knock(tab, f"{STATE}.setvar", {"var_name": "password", "value": PASSWORD})
            await tabs.knock(
                tab, list(OPEN_DOORS)[1], {"password": PASSWORD, "key": key}, cookie, path
            )

    run(work())
