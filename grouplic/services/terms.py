"""A license whose term is over: its people and seats stay, and nobody joins until it is renewed."""

from datetime import datetime

from grouplic.domain.groups import Group
from grouplic.domain.refusals import Refusal


class LicenseEnded(Refusal):
    """The group's term is over."""

    def __init__(self, group: Group) -> None:
        super().__init__(
            f"The license of {group.name} ended on {group.ends_at:%B %-d, %Y}, so nobody can join "
            "the group. Renew it on the group's dashboard, then try again."
        )


def refuse_ended(group: Group, now: datetime) -> None:
    """Refuse what would give somebody a seat, or a key to one, that opens nothing."""
    if group.has_ended(now):
        raise LicenseEnded(group)
