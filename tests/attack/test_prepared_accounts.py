"""An account made in a stranger's name: what its maker gets of what is given to the stranger."""

from collections.abc import Callable

import pytest
from sqlmodel import Session, select
from starlette.testclient import TestClient

from grouplic.domain.groups import Enrollment, GroupLeader
from grouplic.domain.people import LinkPurpose, OneTimeLink, User
from grouplic.domain.refusals import NotFound
from grouplic.services import accounts, inviting, joining, key_ledger, leaders, learning
from grouplic.services.actors import Actor, actor_of
from grouplic.services.groups import led_group
from grouplic.services.inviting import Invitee
from grouplic.services.links import token_hash
from grouplic.services.outside import Outside
from tests.attack.stage import browser
from tests.attack.tenants import Tenants
from tests.conftest import NOW

PASSWORD = "tulip anchor meadow 42"
VICTIM = "victim@northlab.org"


@pytest.fixture
def mallory(site: Outside, tenants: Tenants) -> TestClient:
    """Signed in to an account that they made with the address of somebody else."""
    client = browser(site)
    form = {"email": VICTIM, "first_name": "Vic", "last_name": "Tim", "password": PASSWORD}
    assert client.post("/auth/sign-up", data=form).status_code == 303
    return client


def actor(session: Session, client: TestClient) -> Actor:
    found = actor_of(session, token_hash(client.cookies["grouplic"]), NOW)
    assert found
    return found


def in_alices_name(tenants: Tenants) -> Actor:
    return tenants.people["alice"].actor


def ask_to_move(client: TestClient) -> None:
    client.post("/auth/change-email", data={"email": "mallory@evil.org", "current": PASSWORD})


def use_the_link(site: Outside, client: TestClient) -> str:
    """Use the link that was mailed to the new address, if one was; return the account's address."""
    with site.database.reading() as session:
        link = session.exec(
            select(OneTimeLink).where(OneTimeLink.purpose == LinkPurpose.CHANGE_EMAIL)
        ).first()
    if link:
        token = site.tokens.derive(link.purpose, link.id, link.generation)
        client.post("/auth/confirm-email", data={"token": token})
    with site.database.reading() as session:
        return session.get_one(User, actor(session, client).user_id).email


def invite_the_victim(session: Session, tenants: Tenants) -> None:
    people = [Invitee(VICTIM, "Vic", "Tim")]
    inviting.invite(session, tenants.group_id, people, in_alices_name(tenants), NOW)


def make_the_victim_a_leader(session: Session, tenants: Tenants) -> None:
    person, alice = Invitee(VICTIM, "Vic", "Tim"), in_alices_name(tenants)
    leaders.invite_leader(session, tenants.group_id, person, "everything", alice, NOW)


@pytest.mark.parametrize("early", [True, False])
@pytest.mark.parametrize("give", [invite_the_victim, make_the_victim_a_leader])
def test_moving_the_account_to_a_mailbox_of_ones_own_opens_nothing_of_the_victims(
    site: Outside,
    tenants: Tenants,
    mallory: TestClient,
    give: Callable[[Session, Tenants], None],
    early: bool,
) -> None:
    if early:  # the link is mailed before the group adds the victim, and used after
        ask_to_move(mallory)
    with site.database.writing() as session:
        give(session, tenants)
    if not early:
        ask_to_move(mallory)

    assert use_the_link(site, mallory) == VICTIM
    with site.database.reading() as session:
        me = actor(session, mallory)
        assert learning.my_modules(session, me, NOW) == []
        with pytest.raises(NotFound):
            led_group(session, me, tenants.group_id)
        given = [*session.exec(select(Enrollment).where(Enrollment.user_id == me.user_id))]
        given += session.exec(select(GroupLeader).where(GroupLeader.user_id == me.user_id))
        assert [one.awaits_claim for one in given] == [True]


def test_whoever_is_awaited_by_no_group_moves_to_another_address(
    site: Outside, mallory: TestClient
) -> None:
    ask_to_move(mallory)
    assert use_the_link(site, mallory) == "mallory@evil.org"


def test_a_key_opens_a_group_to_an_unproven_address_but_not_what_waits_for_its_owner(
    site: Outside, tenants: Tenants, mallory: TestClient
) -> None:
    with site.database.writing() as session:
        keys = key_ledger.hand_out(session, tenants.group_id, 2, in_alices_name(tenants), NOW)
        invite_the_victim(session, tenants)
        me = actor(session, mallory)
    form = {"email": "new@people.org", "first_name": "New", "last_name": "One"}
    stranger = browser(site)
    stranger.post("/auth/redeem", data={**form, "password": PASSWORD, "key": keys[0].text})

    with site.database.writing() as session:
        assert joining.redeem(session, keys[1].text, me, NOW).already_in
    with site.database.reading() as session:
        assert learning.my_modules(session, actor(session, stranger), NOW)
        assert learning.my_modules(session, me, NOW) == []


def test_the_owner_of_the_mailbox_gets_the_account_alone(
    site: Outside, tenants: Tenants, mallory: TestClient
) -> None:
    browser(site).post("/auth/forgot-password", data={"email": VICTIM})
    with site.database.reading() as session:
        link = session.exec(
            select(OneTimeLink).where(OneTimeLink.purpose == LinkPurpose.RESET_PASSWORD)
        ).one()
    token = site.tokens.derive(link.purpose, link.id, link.generation)
    owner = browser(site).post(
        "/auth/reset-password", data={"token": token, "password": "copper lantern forest 9"}
    )

    assert "grouplic" in owner.cookies
    assert mallory.get("/account/data.json").status_code == 401
    again = browser(site).post("/auth/sign-in", data={"email": VICTIM, "password": PASSWORD})
    assert "grouplic" not in again.cookies
    with site.database.reading() as session:
        assert accounts.find_user(session, VICTIM)
