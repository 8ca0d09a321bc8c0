"""The work that is done by the calendar: planned reminders and weekly summaries."""

from datetime import datetime

from grouplic.services.ports import Transactions
from grouplic.services.reminders import due_plans, send_planned
from grouplic.services.weekly_summaries import due_summaries, send_summary


def send_what_is_due(database: Transactions, now: datetime) -> int:
    """Queue everything whose day has come; return how many plans and summaries that were.

    Each is claimed in a transaction of its own: however many workers do this, each goes out once.
    """
    done = 0
    while _anything_due(database, now):
        with database.writing() as session:
            claimed = send_planned(session, now) is not None or send_summary(session, now)
        if not claimed:
            break  # another worker holds what is left
        done += 1
    return done


def _anything_due(database: Transactions, now: datetime) -> bool:
    with database.reading() as session:
        return any(
            session.execute(due(now)).first() is not None for due in (due_plans, due_summaries)
        )
