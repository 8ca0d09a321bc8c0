"""Invitations that were sent: what became of each mail, send again, correct, show."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, select

from grouplic.domain.groups import (
    Enrollment,
    EnrollmentKey,
    Group,
    Seat,
    Way,
)
from grouplic.domain.joins import Invitation, InvitationKind
from grouplic.domain.people import User
from grouplic.domain.records import Mail
from grouplic.domain.refusals import NotFound, Refusal
from grouplic.services.accounts import clean_email
from grouplic.services.actors import Actor
from grouplic.services.admission import Newcomer, Outcome, admit, hold_people
from grouplic.services.credentials import forget_credentials, mint_credentials, settle_kind
from grouplic.services.filling import fill_from_waiting_list, hold_those_who_wait
from grouplic.services.groups import May, hold_led_group, led_group
from grouplic.services.identifiers import id_of
from grouplic.services.invitations import Letters, end_invitations, template_of
from grouplic.services.inviting import live_keys
from grouplic.services.outbox import Letter, secrets_of
from grouplic.services.ports import Tokens
from grouplic.services.recording import record, touch
from grouplic.services.seats import free_seat, mint_keys, void_keys
from grouplic.services.terms import refuse_ended


@dataclass(frozen=True)
class SentInvitation:
    """An invitation with the state of its mail, as leaders see it."""

    id: UUID
    kind: str
    address: str
    name: str
    mail_state: str
    mail_error: str
    accepted: bool
    correctable: bool
    created_at: datetime


def invitations_of(
    session: Session, group_id: UUID | str, actor: Actor, most: int = 200
) -> list[SentInvitation]:
    """Return the group's newest invitations that stand, each with the state of its mail."""
    group = led_group(session, actor, group_id, May.MANAGE_PEOPLE)
    rows = session.exec(
        select(Invitation, Mail, User, Enrollment)
        .join(Mail, col(Mail.id) == col(Invitation.mail_id))
        .outerjoin(User, col(User.id) == col(Invitation.user_id))
        .outerjoin(Enrollment, col(Enrollment.id) == col(Invitation.enrollment_id))
        .where(
            Invitation.group_id == group.id,
            col(Invitation.ended_at).is_(None),
            # Leaders have a page of their own, for those who may manage them.
            col(Invitation.leader_id).is_(None),
        )
        .order_by(col(Invitation.created_at).desc(), col(Invitation.id).desc())
        .limit(most)
    )
    return [_sent(*row) for row in rows]


def resend(
    session: Session, group_id: UUID | str, invitation_id: UUID | str, actor: Actor, now: datetime
) -> None:
    """Mail the invitation again, with a new link and a new expiry; the old ones are void."""
    group, invitation = _find(session, group_id, invitation_id, actor)
    if invitation.kind == InvitationKind.KEY:
        refuse_ended(group, now)
    key = _renew(session, invitation, now)
    Letters(session, group, now).again(invitation, key)
    session.add(invitation)
    record(session, "invitation_resent", now, actor.user_id, group.id, to=str(invitation.user_id))
    touch(session, f"mail:{group.id}", f"group:{group.id}")


def correct_address(
    session: Session,
    group_id: UUID | str,
    invitation_id: UUID | str,
    email: str,
    actor: Actor,
    now: datetime,
) -> None:
    """End an invitation that never reached anyone, and invite another address on the same seat.

    No account is altered. Refuses where the person has signed in, and someone already in the group.
    """
    cleaned = clean_email(email)
    group, invitation = _find(session, group_id, invitation_id, actor, cleaned)
    if cleaned.lower() == invitation.address.lower():
        raise Refusal("This is the address the mail went to. Use “Send again”.", "email")
    if invitation.kind == InvitationKind.KEY:
        invitation.address = cleaned
        resend(session, group.id, invitation.id, actor, now)
        return
    enrollment = _correctable(session, invitation)
    seat = session.exec(select(Seat).where(Seat.id == enrollment.seat_id).with_for_update()).one()
    enrollment.ended_at = now
    session.add(enrollment)
    end_invitations(session, [enrollment.id], now)
    session.flush()
    person = Newcomer(
        cleaned,
        invitation.first_name,
        invitation.last_name,
        Way(enrollment.way),
        actor.user_id,
        invitation.note,
    )
    (admitted,) = admit(session, group.id, [person], now, seats=[seat])
    if admitted.outcome == Outcome.MEMBER:
        raise Refusal(f"{cleaned} is in the group already.", "email")
    if admitted.seat_number != seat.number:
        free_seat(session, seat, comes_back=True, now=now)
        fill_from_waiting_list(session, group.id, now)
    record(session, "address_corrected", now, actor.user_id, group.id, seat=seat.number)


