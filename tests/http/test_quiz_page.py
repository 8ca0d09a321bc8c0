"""The page of a quiz: its fields show what was answered, whenever they were drawn."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from sqlmodel import Session, select

from grouplic.adapters.database import Database
from grouplic.domain.catalog import Module, Question
from grouplic.domain.groups import Group, Way
from grouplic.domain.people import User
from grouplic.services import joining, quizzes, sessions
from tests.attack.stage import STATE, Tabs, new_tab, wired
from tests.cast import Cast
from tests.coroutines import run
from tests.outside import outside_of

_PAGE = f"{STATE}.grouplic___ui___pages___quiz____quiz_state"
_TICKED = "given='True'"


@pytest.fixture
def cookie(database: Database, cast: Cast, now: datetime) -> str:
    """The session cookie of Bob, who has begun a quiz."""
    with database.writing() as session:
        group, bob = session.get_one(Group, cast.group_id), cast.bob.user_id
        joining.take_open_seat(session, group, bob, Way.DEMO, bob, now)
        quizzes.start_attempt(session, cast.bob, "writing", now)
        user = session.get_one(User, bob)
        return sessions.open_session(session, user, "a test", timedelta(days=1), now)


def the_question(session: Session) -> str:
    of_module = select(Question.id).join(Module, Module.id == Question.module_id)
    return str(session.exec(of_module.where(Module.slug == "writing")).one())


def came_back(database: Database, now: datetime, cookie: str, loads: int) -> Sequence[str]:
    """Answer in the fields that were drawn first, of ``loads``; return what came back each time."""

    async def work() -> list[str]:
        tab, frames = new_tab(), []

        async def knock(name: str, payload: dict[str, object]) -> str:
            path = "/learn/writing/quiz"
            heard = await tabs.knock(
                tab, f"{_PAGE}.{name}", payload, cookie, path, module="writing"
            )
            assert heard.bugs == []
            return heard.text

        async with Tabs().running() as tabs:
            frames += [await knock("load", {}) for _ in range(loads)]
            # What came first holds the page's own loading as well.
            *_, first = re.findall(r"'shown_rx_state_': '([0-9a-f]{8})'", frames[0])
            with database.reading() as session:
                answer = {"question": the_question(session), "truth": True, "shown": first}
            return [*frames, await knock("say", answer)]

    with wired(outside_of(database, now)):
        return run(work())


def test_an_answer_from_before_the_fields_were_drawn_anew_is_shown_in_them(
    database: Database, now: datetime, cookie: str
) -> None:
    # As a browser does after a lost connection: first the page anew, then what was done meanwhile.
    *_, drawn, answered = came_back(database, now, cookie, loads=2)
    assert _TICKED not in drawn
    assert _TICKED in answered
    assert "1 of 1 answered" in answered
    assert "'1 question'" in answered


def test_an_answer_redraws_no_field_that_somebody_is_at(
    database: Database, now: datetime, cookie: str
) -> None:
    *_, answered = came_back(database, now, cookie, loads=1)
    assert "1 of 1 answered" in answered
    assert "questions_rx_state_" not in answered
