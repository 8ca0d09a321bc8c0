"""Section by section, what must hold of every database at any moment, whatever happened before."""

from sqlalchemy import text
from sqlmodel import Session

_LIVE_KEY = "k.voided_at IS NULL AND k.redeemed_at IS NULL"
# Each query finds what breaks its rule.
_BROKEN = {
    "a taken seat has one learner, and no other seat has any": """
        SELECT s.id FROM seat s
        LEFT JOIN enrollment e ON e.seat_id = s.id AND e.ended_at IS NULL
        GROUP BY s.id, s.state
        HAVING COUNT(e.id) <> CASE s.state WHEN 'taken' THEN 1 ELSE 0 END
    """,
    "nobody holds two seats of a group": """
        SELECT group_id FROM enrollment WHERE ended_at IS NULL
        GROUP BY group_id, user_id HAVING COUNT(*) > 1
    """,
    "an enrollment and its seat are of one group": """
        SELECT e.id FROM enrollment e JOIN seat s ON s.id = e.seat_id WHERE s.group_id <> e.group_id
    """,
    "an open or issued seat has one live key, and no other seat has any": f"""
        SELECT s.id FROM seat s
        LEFT JOIN enrollment_key k ON k.seat_id = s.id AND {_LIVE_KEY}
        GROUP BY s.id, s.state
        HAVING COUNT(k.id) <> CASE WHEN s.state IN ('open', 'issued') THEN 1 ELSE 0 END
    """,
    "the key of an issued seat says when it was handed out": f"""
        SELECT s.id FROM seat s JOIN enrollment_key k ON k.seat_id = s.id AND {_LIVE_KEY}
        WHERE s.state = 'issued' AND k.issued_at IS NULL
    """,
    "seats are numbered from one without a gap": """
        SELECT group_id FROM seat GROUP BY group_id
        HAVING MIN(number) <> 1 OR MAX(number) <> COUNT(*)
    """,
    "a fulfilled order made the seats that were bought, and no other made any": """
        SELECT o.id FROM purchase_order o LEFT JOIN seat s ON s.order_id = o.id
        GROUP BY o.id, o.status, o.kind, o.seats
        HAVING COUNT(s.id) <> CASE
            WHEN o.status = 'fulfilled' AND o.kind IN ('new_group', 'add_seats') THEN o.seats
            ELSE 0 END
    """,
    "a module of a group comes from a fulfilled order": """
        SELECT m.id FROM group_module m JOIN purchase_order o ON o.id = m.order_id
        WHERE o.status <> 'fulfilled'
    """,
    "a group has a leader": """
        SELECT g.id FROM learning_group g WHERE NOT EXISTS (
            SELECT 1 FROM group_leader l WHERE l.group_id = g.id AND l.ended_at IS NULL)
    """,
    "nobody waits for a group they are in": """
        SELECT w.id FROM waiting w JOIN user_account u ON u.email_key = w.email_key
        JOIN enrollment e ON e.user_id = u.id AND e.group_id = w.group_id AND e.ended_at IS NULL
        WHERE w.ended_at IS NULL
    """,
    "an invitation that stands has a mail that is not withdrawn": """
        SELECT i.id FROM invitation i JOIN mail m ON m.id = i.mail_id
        WHERE i.ended_at IS NULL AND m.state = 'withdrawn'
    """,
    "whoever joined by the word of a leader was written to": """
        SELECT e.id FROM enrollment e WHERE e.way IN ('invite', 'upload') AND NOT EXISTS (
            SELECT 1 FROM invitation i WHERE i.enrollment_id = e.id)
    """,
    "only a taken seat is owed": """
        SELECT id FROM seat WHERE owed_at IS NOT NULL AND state <> 'taken'
    """,
    "a join link gave no more seats than it may": """
        SELECT l.id FROM join_link l JOIN enrollment e ON e.join_link_id = l.id
        GROUP BY l.id, l.cap HAVING COUNT(*) > l.cap
    """,
    "no more is given back than was paid, neither money nor seats": """
        SELECT o.id FROM purchase_order o JOIN refund r ON r.order_id = o.id
        WHERE r.state <> 'failed' GROUP BY o.id, o.amount_total, o.seats, o.kind
        HAVING SUM(r.amount) > o.amount_total
            OR (o.kind IN ('new_group', 'add_seats') AND SUM(COALESCE(r.seats, 0)) > o.seats)
    """,
    "a row of an import brought its person in once": """
        SELECT enrollment_id FROM upload_row WHERE enrollment_id IS NOT NULL
        GROUP BY enrollment_id HAVING COUNT(*) > 1
    """,
    "nobody waits twice for a group": """
        SELECT group_id FROM waiting WHERE ended_at IS NULL
        GROUP BY group_id, email_key HAVING COUNT(*) > 1
    """,
    "every enrollment is in the audit log": """
        SELECT 1 FROM (SELECT COUNT(*) AS n FROM enrollment) e,
                      (SELECT COUNT(*) AS n FROM audit_event WHERE kind = 'enrolled') a
        WHERE e.n > a.n
    """,
}
_ALL = " UNION ALL ".join(
    f"SELECT '{rule}', (SELECT COUNT(*) FROM ({query}) broken)" for rule, query in _BROKEN.items()
)


def broken_rules(session: Session) -> list[str]:
    """Return the rules that do not hold, each with how many rows break it."""
    rows = session.connection().execute(text(_ALL)).all()
    return [f"{rule}: broken {number} times" for rule, number in rows if number]
