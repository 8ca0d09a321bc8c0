"""What was not paid for, or not any more, is no leader's to read either."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlmodel import Session

from grouplic.adapters.database import Database
from grouplic.domain.groups import Group
from grouplic.domain.refusals import Refusal
from grouplic.services import access, previewing, quiz_views, sandbox, withdrawing
from tests.cast import Cast

SANDBOX = (
    "A sandbox group shows how a group is led. Its lessons can be read in a group whose "
    "license was bought."
)
ENDED = "so its lessons are closed. Renew it on the group's dashboard to read them again."
Close = Callable[[Session, Cast, datetime], UUID]


def in_a_sandbox(session: Session, cast: Cast, now: datetime) -> UUID:
    return sandbox.open_sandbox(session, cast.charlie, now).id


def whose_term_is_over(session: Session, cast: Cast, now: datetime) -> UUID:
    group = session.get_one(Group, cast.group_id)
    group.ends_at = now - timedelta(seconds=1)
    return group.id


def that_was_refunded(session: Session, cast: Cast, now: datetime) -> UUID:
    withdrawing.take_back_seats(session, cast.group_id, 3, cast.olive, "Refunded", now)
    return cast.group_id


@pytest.mark.parametrize(
    ("close", "leader", "why"),
    [
        (in_a_sandbox, "charlie", f"^{SANDBOX}$"),
        (whose_term_is_over, "alice", f"^The license of .* ended on .*{ENDED}$"),
        (that_was_refunded, "alice", "no seat"),
    ],
)
def test_lessons_quizzes_and_media_are_closed_to_the_leader_of_a_group(
    database: Database, cast: Cast, now: datetime, close: Close, leader: str, why: str
) -> None:
    actor = getattr(cast, leader)
    with database.writing() as session:
        group_id = close(session, cast, now)

    with database.reading() as session:
        _, (module, *_) = previewing.modules_to_preview(session, actor, group_id)
        with pytest.raises(Refusal, match=why):
            previewing.preview_lesson(session, actor, group_id, module.slug, "lesson-1", now)
        with pytest.raises(Refusal, match=why):
            quiz_views.preview_quiz(session, actor, group_id, module.slug, now)
        with pytest.raises(Refusal, match=why):
            quiz_views.judge_preview(session, actor, group_id, module.slug, {}, now)
        with pytest.raises(Refusal):
            access.may_see_media(session, actor, module.slug, now)


def test_a_group_that_is_closed_closes_no_other_of_the_leader(
    database: Database, cast: Cast, now: datetime
) -> None:
    with database.writing() as session:
        sandbox.open_sandbox(session, cast.alice, now)
    with database.reading() as session:
        access.may_see_media(session, cast.alice, "writing", now)
        previewing.preview_lesson(session, cast.alice, cast.group_id, "writing", "lesson-1", now)
