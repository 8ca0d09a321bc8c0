"""What a learner has done. It belongs to the learner, not to the group.

Facts: ``LessonProgress``, ``Sitting``, the attempts and certificates of ``domain/quizzes.py``.
Summaries of them, written in the same transaction and rebuildable by ``services/standing.py``:
``ModuleProgress`` is the learner's own; ``EnrollmentProgress`` and ``EnrollmentSummary`` hold what
the leaders of one group may see of one learner, and nothing else of theirs.
"""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field, SQLModel

from grouplic.domain.base import new_id, one_of


class LessonProgress(SQLModel, table=True):
    """How far one learner is in one lesson. ``position`` is how far down it was left, in ‰."""

    __tablename__ = "lesson_progress"
    __table_args__ = (
        CheckConstraint(
            "completed_at IS NULL OR completed_at >= opened_at", name="completed_after_opening"
        ),
        CheckConstraint("seconds >= 0", name="seconds_not_negative"),
        CheckConstraint("position BETWEEN 0 AND 1000", name="position_in_page"),
    )

    user_id: UUID = Field(foreign_key="user_account.id", primary_key=True)
    lesson_id: UUID = Field(foreign_key="lesson.id", primary_key=True, index=True)
    opened_at: datetime
    last_opened_at: datetime
    completed_at: datetime | None = None
    seconds: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    position: int = Field(default=0, sa_column_kwargs={"server_default": "0"})


class Sitting(SQLModel, table=True):
    """One stretch of study in a module without a long break, and the seconds in use within it."""

    __tablename__ = "sitting"
    __table_args__ = (
        CheckConstraint("ended_at >= started_at", name="ends_after_start"),
        CheckConstraint("seconds >= 0", name="seconds_not_negative"),
        Index("ix_sitting_user_module_started", "user_id", "module_id", "started_at"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    user_id: UUID = Field(foreign_key="user_account.id")
    module_id: UUID = Field(foreign_key="module.id")
    started_at: datetime
    ended_at: datetime
    seconds: int = 0


class ProgressState(StrEnum):
    """Where a learner stands in a module they have begun; without a row, they have not.

    failed: every attempt at the quiz is used up, none passed.
    """

    STARTED = "started"
    FAILED = "failed"
    DONE = "done"


class ModuleProgress(SQLModel, table=True):
    """A learner's own standing in a module, over all time.

    ``steps_done`` counts what completion asks for: the lessons done, and the quiz once passed.
    """

    __tablename__ = "module_progress"
    __table_args__ = (one_of("state", ProgressState),)

    user_id: UUID = Field(foreign_key="user_account.id", primary_key=True)
    module_id: UUID = Field(foreign_key="module.id", primary_key=True, index=True)
    state: str = Field(max_length=16)
    lessons_done: int = 0
    steps_done: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    attempts: int = 0
    best_score: int | None = None
    seconds: int = 0
    last_activity_at: datetime
    completed_at: datetime | None = None

    @property
    def quiz_passed(self) -> bool:
        """Whether the quiz is among the steps that are done."""
        return self.steps_done > self.lessons_done


class EnrollmentProgress(SQLModel, table=True):
    """What a group's leaders see of one enrollment in one module of the group.

    ``state``, ``lessons_done`` and ``steps_done`` hold what was reached whenever it was reached;
    all the rest counts from the enrollment on, and is empty for what happened before.
    """

    __tablename__ = "enrollment_progress"
    __table_args__ = (
        one_of("state", ProgressState),
        Index("ix_enrollment_progress_module_state", "module_id", "state"),
    )

    enrollment_id: UUID = Field(foreign_key="enrollment.id", primary_key=True)
    module_id: UUID = Field(foreign_key="module.id", primary_key=True)
    state: str = Field(max_length=16)
    lessons_done: int = 0
    steps_done: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    attempts: int = 0
    best_score: int | None = None
    seconds: int = 0
    last_activity_at: datetime | None = None
    completed_at: datetime | None = None

    @property
    def quiz_passed(self) -> bool:
        """Whether the quiz is among the steps that are done."""
        return self.steps_done > self.lessons_done


class EnrollmentSummary(SQLModel, table=True):
    """The same over all modules of the group, one row for every enrollment from its start.

    ``score`` is the mean of the modules' best scores, in percent.
    """

    __tablename__ = "enrollment_summary"
    __table_args__ = (
        Index("ix_enrollment_summary_steps", "group_id", "steps_done"),
        # Everything the dashboard counts, so that it reads the index alone.
        Index(
            "ix_enrollment_summary_score",
            "group_id",
            "score",
            "modules_started",
            "modules_done",
            "modules_failed",
            "last_activity_at",
            "enrollment_id",
        ),
        Index("ix_enrollment_summary_attempts", "group_id", "attempts"),
        Index("ix_enrollment_summary_seconds", "group_id", "seconds"),
        Index("ix_enrollment_summary_activity", "group_id", "last_activity_at"),
    )

    enrollment_id: UUID = Field(foreign_key="enrollment.id", primary_key=True)
    group_id: UUID = Field(foreign_key="learning_group.id")
    modules_started: int = 0
    modules_done: int = 0
    modules_failed: int = 0
    lessons_done: int = 0
    steps_done: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    attempts: int = 0
    score: int | None = None
    seconds: int = 0
    last_activity_at: datetime | None = None
