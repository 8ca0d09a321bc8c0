"""What would become of people if they were invited now: a dry run that changes nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlmodel import Session, col, select

from grouplic.domain.addresses import judge_address
from grouplic.domain.groups import Enrollment
from grouplic.domain.people import User
from grouplic.domain.uploads import Verdict

_AT_ONCE = 900  # values in one statement


@dataclass(frozen=True)
class Judged:
    """One row's verdict. ``email`` is normalized where the address is possible.

    ``same_as`` is the row, counted from 1, that a duplicate repeats.
    """

    email: str
    verdict: Verdict
    problem: str = ""
    suggestion: str = ""
    same_as: int = 0


def judge_people(session: Session, group_id: UUID, typed: Sequence[str]) -> list[Judged]:
    """Return the verdict for each typed address, in order. The caller has checked the right."""
    addresses = [judge_address(one) for one in typed]
    keys = sorted({address.email.lower() for address in addresses if address.email})
    accounts, members = _known(session, group_id, keys)
    seen: dict[str, int] = {}
    judged = []
    for place, address in enumerate(addresses, start=1):
        key = address.email.lower()
        if not address.email:
            verdict, problem = Verdict.INVALID, address.problem
        elif key in seen:
            verdict, problem = Verdict.DUPLICATE, f"Same as row {seen[key]}"
        elif key in members:
            verdict, problem = Verdict.MEMBER, ""
        else:
            verdict = Verdict.ACCOUNT if key in accounts else Verdict.NEW
            problem = ""
        if address.email:
            seen.setdefault(key, place)
        # An address that has an account is not a typo, however odd its domain.
        suggestion = "" if key in accounts else address.suggestion
        same_as = seen[key] if verdict == Verdict.DUPLICATE else 0
        judged.append(Judged(address.email, verdict, problem, suggestion, same_as))
    return judged


def _known(session: Session, group_id: UUID, keys: list[str]) -> tuple[set[str], set[str]]:
    accounts: set[str] = set()
    members: set[str] = set()
    for start in range(0, len(keys), _AT_ONCE):
        rows = session.exec(
            select(User.email_key, Enrollment.id)
            .outerjoin(
                Enrollment,
                (col(Enrollment.user_id) == col(User.id))
                & (col(Enrollment.group_id) == group_id)
                & col(Enrollment.ended_at).is_(None),
            )
            .where(col(User.email_key).in_(keys[start : start + _AT_ONCE]))
        )
        for email_key, enrollment_id in rows:
            accounts.add(email_key)
            if enrollment_id:
                members.add(email_key)
    return accounts, members
