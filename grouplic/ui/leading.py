"""Whether the visitor leads the group that a page is about."""

from uuid import UUID

import reflex as rx

from grouplic.domain.groups import Group
from grouplic.services import groups
from grouplic.ui import seam


async def led(
    state: rx.State, group_id: UUID | str, may: groups.May = groups.May.DO_EVERYTHING
) -> Group:
    """Return the group; refuse a visitor who may not do this there."""
    return await seam.read(
        state, lambda session, actor, _now: groups.led_group(session, actor, group_id, may)
    )
