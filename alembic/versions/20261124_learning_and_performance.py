"""learning and performance

Revision: 0006
After: 0005

New columns have a default in the database, so that the previous version can go on writing. The
summaries of what was learned so far are filled from the lessons.
"""

import sqlalchemy as sa
import sqlmodel

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_MODULE_PROGRESS = """
INSERT INTO module_progress
    (user_id, module_id, state, lessons_done, attempts, seconds, last_activity_at)
SELECT p.user_id, l.module_id, 'started',
    SUM(CASE WHEN p.completed_at IS NOT NULL AND NOT l.removed THEN 1 ELSE 0 END), 0, 0,
    MAX(p.last_opened_at)
FROM lesson_progress p JOIN lesson l ON l.id = p.lesson_id
GROUP BY p.user_id, l.module_id
"""
_ENROLLMENT_PROGRESS = """
INSERT INTO enrollment_progress
    (enrollment_id, module_id, state, lessons_done, attempts, seconds, last_activity_at)
SELECT e.id, l.module_id, 'started',
    SUM(CASE WHEN p.completed_at IS NOT NULL AND NOT l.removed THEN 1 ELSE 0 END), 0, 0,
    MAX(CASE WHEN p.last_opened_at >= e.enrolled_at THEN p.last_opened_at END)
FROM enrollment e
JOIN group_module g ON g.group_id = e.group_id
JOIN lesson l ON l.module_id = g.module_id
JOIN lesson_progress p ON p.lesson_id = l.id AND p.user_id = e.user_id
GROUP BY e.id, l.module_id
"""
_ENROLLMENT_SUMMARY = """
INSERT INTO enrollment_summary
    (enrollment_id, group_id, modules_started, modules_done, modules_failed, lessons_done,
     attempts, seconds, last_activity_at)
SELECT e.id, e.group_id, COUNT(p.module_id), 0, 0, COALESCE(SUM(p.lessons_done), 0), 0, 0,
    MAX(p.last_activity_at)
FROM enrollment e LEFT JOIN enrollment_progress p ON p.enrollment_id = e.id
GROUP BY e.id, e.group_id
"""


