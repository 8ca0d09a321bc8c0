"""The leaders' page: an invitation to lead spends the allowance that every invitation spends."""

from grouplic.services import invite_form, leaders
from grouplic.services.actors import Actor
from grouplic.services.groups import led_group
from grouplic.services.inviting import Invitee
from grouplic.services.outside import Outside


def send(outside: Outside, group_id: str, person: Invitee, role: str, actor: Actor) -> str:
    """Invite somebody to lead, and return what happened as a sentence."""
    with outside.database.reading() as session:
        led_group(session, actor, group_id)
    invite_form.spend_invitations(outside, group_id, 1, actor)
    with outside.database.writing() as session:
        leaders.invite_leader(session, group_id, person, role, actor, outside.clock())
    return f"A mail is on its way to {person.email.strip()}."
