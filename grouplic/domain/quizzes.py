"""Quizzes as they are taken, and the certificates that follow."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from grouplic.domain.base import new_id, unique_where


class QuestionKind(StrEnum):
    """What a question asks for."""

    SINGLE = "single"
    MULTIPLE = "multiple"
    TRUE_FALSE = "true_false"
    NUMERIC = "numeric"
    SHORT = "short"


class QuizAttempt(SQLModel, table=True):
    """One attempt at a module's quiz: open until ``submitted_at``, then scored for good.

    ``questions`` holds their ids in the order of this attempt. ``score`` is in percent.
    """

    __tablename__ = "quiz_attempt"
    __table_args__ = (
        UniqueConstraint("user_id", "module_id", "number", name="uq_quiz_attempt_number"),
        unique_where("uq_quiz_attempt_open", "user_id", "module_id", where="submitted_at IS NULL"),
        Index("ix_quiz_attempt_module_submitted", "module_id", "submitted_at"),
        Index("ix_quiz_attempt_expires", "expires_at"),
        CheckConstraint("number >= 1", name="number_positive"),
        CheckConstraint("score BETWEEN 0 AND 100", name="score_in_percent"),
        CheckConstraint("submitted_at >= started_at", name="submitted_after_start"),
        CheckConstraint("expires_at > started_at", name="expires_after_start"),
        CheckConstraint(
            "(submitted_at IS NULL) = (score IS NULL) AND (score IS NULL) = (passed IS NULL)",
            name="scored_when_submitted",
        ),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    user_id: UUID = Field(foreign_key="user_account.id")
    module_id: UUID = Field(foreign_key="module.id")
    number: int
    questions: list[str] = Field(default_factory=list, sa_type=JSON)
    started_at: datetime
    expires_at: datetime | None = None
    submitted_at: datetime | None = None
    score: int | None = None
    passed: bool | None = None


class QuizAnswer(SQLModel, table=True):
    """What was answered to one question of an attempt; ``correct`` is known once submitted.

    ``given`` is a list of option ids (single, multiple), true or false, or the text as typed
    (numeric, short). No row: the question was not answered.
    """

    __tablename__ = "quiz_answer"

    attempt_id: UUID = Field(foreign_key="quiz_attempt.id", primary_key=True)
    question_id: UUID = Field(foreign_key="question.id", primary_key=True, index=True)
    given: Any = Field(sa_type=JSON)
    saved_at: datetime
    correct: bool | None = None


class Certificate(SQLModel, table=True):
    """A completed module. It stays, whatever becomes of the module or the seat.

    ``learner_name`` and ``module_title`` are as on the day of issue. ``code`` is read and typed by
    people like an enrollment key, and as hard to guess.
    """

    __tablename__ = "certificate"
    __table_args__ = (UniqueConstraint("user_id", "module_id", name="uq_certificate_once"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    user_id: UUID = Field(foreign_key="user_account.id")
    module_id: UUID = Field(foreign_key="module.id", index=True)
    code: str = Field(max_length=16, unique=True)
    learner_name: str = Field(max_length=320)
    module_title: str = Field(max_length=160)
    score: int | None = None
    issued_at: datetime
