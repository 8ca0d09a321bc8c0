"""A leader who is removed while they do something: what waited for the group is refused."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import pytest
from sqlmodel import Session

from grouplic.adapters.database import Database
from grouplic.domain.refusals import NotFound
from grouplic.services import inviting, join_link_terms, key_ledger, leaders, leaving, waiting
from grouplic.services.inviting import Invitee
from grouplic.services.join_link_terms import Terms
from grouplic.services.people_form import put_to_wait
from grouplic.services.waiting import ToWait
from tests.cast import Cast, seat_states
from tests.concurrency.test_join_links_and_keys import TOKENS
from tests.concurrency.test_seats_are_never_oversold import wait_until_blocked
from tests.services.test_admission import DAN
from tests.services.test_leaders import add, leader_of

Does = Callable[[Session, Cast, datetime], Any]


def hands_out_keys(session: Session, cast: Cast, now: datetime) -> None:
    key_ledger.hand_out(session, cast.group_id, 2, cast.charlie, now)


def mails_keys(session: Session, cast: Cast, now: datetime) -> None:
    inviting.mail_keys(session, cast.group_id, [DAN], cast.charlie, now)


def invites(session: Session, cast: Cast, now: datetime) -> None:
    inviting.invite(session, cast.group_id, [DAN], cast.charlie, now)


def removes(session: Session, cast: Cast, now: datetime) -> None:
    leaving.remove(session, cast.group_id, cast.bob.user_id, cast.charlie, now)


def makes_a_link(session: Session, cast: Cast, now: datetime) -> None:
    join_link_terms.create_or_change(
        session, cast.group_id, Terms(9, None, ()), cast.charlie, TOKENS, now
    )


def lets_somebody_wait(session: Session, cast: Cast, now: datetime) -> None:
    put_to_wait(session, cast.group_id, ToWait("wes@new.org", "", ""), cast.charlie, now)


@pytest.mark.parametrize(
    "does", [hands_out_keys, mails_keys, invites, removes, makes_a_link, lets_somebody_wait]
)
def test_what_a_leader_began_before_they_were_removed_is_refused_once_they_are(
    database: Database, cast: Cast, now: datetime, does: Does
) -> None:
    add(database, cast, now, Invitee(cast.charlie.email))
    charlie = leader_of(database, cast, cast.charlie)
    with database.writing() as session:
        inviting.invite(session, cast.group_id, [Invitee(cast.bob.email)], cast.alice, now)

    def work() -> None:
        with database.writing() as session:
            does(session, cast, now)

    with ThreadPoolExecutor(1) as pool:
        with database.writing() as session:
            leaders.remove_leader(session, cast.group_id, charlie, cast.alice, now)
            session.flush()
            late = pool.submit(work)
            if not database.is_sqlite:  # there the one who writes has the database alone
                wait_until_blocked(database, 1)
        with pytest.raises(NotFound):
            late.result(timeout=30)

    with database.reading() as session:
        assert seat_states(session, cast.group_id) == ["taken", "open", "open"]
        assert waiting.waiting_list(session, cast.group_id, cast.alice) == ([], 0)
