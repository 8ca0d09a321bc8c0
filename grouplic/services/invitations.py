"""Invitations as rows: written with their mails, many at a time; sent again, corrected, shown."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, update
from sqlmodel import Session, col, select

from grouplic.domain import keys
from grouplic.domain.base import new_id
from grouplic.domain.groups import EnrollmentKey, Group, GroupLeader, LeaderRole
from grouplic.domain.joins import Invitation, InvitationKind
from grouplic.domain.people import User
from grouplic.domain.records import Mail, MailState
from grouplic.services.groups import modules_of, refuse_sandbox
from grouplic.services.many_rows import insert_many
from grouplic.services.recording import touch

ROLE_WORDS = {
    LeaderRole.EVERYTHING: "everything",
    LeaderRole.PEOPLE: "people only",
    LeaderRole.REPORTS: "reports only",
}


@dataclass(frozen=True, slots=True)
class Recipient:
    """Whom a mail goes to."""

    id: UUID | None
    email: str
    first_name: str
    last_name: str


class Letters:
    """Collects the invitations of one transaction, and writes them with their mails.

    Refuses a sandbox group. What a mail says is fixed here, but for its credentials: a mail that is
    tried again is the same.
    """

    def __init__(self, session: Session, group: Group, now: datetime) -> None:
        refuse_sandbox(group)
        self._session, self._group, self._now = session, group, now
        self._common: dict[UUID, dict[str, str]] = {}
        self._invitations: list[dict[str, Any]] = []
        self._mails: list[dict[str, Any]] = []

    def invite(
        self,
        kind: InvitationKind,
        to: User | Recipient,
        by_id: UUID,
        note: str = "",
        enrollment_id: UUID | None = None,
        leader: GroupLeader | None = None,
        key: EnrollmentKey | None = None,
    ) -> UUID:
        """Add an invitation and its mail; return the invitation's id."""
        invitation_id = new_id()
        mail_id = self._mail(
            template_of(kind, leader is not None),
            to,
            {
                "invitation": str(invitation_id),
                "generation": 1,
                **self._facts(to, by_id, note, leader, key),
            },
        )
        self._invitations.append(
            {
                "id": invitation_id,
                "group_id": self._group.id,
                "user_id": to.id if kind != InvitationKind.KEY else None,
                "enrollment_id": enrollment_id,
                "leader_id": leader.id if leader else None,
                "key_id": key.id if key else None,
                "mail_id": mail_id,
                "kind": str(kind),
                "address": to.email,
                "first_name": to.first_name,
                "last_name": to.last_name,
                "note": note,
                "generation": 1,
                "link_hash": None,
                "password_digest": None,
                "expires_at": None,
                "used_at": None,
                "shown_at": None,
                "ended_at": None,
                "invited_by_id": by_id,
                "created_at": self._now,
            }
        )
        return invitation_id

    def again(self, invitation: Invitation, key: EnrollmentKey | None = None) -> None:
        """Add a new mail for an invitation whose generation was raised; withdraw the old one."""
        withdraw_mails(self._session, [invitation.mail_id])
        leader = (
            self._session.get(GroupLeader, invitation.leader_id) if invitation.leader_id else None
        )
        to = Recipient(
            invitation.user_id, invitation.address, invitation.first_name, invitation.last_name
        )
        mail_id = self._mail(
            template_of(InvitationKind(invitation.kind), leader is not None),
            to,
            {
                "invitation": str(invitation.id),
                "generation": invitation.generation,
                **self._facts(to, invitation.invited_by_id, invitation.note, leader, key),
            },
        )
        self.write()
        invitation.mail_id = mail_id

    def write(self) -> None:
        """Write what was collected."""
        insert_many(self._session, Mail, self._mails)
        insert_many(self._session, Invitation, self._invitations)
        self._mails, self._invitations = [], []
        touch(self._session, "outbox")

    def _mail(self, template: str, to: User | Recipient, facts: dict[str, Any]) -> UUID:
        mail_id = new_id()
        self._mails.append(
            {
                "id": mail_id,
                "user_id": to.id,
                "group_id": self._group.id,
                "address": to.email,
                "template": template,
                "facts": facts,
                "state": str(MailState.QUEUED),
                "tries": 0,
                "due_at": self._now,
                "leased_until": None,
                "error": "",
                "created_at": self._now,
                "sent_at": None,
            }
        )
        return mail_id

    def _facts(
        self,
        to: User | Recipient,
        by_id: UUID,
        note: str,
        leader: GroupLeader | None,
        key: EnrollmentKey | None,
    ) -> dict[str, str]:
        if by_id not in self._common:
            self._common[by_id] = self._common_facts(by_id)
        return {
            "name": to.first_name,
            "address": to.email,
            "note": note,
            **self._common[by_id],
            **({"role": ROLE_WORDS[LeaderRole(leader.role)]} if leader else {}),
            **({"key": keys.show(key.code)} if key else {}),
        }

    def _common_facts(self, by_id: UUID) -> dict[str, str]:
        modules = (module.title for module in modules_of(self._session, self._group.id))
        return {
            "group": self._group.name,
            "group_id": str(self._group.id),
            "leader": self._session.get_one(User, by_id).name,
            "modules": "\n".join(modules),
        }


def withdraw_mails(session: Session, mail_ids: list[UUID | None]) -> None:
    """Withdraw those of the mails that have not left yet."""
    session.exec(
        update(Mail)
        .where(
            col(Mail.id).in_([mail_id for mail_id in mail_ids if mail_id]),
            col(Mail.state).in_([MailState.QUEUED, MailState.FAILED]),
        )
        .values(state=MailState.WITHDRAWN)
    )


def end_invitations(session: Session, enrollment_ids: list[UUID], now: datetime) -> None:
    """End the invitations of these enrollments: their mails are withdrawn, their links are dead."""
    _end(session, col(Invitation.enrollment_id).in_(enrollment_ids), now)


def end_leader_invitations(session: Session, leader_id: UUID, now: datetime) -> None:
    """End the invitations to lead that this leader got: mails withdrawn, links dead."""
    _end(session, col(Invitation.leader_id) == leader_id, now)


def _end(session: Session, those: ColumnElement[bool], now: datetime) -> None:
    invitations = session.exec(
        select(Invitation).where(those, col(Invitation.ended_at).is_(None))
    ).all()
    for invitation in invitations:
        invitation.ended_at = now
        session.add(invitation)
    withdraw_mails(session, [invitation.mail_id for invitation in invitations])


def template_of(kind: InvitationKind, leads: bool) -> str:
    """Return the name of the mail that an invitation of this kind sends."""
    if leads:
        return {InvitationKind.LOGIN: "leader_new", InvitationKind.CLAIM: "leader_claim"}.get(
            kind, "leader_added"
        )
    return {
        InvitationKind.LOGIN: "invite_new",
        InvitationKind.ADDED: "invite_added",
        InvitationKind.CLAIM: "invite_claim",
        InvitationKind.KEY: "invite_key",
    }[kind]
