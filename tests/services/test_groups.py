"""Groups: who may do what in them, and how their seats stand."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import delete, update
from sqlmodel import Session, select

from grouplic.adapters.database import Database
from grouplic.domain.catalog import Module
from grouplic.domain.groups import Group, GroupLeader, GroupModule, LeaderRole, Seat, Way
from grouplic.domain.refusals import NotFound, Refusal
from grouplic.services import groups, joining
from grouplic.services.groups import May, SeatCounts
from tests.cast import Cast, a_group, user_named

ALLOWED = {
    LeaderRole.EVERYTHING: set(May),
    LeaderRole.PEOPLE: {May.SEE, May.MANAGE_PEOPLE},
    LeaderRole.REPORTS: {May.SEE},
}

IN_SANDBOX = (
    "This is a sandbox group of invented people: nobody real can be invited to it, and nothing can "
    "be bought for it. In a group of your own you can."
)


def lead(session: Session, cast: Cast) -> GroupLeader:
    """Return Alice's place among the leaders of her group."""
    mine = select(GroupLeader).where(
        GroupLeader.user_id == cast.alice.user_id, GroupLeader.group_id == cast.group_id
    )
    return session.exec(mine).one()


@pytest.mark.parametrize("role", list(LeaderRole))
def test_a_role_allows_what_it_says_and_the_refusal_names_the_group(
    database: Database, cast: Cast, role: LeaderRole
) -> None:
    with database.writing() as session:
        lead(session, cast).role = role
        session.flush()
        assert groups.rights_in(session, cast.group_id, cast.alice) == ALLOWED[role]
        for may in May:
            for ask in (groups.led_group, groups.hold_led_group):
                if may in ALLOWED[role]:
                    assert ask(session, cast.alice, cast.group_id, may).id == cast.group_id
                    continue
                with pytest.raises(Refusal, match="Your role in Northlab autumn intake"):
                    ask(session, cast.alice, cast.group_id, may)


def test_what_is_not_named_asks_for_every_right(database: Database, cast: Cast) -> None:
    with database.writing() as session:
        lead(session, cast).role = LeaderRole.PEOPLE
        session.flush()
        for ask in (groups.led_group, groups.hold_led_group):
            with pytest.raises(Refusal, match="Your role"):
                ask(session, cast.alice, cast.group_id)


@pytest.mark.parametrize("who", ["bob", "charlie"])
@pytest.mark.parametrize("which", ["its id", "another id", "no id"])
def test_who_does_not_lead_a_group_does_not_learn_whether_it_exists(
    database: Database, cast: Cast, now: datetime, who: str, which: str
) -> None:
    outsider = getattr(cast, who)
    named = {"its id": cast.group_id, "another id": cast.bob.user_id, "no id": "../groups"}[which]
    with database.writing() as session:
        for may in May:
            with pytest.raises(NotFound, match="This group does not exist"):
                groups.led_group(session, outsider, named, may)
        with pytest.raises(NotFound, match="This group does not exist"):
            groups.rights_in(session, named, outsider)


def test_an_operator_sees_every_group_and_may_do_nothing_in_it(
    database: Database, cast: Cast
) -> None:
    with database.writing() as session:
        seen = groups.led_group(session, cast.olive, str(cast.group_id), May.SEE)
        assert seen.id == cast.group_id
        assert groups.rights_in(session, cast.group_id, cast.olive) == {May.SEE}
        assert not groups.leads(session, cast.group_id, cast.olive)
        for may in (May.MANAGE_PEOPLE, May.DO_EVERYTHING):
            with pytest.raises(NotFound):
                groups.led_group(session, cast.olive, cast.group_id, may)
        for nothing in (cast.bob.user_id, "no id"):
            with pytest.raises(NotFound, match="This group does not exist"):
                groups.led_group(session, cast.olive, nothing, May.SEE)


@pytest.mark.parametrize("held_back", ["ended", "awaits"])
def test_who_led_a_group_or_does_not_lead_it_yet_is_an_outsider(
    database: Database, cast: Cast, now: datetime, held_back: str
) -> None:
    with database.writing() as session:
        mine = lead(session, cast)
        mine.ended_at = now if held_back == "ended" else None
        mine.awaits_claim = held_back == "awaits"
        session.flush()
        with pytest.raises(NotFound):
            groups.led_group(session, cast.alice, cast.group_id, May.SEE)
        assert not groups.leads(session, cast.group_id, cast.alice)
        assert groups.groups_led_by(session, cast.alice) == []


def test_leaders_are_found_among_others(database: Database, cast: Cast, now: datetime) -> None:
    with database.writing() as session:
        elsewhere = a_group(session, cast.charlie, now)
        everybody = {cast.alice.user_id, cast.bob.user_id, cast.charlie.user_id}
        among = groups.leaders_among(session, cast.group_id, everybody)
        assert among == {cast.alice.user_id}
        assert groups.leaders_among(session, cast.group_id, {cast.charlie.user_id}) == set()
        assert groups.leads(session, elsewhere.id, cast.charlie)
        assert not groups.leads(session, cast.group_id, cast.charlie)


