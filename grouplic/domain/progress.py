"""What a learner has done. It belongs to the learner, not to the group."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint
from sqlmodel import Field, SQLModel


class LessonProgress(SQLModel, table=True):
    """How far one learner is in one lesson."""

    __tablename__ = "lesson_progress"
    __table_args__ = (
        CheckConstraint(
            "completed_at IS NULL OR completed_at >= opened_at", name="completed_after_opening"
        ),
    )

    user_id: UUID = Field(foreign_key="user_account.id", primary_key=True)
    lesson_id: UUID = Field(foreign_key="lesson.id", primary_key=True, index=True)
    opened_at: datetime
    last_opened_at: datetime
    completed_at: datetime | None = None
