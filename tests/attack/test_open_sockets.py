"""A real connection that is left open after its session has ended hears nothing more."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

import pytest
from sqlmodel import Session, select

from grouplic.domain.groups import EnrollmentKey, GroupLeader, LeaderRole
from grouplic.domain.people import User
from grouplic.services.actors import actor_of
from grouplic.services.links import token_hash
from tests.attack.listening import ListeningTab, Running
from tests.cast import a_group, key_of_open_seat
from tests.coroutines import run
from tests.running.visitor import PASSWORD, Visitor

pytestmark = pytest.mark.alone

SEATS = 5


def sign_out(leader: Visitor) -> None:
    leader.post("/auth/sign-out", {})


def sign_out_everywhere(leader: Visitor) -> None:
    leader.post("/auth/sign-out-everywhere", {})


def change_password(leader: Visitor) -> None:
    leader.post("/auth/change-password", {"current": PASSWORD, "password": "another meadow 17"})


def delete_account(leader: Visitor) -> None:
    leader.post("/auth/delete-account", {"current": PASSWORD})


def found_group(site: Running, *leaders: Visitor) -> UUID:
    """Give the leaders, who have just signed up, a group; return its id."""
    now = datetime.now(UTC)
    with site.database.writing() as session:
        first, *others = leaders
        actor = actor_of(session, token_hash(first.cookie.partition("=")[2]), now)
        assert actor
        group = a_group(session, actor, now, SEATS)
        for other in others:
            session.add(
                GroupLeader(
                    group_id=group.id,
                    user_id=user_of(session, other).id,
                    role=LeaderRole.EVERYTHING,
                    since=now,
                )
            )
    return group.id


def user_of(session: Session, visitor: Visitor) -> User:
    return session.exec(select(User).where(User.email_key == visitor.email)).one()


async def watching(site: Running, leader: Visitor, group: UUID) -> ListeningTab:
    """Open the dashboard, and wait until it shows the seats."""
    tab = ListeningTab(site.address, f"/my-teaching/{group}", leader.cookie, group=str(group))
    await tab.open()
    await tab.until(lambda page: page.get("group_state", {}).get("bought") == SEATS)
    return tab


async def seen_by(site: Running, tab: ListeningTab, group: UUID, number: int) -> None:
    """Let somebody take the next seat, and wait until the tab shows it."""
    with site.database.reading() as session:
        key = key_of_open_seat(session, group, number)
    assert await asyncio.to_thread(Visitor(site.address).redeem, key)
    await tab.until(lambda page: page["group_state"]["taken"] == number)


def secrets_of(site: Running, leader: Visitor, group: UUID) -> list[str]:
    """Return what only the leader may see."""
    with site.database.reading() as session:
        keys = session.exec(select(EnrollmentKey.code).where(EnrollmentKey.group_id == group))
        written = ["-".join(key[at : at + 4] for at in range(0, 16, 4)) for key in keys]
    return [*written, leader.email, "Northlab autumn intake", "@visitors.org"]


@pytest.mark.parametrize("end", [sign_out, sign_out_everywhere, change_password, delete_account])
def test_an_open_socket_hears_nothing_once_its_session_has_ended(
    running: Running, end: Callable[[Visitor], None]
) -> None:
    alice, erin = Visitor(running.address), Visitor(running.address)
    alice.sign_up()
    erin.sign_up()
    group = found_group(running, alice, erin)
    secrets = secrets_of(running, alice, group)

    async def story() -> tuple[list[str], list[str]]:
        hers, erins = [await watching(running, one, group) for one in (alice, erin)]
        await seen_by(running, hers, group, 1)
        before, hers.heard = hers.heard, []
        await asyncio.to_thread(end, alice)

        # The first change leads her tab to the sign-in page; of the next it does not hear.
        await seen_by(running, erins, group, 2)
        await hers.until(lambda _: hers.redirects)
        await hers.answered()
        heard, hers.heard = hers.heard, []
        await seen_by(running, erins, group, 3)
        await hers.answered()
        assert len(hers.heard) == 1, "the answer that was waited for, and nothing else"

        await hers.knock_everywhere()
        after = heard + hers.heard
        await asyncio.gather(hers.close(), erins.close())
        return before, after

    before, after = run(story())
    assert all(one in "".join(before) for one in (alice.email, "Northlab autumn intake"))
    assert [secret for secret in secrets if secret in "".join(after)] == []
