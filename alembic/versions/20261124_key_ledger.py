"""key ledger

Revision: 0004
After: 0003

The ledger and its labels are read by group.
"""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("enrollment_key") as table:
        table.create_index("ix_enrollment_key_group_label", ["group_id", "label"])


def downgrade() -> None:
    raise NotImplementedError("Restore the backup that was made before the upgrade.")
