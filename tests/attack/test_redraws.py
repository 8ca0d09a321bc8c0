"""Tabs that a change redraws: those of one session read it once, and no session has another's."""

import asyncio
from collections.abc import Callable
from datetime import UTC, timedelta
from uuid import UUID, uuid4

import pytest
from babel import Locale
from sqlmodel import select

from grouplic.domain.groups import Enrollment, GroupLeader, LeaderRole
from grouplic.domain.people import WebSession
from grouplic.domain.progress import EnrollmentSummary
from grouplic.services import leaders, learning
from grouplic.services.group_settings import rename_group
from grouplic.services.outside import Outside
from grouplic.services.wording import show_date
from tests.attack.stage import HYDRATE, STATE, Heard, Tabs, new_tab
from tests.attack.tenants import MARK, Tenants
from tests.conftest import NOW
from tests.coroutines import run
from tests.services.watching import Asked, asked

MANAGES, ONLY_SEES = "'manages_rx_state_': True", "'manages_rx_state_': False"


async def open_dashboard(tabs: Tabs, tenants: Tenants, who: str, language: str = "") -> str:
    """Open the dashboard of Alice's group in a new tab, and return the tab's name."""
    tab, cookie, group = new_tab(), tenants.cookie(who), tenants.group_id
    path = f"/my-teaching/{group}"
    heard = await tabs.knock(tab, HYDRATE, {}, cookie, path, language, group=group)
    assert heard.bugs == []
    return tab


def let_dora_see(site: Outside, tenants: Tenants, role: LeaderRole = LeaderRole.REPORTS) -> UUID:
    """Let Dora see the reports of Alice's group, or more; return her leadership."""
    dora = GroupLeader(
        group_id=UUID(tenants.group_id),
        user_id=tenants.people["dora"].actor.user_id,
        role=role,
        since=NOW,
    )
    with site.database.writing() as session:
        session.add(dora)
    return dora.id


def take_away(site: Outside, tenants: Tenants, leadership: UUID) -> None:
    """Remove Dora from the leaders of Alice's group."""
    alice = tenants.people["alice"].actor
    with site.database.writing() as session:
        leaders.remove_leader(session, tenants.group_id, leadership, alice, NOW)


def narrow(site: Outside, tenants: Tenants, leadership: UUID) -> None:
    """Let Dora see the reports of Alice's group, and do nothing there any longer."""
    alice, role = tenants.people["alice"].actor, LeaderRole.REPORTS
    with site.database.writing() as session:
        leaders.change_role(session, tenants.group_id, leadership, role, alice, NOW)


def rename(site: Outside, tenants: Tenants, name: str) -> str:
    """Give Alice's group another name, marked as hers, and return it."""
    alice = tenants.people["alice"].actor
    with site.database.writing() as session:
        return rename_group(session, tenants.group_id, f"{name} {MARK}", alice, NOW)


def let_the_learner_rest(site: Outside, tenants: Tenants) -> None:
    """Let the learner of Alice's group have done nothing for so long that a date says so."""
    learner = tenants.people["learner"].actor.user_id
    with site.database.writing() as session:
        (enrollment,) = session.exec(select(Enrollment).where(Enrollment.user_id == learner))
        summary = session.get_one(EnrollmentSummary, enrollment.id)
        summary.last_activity_at = NOW - timedelta(days=90)


def test_six_tabs_of_a_session_ask_the_database_no_more_than_one(
    site: Outside, tenants: Tenants
) -> None:
    async def work() -> list[Asked]:
        told = []
        async with Tabs().running() as tabs:
            opened = [await open_dashboard(tabs, tenants, "alice") for _ in range(6)]
            for number in (1, 6):
                name = rename(site, tenants, f"For {number}")
                with asked(site.database) as statements:
                    heard = await tabs.tell(*opened[:number])
                told.append(statements)
                assert all(name in one.text for one in heard.values())
        return told

    one, six = run(work())
    assert one
    assert len(six) == len(one)


