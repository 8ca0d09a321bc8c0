"""The picture of a group's seats, as compact as it travels."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func
from sqlmodel import Session, col, select

from grouplic.domain.groups import Enrollment, GroupModule, Seat, SeatState
from grouplic.domain.people import User
from grouplic.domain.progress import EnrollmentSummary
from grouplic.services.actors import Actor
from grouplic.services.groups import May, SeatTile, led_group, seat_counts, seat_tiles
from grouplic.services.performance import counted

MOST_TILES = 300
_LETTER = {
    SeatState.OPEN: "o",
    SeatState.ISSUED: "i",
    SeatState.TAKEN: "l",
    SeatState.RETIRED: "r",
}


@dataclass(frozen=True)
class SeatMap:
    """The seats of a group: counts, one text with an entry a seat, and a sentence.

    ``seats`` is empty for groups of more than ``MOST_TILES`` seats, which show a bar.
    """

    open: int
    issued: int
    taken: int
    retired: int
    completed: int
    bought: int
    seats: str
    sentence: str
    latest_number: int
    latest_name: str


def seat_map(session: Session, group_id: UUID | str, actor: Actor) -> SeatMap:
    """Return the picture of the group's seats; refuse who does not lead it."""
    group = led_group(session, actor, group_id, May.SEE)
    counts = seat_counts(session, group.id)
    tiles = seat_tiles(session, group.id) if counts.bought <= MOST_TILES else []
    number, name = _latest(session, group.id)
    return SeatMap(
        open=counts.open,
        issued=counts.issued,
        taken=counts.taken,
        retired=counts.retired,
        completed=sum(tile.completed for tile in tiles) if tiles else _completed(session, group.id),
        bought=counts.bought,
        seats="|".join(_in_place(tiles)),
        sentence=(
            f"{counts.taken} of {counts.bought} seats taken, {counts.issued} keys handed out, "
            f"{counts.open} open, {counts.retired} retired"
        ),
        latest_number=number,
        latest_name=name,
    )


def _in_place(tiles: list[SeatTile]) -> list[str]:
    # A withdrawn seat leaves a gap, so that every other one stays where its number is.
    entries = {tile.number: _entry(tile) for tile in tiles}
    return [entries.get(number, "-") for number in range(1, max(entries, default=0) + 1)]


def _completed(session: Session, group_id: UUID) -> int:
    """Count who has completed all modules, without reading a seat."""
    modules = select(func.count()).where(GroupModule.group_id == group_id).scalar_subquery()
    done = select(func.count()).where(
        EnrollmentSummary.group_id == group_id,
        col(EnrollmentSummary.modules_done) >= modules,
        col(EnrollmentSummary.modules_done) > 0,
        counted(group_id),
    )
    return session.exec(done).one()


def _entry(tile: SeatTile) -> str:
    letter = "c" if tile.completed else _LETTER[SeatState(tile.state)]
    if not tile.name:
        return letter
    return f"{letter}{_plain(tile.initials)}~{_plain(tile.name)}"


def _plain(text: str) -> str:
    # The two separators of the map cannot stand in a name.
    return text.replace("|", " ").replace("~", " ")


def _latest(session: Session, group_id: UUID) -> tuple[int, str]:
    found = session.exec(
        select(Seat.number, User)
        .join(Enrollment, col(Enrollment.seat_id) == col(Seat.id))
        .join(User, col(User.id) == col(Enrollment.user_id))
        .where(Enrollment.group_id == group_id, col(Enrollment.ended_at).is_(None))
        # By the index alone: who joined in the same moment, as an import does, is not sorted.
        .order_by(col(Enrollment.enrolled_at).desc())
        .limit(1)
    ).first()
    return (found[0], found[1].name) if found else (0, "")
