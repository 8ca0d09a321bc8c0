"""What has happened on the site, as lists for operators: mails, differences, votes, events."""

from typing import Any

from sqlalchemy import case, desc, func, select
from sqlmodel import col

from grouplic.domain.after_sale import Difference
from grouplic.domain.groups import Group
from grouplic.domain.help import HelpVote
from grouplic.domain.orders import Order
from grouplic.domain.people import User
from grouplic.domain.records import AuditEvent, Mail, MailState
from grouplic.services.differences import SENTENCES
from grouplic.services.listing import ListedRow, SiteList


def _mails() -> Any:
    return select(Mail)


def _mail(row: Any) -> ListedRow:
    (mail,) = row
    cells = (mail.created_at, mail.address, mail.template.replace("_", " "), mail.state)
    return ListedRow(
        str(mail.id),
        (*cells, mail.tries, mail.error, mail.sent_at),
        f"/operator/people/{mail.user_id}" if mail.user_id else "",
    )


def _differences() -> Any:
    return select(Difference, col(Order.group_name)).outerjoin(
        Order, col(Order.id) == col(Difference.order_id)
    )


_STANDING = case((col(Difference.settled_at).is_(None), "open"), else_="settled")


def _difference(row: Any) -> ListedRow:
    found, group = row
    return ListedRow(
        str(found.id),
        (
            found.found_at,
            SENTENCES[found.kind],
            group,
            "settled" if found.settled_at else "open",
            found.note,
        ),
        f"/operator/differences/{found.id}",
    )


def _articles() -> Any:
    return select(
        col(HelpVote.article),
        func.sum(case((col(HelpVote.helpful), 1), else_=0)),
        func.sum(case((col(HelpVote.helpful), 0), else_=1)).label("no"),
        func.sum(case((col(HelpVote.missing) != "", 1), else_=0)),
    ).group_by(col(HelpVote.article))


def _article(row: Any) -> ListedRow:
    slug, yes, no, remarks = row
    cells = (slug, int(yes), int(no), int(remarks))
    return ListedRow(slug, cells, f"/operator/votes?search={slug}")


def _votes() -> Any:
    return select(HelpVote)


def _vote(row: Any) -> ListedRow:
    (vote,) = row
    cells = (vote.voted_at, vote.article, "yes" if vote.helpful else "no", vote.missing)
    return ListedRow(str(vote.id), cells, f"/help/{vote.article}")


def _events() -> Any:
    return (
        select(AuditEvent, col(User.email), col(Group.name))
        .outerjoin(User, col(User.id) == col(AuditEvent.actor_id))
        .outerjoin(Group, col(Group.id) == col(AuditEvent.group_id))
    )


def _event(row: Any) -> ListedRow:
    event, email, group = row
    facts = ", ".join(f"{name}: {value}" for name, value in event.facts.items())
    return ListedRow(
        str(event.id),
        (event.at, event.kind.replace("_", " "), email or "the site", group, facts[:300]),
        f"/operator/groups/{event.group_id}" if event.group_id else "",
    )


HAPPENED = {
    "mail": SiteList(
        "Mail",
        ("Written", "To", "What", "State", "Tries", "The server said", "Sent"),
        _mails,
        _mail,
        (col(Mail.address), col(Mail.error)),
        (col(Mail.created_at).desc(), col(Mail.id).desc()),
        col(Mail.state),
        tuple(MailState),
    ),
    "differences": SiteList(
        "Differences",
        ("Found", "What", "Group", "Stands", "What was done"),
        _differences,
        _difference,
        (col(Difference.subject), col(Difference.note), col(Order.group_name)),
        # What waits for an operator comes first.
        (_STANDING, col(Difference.found_at).desc(), col(Difference.id).desc()),
        _STANDING,
        ("open", "settled"),
    ),
    "help": SiteList(
        "Help",
        ("Article", "Helped", "Did not help", "Remarks"),
        _articles,
        _article,
        (col(HelpVote.article),),
        (desc("no"), col(HelpVote.article)),
    ),
    "votes": SiteList(
        "Votes on help",
        ("Voted", "Article", "Helped", "What was missing"),
        _votes,
        _vote,
        (col(HelpVote.article), col(HelpVote.missing)),
        (col(HelpVote.voted_at).desc(), col(HelpVote.id).desc()),
        case((col(HelpVote.helpful), "yes"), else_="no"),
        ("yes", "no"),
    ),
    "audit": SiteList(
        "Audit",
        ("When", "What", "Who", "Group", "Facts"),
        _events,
        _event,
        (col(AuditEvent.kind), col(User.email), col(Group.name)),
        (col(AuditEvent.at).desc(), col(AuditEvent.id).desc()),
    ),
}