def test_the_groups_one_leads_come_newest_first_each_with_its_own_counts(
    database: Database, cast: Cast, now: datetime
) -> None:
    with database.writing() as session:
        later = now + timedelta(days=1)
        newer = a_group(session, cast.alice, later, 2, ("writing", "privacy"))
        newer.name, newer.sandbox_of_id = "Newer", cast.alice.user_id
        a_group(session, cast.charlie, now)
        first = session.exec(select(Seat).where(Seat.group_id == newer.id)).first()
        assert first is not None
        first.state = "retired"
        session.flush()
        cards = groups.groups_led_by(session, cast.alice)

    assert cards == [
        groups.GroupCard(newer.id, "Newer", 2, SeatCounts(open=1, retired=1), True, None),
        groups.GroupCard(
            cast.group_id, "Northlab autumn intake", 1, SeatCounts(open=3), False, None
        ),
    ]


def test_what_was_withdrawn_is_neither_counted_nor_shown(
    database: Database, cast: Cast, now: datetime
) -> None:
    with database.writing() as session:
        a_group(session, cast.charlie, now)
        states = ("withdrawn", "issued", "retired")
        seats = session.exec(
            select(Seat).where(Seat.group_id == cast.group_id).order_by(Seat.number.desc())
        ).all()
        for seat, state in zip(seats, states, strict=True):
            seat.state = state
        session.flush()
        counts = groups.seat_counts(session, cast.group_id)
        assert (counts, counts.bought) == (SeatCounts(issued=1, retired=1), 2)
        tiles = [(tile.number, tile.state) for tile in groups.seat_tiles(session, cast.group_id)]
        assert tiles == [(1, "retired"), (2, "issued")]


def test_a_tile_shows_who_holds_the_seat_now(database: Database, cast: Cast, now: datetime) -> None:
    with database.writing() as session:
        group = groups.lock_group(session, cast.group_id)
        for person in ("bob", "charlie"):
            learner = user_named(session, person).id
            joining.take_open_seat(session, group, learner, Way.DEMO, cast.alice.user_id, now)
        nameless = user_named(session, "charlie")
        nameless.first_name = nameless.last_name = ""
        session.flush()
        tiles = groups.seat_tiles(session, cast.group_id)

    assert tiles == [
        groups.SeatTile(1, "taken", "Bob Marsh", "BM", False),
        groups.SeatTile(2, "taken", "charlie@northlab.org", "C", False),
        groups.SeatTile(3, "open", "", "", False),
    ]


def test_the_modules_of_a_group_come_in_the_catalogs_order(
    database: Database, cast: Cast, now: datetime
) -> None:
    with database.writing() as session:
        both = a_group(session, cast.alice, now, 1, ("security", "writing"))
        slugs = [module.slug for module in groups.modules_of(session, both.id)]
        assert slugs == ["writing", "security"]
        for module in session.exec(select(Module)):
            module.position = 1
        session.flush()
        slugs = [module.slug for module in groups.modules_of(session, both.id)]
        assert slugs == ["security", "writing"]


def test_a_group_that_is_held_is_read_anew(database: Database, cast: Cast) -> None:
    with database.writing() as session:
        known = session.get_one(Group, cast.group_id)
        behind_its_back = update(Group).where(Group.id == known.id).values(name="Renamed")
        session.connection().execute(behind_its_back)
        assert known.name == "Northlab autumn intake"
        assert groups.lock_group(session, cast.group_id).name == "Renamed"


def test_nobody_has_completed_a_group_without_modules(
    database: Database, cast: Cast, now: datetime
) -> None:
    with database.writing() as session:
        group = groups.lock_group(session, cast.group_id)
        bob = cast.bob.user_id
        joining.take_open_seat(session, group, bob, Way.DEMO, cast.alice.user_id, now)
        session.exec(delete(GroupModule).where(GroupModule.group_id == cast.group_id))
        assert not groups.seat_tiles(session, cast.group_id)[0].completed


def test_a_sandbox_is_refused_what_would_reach_somebody(cast: Cast, now: datetime) -> None:
    groups.refuse_sandbox(Group(name="Real", created_at=now))
    with pytest.raises(groups.InSandbox, match=f"^{IN_SANDBOX}$"):
        groups.refuse_sandbox(Group(name="Play", created_at=now, sandbox_of_id=cast.bob.user_id))


def test_a_card_says_when_the_group_ends(database: Database, cast: Cast, now: datetime) -> None:
    ends = now + timedelta(days=30)
    with database.writing() as session:
        session.get_one(Group, cast.group_id).ends_at = ends
        session.flush()
        (card,) = groups.groups_led_by(session, cast.alice)
    assert card.ends_at == ends