async def open_page(tabs: Tabs, tenants: Tenants, who: str, page: str, **also: str) -> str:
    """Open another page of Alice's group in a new tab, and return the tab's name."""
    tab, cookie, group = new_tab(), tenants.cookie(who), tenants.group_id
    path = f"/my-teaching/{group}/{page}"
    heard = await tabs.knock(tab, HYDRATE, {}, cookie, path, group=group, **also)
    assert heard.bugs == []
    return tab


def finish_writing(site: Outside, tenants: Tenants) -> None:
    """Let the learner of Alice's group finish what is left of the module Writing."""
    learner = tenants.people["learner"].actor
    with site.database.writing() as session:
        for lesson in ("lesson-1", "lesson-2"):
            learning.open_lesson(session, learner, "writing", lesson, NOW)
            learning.complete_lesson(session, learner, "writing", lesson, NOW)


def begin_privacy(site: Outside, tenants: Tenants) -> None:
    """Let the learner of Alice's group open the first lesson of the module Privacy."""
    learner = tenants.people["learner"].actor
    with site.database.writing() as session:
        learning.open_lesson(session, learner, "privacy", "lesson-1", NOW)


def seat_of_the_learner(site: Outside, tenants: Tenants) -> str:
    """Return the enrollment of the learner of Alice's group."""
    learner = tenants.people["learner"].actor.user_id
    with site.database.reading() as session:
        (enrollment,) = session.exec(select(Enrollment.id).where(Enrollment.user_id == learner))
    return str(enrollment)


def test_a_learners_page_shows_a_lesson_that_is_finished_meanwhile(
    site: Outside, tenants: Tenants
) -> None:
    seat = seat_of_the_learner(site, tenants)

    async def work() -> tuple[Heard, Heard]:
        async with Tabs().running() as tabs:
            tab = await open_page(tabs, tenants, "alice", f"learners/{seat}", learner=seat)
            opened = tabs.heard[tab]
            finish_writing(site, tenants)
            return opened, (await tabs.tell(tab))[tab]

    opened, told = run(work())
    assert "2 of 2 lessons" not in opened.text
    assert "2 of 2 lessons" in told.text
    assert told.vars["learner_state"].keys() == {"modules"}  # the rest stood there before


def test_the_insights_follow_what_is_learned_and_are_read_once_for_all_tabs_of_a_session(
    site: Outside, tenants: Tenants
) -> None:
    async def work() -> tuple[Heard, list[Heard], list[Asked]]:
        told = []
        async with Tabs().running() as tabs:
            opened = [await open_page(tabs, tenants, "alice", "insights") for _ in range(3)]
            first = tabs.heard[opened[0]]
            for number in (1, 3):
                rename(site, tenants, f"For {number}")
                with asked(site.database) as statements:
                    heard = await tabs.tell(*opened[:number])
                told.append(statements)
            begin_privacy(site, tenants)
            heard = await tabs.tell(*opened)
            return first, list(heard.values()), told

    first, heard, (one, three) = run(work())
    assert "title='Privacy', begun=0" in first.text
    assert one
    assert len(three) == len(one)
    for each in heard:
        modules = each.vars["insights_state"]["modules"]
        assert [(module.title, module.begun) for module in modules][1] == ("Privacy", 1)


@pytest.mark.parametrize("page", ["insights", "learner"])
def test_a_leader_who_may_not_look_anymore_keeps_nothing_on_these_pages(
    site: Outside, tenants: Tenants, page: str
) -> None:
    leadership, seat = let_dora_see(site, tenants), seat_of_the_learner(site, tenants)
    path = "insights" if page == "insights" else f"learners/{seat}"

    async def work() -> tuple[Heard, Heard]:
        async with Tabs().running() as tabs:
            tab = await open_page(tabs, tenants, "dora", path, learner=seat)
            opened = tabs.heard[tab]
            take_away(site, tenants, leadership)
            finish_writing(site, tenants)
            return opened, (await tabs.tell(tab))[tab]

    opened, told = run(work())
    shown = told.vars[f"{page}_state"]
    assert MARK in opened.text
    assert shown["refusal"]
    assert (shown["loaded"], shown["group_name"], shown["modules"]) == (False, "", [])
    assert tenants.found_in(told.text) == []


