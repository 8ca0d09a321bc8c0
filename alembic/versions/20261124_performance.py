"""performance: planned reminders, and indexes for counting a large class

Revision: 0008
After: 0007
"""

import sqlalchemy as sa
import sqlmodel

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_COUNTED = [
    "group_id",
    "score",
    "modules_started",
    "modules_done",
    "modules_failed",
    "last_activity_at",
    "enrollment_id",
]


def upgrade() -> None:
    op.create_table(
        "planned_reminder",
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.Column("module_id", sa.Uuid(), nullable=False),
        sa.Column("days_before", sa.Integer(), nullable=False),
        sa.Column("send_on", sa.Date(), nullable=False),
        sa.Column("sent_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.CheckConstraint(
            "days_before BETWEEN 0 AND 60", name=op.f("ck_planned_reminder_days_before_in_reach")
        ),
        sa.ForeignKeyConstraint(
            ["group_id", "module_id"],
            ["due_date.group_id", "due_date.module_id"],
            name="fk_planned_reminder_due_date",
        ),
        sa.PrimaryKeyConstraint(
            "group_id", "module_id", "days_before", name=op.f("pk_planned_reminder")
        ),
    )
    op.create_index("ix_planned_reminder_due", "planned_reminder", ["sent_at", "send_on"])
    op.create_index(
        "ix_enrollment_group_awaits_ended", "enrollment", ["group_id", "awaits_claim", "ended_at"]
    )
    op.drop_index("ix_enrollment_summary_score", "enrollment_summary")
    op.create_index("ix_enrollment_summary_score", "enrollment_summary", _COUNTED)


def downgrade() -> None:
    op.drop_index("ix_enrollment_summary_score", "enrollment_summary")
    op.create_index("ix_enrollment_summary_score", "enrollment_summary", ["group_id", "score"])
    op.drop_index("ix_enrollment_group_awaits_ended", "enrollment")
    op.drop_index("ix_planned_reminder_due", "planned_reminder")
    op.drop_table("planned_reminder")
