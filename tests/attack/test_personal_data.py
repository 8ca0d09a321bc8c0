"""Marks of one person, left wherever a person leaves or is given some: exported, then erased.

Every column of every table is read, the queue of mails among them.
"""

import json

from sqlmodel import Session, select

from grouplic.domain.catalog import Module
from grouplic.domain.groups import Group, Way
from grouplic.domain.people import User
from grouplic.services import (
    inviting,
    joining,
    learning,
    own_account,
    quizzes,
    receiving,
    study_time,
)
from grouplic.services.actors import Actor, actor_of
from grouplic.services.inviting import Invitee
from grouplic.services.links import token_hash
from grouplic.services.outside import Outside
from grouplic.services.sheets import Reading
from grouplic.services.study_time import Beat
from grouplic.services.waiting import (
    ToWait,
    put_on_waiting_list,
    take_off_waiting_list,
    waiting_list,
)
from tests.attack.stage import browser
from tests.attack.tenants import Tenants, rows
from tests.conftest import NOW

PASSWORD = "tulip anchor meadow 42"
EMAIL, FIRST, LAST, BROWSER, NEW = (
    "yvmail@yv.org",
    "Yvfirst",
    "Yvlast",
    "yvbrowser/1.0",
    "yvnew@yv.org",
)
# What a leader wrote about the person, in a group's own files and lists.
NOTE, TYPED = "yvnote", "Yvtyped"
MARKS = {one.lower() for one in (EMAIL, FIRST, LAST, BROWSER, NOTE, TYPED, NEW)}
OWN = {EMAIL, FIRST, LAST, BROWSER}


def live_everywhere(site: Outside, tenants: Tenants) -> str:
    """Let the person leave marks in every place there is; return their cookie."""
    client = browser(site, **{"User-Agent": BROWSER})
    form = {"email": EMAIL, "first_name": FIRST, "last_name": LAST, "password": PASSWORD}
    client.post("/auth/sign-up", data=form)
    cookie = client.cookies["grouplic"]
    client.post("/auth/forgot-password", data={"email": EMAIL})
    with site.database.writing() as session:
        me = session.exec(select(User).where(User.email == EMAIL)).one()
        me.verified_at = NOW
        session.flush()
        actor = actor_of(session, token_hash(cookie), NOW)
        assert actor
        _be_given_things(session, tenants, actor)
        _learn(session, actor)
    own_account.ask_for_email_change(site.sign_in, actor, NEW, PASSWORD, NOW)
    lines = f"email,first_name,last_name\n{EMAIL},{TYPED},{LAST}\n{EMAIL.upper()},{TYPED},\n"
    dora = tenants.people["dora"].actor
    receiving.receive(site, tenants.other_group_id, lines.encode(), "x.csv", Reading(), dora)
    return cookie


def _be_given_things(session: Session, tenants: Tenants, actor: Actor) -> None:
    alice, dora = tenants.people["alice"].actor, tenants.people["dora"].actor
    people = [Invitee(EMAIL, TYPED, LAST)]
    inviting.invite(session, tenants.group_id, people, alice, NOW, note=NOTE)
    inviting.mail_keys(session, tenants.other_group_id, people, dora, NOW, note=NOTE)
    other = session.exec(select(Group).where(Group.name == "Dora's class")).one()
    waiting = [ToWait(EMAIL, TYPED, LAST, NOTE), ToWait("rest@yv.org", "Rest", "Lee")]
    put_on_waiting_list(session, other.id, waiting, Way.INVITE, dora.user_id, NOW)
    (row, _), _ = waiting_list(session, other.id, dora)
    take_off_waiting_list(session, other.id, row.id, dora, NOW)
    joining.take_open_seat(session, other, actor.user_id, Way.DEMO, dora.user_id, NOW)


def _learn(session: Session, actor: Actor) -> None:
    for lesson in ("lesson-1", "lesson-2"):
        learning.open_lesson(session, actor, "writing", lesson, NOW)
        study_time.note_beat(session, actor, Beat("writing", lesson, 15, 0), NOW)
        learning.complete_lesson(session, actor, "writing", lesson, NOW)
    attempt = quizzes.start_attempt(session, actor, "writing", NOW)
    (question,) = quizzes.questions_asked(session, attempt)
    quizzes.save_answer(session, actor, attempt.id, question.id, True, NOW)
    quizzes.submit_attempt(session, actor, attempt.id, NOW)
    assert session.exec(select(Module).where(Module.slug == "writing")).one()


def marked(site: Outside) -> dict[str, list[str]]:
    """Return the rows with a mark, by table."""
    found = {
        table: [row for row in kept.values() if any(mark in row.lower() for mark in MARKS)]
        for table, kept in rows(site.database).items()  # type: ignore[arg-type]
    }
    return {table: kept for table, kept in found.items() if kept}


def test_what_is_exported_has_every_mark_of_ones_own_and_no_credential(
    site: Outside, tenants: Tenants
) -> None:
    cookie = live_everywhere(site, tenants)
    answer = browser(site, cookie).get("/account/data.json")

    data = json.loads(answer.text)
    assert {one for one in OWN if one not in answer.text} == set()
    assert NEW in answer.text  # the mail to an address that they asked for
    assert NOTE in answer.text  # what was written to them
    assert data["certificates"]
    assert data["quiz_attempts"][0]["answers"]
    assert token_hash(cookie) not in answer.text
    assert "argon2" not in answer.text


def test_erasing_leaves_no_mark_of_the_person_anywhere(site: Outside, tenants: Tenants) -> None:
    cookie = live_everywhere(site, tenants)
    before = marked(site)
    assert {"user_account", "mail", "invitation", "waiting", "upload_row"} <= before.keys()

    client = browser(site, cookie)
    answer = client.post("/auth/delete-account", data={"current": PASSWORD})
    assert answer.headers["location"] == "/sign-in?erased=1"
    assert marked(site) == {}


def test_the_other_tenants_marks_stay_when_one_person_is_erased(
    site: Outside, tenants: Tenants
) -> None:
    cookie = live_everywhere(site, tenants)
    browser(site, cookie).post("/auth/delete-account", data={"current": PASSWORD})
    kept = rows(site.database)["waiting"].values()  # type: ignore[arg-type]
    assert any("rest@yv.org" in row for row in kept)