@pytest.mark.parametrize(
    ("page", "end"), [("", take_away), ("people", take_away), ("people", narrow)]
)
def test_a_leader_who_may_not_look_anymore_is_told_so_once(
    site: Outside, tenants: Tenants, page: str, end: Callable[[Outside, Tenants, UUID], None]
) -> None:
    leadership = let_dora_see(site, tenants, LeaderRole.PEOPLE)

    async def work() -> list[Heard]:
        async with Tabs().running() as tabs:
            tab = await open_page(tabs, tenants, "dora", page)
            end(site, tenants, leadership)
            told = []
            for name in ("At the end", "Later", "Later still"):
                rename(site, tenants, name)
                told.append((await tabs.tell(tab))[tab])
            return told

    at_the_end, *later = run(work())
    assert "does not" in at_the_end.text
    assert [heard.frames for heard in later] == [[], []]


def test_a_leader_who_asked_for_somebody_who_is_gone_goes_on_watching(
    site: Outside, tenants: Tenants
) -> None:
    put_back = f"{STATE}.grouplic___ui___pages___people____people_state.put_back"
    path, group, nobody = f"/my-teaching/{tenants.group_id}/people", tenants.group_id, uuid4()

    async def work() -> tuple[Heard, Heard]:
        async with Tabs().running() as tabs:
            tab = await open_page(tabs, tenants, "alice", "people")
            asked_for = {"enrollment": str(nobody)}
            cookie = tenants.cookie("alice")
            refused = await tabs.knock(tab, put_back, asked_for, cookie, path, group=group)
            rename(site, tenants, "Later")
            return refused, (await tabs.tell(tab))[tab]

    refused, later = run(work())
    assert "This learner does not exist" in refused.text
    assert f"Later {MARK}" in later.text


def test_the_page_that_was_opened_last_is_followed_whenever_a_change_comes(
    site: Outside, tenants: Tenants
) -> None:
    path, group = f"/my-teaching/{tenants.group_id}/people", tenants.group_id

    async def work() -> list[int]:
        lost = []
        async with Tabs().running() as tabs:
            for moment in range(0, 400, 10):
                tab, cookie = await open_dashboard(tabs, tenants, "alice"), tenants.cookie("alice")
                knock = tabs.knock(tab, HYDRATE, {}, cookie, path, group=group)
                opening = asyncio.create_task(knock)
                for _ in range(moment):  # steps of the loop, until somewhere within the opening
                    await asyncio.sleep(0)
                await tabs.tell(tab)
                await opening
                name = rename(site, tenants, f"At moment {moment}")
                heard = (await tabs.tell(tab))[tab]
                if name not in str(heard.vars.get("people_state")):
                    lost.append(moment)
        return lost

    assert run(work()) == []


def test_a_page_that_was_left_before_it_was_drawn_again_takes_no_other_pages_place(
    site: Outside, tenants: Tenants
) -> None:
    path, group = f"/my-teaching/{tenants.group_id}/people", tenants.group_id

    async def work() -> list[Heard]:
        async with Tabs().running() as tabs:
            tab = await open_page(tabs, tenants, "alice", "insights")
            begin_privacy(site, tenants)
            telling = asyncio.create_task(tabs.tell(tab))
            await asyncio.sleep(0)  # told, and gathering what else may change
            cookie = tenants.cookie("alice")
            people = await tabs.knock(tab, HYDRATE, {}, cookie, path, group=group)
            await telling
            rename(site, tenants, "Later")
            return [people, (await tabs.tell(tab))[tab]]

    people, later = run(work())
    assert people.vars["people_state"]["loaded"]
    assert f"Later {MARK}" in str(later.vars.get("people_state"))
    assert "insights_state" not in later.vars


