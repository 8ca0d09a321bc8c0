"""Which keys of a group are meant: by their state, label, batch, or what someone remembers."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_
from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from grouplic.domain.groups import EnrollmentKey, Group
from grouplic.domain.people import User
from grouplic.services.identifiers import id_of


class KeyState(StrEnum):
    """What became of a key: nothing yet, handed out, used by a learner, voided."""

    OPEN = "open"
    ISSUED = "issued"
    USED = "used"
    VOIDED = "voided"


@dataclass(frozen=True)
class KeyFilter:
    """Which keys are meant; an empty field means all."""

    state: str = ""
    label: str = ""
    batch: str = ""
    search: str = ""


EVERY_KEY = KeyFilter()


def matching(group: Group, wanted: KeyFilter) -> SelectOfScalar[UUID]:
    """Select the ids of the group's keys that match; refuses a batch that cannot be."""
    chosen = select(EnrollmentKey.id).where(EnrollmentKey.group_id == group.id)
    if wanted.state in set(KeyState):
        chosen = chosen.where(in_state(KeyState(wanted.state)))
    if wanted.label:
        chosen = chosen.where(EnrollmentKey.label == wanted.label)
    if wanted.batch:
        chosen = chosen.where(EnrollmentKey.batch_id == id_of("key", wanted.batch))
    if words := wanted.search.strip():
        chosen = chosen.outerjoin(User, col(User.id) == col(EnrollmentKey.redeemed_by_id)).where(
            _found_by(words)
        )
    return chosen


def in_state(state: KeyState) -> ColumnElement[bool]:
    """Return the condition that a key is in this state."""
    live = and_(col(EnrollmentKey.redeemed_at).is_(None), col(EnrollmentKey.voided_at).is_(None))
    issued = col(EnrollmentKey.issued_at)
    return {
        KeyState.OPEN: and_(live, issued.is_(None)),
        KeyState.ISSUED: and_(live, issued.is_not(None)),
        KeyState.USED: col(EnrollmentKey.redeemed_at).is_not(None),
        KeyState.VOIDED: col(EnrollmentKey.voided_at).is_not(None),
    }[state]


def _found_by(words: str) -> ColumnElement[bool]:
    name = col(User.first_name) + " " + col(User.last_name)
    fragment = "".join(symbol for symbol in words.upper() if symbol.isalnum())
    return or_(
        # "contains" with an empty fragment would find everything.
        col(EnrollmentKey.code).contains(fragment or "-", autoescape=True),
        col(EnrollmentKey.label).icontains(words, autoescape=True),
        col(User.email_key).contains(words.lower(), autoescape=True),
        name.icontains(words, autoescape=True),
    )
