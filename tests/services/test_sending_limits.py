"""How much a leader may send and look up in a while: beyond it, nothing is done."""

from datetime import datetime

import pytest
from sqlmodel import func, select

from grouplic.adapters.database import Database
from grouplic.domain.records import Mail
from grouplic.domain.refusals import AllowanceUsedUp, NotFound
from grouplic.services import invite_form
from grouplic.services.inviting import Invitee
from tests.cast import Cast, seat_states
from tests.outside import outside_of


def a_guest(number: int) -> Invitee:
    return Invitee(f"guest{number}@limits.org", "Guest", "Lee")


def mails(database: Database) -> int:
    with database.reading() as session:
        return session.exec(select(func.count()).select_from(Mail)).one()


def states(database: Database, cast: Cast) -> list[str]:
    with database.reading() as session:
        return seat_states(session, cast.group_id)


def test_a_leader_sends_so_many_invitations_and_the_next_is_refused_whole(
    database: Database, cast: Cast, now: datetime
) -> None:
    outside = outside_of(database, now, invitations_per_leader="2/hour")
    group = str(cast.group_id)
    invite_form.send(outside, group, [a_guest(1)], "", False, False, cast.alice)
    sent, seats = mails(database), states(database, cast)

    with pytest.raises(AllowanceUsedUp, match="more than the 2 this site allows in a while"):
        invite_form.send(outside, group, [a_guest(2), a_guest(3)], "", False, False, cast.alice)
    assert (mails(database), states(database, cast)) == (sent, seats)

    # A key by mail comes out of the same allowance.
    invite_form.send(outside, group, [a_guest(2)], "", True, False, cast.alice)
    with pytest.raises(AllowanceUsedUp):
        invite_form.send(outside, group, [a_guest(3)], "", True, False, cast.alice)
    assert mails(database) == sent + 1


def test_a_leader_looks_up_so_many_addresses_and_then_learns_of_none(
    database: Database, cast: Cast, now: datetime
) -> None:
    outside = outside_of(database, now, lookups_per_leader="3/hour")
    group, typed = str(cast.group_id), ["bob@northlab.org", "nobody@limits.org"]

    judged, _ = invite_form.look_over(outside, group, typed, 2, cast.alice)
    assert [str(one.verdict) for one in judged] == ["account", "new"]
    with pytest.raises(AllowanceUsedUp):
        invite_form.look_over(outside, group, typed, 2, cast.alice)
    # What was looked up before costs nothing, and another leader's are not hers.
    invite_form.look_over(outside, group, typed, 0, cast.alice)
    with pytest.raises(NotFound):
        invite_form.look_over(outside, group, typed, 0, cast.charlie)
