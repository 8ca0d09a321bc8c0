"""Deleting one's account: what is personal is blanked, the rows stay (rule 5 of the design)."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import String, cast, delete, func, or_, update
from sqlmodel import Session, col, select

from grouplic.domain.groups import Enrollment, EnrollmentKey, Group, GroupLeader, LeaderRole
from grouplic.domain.joins import Invitation, Waiting
from grouplic.domain.people import OneTimeLink, Role, User, WebSession
from grouplic.domain.quizzes import Certificate
from grouplic.domain.records import AuditEvent, Mail, MailState
from grouplic.domain.refusals import Refusal
from grouplic.domain.reminding import WeeklySummary
from grouplic.domain.uploads import Upload, UploadRow
from grouplic.services.actors import Actor
from grouplic.services.certificates import ERASED_NAME
from grouplic.services.filling import fill_from_waiting_list, hold_those_who_wait
from grouplic.services.groups import lock_group
from grouplic.services.key_ledger import LONGEST_LABEL
from grouplic.services.leaving import ReclaimRule, end_enrollments
from grouplic.services.own_account import check_own_password
from grouplic.services.recording import record, touch
from grouplic.services.sandbox import discard_sandbox_of
from grouplic.services.signing_in import SignIn


class LeadsAlone(Refusal):
    """A group would be left without anybody who may do everything in it."""


def delete_account(
    outside: SignIn, actor: Actor, password: str, rule: ReclaimRule, now: datetime
) -> None:
    """Delete the actor's account for good; the caller clears the cookie.

    Refuses a wrong password, the only main leader of a group, and the last operator.
    """
    check_own_password(outside, actor, password)
    with outside.database.writing() as session:
        erase(session, actor.user_id, rule, now)


def erase(session: Session, user_id: UUID, rule: ReclaimRule, now: datetime) -> None:
    """End every enrollment by the reclaim rule, blank what is personal, and keep the rows.

    A sandbox group of theirs is thrown away. Refuses the only main leader of another group, and the
    last operator. Who may, the caller has asked.
    """
    discard_sandbox_of(session, user_id)
    groups = _groups_of(session, user_id)
    for group_id in groups:
        lock_group(session, group_id)
    email_key = session.get_one(User, user_id).email_key
    for group_id in groups:
        # People before seats: the seats that come open go to those who wait.
        hold_those_who_wait(session, group_id, (email_key,))
    user = session.exec(
        select(User)
        .where(User.id == user_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).one()
    _refuse_who_leads_alone(session, user_id)
    _refuse_last_operator(session, user)
    for group_id in groups:
        _leave(session, group_id, user.id, rule, now)
    _end_what_is_signed_in(session, user, now)
    _blank_what_others_wrote(session, user)
    _blank(session, user, now)
    record(session, "account_erased", now, user.id)
    touch(session, f"user:{user.id}", *(f"group:{group_id}" for group_id in groups))


def _groups_of(session: Session, user_id: UUID) -> list[UUID]:
    """Return the groups the person learns in or leads, in the order in which they are locked."""
    found: set[UUID] = set()
    for entity in (Enrollment, GroupLeader):
        found.update(
            session.exec(
                select(entity.group_id).where(
                    entity.user_id == user_id, col(entity.ended_at).is_(None)
                )
            )
        )
    return sorted(found)


def _refuse_who_leads_alone(session: Session, user_id: UUID) -> None:
    main = select(GroupLeader.group_id).where(
        GroupLeader.role == LeaderRole.EVERYTHING,
        col(GroupLeader.ended_at).is_(None),
        col(GroupLeader.awaits_claim).is_(False),
    )
    # Whoever never arrived cannot be the one who stays, as in `leaders`.
    arrived = select(User.id).where(col(User.must_change_password).is_(False))
    with_others = main.where(GroupLeader.user_id != user_id, col(GroupLeader.user_id).in_(arrived))
    alone = session.exec(
        select(Group.name)
        .where(
            col(Group.id).in_(main.where(GroupLeader.user_id == user_id)),
            col(Group.id).not_in(with_others),
        )
        .order_by(Group.name)
    ).all()
    if alone:
        raise LeadsAlone(
            f"{', '.join(alone)} has no other main leader. Make someone else its main leader "
            "first, or its learners would have nobody to turn to."
        )


def _refuse_last_operator(session: Session, user: User) -> None:
    if user.role != Role.OPERATOR:
        return
    others = select(User.id).where(User.role == Role.OPERATOR, User.id != user.id)
    if session.exec(others).first() is None:
        raise Refusal("This is the only operator of the site. Appoint another one first.")


def _leave(
    session: Session, group_id: UUID, user_id: UUID, rule: ReclaimRule, now: datetime
) -> None:
    session.exec(
        update(GroupLeader)
        .where(
            col(GroupLeader.group_id) == group_id,
            col(GroupLeader.user_id) == user_id,
            col(GroupLeader.ended_at).is_(None),
        )
        .values(ended_at=now)
    )
    enrollments = session.exec(
        select(Enrollment).where(
            Enrollment.group_id == group_id,
            Enrollment.user_id == user_id,
            col(Enrollment.ended_at).is_(None),
        )
    ).all()
    if enrollments:
        end_enrollments(session, group_id, enrollments, user_id, now, rule)
        fill_from_waiting_list(session, group_id, now)


def _end_what_is_signed_in(session: Session, user: User, now: datetime) -> None:
    mine = col(WebSession.user_id) == user.id
    session.exec(update(WebSession).where(mine).values(browser=""))
    session.exec(
        update(WebSession).where(mine, col(WebSession.ended_at).is_(None)).values(ended_at=now)
    )
    session.exec(
        update(OneTimeLink)
        .where(col(OneTimeLink.user_id) == user.id)
        .values(email=None, voided_at=now)
    )
    session.exec(delete(WeeklySummary).where(col(WeeklySummary.user_id) == user.id))


def _blank_what_others_wrote(session: Session, user: User) -> None:
    """Blank name and address where an invitation, an upload or a mail had noted them down."""
    nameless = {"first_name": "", "last_name": ""}
    session.exec(
        update(Invitation)
        .where(or_(col(Invitation.user_id) == user.id, col(Invitation.address) == user.email))
        .values(address="", note="", **nameless)
    )
    session.exec(
        update(Waiting)
        .where(col(Waiting.email_key) == user.email_key, col(Waiting.ended_at).is_not(None))
        .values(email="", email_key="", note="", **nameless)
    )
    _blank_files(session, user)
    session.exec(
        # A key that was mailed to the person is labeled with the address.
        update(EnrollmentKey)
        .where(func.lower(EnrollmentKey.label) == user.email_key[:LONGEST_LABEL])
        .values(label="")
    )
    its_mail = or_(col(Mail.user_id) == user.id, col(Mail.address) == user.email)
    session.exec(
        update(Mail)
        .where(its_mail, col(Mail.state) == MailState.QUEUED)
        .values(state=MailState.WITHDRAWN)
    )
    session.exec(
        # One that is being sent at this moment is blanked with the next deletion of its kind: it
        # has left, and its row is needed to note so.
        update(Mail)
        .where(its_mail, col(Mail.state) != MailState.SENDING)
        .values(address="", facts={})
    )
    told = select(AuditEvent).where(
        AuditEvent.kind == "waiting_ended",
        col(AuditEvent.facts)["email_key"].as_string() == user.email_key,
    )
    for event in session.exec(told):
        event.facts = {}


def _blank_files(session: Session, user: User) -> None:
    """Blank the person's rows of uploaded files, and the first lines that a file is shown by."""
    rows = col(UploadRow.email_key) == user.email_key
    shown = func.lower(cast(Upload.preview, String)).contains(user.email_key, autoescape=True)
    with_rows = select(UploadRow.upload_id).where(rows)
    session.exec(update(Upload).where(or_(shown, col(Upload.id).in_(with_rows))).values(preview=[]))
    session.exec(
        update(UploadRow)
        .where(rows)
        .values(email="", email_key="", first_name="", last_name="", suggestion="")
    )


def _blank(session: Session, user: User, now: datetime) -> None:
    session.exec(
        update(Certificate)
        .where(col(Certificate.user_id) == user.id)
        .values(learner_name=ERASED_NAME)
    )
    user.email = user.email_key = f"{user.id}@erased.invalid"
    user.first_name = user.last_name = ""
    user.password_hash = user.customer_id = None
    user.credential_expires_at = user.verified_at = None
    user.must_change_password = False
    user.role = Role.MEMBER
    user.erased_at = now
    session.add(user)
