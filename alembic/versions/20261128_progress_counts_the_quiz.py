"""progress counts the quiz

Revision: 0010
After: 0009

Steps are the lessons done and the quiz once it is passed. They are filled from what was learned so
far. A summary that the previous version writes meanwhile has them right with the next step of its
learner.
"""

import sqlalchemy as sa

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_TABLES = ("module_progress", "enrollment_progress", "enrollment_summary")
_OF_MODULES = """
UPDATE module_progress SET steps_done = lessons_done + CASE WHEN
    EXISTS (SELECT 1 FROM quiz_attempt a WHERE a.user_id = module_progress.user_id
        AND a.module_id = module_progress.module_id AND a.passed)
    AND EXISTS (SELECT 1 FROM question q
        WHERE q.module_id = module_progress.module_id AND NOT q.removed)
THEN 1 ELSE 0 END
"""
_OF_ENROLLMENTS = """
UPDATE enrollment_progress SET steps_done = COALESCE((
    SELECT m.steps_done - m.lessons_done FROM enrollment e
    JOIN module_progress m ON m.user_id = e.user_id
    WHERE e.id = enrollment_progress.enrollment_id
        AND m.module_id = enrollment_progress.module_id), 0) + lessons_done
"""
_OF_GROUPS = """
UPDATE enrollment_summary SET steps_done = COALESCE((
    SELECT SUM(p.steps_done) FROM enrollment_progress p
    WHERE p.enrollment_id = enrollment_summary.enrollment_id), 0)
"""


def upgrade() -> None:
    for table in _TABLES:
        column = sa.Column("steps_done", sa.Integer(), nullable=False, server_default="0")
        op.add_column(table, column)
    for statement in (_OF_MODULES, _OF_ENROLLMENTS, _OF_GROUPS):
        op.execute(statement)
    with op.batch_alter_table("enrollment_summary", schema=None) as batch_op:
        batch_op.create_index(
            "ix_enrollment_summary_steps", ["group_id", "steps_done"], unique=False
        )
        # The previous version sorts by it, and does so without it as well.
        batch_op.drop_index("ix_enrollment_summary_lessons")


def downgrade() -> None:
    with op.batch_alter_table("enrollment_summary", schema=None) as batch_op:
        batch_op.create_index(
            "ix_enrollment_summary_lessons", ["group_id", "lessons_done"], unique=False
        )
        batch_op.drop_index("ix_enrollment_summary_steps")
    for table in _TABLES:
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.drop_column("steps_done")