def test_a_stranger_at_the_insights_is_told_of_nothing(site: Outside, tenants: Tenants) -> None:
    async def work() -> tuple[Heard, dict[str, Heard], str]:
        async with Tabs().running() as tabs:
            charlies = await open_page(tabs, tenants, "charlie", "insights")
            opened = tabs.heard[charlies]
            alices = await open_page(tabs, tenants, "alice", "insights")
            begin_privacy(site, tenants)
            told = await tabs.tell(charlies, alices)
            assert told[alices].frames
            return opened, told, charlies

    opened, told, charlies = run(work())
    assert tenants.found_in(opened.text) == []
    assert told[charlies].frames == []


def test_leaders_who_are_told_together_see_each_by_their_own_right(
    site: Outside, tenants: Tenants
) -> None:
    leadership = let_dora_see(site, tenants)

    async def work() -> list[Heard]:
        async with Tabs().running() as tabs:
            hers = await open_dashboard(tabs, tenants, "alice")
            doras = await open_dashboard(tabs, tenants, "dora")
            opened = tabs.heard
            rename(site, tenants, "Before")
            before = await tabs.tell(hers, doras)
            take_away(site, tenants, leadership)
            rename(site, tenants, "After")
            after = await tabs.tell(hers, doras)
            return [one[tab] for one in (opened, before, after) for tab in (hers, doras)]

    alice_opened, dora_opened, alice_before, dora_before, alice_after, dora_after = run(work())
    assert MANAGES in alice_opened.text
    assert MANAGES not in dora_opened.text
    # Only what changes is sent: neither is shown the other's right.
    assert ONLY_SEES not in alice_before.text
    assert MANAGES not in dora_before.text
    assert f"Before {MARK}" in alice_before.text
    assert f"Before {MARK}" in dora_before.text
    assert f"After {MARK}" in alice_after.text
    assert tenants.found_in(dora_after.text) == []


def test_tabs_of_a_session_in_two_languages_are_each_told_in_their_own(
    site: Outside, tenants: Tenants
) -> None:
    async def work() -> tuple[Heard, Heard]:
        async with Tabs().running() as tabs:
            english = await open_dashboard(tabs, tenants, "alice", "en-US")
            german = await open_dashboard(tabs, tenants, "alice", "de-DE")
            let_the_learner_rest(site, tenants)
            told = await tabs.tell(english, german)
            return told[english], told[german]

    moment = NOW - timedelta(days=90)
    english, german = run(work())
    for heard, tag in ((english, "en_US"), (german, "de_DE")):
        assert show_date(moment, Locale.parse(tag), UTC) in heard.text


def test_a_redraw_sends_nothing_that_the_tab_shows_already(site: Outside, tenants: Tenants) -> None:
    async def work() -> tuple[Heard, Heard]:
        async with Tabs().running() as tabs:
            tab = await open_dashboard(tabs, tenants, "alice")
            first = tabs.heard[tab]
            rename(site, tenants, "Another name")
            return first, (await tabs.tell(tab))[tab]

    opened, redrawn = run(work())
    assert "rows_rx_state_" in opened.text
    assert "name_rx_state_" in redrawn.text
    assert "rows_rx_state_" not in redrawn.text


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


def test_what_somebody_was_refused_stays_while_the_page_redraws_itself(
    site: Outside, tenants: Tenants
) -> None:
    link, group = f"{STATE}.grouplic___ui___pages___join_link____join_link_state.", tenants.group_id

    async def work() -> list[str | None]:
        tab, cookie, path = new_tab(), tenants.cookie("alice"), f"/my-teaching/{group}/join-link"
        async with Tabs().running() as tabs:

            async def knock(name: str, **payload: object) -> Heard:
                return await tabs.knock(tab, link + name, payload, cookie, path, group=group)

            await knock("load")
            refused = await knock("save", form={"cap": "many"})
            redrawn = (await tabs.tell(tab))[tab]
            again = await knock("save", form={"cap": "2"})
            every = [one.vars.get("join_link_state", {}) for one in (refused, redrawn, again)]
            return [one.get("refusal") for one in every]

    refused, redrawn, again = run(work())
    assert refused
    assert redrawn in (None, refused)
    assert again == ""