def upgrade() -> None:
    op.create_table(
        "certificate",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("module_id", sa.Uuid(), nullable=False),
        sa.Column("code", sqlmodel.sql.sqltypes.AutoString(length=16), nullable=False),
        sa.Column("learner_name", sqlmodel.sql.sqltypes.AutoString(length=320), nullable=False),
        sa.Column("module_title", sqlmodel.sql.sqltypes.AutoString(length=160), nullable=False),
        sa.Column("score", sa.Integer(), nullable=True),
        sa.Column("issued_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["module_id"], ["module.id"], name=op.f("fk_certificate_module_id_module")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_certificate_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certificate")),
        sa.UniqueConstraint("code", name=op.f("uq_certificate_code")),
        sa.UniqueConstraint("user_id", "module_id", name="uq_certificate_once"),
    )
    with op.batch_alter_table("certificate", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_certificate_module_id"), ["module_id"], unique=False)

    op.create_table(
        "due_date",
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.Column("module_id", sa.Uuid(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("set_by_id", sa.Uuid(), nullable=False),
        sa.Column("set_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["group_id"], ["learning_group.id"], name=op.f("fk_due_date_group_id_learning_group")
        ),
        sa.ForeignKeyConstraint(
            ["module_id"], ["module.id"], name=op.f("fk_due_date_module_id_module")
        ),
        sa.ForeignKeyConstraint(
            ["set_by_id"], ["user_account.id"], name=op.f("fk_due_date_set_by_id_user_account")
        ),
        sa.PrimaryKeyConstraint("group_id", "module_id", name=op.f("pk_due_date")),
    )
    with op.batch_alter_table("due_date", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_due_date_module_id"), ["module_id"], unique=False)

    op.create_table(
        "module_progress",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("module_id", sa.Uuid(), nullable=False),
        sa.Column("state", sqlmodel.sql.sqltypes.AutoString(length=16), nullable=False),
        sa.Column("lessons_done", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("best_score", sa.Integer(), nullable=True),
        sa.Column("seconds", sa.Integer(), nullable=False),
        sa.Column("last_activity_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("completed_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.CheckConstraint(
            "state IN ('started', 'failed', 'done')", name=op.f("ck_module_progress_state_known")
        ),
        sa.ForeignKeyConstraint(
            ["module_id"], ["module.id"], name=op.f("fk_module_progress_module_id_module")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_module_progress_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("user_id", "module_id", name=op.f("pk_module_progress")),
    )
    with op.batch_alter_table("module_progress", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_module_progress_module_id"), ["module_id"], unique=False
        )

    op.create_table(
        "quiz_attempt",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("module_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("questions", sa.JSON(), nullable=False),
        sa.Column("started_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("expires_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("submitted_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("score", sa.Integer(), nullable=True),
        sa.Column("passed", sa.Boolean(), nullable=True),
        sa.CheckConstraint(
            "(submitted_at IS NULL) = (score IS NULL) AND (score IS NULL) = (passed IS NULL)",
            name=op.f("ck_quiz_attempt_scored_when_submitted"),
        ),
        sa.CheckConstraint(
            "expires_at > started_at", name=op.f("ck_quiz_attempt_expires_after_start")
        ),
        sa.CheckConstraint("number >= 1", name=op.f("ck_quiz_attempt_number_positive")),
        sa.CheckConstraint(
            "score BETWEEN 0 AND 100", name=op.f("ck_quiz_attempt_score_in_percent")
        ),
        sa.CheckConstraint(
            "submitted_at >= started_at", name=op.f("ck_quiz_attempt_submitted_after_start")
        ),
        sa.ForeignKeyConstraint(
            ["module_id"], ["module.id"], name=op.f("fk_quiz_attempt_module_id_module")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_quiz_attempt_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quiz_attempt")),
        sa.UniqueConstraint("user_id", "module_id", "number", name="uq_quiz_attempt_number"),
    )
    with op.batch_alter_table("quiz_attempt", schema=None) as batch_op:
        batch_op.create_index("ix_quiz_attempt_expires", ["expires_at"], unique=False)
        batch_op.create_index(
            "ix_quiz_attempt_module_submitted", ["module_id", "submitted_at"], unique=False
        )
        batch_op.create_index(
            "uq_quiz_attempt_open",
            ["user_id", "module_id"],
            unique=True,
            sqlite_where=sa.text("submitted_at IS NULL"),
            postgresql_where=sa.text("submitted_at IS NULL"),
        )

    op.create_table(
        "reminder",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("module_id", sa.Uuid(), nullable=False),
        sa.Column("sent_by_id", sa.Uuid(), nullable=False),
        sa.Column("sent_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["group_id"], ["learning_group.id"], name=op.f("fk_reminder_group_id_learning_group")
        ),
        sa.ForeignKeyConstraint(
            ["module_id"], ["module.id"], name=op.f("fk_reminder_module_id_module")
        ),
        sa.ForeignKeyConstraint(
            ["sent_by_id"], ["user_account.id"], name=op.f("fk_reminder_sent_by_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_reminder_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminder")),
    )
    with op.batch_alter_table("reminder", schema=None) as batch_op:
        batch_op.create_index(
            "ix_reminder_group_module_user",
            ["group_id", "module_id", "user_id", "sent_at"],
            unique=False,
        )
        batch_op.create_index(batch_op.f("ix_reminder_user_id"), ["user_id"], unique=False)

    op.create_table(
        "sitting",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("module_id", sa.Uuid(), nullable=False),
        sa.Column("started_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("ended_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("seconds", sa.Integer(), nullable=False),
        sa.CheckConstraint("ended_at >= started_at", name=op.f("ck_sitting_ends_after_start")),
        sa.CheckConstraint("seconds >= 0", name=op.f("ck_sitting_seconds_not_negative")),
        sa.ForeignKeyConstraint(
            ["module_id"], ["module.id"], name=op.f("fk_sitting_module_id_module")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_sitting_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sitting")),
    )
    with op.batch_alter_table("sitting", schema=None) as batch_op:
        batch_op.create_index(
            "ix_sitting_user_module_started", ["user_id", "module_id", "started_at"], unique=False
        )

    op.create_table(
        "unsubscription",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(length=24), nullable=False),
        sa.Column("at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('reminders', 'weekly_summary')", name=op.f("ck_unsubscription_kind_known")
        ),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["learning_group.id"],
            name=op.f("fk_unsubscription_group_id_learning_group"),
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_unsubscription_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("user_id", "group_id", "kind", name=op.f("pk_unsubscription")),
    )
    op.create_table(
        "weekly_summary",
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("since", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("last_sent_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("ended_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["learning_group.id"],
            name=op.f("fk_weekly_summary_group_id_learning_group"),
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_weekly_summary_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("group_id", "user_id", name=op.f("pk_weekly_summary")),
    )
    with op.batch_alter_table("weekly_summary", schema=None) as batch_op:
        batch_op.create_index("ix_weekly_summary_due", ["ended_at", "last_sent_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_weekly_summary_user_id"), ["user_id"], unique=False)

    op.create_table(
        "quiz_answer",
        sa.Column("attempt_id", sa.Uuid(), nullable=False),
        sa.Column("question_id", sa.Uuid(), nullable=False),
        sa.Column("given", sa.JSON(), nullable=False),
        sa.Column("saved_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("correct", sa.Boolean(), nullable=True),
        sa.ForeignKeyConstraint(
            ["attempt_id"], ["quiz_attempt.id"], name=op.f("fk_quiz_answer_attempt_id_quiz_attempt")
        ),
        sa.ForeignKeyConstraint(
            ["question_id"], ["question.id"], name=op.f("fk_quiz_answer_question_id_question")
        ),
        sa.PrimaryKeyConstraint("attempt_id", "question_id", name=op.f("pk_quiz_answer")),
    )
    with op.batch_alter_table("quiz_answer", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_quiz_answer_question_id"), ["question_id"], unique=False
        )

    op.create_table(
        "enrollment_progress",
        sa.Column("enrollment_id", sa.Uuid(), nullable=False),
        sa.Column("module_id", sa.Uuid(), nullable=False),
        sa.Column("state", sqlmodel.sql.sqltypes.AutoString(length=16), nullable=False),
        sa.Column("lessons_done", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("best_score", sa.Integer(), nullable=True),
        sa.Column("seconds", sa.Integer(), nullable=False),
        sa.Column("last_activity_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("completed_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.CheckConstraint(
            "state IN ('started', 'failed', 'done')",
            name=op.f("ck_enrollment_progress_state_known"),
        ),
        sa.ForeignKeyConstraint(
            ["enrollment_id"],
            ["enrollment.id"],
            name=op.f("fk_enrollment_progress_enrollment_id_enrollment"),
        ),
        sa.ForeignKeyConstraint(
            ["module_id"], ["module.id"], name=op.f("fk_enrollment_progress_module_id_module")
        ),
        sa.PrimaryKeyConstraint("enrollment_id", "module_id", name=op.f("pk_enrollment_progress")),
    )
    with op.batch_alter_table("enrollment_progress", schema=None) as batch_op:
        batch_op.create_index(
            "ix_enrollment_progress_module_state", ["module_id", "state"], unique=False
        )

    op.create_table(
        "enrollment_summary",
        sa.Column("enrollment_id", sa.Uuid(), nullable=False),
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.Column("modules_started", sa.Integer(), nullable=False),
        sa.Column("modules_done", sa.Integer(), nullable=False),
        sa.Column("modules_failed", sa.Integer(), nullable=False),
        sa.Column("lessons_done", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=True),
        sa.Column("seconds", sa.Integer(), nullable=False),
        sa.Column("last_activity_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["enrollment_id"],
            ["enrollment.id"],
            name=op.f("fk_enrollment_summary_enrollment_id_enrollment"),
        ),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["learning_group.id"],
            name=op.f("fk_enrollment_summary_group_id_learning_group"),
        ),
        sa.PrimaryKeyConstraint("enrollment_id", name=op.f("pk_enrollment_summary")),
    )
    with op.batch_alter_table("enrollment_summary", schema=None) as batch_op:
        batch_op.create_index(
            "ix_enrollment_summary_activity", ["group_id", "last_activity_at"], unique=False
        )
        batch_op.create_index(
            "ix_enrollment_summary_attempts", ["group_id", "attempts"], unique=False
        )
        batch_op.create_index(
            "ix_enrollment_summary_lessons", ["group_id", "lessons_done"], unique=False
        )
        batch_op.create_index("ix_enrollment_summary_score", ["group_id", "score"], unique=False)
        batch_op.create_index(
            "ix_enrollment_summary_seconds", ["group_id", "seconds"], unique=False
        )

    with op.batch_alter_table("lesson_progress", schema=None) as batch_op:
        batch_op.add_column(sa.Column("seconds", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("position", sa.Integer(), server_default="0", nullable=False))
        batch_op.create_check_constraint("seconds_not_negative", "seconds >= 0")
        batch_op.create_check_constraint("position_in_page", "position BETWEEN 0 AND 1000")

    with op.batch_alter_table("one_time_link", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("email", sqlmodel.sql.sqltypes.AutoString(length=320), nullable=True)
        )
        batch_op.drop_constraint(batch_op.f("ck_one_time_link_purpose_known"), type_="check")
        batch_op.create_check_constraint(
            "purpose_known", "purpose IN ('verify_email', 'reset_password', 'change_email')"
        )

    with op.batch_alter_table("user_account", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("erased_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True)
        )

    for statement in (_MODULE_PROGRESS, _ENROLLMENT_PROGRESS, _ENROLLMENT_SUMMARY):
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("Restore the backup that was made before the upgrade.")