def letter_to_show(
    session: Session,
    group_id: UUID | str,
    invitation_id: UUID | str,
    actor: Actor,
    tokens: Tokens,
    public_url: str,
    now: datetime,
) -> Letter:
    """Return the invitation's mail for the leader to send in another way.

    Credentials that a leader has seen prove no mailbox from then on. The link that confirms an
    account nobody has confirmed is for the mailbox alone, and refused here.
    """
    _, invitation = _find(session, group_id, invitation_id, actor)
    mint_credentials(session, invitation, tokens, now)
    kind = InvitationKind(invitation.kind)
    if kind == InvitationKind.CLAIM:
        raise Refusal(
            "This link confirms that the mailbox is theirs, so only the mail may carry it. "
            "Ask them to look for it, or to use “Forgot your password?”."
        )
    mail = session.get_one(Mail, invitation.mail_id)
    secrets = {}
    if kind == InvitationKind.LOGIN and invitation.used_at:
        kind = InvitationKind.ADDED
    elif kind == InvitationKind.LOGIN:
        invitation.shown_at = invitation.shown_at or now
        session.add(invitation)
        secrets = secrets_of(invitation, tokens)
        record(session, "invitation_shown", now, actor.user_id, invitation.group_id)
    facts = {"name": "", **mail.facts, "site": public_url, **secrets}
    template = template_of(kind, invitation.leader_id is not None)
    return Letter(mail.id, mail.address, template, mail.created_at, facts)


def _find(
    session: Session,
    group_id: UUID | str,
    invitation_id: UUID | str,
    actor: Actor,
    instead: str = "",
) -> tuple[Group, Invitation]:
    # Held with its account, and with that of the address that comes instead: people before all.
    group = hold_led_group(session, actor, group_id, May.MANAGE_PEOPLE)
    wanted = id_of("invitation", invitation_id)
    this = (
        Invitation.id == wanted,
        Invitation.group_id == group.id,
        col(Invitation.ended_at).is_(None),
    )
    owner = session.exec(
        select(User.email_key)
        .join(Invitation, col(Invitation.user_id) == col(User.id))
        .where(*this)
    ).all()
    if instead:
        hold_those_who_wait(session, group.id, {*owner, instead.lower()})
    else:
        hold_people(session, owner)
    invitation = session.exec(
        select(Invitation).where(*this).with_for_update().execution_options(populate_existing=True)
    ).first()
    if invitation is None:
        raise NotFound("invitation")
    if invitation.leader_id:
        # Whoever may only manage people must not reach the credentials of a leader.
        led_group(session, actor, group.id, May.DO_EVERYTHING)
    return group, invitation


def _correctable(session: Session, invitation: Invitation) -> Enrollment:
    if invitation.leader_id:
        raise Refusal("Remove this leader and invite the right address instead.", "email")
    enrollment = session.get_one(Enrollment, invitation.enrollment_id)
    if not nobody_came(invitation, session.get_one(User, invitation.user_id), enrollment):
        raise Refusal("This person has signed in already. Swap them for somebody else instead.")
    return enrollment


def _renew(session: Session, invitation: Invitation, now: datetime) -> EnrollmentKey | None:
    if invitation.kind == InvitationKind.KEY:
        return _replace_key(session, invitation, now)
    settle_kind(invitation, session.get_one(User, invitation.user_id))
    forget_credentials(invitation)
    return None


def _replace_key(session: Session, invitation: Invitation, now: datetime) -> EnrollmentKey:
    old = session.get_one(EnrollmentKey, invitation.key_id)
    seat = session.exec(select(Seat).where(Seat.id == old.seat_id).with_for_update()).one()
    session.refresh(old, with_for_update=True)
    if old.redeemed_at:
        raise Refusal("This key has been used, so there is nothing to send.")
    if old.voided_at:
        raise Refusal("This key was voided. Invite the person again.")
    void_keys(session, [seat.id], now)
    mint_keys(session, [seat], now)
    session.flush()
    key = live_keys(session, [seat])[seat.id]
    key.issued_at, key.label = now, invitation.address[:60]
    session.add(key)
    invitation.key_id = key.id
    invitation.generation += 1
    return key


def _sent(
    invitation: Invitation, mail: Mail, user: User | None, enrollment: Enrollment | None
) -> SentInvitation:
    return SentInvitation(
        id=invitation.id,
        kind=invitation.kind,
        address=invitation.address,
        name=f"{invitation.first_name} {invitation.last_name}".strip(),
        mail_state=mail.state,
        mail_error=mail.error,
        accepted=invitation.used_at is not None or invitation.kind == InvitationKind.ADDED,
        correctable=invitation.kind == InvitationKind.KEY
        or (
            user is not None
            and enrollment is not None
            and nobody_came(invitation, user, enrollment)
        ),
        created_at=invitation.created_at,
    )


def nobody_came(invitation: Invitation, user: User, enrollment: Enrollment) -> bool:
    """Say whether nobody has entered the group by this invitation: its address may be wrong.

    Its link being unused does not say so: one that is sent again is new.
    """
    never_entered = enrollment.awaits_claim or user.must_change_password
    return never_entered and user.verified_at is None and not invitation.used_at
