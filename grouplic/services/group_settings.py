"""What a leader can set for a group."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from grouplic.services.actors import Actor
from grouplic.services.groups import hold_led_group
from grouplic.services.recording import record, touch
from grouplic.services.shop import clean_group_name


def rename_group(
    session: Session, group_id: UUID | str, name: str, actor: Actor, now: datetime
) -> str:
    """Give the group another name and return it; mails and orders that exist keep the old one.

    Refuses an empty, endless or odd name, and who may not do everything.
    """
    group = hold_led_group(session, actor, group_id)
    before, group.name = group.name, clean_group_name(name)
    if group.name != before:
        session.add(group)
        record(session, "group_renamed", now, actor.user_id, group.id, before=before)
        touch(session, f"group:{group.id}")
    return group.name
