"""The invite form: allowances are spent before anything is looked up or sent."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlmodel import Session

from grouplic.domain.people_lists import TypedPerson, lines_without_address, read_people
from grouplic.services import inviting, sent_invitations
from grouplic.services.actors import Actor
from grouplic.services.admission import Outcome
from grouplic.services.groups import May, SeatCounts, led_group, seat_counts
from grouplic.services.inviting import Invitee
from grouplic.services.judging import Judged, judge_people
from grouplic.services.outside import Outside
from grouplic.services.wording import counted

LONGEST_PASTE = 100_000  # characters; a page says no more at once than its door takes


@dataclass(frozen=True)
class Pasted:
    """The people of a paste who fit on the list, those who do not, and the lines that name nobody.

    ``cut`` is a paste that is as long as the field takes, and so may have been longer.
    """

    people: Sequence[TypedPerson]
    left_out: Sequence[TypedPerson]
    unread: Sequence[str]
    cut: bool


def look_over(
    outside: Outside, group_id: str, typed: Sequence[str], unseen: int, actor: Actor
) -> tuple[list[Judged], SeatCounts]:
    """Return each address's verdict and the seats as they stand; changes nothing.

    ``unseen`` of the addresses count as lookups, so that the form is no oracle for who has an
    account. Refuses who may not manage the group's people.
    """
    with outside.database.reading() as session:
        group = led_group(session, actor, group_id, May.MANAGE_PEOPLE)
    outside.attempts.spend("lookups_per_leader", unseen, str(actor.user_id))
    with outside.database.reading() as session:
        return judge_people(session, group.id, typed), seat_counts(session, group.id)


def read_paste(session: Session, group_id: str, pasted: str, listed: int, actor: Actor) -> Pasted:
    """Return the people of a paste, as many as fit beside those who are ``listed`` already.

    A long paste takes a moment: only that of someone who may manage the group's people is read.
    """
    led_group(session, actor, group_id, May.MANAGE_PEOPLE)
    people = read_people(pasted, most=LONGEST_PASTE)  # nobody is named in less than a character
    room = max(0, inviting.MOST_AT_ONCE - listed)
    unread = lines_without_address(pasted)
    return Pasted(people[:room], people[room:], unread, len(pasted) >= LONGEST_PASTE)


def send(
    outside: Outside,
    group_id: str,
    people: Sequence[Invitee],
    note: str,
    by_key: bool,
    takes_issued: bool,
    actor: Actor,
) -> str:
    """Invite the people, or mail them a key each, and return what happened as a sentence."""
    spend_invitations(outside, group_id, len(people), actor)
    now = outside.clock()
    with outside.database.writing() as session:
        if by_key:
            sent = inviting.mail_keys(session, group_id, people, actor, now, note)
            return f"{_people(sent)} will get a key by mail."
        admitted = inviting.invite(session, group_id, people, actor, now, note, takes_issued)
    joined = sum(one.outcome != Outcome.MEMBER for one in admitted)
    return _says_who_joined(joined, len(admitted) - joined)


def _says_who_joined(joined: int, there: int) -> str:
    to_each = "" if joined == 1 else " to each"
    came = f"{_people(joined)} joined, and a mail is on its way{to_each}."
    known = f"{_people(there)} {'was' if there == 1 else 'were'} in the group already."
    return " ".join([*([came] if joined else []), *([known] if there else [])])


def send_again(outside: Outside, group_id: str, invitation_id: str, actor: Actor) -> None:
    """Mail an invitation again, with a new link."""
    spend_invitations(outside, group_id, 1, actor)
    with outside.database.writing() as session:
        sent_invitations.resend(session, group_id, invitation_id, actor, outside.clock())


def correct(outside: Outside, group_id: str, invitation_id: str, email: str, actor: Actor) -> None:
    """Send an invitation that reached nobody to another address instead."""
    spend_invitations(outside, group_id, 1, actor)
    with outside.database.writing() as session:
        sent_invitations.correct_address(
            session, group_id, invitation_id, email, actor, outside.clock()
        )


def text_to_copy(outside: Outside, group_id: UUID | str, invitation_id: str, actor: Actor) -> str:
    """Return the mail's text, for a leader who sends it in another way."""
    with outside.database.writing() as session:
        letter = sent_invitations.letter_to_show(
            session,
            group_id,
            invitation_id,
            actor,
            outside.tokens,
            outside.public_url,
            outside.clock(),
        )
    return outside.letter_text(letter)


def spend_invitations(outside: Outside, group_id: str, cost: int, actor: Actor) -> None:
    """Spend the leader's allowance; refuse when it is used up, and who may not manage people."""
    with outside.database.reading() as session:
        led_group(session, actor, group_id, May.MANAGE_PEOPLE)
    outside.attempts.spend("invitations_per_leader", cost, str(actor.user_id))


def _people(number: int) -> str:
    return counted(number, "person", "people")
