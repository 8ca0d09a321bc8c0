"""order of waiting, and indexes for managing people

Revision: 0003
After: 0002

Whoever waits already keeps their place: ids follow time.
"""

import sqlalchemy as sa

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("waiting") as batch:
        batch.add_column(sa.Column("position", sa.Integer(), nullable=False, server_default="0"))
        batch.create_index("ix_waiting_group_position", ["group_id", "position"])
    op.execute(
        "UPDATE waiting SET position = (SELECT count(*) FROM waiting AS earlier "
        "WHERE earlier.group_id = waiting.group_id AND earlier.id <= waiting.id)"
    )
    with op.batch_alter_table("enrollment") as batch:
        batch.create_index("ix_enrollment_group_enrolled", ["group_id", "enrolled_at"])
    with op.batch_alter_table("invitation") as batch:
        batch.create_index("ix_invitation_leader_id", ["leader_id"])


def downgrade() -> None:
    raise NotImplementedError("Restore the backup that was made before the upgrade.")
